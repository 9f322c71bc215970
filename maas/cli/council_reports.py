"""`maas council figures | flows | report | opendata | study`: what the council gives out."""

from pathlib import Path
from typing import Annotated

import typer

REFUSED = 1


def register(app: typer.Typer) -> None:
    """Add the commands to `maas council`."""
    app.command()(figures)
    app.command()(flows)
    app.command()(report)
    app.command()(opendata)
    app.command()(study)


def figures(
    first: Annotated[str, typer.Option(help="2026-12-01")],
    last: Annotated[str, typer.Option(help="2026-12-31")],
) -> None:
    """Print sales, refunds and rides by product, mode, prefecture and origin of buyers (JSON)."""
    import json

    from maas.cli.council_run import activity, day_of
    from maas.cli.database import open_database
    from operators.council.figures import figures as count

    with open_database()() as session:
        found = count(activity(session), day_of(first), day_of(last))
    print(json.dumps(found.as_json(operators=True), ensure_ascii=False, indent=1))


def flows(
    month: Annotated[str, typer.Argument(help="2026-12")],
    out: Annotated[Path, typer.Option(help=".json or .csv")],
) -> None:
    """
    Publish where people went in a month, k-anonymous (k = 10), and write it to a file.

    市町村間の移動を、異なる券10枚以上の区間だけ公表します。一度公表した月は変わりません。
    """
    import json

    from maas.cli.council_run import activity, refused
    from maas.cli.database import open_database
    from maas.cli.output import write_file
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from operators.council.flows import to_csv
    from operators.council.service import Results

    try:
        with open_database().begin() as session:
            document = Results(session, SystemClock()).flows(month, activity(session))
    except (MaasError, ValueError) as error:
        refused(month, error)
    text = to_csv(document) if out.suffix == ".csv" else json.dumps(document, ensure_ascii=False)
    write_file(out, text.encode())
    print(f"{out}: {len(document['flows'])} 区間 / pairs")


def report(
    month: Annotated[str, typer.Argument(help="2026-12")],
    out: Annotated[Path, typer.Option(help="PDF")],
) -> None:
    """Write the month's report in Japanese as PDF (月次報告)."""
    from maas.cli.council_run import activity, refused
    from maas.cli.database import open_database
    from maas.cli.output import write_file
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from maas.usecases.monthly_report import report_pdf
    from ticketing.config import TicketingConfig

    publisher = TicketingConfig().seller.name
    try:
        with open_database()() as session:
            content = report_pdf(session, SystemClock(), activity(session), month, publisher)
    except (MaasError, ValueError) as error:
        refused(month, error)
    write_file(out, content)
    print(out)


def opendata(
    out: Annotated[
        Path | None,
        typer.Option(
            help="GTFS (zip), the list of licences beside; default: the file that"
            " GET /v1/open-data/gtfs.zip gives to everybody."
        ),
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="Folder of the network; default: the one in use.")
    ] = None,
) -> None:
    """
    Write the public network as one open GTFS feed with credits; only what its licence allows.

    公開が許諾されたフィードだけを一つのGTFSにまとめ、出典と利用条件を添えます。
    """
    from maas.cli.council_run import open_bundle
    from maas.cli.output import write_file
    from maas.settings import Settings
    from maas.usecases.open_data import licences_csv
    from maas.usecases.open_files import FEED, OPEN_FOLDER

    out = out or Settings().data_dir / OPEN_FOLDER / FEED
    out.parent.mkdir(parents=True, exist_ok=True)
    done = open_bundle(network)
    write_file(out.with_suffix(".licences.csv"), licences_csv(done.feeds).encode())
    for row in done.feeds:
        if not row.included:
            print(f"{row.tag}: {row.reason} ({row.licence or '―'})")
    if not done.content:
        print("公開できるフィードがありません / no feed may be given away")
        raise typer.Exit(REFUSED)
    write_file(out, done.content)
    print(f"{out}: {sum(row.included for row in done.feeds)} / {len(done.feeds)} feeds")


def study(
    network: Annotated[
        Path | None, typer.Option(help="Folder of the network; default: the one in use.")
    ] = None,
) -> None:
    """Study the network now instead of in the background: impact, quality, candidates in test."""
    from maas.cli.council_run import study_now

    print(study_now(network))
