"""
How good the network is in each municipality: stops, departures, first and last, how far one gets.

Counted from the timetables on a usual weekday and the Sunday after it. What is not in the data is
not counted: a municipality without a stop has none that we know of.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from maas.core.columns import Int32s, Int64s
from maas.core.network import Network
from maas.core.servicetime import format_seconds
from maas.usecases.municipalities import municipalities, municipality_of_places
from maas.usecases.place_weights import departures_of_places
from routing.boards.index import BoardIndex
from routing.model import SearchRequest, StopRef
from routing.planner import JourneyPlanner

NEAR_S: Final = 3_600
FAR_S: Final = 2 * 3_600


@dataclass(frozen=True, slots=True)
class MunicipalityQuality:
    """One municipality."""

    prefecture: str
    municipality: str
    stops: int
    """Stops at which a vehicle calls on the weekday or the Sunday."""
    departures: int
    """On the weekday; a vehicle counts at every stop where it leaves."""
    departures_sunday: int
    first: str
    """First departure of the weekday, `05:12:00`; past 24:00 after midnight. Empty: none."""
    last: str
    hub: str
    """The place with most departures, from where the reach is measured; empty: none."""
    reach_60: int | None
    """Other municipalities reached within 60 minutes of 8:00 from the hub; None without hub."""
    reach_120: int | None
    lat: float
    lon: float
    """Of the hub, or the seat where there is none."""


def quality(
    network: Network, planner: JourneyPlanner, at: datetime, *, threads: int = 2
) -> list[MunicipalityQuality]:
    """Return the municipalities of the prefectures in which the network has places."""
    known = municipalities()
    of_place = np.array(municipality_of_places(network), np.int64)
    present = set(np.unique(np.asarray(network.places.prefecture)).tolist())
    weekday = (at.date() - network.first_day).days
    sunday = weekday + (6 - at.weekday())
    calls, sundays = _departures(network, weekday), _departures(network, sunday)
    hubs = _hubs(network, of_place, len(known))
    reach = _reach(network, planner, at, (hubs, of_place), threads)
    found = []
    for number, row in enumerate(known):
        if row.prefecture not in present:
            continue
        mine = _inside(network, of_place, number, calls)
        later = _inside(network, of_place, number, sundays)
        hub = int(hubs[number])
        near, far = reach.get(number, (None, None))
        times = mine[1]
        found.append(
            MunicipalityQuality(
                prefecture=row.prefecture,
                municipality=row.name,
                stops=len(np.unique(np.concatenate([mine[0], later[0]]))),
                departures=len(times),
                departures_sunday=len(later[1]),
                first=format_seconds(int(times.min())) if len(times) else "",
                last=format_seconds(int(times.max())) if len(times) else "",
                hub=network.places.name[hub] if hub >= 0 else "",
                reach_60=near,
                reach_120=far,
                lat=float(network.places.lat[hub] if hub >= 0 else row.lats[0]),
                lon=float(network.places.lon[hub] if hub >= 0 else row.lons[0]),
            )
        )
    return found


Departures = tuple[Int32s, Int64s]
"""Stop and second of each departure of a day."""


def _departures(network: Network, day: int) -> Departures:
    """Return the departures of a service day; a vehicle's last call is none."""
    if not 0 <= day < network.services.runs.shape[1]:
        return np.zeros(0, np.int32), np.zeros(0, np.int64)
    runs = BoardIndex(network).runs
    trips = network.trips
    runs_today = np.asarray(network.services.runs[:, day])[np.maximum(trips.service, 0)] > 0
    shown = runs_today & (np.asarray(trips.duplicate_of) < 0)
    kept = np.flatnonzero(shown[runs.trip])
    trip, shift = runs.trip[kept], runs.shift_s[kept]
    start = np.asarray(trips.call_start)
    length = np.maximum(start[trip + 1] - start[trip] - 1, 0)
    first = np.repeat(start[trip], length)
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    call = first + within
    seconds = np.asarray(network.calls.departure_s)[call].astype(np.int64)
    boards = np.asarray(network.calls.pickup)[call] != 1
    stops = np.asarray(network.calls.stop)[call]
    return stops[boards], (seconds + np.repeat(shift, length))[boards]


def _inside(network: Network, of_place: Int64s, number: int, departures: Departures) -> Departures:
    stops, seconds = departures
    mine = of_place[np.asarray(network.stops.place)[stops]] == number
    return stops[mine], seconds[mine]


def _hubs(network: Network, of_place: Int64s, count: int) -> Int64s:
    """Return the busiest place of each municipality, -1 where no vehicle calls."""
    weights = departures_of_places(network)
    hubs = np.full(count, -1, np.int64)
    for place in np.argsort(weights, kind="stable").tolist():
        if weights[place] > 0 and of_place[place] >= 0:
            hubs[of_place[place]] = place
    return hubs


def _reach(
    network: Network,
    planner: JourneyPlanner,
    at: datetime,
    where: tuple[Int64s, Int64s],
    threads: int,
) -> dict[int, tuple[int, int]]:
    """Return how many other municipalities each reaches within one and two hours."""
    hubs, of_place = where
    numbers = np.flatnonzero(hubs >= 0).tolist()
    ids = [network.places.id[int(hubs[number])] for number in numbers]
    if not ids:
        return {}
    nowhere = StopRef(ids[0])
    request = SearchRequest(nowhere, nowhere, at, max_travel_s=FAR_S)
    seconds = planner.spread(request, ids, threads=threads)
    of_stop = of_place[np.asarray(network.stops.place)]
    found = {}
    for row, number in enumerate(numbers):
        others = (seconds[row] >= 0) & (of_stop >= 0) & (of_stop != number)
        near = np.unique(of_stop[others & (seconds[row] <= NEAR_S)])
        found[number] = (len(near), len(np.unique(of_stop[others])))
    return found


def to_csv(rows: Sequence[MunicipalityQuality]) -> str:
    """Return a row a municipality, with a byte-order mark for spreadsheets."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.DictWriter(out, [*MunicipalityQuality.__dataclass_fields__], lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        values = asdict(row) | {"lat": f"{row.lat:.4f}", "lon": f"{row.lon:.4f}"}
        writer.writerow({name: "" if value is None else value for name, value in values.items()})
    return out.getvalue()


def to_geojson(rows: Sequence[MunicipalityQuality]) -> dict[str, Any]:
    """Return a point a municipality."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(row.lon, 4), round(row.lat, 4)],
                },
                "properties": {
                    name: value for name, value in asdict(row).items() if name not in {"lat", "lon"}
                },
            }
            for row in rows
        ],
    }


def rows_of_geojson(document: Mapping[str, Any]) -> list[MunicipalityQuality]:
    """Return the rows that `to_geojson` wrote."""
    found = []
    for feature in document["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        found.append(MunicipalityQuality(**feature["properties"], lat=lat, lon=lon))
    return found
