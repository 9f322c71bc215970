"""Travel times between many places: what the timetable says, whoever does the work."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from maas.usecases.travel_times import PlacesUnreadable, Workers, read_places, table_rows
from routing.config import ChangeRules, CompileOptions
from routing.model import Location, Point, SearchFilters, SearchRequest, StopRef
from routing.planner import JourneyPlanner
from routing.raptor.matrix import part_of
from routing.timetable.compile import compile_timetable
from routing.timetable.store import save_timetable
from tests.support.networks import Spec, network_of, trip

EIGHT = SearchRequest((), (), datetime(2026, 1, 5, 8, tzinfo=UTC))
# Stops lie at 33.0 N, 130.0 E and every 0.05 degrees (4.7 km) to the east.
SPEC = Spec(
    (
        trip("out", "A 8:05", "B 8:15", "C 8:30"),
        trip("on", "B 8:20", "D 8:50", route="X"),
        trip("back", "D 9:00", "A 9:40", route="X"),
    )
)
STOPS: tuple[Location, ...] = tuple(StopRef(f"t_{name}") for name in "ABCD")


def timetable() -> object:
    options = CompileOptions(changes=ChangeRules(default_change_s=120), cells=4, threads=1)
    return compile_timetable(network_of(SPEC), None, options)


@pytest.fixture(scope="module")
def planner() -> JourneyPlanner:
    return JourneyPlanner(timetable())


def minutes(table: np.ndarray) -> list[list[int]]:
    return [[took // 60 if took >= 0 else took for took in row] for row in table.tolist()]


def test_a_table_says_how_long_from_eight_o_clock_on(planner: JourneyPlanner) -> None:
    table = planner.travel_times(EIGHT, STOPS, STOPS)

    # A to D: 8:05 to B, change, 8:20 to D at 8:50. B to A: 8:20 to D, 9:00 to A at 9:40.
    assert minutes(table) == [
        [0, 15, 30, 50],
        [100, 0, 30, 50],
        [-1, -1, 0, -1],
        [100, -1, -1, 0],
    ]


def test_limits_and_filters_hold(planner: JourneyPlanner) -> None:
    short = SearchRequest((), (), EIGHT.time, max_travel_s=40 * 60)
    without = SearchRequest(
        (), (), EIGHT.time, filters=SearchFilters(without_routes=frozenset({"t_X"}))
    )

    assert minutes(planner.travel_times(short, STOPS[:1], STOPS)) == [[0, 15, 30, -1]]
    assert minutes(planner.travel_times(without, STOPS[:1], STOPS)) == [[0, 15, 30, -1]]


def test_coordinates_are_reached_on_foot_and_near_ones_only_on_foot(
    planner: JourneyPlanner,
) -> None:
    by_a, by_b = Point(33.0, 130.001), Point(33.0, 130.051)
    [[ridden, walked]] = planner.travel_times(EIGHT, [by_a], [by_b, Point(33.0, 130.002)]).tolist()

    # 0.001 degrees of longitude are 93.3 m here; × 1.3 at 1.2 m/s: 102 s (rounded up).
    assert ridden == 15 * 60 + 102
    assert walked == 102


def test_parts_one_below_the_other_are_the_whole(planner: JourneyPlanner) -> None:
    whole = planner.travel_times(EIGHT, STOPS, STOPS)
    parts = [
        planner.travel_times(EIGHT, STOPS[part_of(4, part, 3)], STOPS, threads=2)
        for part in range(3)
    ]

    assert (np.vstack(parts) == whole).all()
    assert [part_of(10, part, 4) for part in range(4)] == [
        slice(0, 2), slice(2, 5), slice(5, 7), slice(7, 10)
    ]  # fmt: skip


def test_processes_give_what_one_gives(planner: JourneyPlanner, tmp_path: Path) -> None:
    save_timetable(planner.timetable, tmp_path)
    one = list(table_rows(tmp_path, EIGHT, STOPS, STOPS, Workers()))
    two = list(table_rows(tmp_path, EIGHT, STOPS, STOPS, Workers(processes=2)))

    assert np.array_equal(one, planner.travel_times(EIGHT, STOPS, STOPS))
    assert np.array_equal(two, one)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name\nx\n", ":2:"),
        ("lat,lon\n33,130\nabc,1\n", ":3:"),
        ("lat,lon\n99,130\n", ":2:"),
        ("stop_id\na\na\n", ":3:"),
        ("", "holds no places"),
    ],
)
def test_a_list_of_places_that_cannot_be_read_says_where(
    text: str, line: str, tmp_path: Path
) -> None:
    path = tmp_path / "places.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PlacesUnreadable, match=line):
        read_places(path)
