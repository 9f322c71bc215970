"""`maas settlement`: check a statement without our server."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Settlement among operators (事業者間精算).")


@app.callback()
def settlement() -> None:
    """Settlement among operators (事業者間精算)."""


@app.command()
def verify(
    statement: Annotated[Path, typer.Argument(help="精算書 (JSON)")],
    previous: Annotated[
        Path | None, typer.Option(help="前回の精算書 / your previous statement")
    ] = None,
    lang: Annotated[str, typer.Option(help="ja or en")] = "ja",
) -> None:
    """
    Recompute a statement from itself alone; exit 0 where it is right, 1 where not.

    精算書を、その中身だけから計算し直します。
    """
    import json

    from operators.settlement.statement import verify as verify_statement

    def read(path: Path) -> dict[str, object]:
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            print(f"{path}: 読めません / cannot be read: {error}")
            raise typer.Exit(2) from error
        if not isinstance(document, dict):
            print(f"{path}: 精算書ではありません / not a statement")
            raise typer.Exit(2)
        return document

    document = read(statement)
    before = str(read(previous).get("hash")) if previous else None
    checks = verify_statement(document, previous_hash=before)
    for check in checks:
        print(("OK   " if check.passed else "NG   ") + (check.en if lang == "en" else check.ja))
    raise typer.Exit(0 if all(check.passed for check in checks) else 1)


@app.command()
def close(
    period: Annotated[str, typer.Argument(help="2026-12")],
    by: Annotated[str, typer.Option(help="誰が締めるか / who closes it")],
) -> None:
    """Close a month over the service's database and print what each operator is owed."""
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from maas.db.session import make_engine, make_sessions
    from maas.migrations import upgrade
    from maas.settings import Settings
    from maas.usecases.close_period import close_period
    from ticketing.config import TicketingConfig

    engine = make_engine(Settings().database_address)
    upgrade(engine)
    try:
        with make_sessions(engine).begin() as session:
            closed = close_period(session, SystemClock(), TicketingConfig(), period, by=by)
    except (MaasError, ValueError) as error:
        detail = error.detail if isinstance(error, MaasError) else str(error)
        print(f"{period}: {detail}")
        raise typer.Exit(1) from error
    for operator, document in closed.statements.items():
        print(f"{operator:40} {document['total']:15,} 円")
    print(f"{'合計 / total':40} {closed.pool:15,} 円")


@app.command()
def statement(
    period: Annotated[str, typer.Argument(help="2026-12")],
    operator: str,
    out: Annotated[Path, typer.Option(help=".json, .csv, .pdf")],
) -> None:
    """Write an operator's statement to a file; its ending chooses the form."""
    import json

    from maas.core.clock import SystemClock
    from maas.db.session import make_engine, make_sessions
    from maas.settings import Settings
    from operators.settlement.errors import StatementNotFound
    from operators.settlement.render import to_csv, to_pdf
    from operators.settlement.service import SettlementService

    sessions = make_sessions(make_engine(Settings().database_address))
    try:
        with sessions() as session:
            document = SettlementService(session, SystemClock()).statement(period, operator)
    except StatementNotFound as error:
        print(f"{period} {operator}: 精算書がありません / there is no statement")
        raise typer.Exit(1) from error
    if out.suffix == ".pdf":
        out.write_bytes(to_pdf(document))
    elif out.suffix == ".csv":
        out.write_text(to_csv(document), encoding="utf-8")
    else:
        out.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    print(out)
