"""Statistics: counts that a reader of the timetable gets too, from any feed that can be read."""

import json
from datetime import date

import pytest

from gtfs_feeds.read import FeedTables, read_feed, read_files
from gtfs_feeds.statistics import FeedStatistics, StatisticsImpossible
from tests.support.shared import SHARED, needs_shared

FILES = {
    "agency.txt": "agency_id,agency_name,agency_timezone\n1,渡船,Asia/Tokyo\n",
    # One degree of longitude at the equator is 111.3 km.
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nNA,岐志,0,130\nB,姫島,0,131\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,1,姫島航路,4\n",
    "trips.txt": "route_id,service_id,trip_id\nR,平日,T1\nR,平日,T2\nR,土曜,T3\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T1,7:50:00,7:50:00,NA,1\nT1,8:06:00,8:06:00,B,2\n"
    "T2,24:50:00,24:50:00,B,1\nT2,25:50:00,25:50:00,NA,2\n"
    "T3,09:00:00,09:00:00,NA,1\nT3,10:00:00,10:00:00,B,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\n"
    "平日,1,1,1,1,1,0,0,20260105,20260131\n土曜,0,0,0,0,0,1,0,20260105,20260131\n",
}
MONDAY, SATURDAY = date(2026, 1, 5), date(2026, 1, 10)


def feed(**changed: str) -> FeedTables:
    return read_files(FILES | {f"{name}.txt": text for name, text in changed.items()})


def test_counts_are_of_the_feed_and_of_one_day() -> None:
    statistics = FeedStatistics(feed())

    counts = statistics.describe(SATURDAY)

    assert counts["agencies"] == ["渡船"]
    assert (counts["num_routes"], counts["num_trips"], counts["num_stops"]) == (1, 3, 2)
    assert counts["num_trips_active_on_sample_date"] == 1
    assert statistics.busiest_day() == MONDAY
    assert json.dumps(counts)


def test_a_route_has_its_first_and_last_times_and_hours() -> None:
    (route,) = FeedStatistics(feed()).routes(MONDAY)

    assert route["num_trips"] == 2
    assert (route["start_time"], route["end_time"]) == ("07:50:00", "25:50:00")
    assert route["service_duration"] == pytest.approx(76 / 60)  # 16 and 60 minutes
    assert route["service_distance"] is None  # there is no shape to measure along
    assert route["mean_headway"] is None  # no trip has a direction


def test_shapes_give_distances_whatever_unit_the_feed_counts_in() -> None:
    shaped = feed(
        trips="route_id,service_id,trip_id,shape_id\nR,平日,T1,S\nR,平日,T2,S\nR,土曜,T3,S\n",
        shapes="shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n"
        "S,0,130,1,0\nS,0,131,2,99999\n",
    )

    (route,) = FeedStatistics(shaped).routes(SATURDAY)

    assert route["service_distance"] == pytest.approx(111.3, rel=0.01)
    assert route["service_speed"] == pytest.approx(111.3, rel=0.01)  # in one hour


def test_stops_without_shapes_are_joined_by_straight_lines_and_said_so() -> None:
    collection = FeedStatistics(feed()).geojson()

    kinds = [feature["geometry"]["type"] for feature in collection["features"]]
    assert set(kinds) <= {"Point", "LineString", "MultiLineString"}
    assert len(kinds) == 3  # one route and two stops
    assert kinds.count("Point") == 2
    assert collection["straight"] is True


def test_rows_that_cannot_be_counted_are_left_out_and_told() -> None:
    broken = feed(
        stops=FILES["stops.txt"] + "C,座標なし,,\nD,全角,３３,x\nB,重複,0,131\n",
        trips=FILES["trips.txt"] + "R,平日,without_times\nX,平日,T1\n",
        stop_times=FILES["stop_times.txt"] + "T1,x,,B,3\nT1,,,nowhere,4\nNONE,1:00:00,,B,1\n",
        calendar=FILES["calendar.txt"] + "z,1,1,1,1,1,1,1,00010101,99991231\n",
        fare_attributes="fare_id,price,transfer_duration\nF,1,86400\n",
        frequencies="trip_id,start_time,end_time,headway_secs\nT1,1:00:00,2:00:00,36000\n",
    )

    statistics = FeedStatistics(broken)

    assert statistics.cleaning.left_out == {"stops": 3, "trips": 2, "stop_times": 3, "calendar": 1}
    assert statistics.describe(MONDAY)["num_trips"] == 3
    assert statistics.routes(MONDAY)[0]["num_trips"] == 2


@pytest.mark.parametrize("table", ["agency", "stops", "routes", "trips", "stop_times", "calendar"])
def test_a_feed_without_what_is_needed_is_refused_with_the_files_name(table: str) -> None:
    files = {name: text for name, text in FILES.items() if name != f"{table}.txt"}

    with pytest.raises(StatisticsImpossible) as refused:
        FeedStatistics(read_files(files))

    assert f"{table}.txt" in refused.value.detail


@needs_shared
@pytest.mark.shared
def test_a_real_ferry_has_the_sailings_of_its_timetable() -> None:
    statistics = FeedStatistics(read_feed(SHARED / "data" / "feeds" / "itoshima_ferry_2018.zip"))

    counts = statistics.describe(date(2018, 11, 8))
    routes = statistics.routes(date(2018, 11, 8))

    # Kishi and Himeshima, four sailings a day each way (grep of trips.txt and calendar.txt).
    assert counts["num_trips_active_on_sample_date"] == 8
    assert [route["num_trips"] for route in routes] == [4, 4]
