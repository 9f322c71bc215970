"""
A line that does not exist yet, sketched from its stops: a feed that can be merged and asked about.

For candidates whose stops are known and whose timetable is not. What is not given is assumed, the
same for everybody, and said: vehicles at even intervals from 7:00 to 20:00, both ways, at the usual
speed of the mode. A sketch is a question, never a timetable: it is marked as made up.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gtfs_feeds.mend.feed import packed
from maas.core.geo import distance_m
from maas.core.servicetime import format_seconds

KMH: Final = {"bus": 25.0, "rail": 45.0, "ferry": 28.0, "air": 300.0}
"""Usual speed along the beeline, stops included."""
ROUTE_TYPE: Final = {"bus": "3", "rail": "2", "ferry": "4", "air": "1100"}
TRIPS_A_DAY: Final = 12
FIRST_S, LAST_S = 7 * 3600, 20 * 3600
STAND_S: Final = 60
COLUMNS: Final = ("company", "line", "mode", "stop", "lat", "lon")


class SketchInvalid(ValueError):
    """The table of stops cannot be read; the message names the line, in both languages."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A stop of a sketched line."""

    name: str
    lat: float
    lon: float
    minute: int | None
    """Minutes from the first stop, where they are known."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sketched line."""

    company: str
    name: str
    mode: str
    trips_a_day: int
    spots: tuple[Spot, ...]

    def seconds(self) -> list[int]:
        """Return when a vehicle is at each stop, from the first; what is not known is assumed."""
        at = [0]
        for before, spot in zip(self.spots, self.spots[1:], strict=False):
            if spot.minute is not None:
                at.append(max(spot.minute * 60, at[-1] + STAND_S))
                continue
            metres = distance_m(before.lat, before.lon, spot.lat, spot.lon)
            takes = metres / (KMH[self.mode] / 3.6)
            at.append(at[-1] + max(STAND_S, round(takes / 60) * 60))
        return at


def read_sketch(text: str) -> list[Line]:
    """
    Read lines from a CSV: a row a stop in order, `trips_a_day` and `minutes` where they are known.

    Raises:
        SketchInvalid: A column is missing, a value cannot be read, or a line has one stop only.

    """
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise SketchInvalid(f"列がありません / columns are missing: {', '.join(missing)}")
    spots: dict[tuple[str, str, str], list[Spot]] = defaultdict(list)
    often: dict[tuple[str, str, str], int] = {}
    for row in reader:
        values = {name: (value or "").strip() for name, value in row.items() if name}
        key = (values["company"], values["line"], values["mode"])
        try:
            if values["mode"] not in KMH or not values["company"] or not values["stop"]:
                raise ValueError("company, stop, mode (bus, rail, ferry, air)")
            lat, lon = float(values["lat"]), float(values["lon"])
            if not (20 <= lat <= 46 and 122 <= lon <= 154):
                raise ValueError(f"lat, lon: {lat}, {lon}")
            minute = int(values["minutes"]) if values.get("minutes") else None
            often[key] = min(max(int(values.get("trips_a_day") or TRIPS_A_DAY), 1), 200)
        except ValueError as error:
            line = reader.line_num
            raise SketchInvalid(f"{line}行目を読めません / line {line}: {error}") from error
        spots[key].append(Spot(values["stop"], lat, lon, minute))
    if not spots or any(len(found) < 2 for found in spots.values()):
        raise SketchInvalid("路線には停留所が二つ以上要ります / a line needs two stops or more")
    return [
        Line(company, name, mode, often[company, name, mode], tuple(found))
        for (company, name, mode), found in spots.items()
    ]


def sketch_feed(lines: Sequence[Line], first_day: date, days: int = 42) -> bytes:
    """Return the lines as a GTFS zip that runs daily; the same lines give the same bytes."""
    companies = {name: f"c{n}" for n, name in enumerate(dict.fromkeys(x.company for x in lines))}
    stops = {spot: f"s{n}" for n, spot in enumerate(dict.fromkeys(_places(lines)))}
    last = first_day + timedelta(days=days - 1)
    zone = "https://example.com/,Asia/Tokyo"
    rows: dict[str, list[str]] = {
        "agency.txt": ["agency_id,agency_name,agency_url,agency_timezone"]
        + [f"{scoped},{_cell(name)},{zone}" for name, scoped in companies.items()],
        "stops.txt": ["stop_id,stop_name,stop_lat,stop_lon"]
        + [f"{scoped},{_cell(name)},{lat},{lon}" for (name, lat, lon), scoped in stops.items()],
        "routes.txt": ["route_id,agency_id,route_long_name,route_type"],
        "trips.txt": ["route_id,service_id,trip_id,direction_id"],
        "stop_times.txt": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"],
        "calendar.txt": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            f"daily,1,1,1,1,1,1,1,{first_day:%Y%m%d},{last:%Y%m%d}",
        ],
    }
    for number, line in enumerate(lines):
        route = f"r{number}"
        rows["routes.txt"].append(
            f"{route},{companies[line.company]},{_cell(line.name)},{ROUTE_TYPE[line.mode]}"
        )
        _runs(rows, route, line, stops)
    return packed({name: "\r\n".join(found).encode() + b"\r\n" for name, found in rows.items()})


def _runs(
    rows: dict[str, list[str]],
    route: str,
    line: Line,
    stops: Mapping[tuple[str, float, float], str],
) -> None:
    """Add the runs of a line, out and back at even intervals."""
    there = line.seconds()
    back = [there[-1] - second for second in reversed(there)]
    gap = (LAST_S - FIRST_S) // line.trips_a_day // 60 * 60
    spots = [stops[spot.name, spot.lat, spot.lon] for spot in line.spots]
    for direction, (seconds, order) in enumerate(((there, spots), (back, spots[::-1]))):
        for run in range(line.trips_a_day):
            trip = f"{route}-{direction}-{run}"
            rows["trips.txt"].append(f"{route},daily,{trip},{direction}")
            for number, (second, stop) in enumerate(zip(seconds, order, strict=True), 1):
                clock = format_seconds(FIRST_S + run * gap + second)
                rows["stop_times.txt"].append(f"{trip},{clock},{clock},{stop},{number}")


def _places(lines: Sequence[Line]) -> list[tuple[str, float, float]]:
    return [(spot.name, spot.lat, spot.lon) for line in lines for spot in line.spots]


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
