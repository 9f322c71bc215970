"""The compact tables of the sample, as they lie in `data/`: read once, checked, named."""

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from gtfs_feeds.sample.romaji import english_of

SERVICE_FILES: Final = ("rail", "tram", "bus_city", "bus_area", "bus_highway", "ferry", "air")
"""Files of routes and runs, in the order in which they are read."""


class SampleTableError(ValueError):
    """A row of the package's own tables is wrong; the message names file and row."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One company; it publishes one feed."""

    tag: str
    name: str
    kana: str
    english: str
    agency_id: str
    """The 13 digits of its corporate number where that is sure, else `synthetic-<tag>`."""
    color: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Somewhere that vehicles call: a station, bus stop, port or airport."""

    id: str
    name: str
    kana: str
    english: str
    lat: float
    lon: float
    area: str
    """Prefecture, or the island where it is on one of the islands."""
    kind: str
    """`station`, `bus`, `port`, `airport`."""
    approximate: bool
    """The coordinates were placed by hand, good to some 500 m."""


@dataclass(frozen=True, slots=True)
class Line:
    """A railway line: its stations in order and where each lies along it."""

    code: str
    feeds: tuple[str, ...]
    stations: tuple[Spot, ...]
    km: tuple[float, ...]
    """Fare kilometres from the first station."""


@dataclass(frozen=True, slots=True)
class Mode:
    """What is common to the routes of one kind."""

    word: str
    route_type: int
    stop_km: float
    """A stop costs as much time as this many kilometres: weighs interpolated times."""
    wheelchair: int
    bikes: int
    cars: int
    color: str


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the tables give it."""

    feed: str
    id: str
    mode: Mode
    short: str
    long: str
    kana: str
    english: str
    fare: str
    runs: tuple["Run", ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One stopping pattern of a route with its departures both ways."""

    days: str
    calls: str
    out: str
    back: str
    flags: dict[str, str]
    where: str
    """File and row, for messages."""


def data_rows(name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of a table, header and comment lines left out."""
    text = (files("gtfs_feeds.sample") / "data" / f"{name}.csv").read_text("utf-8")
    header_seen = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        if not header_seen:
            header_seen = True
            continue
        yield number, next(csv.reader([line]))


@cache
def operators() -> dict[str, Operator]:
    """Return the companies by tag, in the order of their table."""
    found: dict[str, Operator] = {}
    for _, (tag, name, kana, english, agency_id, color) in data_rows("operators"):
        found[tag] = Operator(tag, name, kana, english, agency_id or f"synthetic-{tag}", color)
    return found


@cache
def modes() -> dict[str, Mode]:
    """Return the kinds of routes by their word."""
    return {
        word: Mode(word, int(kind), float(stop_km), int(wheel), int(bikes), int(cars), color)
        for _, (word, kind, stop_km, wheel, bikes, cars, color) in data_rows("modes")
    }


@cache
def train_names() -> dict[str, tuple[str, str]]:
    """Return reading and English of names of trains and lines that are not all kana."""
    return {name: (kana, english) for _, (name, kana, english) in data_rows("train_names")}


@cache
def lines() -> dict[str, Line]:
    """Return the railway lines by code."""
    members: dict[str, list[Spot]] = {}
    for _, (line, code, name, kana, lat, lon, prefecture) in data_rows("stations"):
        spot = Spot(
            code, name, kana, english_of(name, kana), float(lat), float(lon), prefecture,
            "station", approximate=False,
        )  # fmt: skip
        members.setdefault(line, []).append(spot)
    found: dict[str, Line] = {}
    for _, (code, feeds, km) in data_rows("lines"):
        stations = members[code]
        at = [0.0]
        for left, right in itertools.pairwise(stations):
            at.append(at[-1] + straight_km(left, right))
        scale = float(km) / at[-1] if km else 1.15
        found[code] = Line(
            code, tuple(feeds.split()), tuple(stations), tuple(round(x * scale, 2) for x in at)
        )
    return found


def straight_km(left: Spot, right: Spot) -> float:
    """Return the distance in km on a sphere cut flat at this latitude; good to 1 % below 300 km."""
    north = (right.lat - left.lat) * 111.195
    middle = (left.lat + right.lat) / 2 * 0.017453292519943295
    # cos by its series is exact to 1e-4 here and keeps the bytes equal on every libm.
    cosine = 1 - middle**2 / 2 + middle**4 / 24 - middle**6 / 720
    east = (right.lon - left.lon) * 111.195 * cosine
    return float((north**2 + east**2) ** 0.5)


@cache
def stops() -> dict[str, Spot]:
    """Return bus stops, ports and airports by key: the name, with `#where` if it is not unique."""
    found: dict[str, Spot] = {}
    taken: set[str] = set()
    for number, row in data_rows("stops"):
        if len(row) != 8:
            raise SampleTableError(f"stops.csv:{number}: 8 cells are needed, not {len(row)}")
        key, kana, lat, lon, area, kind, approximate, english = row
        if key in found:
            raise SampleTableError(f"stops.csv:{number}: {key} is there twice")
        name = key.partition("#")[0]
        text = english or english_of(name, kana)
        slug = "".join(c if c.isalnum() else "-" for c in text.lower()).strip("-")
        slug = "-".join(part for part in slug.split("-") if part)
        unique, count = slug, 1
        while unique in taken:
            count += 1
            unique = f"{slug}-{count}"
        taken.add(unique)
        reading = kana.replace("|", "")
        found[key] = Spot(
            unique, name, reading, text, float(lat), float(lon), area, kind, approximate == "~"
        )
    return found


@cache
def waypoints() -> dict[tuple[str, str], tuple[tuple[float, float], ...]]:
    """Return where ships turn between two stops, by their ids, each way."""
    found: dict[tuple[str, str], tuple[tuple[float, float], ...]] = {}
    for _, (start, end, text) in data_rows("waypoints"):
        pairs = (point.split() for point in text.split(";"))
        points = tuple((float(lat), float(lon)) for lat, lon in pairs)
        a, b = stops()[start].id, stops()[end].id
        found[a, b], found[b, a] = points, points[::-1]
    return found


@cache
def routes() -> tuple[Route, ...]:
    """
    Return every route with its runs.

    Rows `R` open a route (feed, route, mode, short, long, kana, english, fare); the rows `T`
    below it are its runs (days, calls, out, back, flags).
    """
    found: list[Route] = []
    for file in SERVICE_FILES:
        head: list[str] | None = None
        runs: list[Run] = []
        for number, row in data_rows(file):
            where = f"{file}.csv:{number}"
            if row[0] == "R":
                if head:
                    found.append(_route(head, runs))
                if len(row) != 9:
                    raise SampleTableError(f"{where}: R needs 9 cells, not {len(row)}")
                head, runs = [*row[1:], where], []
            elif row[0] == "T" and head:
                if len(row) != 6:
                    raise SampleTableError(f"{where}: T needs 6 cells, not {len(row)}")
                pairs = (flag.partition("=") for flag in row[5].split())
                flags = {word: value or "1" for word, _, value in pairs}
                runs.append(Run(row[1], row[2], row[3], row[4], flags, where))
            else:
                raise SampleTableError(f"{where}: a row begins with R or T")
        if head:
            found.append(_route(head, runs))
    return tuple(found)


def _route(head: list[str], runs: list[Run]) -> Route:
    feed, route_id, mode, short, long, kana, english, fare, where = head
    if feed not in operators():
        raise SampleTableError(f"{where}: no operator {feed}")
    if mode not in modes():
        raise SampleTableError(f"{where}: no mode {mode}")
    if not runs:
        raise SampleTableError(f"{where}: route {route_id} has no run")
    return Route(feed, route_id, modes()[mode], short, long, kana, english, fare, tuple(runs))
