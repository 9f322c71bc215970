"""Stops on the way: met by passing, by leaving, by staying, at either end."""

from datetime import UTC, datetime, timedelta

import pytest

from routing.config import ChangeRules, CompileOptions, SearchConfig
from routing.model import SearchRequest, StopOffset, Via
from routing.planner import JourneyPlanner
from routing.timetable.compile import compile_timetable
from tests.support.networks import Spec, TransferSpec, TripSpec, at, network_of, trip

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def planner(*trips: TripSpec, **more: object) -> JourneyPlanner:
    options = CompileOptions(changes=ChangeRules(default_change_s=120), cells=4, threads=1)
    network = network_of(Spec(trips, **more))  # type: ignore[arg-type]
    return JourneyPlanner(compile_timetable(network, None, options), SearchConfig(fold=False))


def found(engine: JourneyPlanner, ends: str, *vias: Via, **more: object) -> list[str]:
    start, end = (StopOffset(f"t_{stop}", 0) for stop in ends)
    request = SearchRequest((start,), (end,), DAY + timedelta(hours=7), vias=vias, **more)
    return [
        f"{one.departure:%H:%M}-{one.arrival:%H:%M} "
        + "+".join(leg.trip.trip_id[2:] for leg in one.legs if leg.trip)
        for one in engine.plan(request).itineraries
    ]


def via(stop: str, minutes: int = 0, *, riding: bool = True) -> Via:
    return Via(f"t_{stop}", minutes * 60, riding)


ROUND = trip("round", "A 8:00", "B 8:10", "C 8:40", route="round")
QUICK = trip("quick", "A 8:00", "C 8:15", route="quick")
LATER = trip("later", "B 8:30", "C 9:00", route="round")
MUCH_LATER = trip("muchlater", "B 9:30", "C 9:50", route="round")


@pytest.mark.parametrize(
    ("stay", "riding", "expected"),
    [
        (0, True, ["08:00-08:40 round"]),
        # Leaving at 8:10 one catches the next bus at 8:30 …
        (0, False, ["08:00-09:00 round+later"]),
        # … after at most 18 minutes of stay and 2 to change.
        (18, True, ["08:00-09:00 round+later"]),
        (19, True, ["08:00-09:50 round+muchlater"]),
        (200, True, []),
    ],
)
def test_a_via_is_passed_visited_or_stayed_at(stay: int, riding: bool, expected: list[str]) -> None:
    engine = planner(ROUND, QUICK, LATER, MUCH_LATER)

    assert found(engine, "AC", via("B", stay, riding=riding)) == expected


def test_arrive_by_finds_the_same() -> None:
    engine = planner(ROUND, QUICK, LATER, MUCH_LATER)
    time = DAY + timedelta(seconds=at("9:00"))
    request = SearchRequest(
        (StopOffset("t_A", 0),), (StopOffset("t_C", 0),), time, arrive_by=True,
        vias=(via("B", 18),),
    )  # fmt: skip

    [one] = engine.plan(request).itineraries

    assert (one.departure, one.arrival) == (DAY + timedelta(hours=8), time)


@pytest.mark.parametrize(("riding", "expected"), [(True, "round"), (False, "round+later")])
def test_any_of_several_stops_meets_a_via(riding: bool, expected: str) -> None:
    engine = planner(ROUND, QUICK, LATER, trip("apart", "D 6:00", "E 6:10", route="apart"))

    only = found(engine, "AC", Via("t_D", ride_through=riding))
    either = found(engine, "AC", Via("t_D", ride_through=riding, or_stops=("t_B",)))

    # D is on no line; B is passed by `round`, and left there for `later`.
    assert only == []
    assert [one.split()[1] for one in either] == [expected]


def test_vias_are_met_in_order() -> None:
    there = trip("there", "A 8:00", "B 8:10", "C 8:20", "D 8:30")
    back = trip("back", "C 8:40", "B 8:50", "D 9:10", route="back")
    engine = planner(there, back)

    assert found(engine, "AD", via("B"), via("C")) == ["08:00-08:30 there"]
    assert found(engine, "AD", via("C"), via("B")) == ["08:00-09:10 there+back"]


def test_the_origin_and_the_destination_are_met_whatever_the_stay() -> None:
    engine = planner(QUICK)

    assert found(engine, "AC", via("A", 30), via("C", 30)) == ["08:00-08:15 quick"]


def test_a_via_that_is_reached_on_foot_is_met() -> None:
    first = trip("first", "A 8:00", "B 8:10")
    second = trip("second", "P 8:40", "C 8:50", route="second")
    engine = planner(first, second, transfers=(TransferSpec("B", "P", 300),))

    # 8:10 at B, 8:15 at P, 25 minutes until the bus.
    assert found(engine, "AC", via("P", 25)) == ["08:00-08:50 first+second"]
    assert found(engine, "AC", via("P", 26)) == []


def test_a_platform_as_a_via_stands_for_its_station() -> None:
    calls = trip("calls", "A 8:00", "P1 8:10", "C 8:20")
    engine = planner(calls, stops=("P2",), parents={"P1": "S", "P2": "S"})

    assert found(engine, "AC", via("P2")) == ["08:00-08:20 calls"]


def test_a_window_counts_the_stay_before_the_first_or_after_the_last_vehicle() -> None:
    engine = planner(QUICK)

    def windows(**more: object) -> list[str]:
        ends = (StopOffset("t_A", 300),), (StopOffset("t_C", 300),)
        request = SearchRequest(*ends, vias=(via("A", 10), via("C", 20)), **more)  # type: ignore[arg-type]
        rows = engine.plan(request).itineraries
        return [f"{row.departure:%H:%M}-{row.arrival:%H:%M}" for row in rows]

    # 5 minutes to A and 10 there, so one leaves at 7:45; 20 minutes at C and 5 on: 8:40.
    leaving = DAY + timedelta(hours=7, minutes=40)
    arriving = DAY + timedelta(hours=8, minutes=44)
    assert windows(time=leaving, window_s=600) == ["07:45-08:40"]
    assert windows(time=arriving, window_s=600, arrive_by=True) == ["07:45-08:40"]


def test_in_a_window_every_departure_that_meets_the_via_is_found() -> None:
    trips = [
        trip(f"round{h}", f"A {h}:00", f"B {h}:10", f"C {h}:40", route="round") for h in (8, 9)
    ]
    fast = [trip(f"quick{h}", f"A {h}:05", f"C {h}:20", route="quick") for h in (8, 9)]
    engine = planner(*trips, *fast)

    assert found(engine, "AC", via("B"), window_s=4 * 3600) == [
        "08:00-08:40 round8",
        "09:00-09:40 round9",
    ]
