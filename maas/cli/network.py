"""`maas network`: build, report."""

import typer

app = typer.Typer(no_args_is_help=True, help="Merge feeds into one network and look at it.")


@app.callback()
def network() -> None:
    """Merge feeds into one network and look at it."""
