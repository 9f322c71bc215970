"""
Tables of travel times between lists of places, over threads and processes of one machine or many.

The list of origins is cut into chunks; a chunk needs the stored network and nothing else. A
process takes chunk after chunk and searches it with its threads; a machine takes its part of all
(`part`, `parts`), and the tables of the parts one below the other are the table of the whole.
"""

import csv
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from maas.core.columns import Int64s
from maas.core.errors import Kind, MaasError
from routing.model import Location, Point, SearchRequest, StopRef
from routing.planner import JourneyPlanner
from routing.raptor.matrix import part_of
from routing.timetable.store import load_timetable

CHUNK: Final = 64
"""Origins that a process takes at a time: some tenths of a second of searching."""


class PlacesUnreadable(MaasError):
    """A list of places cannot be used."""

    code = "places-unreadable"
    title = "A list of places cannot be used"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Workers:
    """Who searches."""

    threads: int = 1
    """Of each process."""
    processes: int = 1
    part: int = 0
    """Which of the `parts` of all origins is searched here, from 0."""
    parts: int = 1


def read_places(path: Path) -> dict[str, Location]:
    """
    Return the places of a CSV file by name.

    Columns: `stop_id` (a stop, station or place of the network), or `lat` and `lon`; and `name`.

    Raises:
        PlacesUnreadable: The file or a row of it cannot be used; the line is named.
    """
    found: dict[str, Location] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                name, place = _place(path, line, row)
                if name in found:
                    raise PlacesUnreadable(f"{path}:{line}: {name} is there twice.")
                found[name] = place
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PlacesUnreadable(f"{path}: {error}") from error
    if not found:
        raise PlacesUnreadable(f"{path} holds no places; it needs stop_id, or lat and lon.")
    return found


def _place(path: Path, line: int, row: dict[str, str]) -> tuple[str, Location]:
    stop, name = row.get("stop_id") or "", row.get("name") or ""
    if stop:
        return name or stop, StopRef(stop)
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlacesUnreadable(f"{path}:{line}: neither stop_id nor lat and lon.") from error
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise PlacesUnreadable(f"{path}:{line}: {lat},{lon} lies outside the globe.")
    return name or f"{lat},{lon}", Point(lat, lon)


def table_rows(
    network: Path,
    request: SearchRequest,
    origins: Sequence[Location],
    destinations: Sequence[Location],
    workers: Workers,
) -> Iterator[Int64s]:
    """
    Yield, for each origin of the part in its order, the seconds to every destination.

    Raises:
        StopUnknown: A place is not in the network.
        TimetableInvalid: The network cannot be opened.
    """
    mine = origins[part_of(len(origins), workers.part, workers.parts)]
    chunks = [mine[begin : begin + CHUNK] for begin in range(0, len(mine), CHUNK)]
    if workers.processes <= 1:
        planner = JourneyPlanner(load_timetable(network))
        for chunk in chunks:
            yield from planner.travel_times(request, chunk, destinations, threads=workers.threads)
        return
    # Spawned, not forked: a fork of a process that has threads may wait for ever.
    with ProcessPoolExecutor(
        workers.processes,
        multiprocessing.get_context("spawn"),
        _open,
        (network, request, destinations, workers.threads),
    ) as pool:
        for table in pool.map(_search, chunks):
            yield from table


class _Opened:
    """What a process of the pool holds."""

    planner: JourneyPlanner
    request: SearchRequest
    destinations: Sequence[Location]
    threads: int


def _open(
    network: Path, request: SearchRequest, destinations: Sequence[Location], threads: int
) -> None:
    _Opened.planner = JourneyPlanner(load_timetable(network))
    _Opened.request, _Opened.destinations, _Opened.threads = request, destinations, threads


def _search(chunk: Sequence[Location]) -> Int64s:
    return _Opened.planner.travel_times(
        _Opened.request, chunk, _Opened.destinations, threads=_Opened.threads
    )
