"""The `maas` command. Each group of commands is a module of this package."""

import typer

from maas.cli import (
    council,
    db,
    feeds,
    keys,
    ledger,
    network,
    operators,
    plan,
    products,
    serve,
    settlement,
    worker,
)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(feeds.app, name="feeds")
app.add_typer(network.app, name="network")
app.add_typer(settlement.app, name="settlement")
app.add_typer(db.app, name="db")
app.add_typer(ledger.app, name="ledger")
app.add_typer(products.app, name="products")
app.add_typer(keys.app, name="keys")
app.add_typer(council.app, name="council")
app.add_typer(operators.app, name="operators")
serve.register(app)
app.command()(plan.plan)
worker.register(app)


def main() -> None:
    """Run the command line."""
    app()
