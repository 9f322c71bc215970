"""`maas network`: build, report."""

import typer

from maas.cli import (
    network_build,
    network_places,
    network_report,
    network_times,
    network_warm,
)

app = typer.Typer(no_args_is_help=True, help="Merge feeds into one network and look at it.")
network_build.register(app)
network_report.register(app)
network_places.register(app)
network_times.register(app)
network_warm.register(app)


@app.callback()
def network() -> None:
    """Merge feeds into one network and look at it."""
