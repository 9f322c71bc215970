"""Two towns and a village on a line of which every departure can be counted by hand."""

import csv
import io
from datetime import datetime

import pytest

from maas.core.clock import JAPAN
from maas.core.network import Network
from maas.usecases.municipalities import municipalities, municipality_of_places
from maas.usecases.quality import MunicipalityQuality, quality, to_csv, to_geojson
from routing.planner import JourneyPlanner
from routing.timetable.compile import compile_timetable
from tests.support.served import network_of

TUESDAY = datetime(2026, 12, 1, 8, 0, tzinfo=JAPAN)


def feed() -> dict[str, str]:
    """
    Hakata – Kasuga – Kurume, 20 and 40 minutes: weekdays 8:10, 12:10 and 25:10, Sundays 12:10 only.
    """
    trips, times = [], []
    for service, minutes in (("week", (490, 730, 1510)), ("sun", (730,))):
        for minute in minutes:
            name = f"{service}{minute}"
            trips.append(f"r,{service},{name}")
            for stop, after, number in (("H", 0, 1), ("K", 20, 2), ("M", 60, 3)):
                clock = f"{(minute + after) // 60:02}:{(minute + after) % 60:02}:00"
                times.append(f"{name},{clock},{clock},{stop},{number}")
    return {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        "a,見本,https://e.example,Asia/Tokyo\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nH,博多,33.5897,130.4207\n"
        "K,春日原,33.5330,130.4700\nM,久留米,33.3190,130.5020\nX,無人,33.3100,130.5100\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,R,2\n",
        "trips.txt": "route_id,service_id,trip_id\n" + "\n".join(trips) + "\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(times)
        + "\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nweek,1,1,1,1,1,0,0,20261130,20261231\n"
        "sun,0,0,0,0,0,0,1,20261130,20261231\n",
    }


@pytest.fixture(scope="module")
def network() -> Network:
    return network_of(feed())


@pytest.fixture(scope="module")
def rows(network: Network) -> dict[str, MunicipalityQuality]:
    planner = JourneyPlanner(compile_timetable(network))
    return {row.municipality: row for row in quality(network, planner, TUESDAY, threads=1)}


def test_departures_are_counted_where_vehicles_leave(rows: dict[str, MunicipalityQuality]) -> None:
    hakata = rows["福岡市"]

    assert (hakata.stops, hakata.departures, hakata.departures_sunday) == (1, 3, 1)
    assert (hakata.first, hakata.last) == ("08:10:00", "25:10:00")
    # Kurume is the end of every run: vehicles arrive, none leaves.
    assert (rows["久留米市"].departures, rows["久留米市"].first) == (0, "")


def test_reach_counts_other_municipalities_in_time(rows: dict[str, MunicipalityQuality]) -> None:
    # From 8:00: Kasuga at 8:30, Kurume at 9:10, which is after an hour and within two.
    assert (rows["福岡市"].reach_60, rows["福岡市"].reach_120) == (1, 2)


def test_a_municipality_without_data_is_listed_as_such(
    rows: dict[str, MunicipalityQuality],
) -> None:
    assert (rows["八女市"].stops, rows["八女市"].reach_60) == (0, None)
    assert len(rows) == 60  # the municipalities of Fukuoka prefecture


def test_places_lie_in_the_municipality_of_the_nearest_spot(network: Network) -> None:
    known = municipalities()
    names = [known[row].name if row >= 0 else "" for row in municipality_of_places(network)]
    found = dict(zip(network.places.name, names, strict=True))

    assert found == {"博多": "福岡市", "春日原": "春日市", "久留米": "久留米市", "無人": "久留米市"}


def test_all_293_municipalities_lie_in_their_region() -> None:
    # 60 + 20 + 21 + 45 + 18 + 26 + 43 in Kyushu, 19 in Yamaguchi, 41 in Okinawa.
    assert len(municipalities()) == 293
    for row in municipalities():
        assert 24 < row.lats.min() < 35
        assert 122 < row.lons.min() < 133


def test_csv_and_geojson_say_the_same(rows: dict[str, MunicipalityQuality]) -> None:
    table = list(csv.DictReader(io.StringIO(to_csv([*rows.values()]).removeprefix("\ufeff"))))
    points = to_geojson([*rows.values()])["features"]

    assert [row["municipality"] for row in table] == [
        point["properties"]["municipality"] for point in points
    ]
    assert table[1]["departures"] == str(points[1]["properties"]["departures"]) == "3"
    unserved = next(row for row in table if row["municipality"] == "八女市")
    assert unserved["reach_60"] == ""  # unknown is not zero
