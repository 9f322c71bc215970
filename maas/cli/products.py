"""`maas products`: lint, publish, export."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from maas.cli.words import language, say

app = typer.Typer(no_args_is_help=True, help="Check, publish and export passes.")


@app.callback()
def products() -> None:
    """Check, publish and export passes."""


@app.command()
def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Definitions (JSON); none: the samples.")
    ] = None,
) -> None:
    """Prove that products are complete and free of contradictions; exit 1 where one is not."""
    from ticketing.products.lint import Severity
    from ticketing.products.lint import lint as check

    bad = False
    for name, definition, faults in _load(files):
        bad |= bool(faults)
        for fault in faults:
            print(f"{name}: {fault}")
        findings = check(definition) if definition is not None else []
        for finding in findings:
            bad |= finding.severity is Severity.ERROR
            mark = "✗" if finding.severity is Severity.ERROR else "!"
            text = finding.ja if language() == "ja" else finding.en
            print(f"{mark} {name}: {finding.field}: {text} [{finding.code}]")
        if definition is not None and not findings:
            print(f"✓ {name}")
    raise typer.Exit(1 if bad else 0)


@app.command()
def publish(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Definitions (JSON); none: the samples.")
    ] = None,
) -> None:
    """Put products on sale; a version that is on sale is never changed."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from ticketing.products.service import ProductService

    sessions = open_database()
    bad = False
    for name, definition, faults in _load(files):
        if definition is None:
            print(f"✗ {name}: {'; '.join(faults)}")
            bad = True
            continue
        try:
            with sessions.begin() as session:
                ProductService(session, SystemClock()).publish(definition)
        except MaasError as error:
            bad = True
            print(f"✗ {name}: {error.title}: {error.detail}")
        else:
            print(f"✓ {name} v{definition.version}")
    raise typer.Exit(1 if bad else 0)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="Zip to write.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Definitions (JSON); none: the samples.")
    ] = None,
) -> None:
    """Write passes as GTFS Fares v2."""
    from ticketing.products.fares_v2 import export_zip

    good = [definition for _, definition, _ in _load(files) if definition is not None]
    out.write_bytes(export_zip(good))
    print(say("products.exported", n=len(good), path=out))


@app.command()
def singles(
    origin: Annotated[str, typer.Argument(metavar="FROM", help="Name or id of a stop.")],
    destination: Annotated[str, typer.Argument(metavar="TO", help="Name or id of a stop.")],
    network: Annotated[Path | None, typer.Option(help="Directory of the network.")] = None,
    publish_it: Annotated[
        bool, typer.Option("--publish", help="Put the tickets on sale now.")
    ] = False,
) -> None:
    """Say what a direct ride costs by the fares of the feeds; exit 1 where it is not known."""
    from maas.adapters.fares import FareShelf
    from maas.adapters.singles import SingleFares
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.core.errors import MaasError
    from maas.settings import Settings
    from maas.wiring import Served
    from routing.places import PlaceIndex, Resolver, load_index
    from routing.planner import JourneyPlanner
    from routing.timetable.store import live_folder, load_timetable
    from ticketing.fares.singles import SingleTickets

    settings = Settings()
    sessions = open_database()
    try:
        folder = live_folder(network or settings.network or settings.sample_dir)
        timetable = load_timetable(folder)
        shelf = FareShelf(folder, timetable.network)
        served = Served(timetable.network, JourneyPlanner(timetable), SystemClock(), fares=shelf)
        resolver = Resolver(PlaceIndex(timetable.network, load_index(folder, timetable.network)))
        ends = [_stop(resolver, text) for text in (origin, destination)]
        with sessions.begin() as session:
            source = SingleFares(lambda: served, sessions)
            tickets = SingleTickets(session, SystemClock(), source)
            for fare in tickets.find(*ends):
                name = fare.operator_name.ja if language() == "ja" else fare.operator_name.en
                where = ", ".join(fare.routes) or say("products.every_route")
                child = say("products.no_child_fare")
                if fare.child_yen is not None:
                    child = say("products.child_fare", yen=f"{fare.child_yen:,}")
                print(f"¥{fare.yen:,} ({child})  {name}  {where}")
                if publish_it:
                    product = tickets.publish(*ends, *fare.routes[:1])
                    print(f"✓ {product.id} v{product.version}")
    except MaasError as error:
        print(f"✗ {error.title}: {error.detail}")
        raise typer.Exit(1) from error


def _stop(resolver: Any, text: str) -> str:
    """Return the id that a name or id stands for; what nothing is known of stays as it is."""
    from routing.model import StopRef
    from routing.places import Resolved

    found = resolver.resolve(text)
    if isinstance(found, Resolved) and isinstance(found.location, StopRef):
        return found.location.id
    return text


def _load(files: list[Path] | None) -> Iterator[tuple[str, Any, list[str]]]:
    """Yield (name, definition or None, faults) of every file."""
    from pydantic import ValidationError

    from ticketing.products.definition import Definition
    from ticketing.products.service import load_samples

    if not files:
        for sample in load_samples():
            yield sample.id, sample, []
        return
    for path in files:
        try:
            yield path.name, Definition.model_validate_json(path.read_bytes()), []
        except ValidationError as error:
            faults = [
                f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                for fault in error.errors()
            ]
            yield path.name, None, faults
        except OSError as error:
            yield path.name, None, [str(error)]
