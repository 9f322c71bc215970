"""The `maas` command. Each group of commands is a module of this package."""

import typer

from maas.cli import feeds, network, plan, serve, settlement

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(feeds.app, name="feeds")
app.add_typer(network.app, name="network")
app.add_typer(settlement.app, name="settlement")
serve.register(app)
app.command()(plan.plan)


def main() -> None:
    """Run the command line."""
    app()
