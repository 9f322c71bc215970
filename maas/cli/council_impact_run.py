"""What `maas council impact` does: merge a candidate's feed, ask, and print."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import typer

from maas.cli.network_build import UNUSABLE, parse_feed
from maas.cli.network_texts import progress_printer
from maas.core.clock import JAPAN
from maas.core.network import Network
from maas.usecases.impact import Impact
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.usecases.sketch import KMH, read_sketch, sketch_feed
from routing.errors import TimetableInvalid
from routing.timetable.model import Timetable
from routing.timetable.store import load_timetable


def explain(row: Impact, question: str, *, whole: bool) -> None:
    """Print what a company means; `whole`: all of it."""
    print(f"    {row.sentence(question, 'ja')}")
    print(f"    {row.sentence(question, 'en')}")
    if whole and row.cut_off:
        print(f"    孤立する場所 / cut off: {'、'.join(row.cut_off)}")
    for start, end, share in row.prefecture_pairs[: 5 if whole else 2]:
        print(f"    {start} – {end}: {share:.3%}")
    for link in row.second_legs[: 5 if whole else 1]:
        print(f"    二本目の足 / second leg: {link.start} – {link.end} ({link.places})")
    for detour in row.detours[: 5 if whole else 1]:
        print(
            f"    {detour.start} → {detour.end}: "
            f"{detour.minutes_with}分 → {detour.minutes_without}分"
        )
        for ride in detour.way if whole else ():
            print(f"        {ride}")


def merged(folder: Path, fresh: list[tuple[str, Path]], place: Path) -> Path:
    """Merge the feeds of the network with those of candidates, and say where the result is."""
    zips = sorted(folder.glob("*.zip"))
    if not zips:
        print(f"{folder}: フィードがありません / no feeds there; --feeds-in")
        raise typer.Exit(UNUSABLE)
    sources = [FeedSource(*parse_feed(str(path))) for path in zips]
    sources += [FeedSource(tag, path) for tag, path in fresh]
    published = publish_network(sources, place, progress=progress_printer())
    accepted = set(opened(place).network.feeds.tag) if published.folder else set()
    for tag, path in fresh:
        if tag not in accepted:
            print(f"{path}: 網に入れられません / cannot be merged (maas feeds validate {path})")
            raise typer.Exit(UNUSABLE)
    return place


def opened(folder: Path) -> Timetable:
    """Return the network of a folder, or say why there is none and end."""
    try:
        return load_timetable(folder)
    except TimetableInvalid as error:
        print(error.detail)
        raise typer.Exit(UNUSABLE) from error


def instant(text: str) -> datetime | None:
    """Return the instant of an option, in Japan where it names no zone; None where empty."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--at {text}: 2026-12-01T08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=JAPAN)


def known_routes(network: Network, routes: Iterable[str]) -> bool:
    """Tell whether the network has all these routes."""
    return set(routes) <= set(network.routes.id)


def sketched(path: Path, folder: Path, today: date) -> tuple[str, Path]:
    """Write the lines of a table of stops as a feed, say what was assumed, and name its file."""
    try:
        lines = read_sketch(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        print(f"{path}: {error}")
        raise typer.Exit(UNUSABLE) from error
    speeds = ", ".join(f"{mode} {speed:.0f} km/h" for mode, speed in KMH.items())
    print(
        f"仮の時刻表（7〜20時に等間隔、{speeds}）で試算します。 / "
        "Sketched: even intervals from 7:00 to 20:00 at usual speeds."
    )
    file = folder / "sketch.zip"
    file.write_bytes(sketch_feed(lines, today - timedelta(days=7)))
    return "sketch", file
