"""`maas plan`: journeys in the terminal."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from maas.cli.words import language, say

At = Annotated[str, typer.Option(help="When: 2026-12-01T09:00; without a zone, Japan's time.")]


def plan(
    start: Annotated[str, typer.Argument(metavar="FROM", help="Name, id or LAT,LON.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Name, id or LAT,LON.")],
    network: Annotated[Path | None, typer.Option(help="Directory of the network.")] = None,
    at: At = "",
    arrive_by: Annotated[
        bool, typer.Option("--arrive-by", help="The time is when to be there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the itineraries as JSON.")] = False,
    window: Annotated[int, typer.Option(min=0, max=1440, help="Minutes of departures.")] = 60,
    results: Annotated[int, typer.Option(min=1, max=50, help="Look on until so many.")] = 5,
    transfers: Annotated[int, typer.Option(min=0, max=31, help="At most so many changes.")] = 7,
    walk: Annotated[int, typer.Option(min=0, max=180, help="Minutes on foot at each end.")] = 15,
) -> None:
    """Plan a journey on a stored network."""
    from maas.settings import Settings

    settings = Settings()
    os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.data_dir / "numba"))
    from rich.console import Console

    from maas.cli.cards import Cards
    from maas.core.clock import JAPAN
    from maas.core.errors import MaasError
    from routing.model import SearchRequest
    from routing.places import PlaceIndex, Resolver, load_index
    from routing.planner import JourneyPlanner
    from routing.timetable.store import live_folder, load_timetable

    moment = moment_of(at)
    directory = network or settings.network or settings.sample_dir
    try:
        timetable = load_timetable(directory)
        index = PlaceIndex(timetable.network, load_index(live_folder(directory), timetable.network))
        resolver = Resolver(index)
        request = SearchRequest(
            _location(resolver, start),
            _location(resolver, end),
            moment,
            arrive_by=arrive_by,
            window_s=window * 60,
            min_itineraries=results,
            max_transfers=transfers,
            max_access_s=walk * 60,
            max_egress_s=walk * 60,
            max_travel_s=36 * 3600,
        )
        result = JourneyPlanner(timetable).plan(request)
    except MaasError as error:
        _refuse(error.detail)
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, default=_plain, indent=1))
        return
    console = Console()
    if any(timetable.network.feeds.synthetic):
        console.print(f"[bold yellow]{say('demo.synthetic')}[/]")
    if not (result.itineraries or result.direct):
        console.print(say("demo.none"))
        return
    cards = Cards(index, JAPAN, language())
    console.print(cards.draw([*result.direct, *result.itineraries]))


def moment_of(text: str) -> datetime:
    """Return the instant of a text, now for none; without a zone it is Japan's time."""
    from maas.core.clock import JAPAN, SystemClock

    if not text:
        return SystemClock().now().astimezone(JAPAN).replace(second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _refuse(say("plan.time", time=text))
    return moment if moment.tzinfo else moment.replace(tzinfo=JAPAN)


def _location(resolver: Any, text: str) -> Any:
    from routing.places import Ambiguous, Resolved

    found = resolver.resolve(text)
    if isinstance(found, Resolved):
        return found.location
    names = ", ".join(f"{match.name} ({match.id})" for match in found.suggestions)
    key = "plan.ambiguous" if isinstance(found, Ambiguous) else "plan.unknown"
    return _refuse(say(key, text=text, names=names or "—"))


def _refuse(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(1)


def _plain(value: object) -> object:
    if isinstance(value, Sequence):
        return [asdict(row) for row in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
