"""What `make demo` builds and prints."""

import time
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from maas.cli.cards import Cards
from maas.cli.words import language, say
from maas.core.clock import JAPAN, SystemClock, japan_date
from maas.db.session import make_engine, make_sessions
from maas.migrations import upgrade
from maas.settings import Settings
from maas.usecases.sample_companies import seed_companies
from maas.usecases.sample_network import sample_network
from operators.access.service import Access
from routing.model import SearchRequest, StopRef
from routing.places import PlaceIndex
from routing.planner import JourneyPlanner
from routing.timetable.store import load_timetable

COUNCIL = "council@example.jp"
FROM, TO = "博多", "宮之浦港"
STEPS = ("write", "read", "merge", "footpaths", "compile", "places", "store")


def prepare(settings: Settings, console: Console) -> Path:
    """Return the directory of the sample network; build it, with a bar, where that is due."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {
            step: bar.add_task(say(f"demo.step.{step}"), total=None, visible=False)
            for step in STEPS
        }

        def told(step: str, done: int, total: int) -> None:
            bar.update(tasks[step], completed=done, total=total, visible=True)

        found = sample_network(settings.sample_dir, japan_date(SystemClock()), told)
    if found.built:
        console.print(say("demo.ready"))
    return found.directory


def enter_companies(settings: Settings, directory: Path, console: Console, url: str) -> None:
    """Enter the companies of the sample in the register, once; print a way in for the council."""
    engine = make_engine(settings.database_address)
    upgrade(engine)
    network = load_timetable(directory).network
    with make_sessions(engine).begin() as session:
        done = seed_companies(session, SystemClock(), network, network.first_day)
        access = Access(session, SystemClock())
        made = access.sign_in_link(access.add_council_member(COUNCIL).id)
    engine.dispose()
    if done.entered:
        told = {"entered": done.entered, "live": done.live, "known": done.known}
        console.print(say("operators.seeded", **told))
    if made is not None and url:
        console.print(say("demo.council", url=f"{url}/operators/enter?token={made[0]}"))


def show(directory: Path, console: Console) -> None:
    """Print the journeys of tomorrow morning from Hakata station to the port of Yakushima."""
    timetable = load_timetable(directory)
    network = timetable.network
    console.print(
        say(
            "demo.counts",
            feeds=len(network.feeds.tag),
            places=f"{len(network.places.id):,}",
            trips=f"{len(network.trips.id):,}",
            calls=f"{len(network.calls.stop):,}",
        )
    )
    console.print(f"[bold yellow]{say('demo.synthetic')}[/]")
    places = PlaceIndex(network)
    planner = JourneyPlanner(timetable)
    tomorrow = japan_date(SystemClock()) + timedelta(days=1)
    begin = datetime.combine(tomorrow, clock_time(6), JAPAN)
    ends = [places.search(name, 1)[0] for name in (FROM, TO)]
    request = SearchRequest(
        StopRef(ends[0].id),
        StopRef(ends[1].id),
        begin,
        window_s=3600,
        min_itineraries=4,
        max_travel_s=36 * 3600,
    )
    planner.plan(request)
    started = time.perf_counter()
    result = planner.plan(request)
    took = (time.perf_counter() - started) * 1000
    tag = language()
    named = [places.name(found.row, tag) for found in ends]
    title = say("demo.title", **{"from": named[0], "to": named[1]}, date=tomorrow, time="06:00")
    console.print(f"\n[bold]{title}[/]  ({say('demo.took', ms=f'{took:.1f}')})")
    if not result.itineraries:
        console.print(say("demo.none"))
        return
    console.print(Cards(places, JAPAN, tag).draw(result.itineraries))
