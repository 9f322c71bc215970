"""`maas council`: who takes part."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from maas.cli.council_impact import register as register_impact
from maas.cli.council_quality import register as register_quality
from maas.cli.council_reports import register as register_reports

app = typer.Typer(no_args_is_help=True, help="What the MaaS council watches (九州MaaS協議会).")


@app.callback()
def council() -> None:
    """What the MaaS council watches (九州MaaS協議会)."""


@app.command()
def participation(
    first: Annotated[str, typer.Option(help="2026-04-01")] = "",
    last: Annotated[str, typer.Option(help="2026-12-31")] = "",
    form: Annotated[str, typer.Option("--format", help="text, csv, json, svg")] = "text",
    out: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Count the companies that take part, by day, prefecture and mode, against the goals."""
    import json
    from datetime import timedelta

    from maas.cli.database import open_database
    from maas.core.clock import SystemClock, japan_date
    from operators.participation.counting import GOALS, forecast, history, members
    from operators.participation.report import to_csv, to_json, to_svg

    today = japan_date(SystemClock())
    try:
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - timedelta(days=90)
    except ValueError as error:
        print(f"日付は 2026-04-01 の形です / dates look like 2026-04-01: {error}")
        raise typer.Exit(2) from error
    with open_database()() as session:
        people = members(session)
    counts = history(people, begin, end, every_days=7)
    outlook = forecast(people, min(end, today))
    if form == "csv":
        text = to_csv(counts)
    elif form == "json":
        text = json.dumps(to_json(counts, outlook), ensure_ascii=False, indent=1)
    elif form == "svg":
        text = to_svg(counts, GOALS)
    else:
        rows = [f"{row.day}  {row.total:4} 社局  {row.by_mode}" for row in counts]
        rows += [
            f"{row.goal.label_ja} ({row.goal.by}): 目標 {row.goal.companies} / 現在 {row.counted}"
            f" / 見込 {row.expected} / 不足 {row.missing}"
            for row in outlook
        ]
        text = "\n".join(rows)
    if out:
        out.write_text(text, encoding="utf-8")
        print(out)
    else:
        print(text)


@app.command(name="import")
def import_candidates(
    catalogue: Annotated[Path, typer.Argument(help="フィード一覧 (CSV)")],
    by: Annotated[str, typer.Option(help="who enters them")] = "council",
) -> None:
    """Enter the services of a catalogue of feeds as candidates; again, it changes nothing."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from operators.registry.catalogue import import_catalogue
    from operators.registry.service import Because, Registry

    try:
        text = catalogue.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{catalogue}: 読めません / cannot be read: {error}")
        raise typer.Exit(2) from error
    with open_database().begin() as session:
        registry = Registry(session, SystemClock())
        done = import_catalogue(session, registry, text, Because(by, "catalogue"))
    for line, why in done.refused:
        print(f"{catalogue}:{line}: {why}")
    print(
        f"候補 {done.companies} / candidates, 情報源 {done.sources} / sources, "
        f"登録済み {done.known} / known"
    )
    raise typer.Exit(1 if done.refused else 0)


@app.command()
def access(
    subject: Annotated[str, typer.Argument(help="whose key it is")],
    right: Annotated[list[str], typer.Option(help="council, operator, inspect, …")],
    operator: Annotated[str, typer.Option(help="short name of the company")] = "",
) -> None:
    """Make an access key for a person or device; it is shown once."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.rest.principal import new_access_key

    now = SystemClock().now()
    secret, row = new_access_key(subject, right, now, operator_id=operator or None)
    with open_database().begin() as session:
        session.add(row)
    print(secret)


register_impact(app)
register_quality(app)
register_reports(app)
