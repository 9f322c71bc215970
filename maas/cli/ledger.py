"""`maas ledger`: the journal, the balances, and whether everything holds."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from maas.cli.words import language, say

app = typer.Typer(no_args_is_help=True, help="Read the books and check them.")


@app.callback()
def ledger() -> None:
    """Read the books and check them."""


@app.command()
def journal(
    order: Annotated[str, typer.Option(help="Only of this order's id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 200,
) -> None:
    """Print the postings, oldest first, and the balance of every account."""
    from rich.console import Console

    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.db.session import read_session
    from ticketing.ledger.service import Ledger

    with read_session(open_database()) as session:
        books = Ledger(session, SystemClock())
        lines = books.journal(order_id=order or None, limit=limit)
        balances = books.balances(order_id=order or None)
    console = Console()
    console.print(journal_table(lines))
    for account, amount in balances.items():
        console.print(f"{account:28} {amount:>14,}")
    console.print(f"{say('ledger.sum'):28} {sum(balances.values()):>14,}")


@app.command()
def partners() -> None:
    """Print what each partner owes for what it sold, for the month's invoice."""
    from maas.cli.database import open_database
    from maas.db.session import read_session
    from ticketing.partner.service import partner_owes

    with read_session(open_database()) as session:
        for name, yen in sorted(partner_owes(session).items()):
            print(f"{name:40} {yen:15,}")


@app.command()
def check() -> None:
    """Check every invariant of money, places and rights; exit 1 where one is broken."""
    from maas.cli.database import open_database
    from maas.db.session import read_session
    from ticketing.audit import audit

    with read_session(open_database()) as session:
        found = audit(session)
    for violation in found:
        text = violation.ja if language() == "ja" else violation.en
        print(f"✗ {violation.code} {violation.what}: {text}")
    if not found:
        print(f"✓ {say('ledger.holds')}")
    raise typer.Exit(1 if found else 0)


def journal_table(lines: Iterable[Any]) -> Any:
    """Return the lines of the journal as a table for the terminal."""
    from rich.table import Table

    from maas.core.clock import JAPAN

    table = Table(say("ledger.when"), say("ledger.what"), say("ledger.account"), title="")
    table.add_column(say("ledger.debit"), justify="right")
    table.add_column(say("ledger.credit"), justify="right")
    for line in lines:
        when = line.posted_at.astimezone(JAPAN).strftime("%m-%d %H:%M:%S")
        debit = f"{line.amount:,}" if line.amount > 0 else ""
        credit = f"{-line.amount:,}" if line.amount < 0 else ""
        table.add_row(when, line.kind, line.account, debit, credit)
    return table
