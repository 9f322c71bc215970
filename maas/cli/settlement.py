"""`maas settlement`: agreements, closes, statements and transfers."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from operators.settlement.agreement import Agreement

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


@app.command(name="try")
def try_out(
    agreement: Annotated[Path, typer.Argument(help="協定案 (JSON) / draft agreement")],
    period: Annotated[str, typer.Argument(help="2026-11")],
    form: Annotated[str, typer.Option("--format", help="text or json")] = "text",
) -> None:
    """
    Split a month that is over by a draft agreement, beside what was signed; nothing is kept.

    署名の前に、協定案を過去の月に当てはめて試算します。
    """
    import json

    from maas.adapters.books import SqlBooks
    from maas.cli.database import open_database
    from maas.cli.measures import stored_measures
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from operators.settlement.service import SettlementService

    draft = _agreement(agreement)
    try:
        with open_database()() as session:
            books = SqlBooks(session, stored_measures())
            trials = SettlementService(session, SystemClock()).try_out(draft, books, period)
    except (MaasError, ValueError) as error:
        _refuse(period, error)
    if form == "json":
        rows = {
            cohort: {
                "pool": trial.proposed.pool,
                "proposed": dict(trial.proposed.shares),
                "signed": dict(trial.signed.shares) if trial.signed else None,
            }
            for cohort, trial in trials.items()
        }
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for cohort, trial in sorted(trials.items()):
        print(f"{cohort}  {trial.proposed.pool:,} 円")
        for operator, yen in trial.proposed.shares.items():
            before = trial.signed.shares.get(operator) if trial.signed else None
            now = f"{before:15,} → " if before is not None else f"{'協定なし / unsigned':>15} → "
            print(f"  {operator:38} {now}{yen:15,} 円")
    if not trials:
        print(f"{period}: この商品の動きがありません / nothing of this product moved")


@app.command()
def sign(
    agreement: Annotated[Path, typer.Argument(help="協定 (JSON) / agreement")],
) -> None:
    """Keep a signed version of an agreement; it never changes again."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from operators.settlement.service import SettlementService

    signed = _agreement(agreement)
    try:
        with open_database().begin() as session:
            row = SettlementService(session, SystemClock()).sign(signed)
            print(f"{row.id}  SHA-256 {row.fingerprint}")
    except MaasError as error:
        _refuse(str(agreement), error)


@app.command()
def close(
    period: Annotated[str, typer.Argument(help="2026-12")],
    by: Annotated[str, typer.Option(help="誰が締めるか / who closes it")],
) -> None:
    """Close a month over the service's database and print what each operator is owed."""
    import resource
    import time

    from maas.cli.database import open_database
    from maas.cli.measures import stored_measures
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from maas.usecases.close_period import close_period
    from ticketing.config import TicketingConfig

    begin = time.perf_counter()
    try:
        with open_database().begin() as session:
            closed = close_period(
                session,
                SystemClock(),
                TicketingConfig(),
                period,
                by=by,
                measures=stored_measures(),
            )
    except (MaasError, ValueError) as error:
        _refuse(period, error)
    for operator, document in closed.statements.items():
        print(f"{operator:40} {document['total']:15,} 円")
    print(f"{'合計 / total':40} {closed.pool:15,} 円")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    typer.echo(f"{time.perf_counter() - begin:.1f} s, {memory} MB", err=True)


@app.command()
def statement(
    period: Annotated[str, typer.Argument(help="2026-12")],
    operator: str,
    out: Annotated[Path, typer.Option(help=".json, .csv, .pdf")],
) -> None:
    """Write an operator's statement to a file; its ending chooses the form."""
    import json

    from maas.cli.database import open_database
    from maas.cli.output import write_file
    from maas.core.clock import SystemClock
    from operators.settlement.errors import StatementNotFound
    from operators.settlement.render import to_csv, to_pdf
    from operators.settlement.service import SettlementService

    try:
        with open_database()() as session:
            document = SettlementService(session, SystemClock()).statement(period, operator)
    except StatementNotFound as error:
        _refuse(f"{period} {operator}", error)
    if out.suffix == ".pdf":
        data = to_pdf(document)
    elif out.suffix == ".csv":
        data = to_csv(document).encode()
    else:
        data = json.dumps(document, ensure_ascii=False, indent=1).encode()
    write_file(out, data)
    print(out)


@app.command()
def transfer(
    period: Annotated[str, typer.Argument(help="2026-12")],
    accounts: Annotated[
        Path, typer.Option(help="口座一覧 (CSV); 行 platform が振込元 / the row platform pays")
    ],
    pay_on: Annotated[str, typer.Option(help="振込日 / day of payment, 2027-01-31")],
    client_code: Annotated[str, typer.Option(help="委託者コード / client code, 10 digits")],
    out: Annotated[Path, typer.Option(help="全銀ファイル / file for the bank")],
) -> None:
    """Write the bank's transfer file (全銀 総合振込) for the statements of a closed month."""
    from datetime import date

    from maas.cli.database import open_database
    from maas.cli.output import write_file
    from maas.core.clock import SystemClock
    from operators.settlement.service import SettlementService
    from operators.settlement.zengin import CannotTransfer, pay_out, read_accounts, write

    try:
        day = date.fromisoformat(pay_on)
        known = read_accounts(accounts.read_text(encoding="utf-8-sig"))
        if "platform" not in known:
            raise CannotTransfer("振込元 (platform) の行がありません / no row `platform`")
        with open_database()() as session:
            totals = SettlementService(session, SystemClock()).totals(period)
        references = {operator: f"{period} {operator}" for operator in totals}
        transfers, unpaid = pay_out(totals, known, references)
        data = write(
            client_code=client_code, source=known["platform"], pay_on=day, transfers=transfers
        )
    except (OSError, ValueError) as error:
        _refuse(f"{accounts}", error)
    write_file(out, data)
    for operator, total in unpaid.items():
        print(f"{operator:40} {total:15,} 円  振込なし / not paid by transfer")
    paid = sum(row.amount for row in transfers)
    print(f"{out}: {len(transfers)} 件 {paid:,} 円")


def _agreement(path: Path) -> Agreement:
    """Read an agreement from a file, or say why it is none and end."""
    import json

    from operators.settlement.agreement import from_json

    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise TypeError("協定ではありません / not an agreement")
        return from_json(document)
    except (OSError, ValueError, TypeError) as error:
        _refuse(str(path), error)


def _refuse(subject: str, error: Exception) -> NoReturn:
    """Say what went wrong and end."""
    facts = getattr(error, "facts", {})
    named = f" ({', '.join(f'{name}: {value}' for name, value in facts.items())})" if facts else ""
    print(f"{subject}: {getattr(error, 'detail', error)}{named}")
    raise typer.Exit(1) from error
