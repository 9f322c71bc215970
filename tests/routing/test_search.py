"""What a search finds, on networks small enough to read the answer off the timetable."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from maas.core.network import Pathways
from routing.config import ChangeRules, CompileOptions, SearchConfig
from routing.model import SearchFilters, SearchRequest, SearchResult, StopOffset, StopRef
from routing.planner import JourneyPlanner
from routing.timetable.compile import compile_timetable
from tests.support.networks import (
    FrequencySpec,
    Spec,
    TransferSpec,
    TripSpec,
    at,
    network_of,
    trip,
)

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def planner(*trips: TripSpec, change_s: int = 120, **more: object) -> JourneyPlanner:
    network = network_of(Spec(trips, **more))  # type: ignore[arg-type]
    options = CompileOptions(changes=ChangeRules(default_change_s=change_s), cells=4, threads=1)
    return JourneyPlanner(compile_timetable(network, None, options), SearchConfig(fold=False))


def search(engine: JourneyPlanner, start: str, end: str, time: str, **more: object) -> SearchResult:
    request = SearchRequest(
        (StopOffset(f"t_{start}", 0),),
        (StopOffset(f"t_{end}", 0),),
        DAY + timedelta(seconds=at(time)),
        **more,  # type: ignore[arg-type]
    )
    return engine.plan(request)


def shown(result: SearchResult) -> list[str]:
    rows = []
    for itinerary in result.itineraries:
        rides = [leg.trip.trip_id.removeprefix("t_") for leg in itinerary.legs if leg.trip]
        times = f"{itinerary.departure:%H:%M}-{itinerary.arrival:%H:%M}"
        rows.append(f"{times} {'+'.join(rides)} {itinerary.transfers}")
    return rows


LOCAL = trip("local", "A 8:00", "B 8:10", "C 8:30", "D 8:50")
EXPRESS = trip("express", "B 8:12", "D 8:25", route="X")


def test_the_slow_direct_ride_and_the_fast_one_with_a_change_are_both_found() -> None:
    assert shown(search(planner(LOCAL, EXPRESS), "A", "D", "7:50")) == [
        "08:00-08:25 local+express 1",
        "08:00-08:50 local 0",
    ]


def test_a_change_that_is_a_minute_too_short_is_not_made() -> None:
    assert shown(search(planner(LOCAL, EXPRESS, change_s=180), "A", "D", "7:50")) == [
        "08:00-08:50 local 0"
    ]


def test_who_asks_for_tight_journeys_leaves_by_the_last_line_that_meets_the_next() -> None:
    feeders = (
        trip("early", "A 8:00", "B 8:10", route="E"),
        trip("late", "A 8:16", "B 8:22", route="L"),
        trip("later", "A 8:20", "B 8:29", route="M"),
    )
    engine = planner(*feeders, trip("on", "B 8:30", "C 8:45", route="O"))

    # `later` comes a minute too late for the change of two minutes.
    assert shown(search(engine, "A", "C", "7:50", tight=True)) == ["08:16-08:45 late+on 1"]


def test_tight_journeys_take_the_first_line_on_the_way() -> None:
    lines = (
        trip("on", "B 8:15", "C 8:25", route="O"),
        trip("next", "B 8:30", "C 8:40", route="N"),
    )
    engine = planner(
        trip("off", "A 8:00", "B 8:10", route="F"), *lines, trip("last", "C 8:50", "D 9:00")
    )

    assert shown(search(engine, "A", "D", "7:50", tight=True)) == ["08:00-09:00 off+on+last 2"]


def test_who_asks_for_tight_journeys_to_be_somewhere_arrives_by_the_first_line() -> None:
    lines = (
        trip("slow", "B 8:12", "C 8:50", route="S"),
        trip("fast", "B 8:15", "C 8:30", route="F"),
    )
    engine = planner(trip("off", "A 8:00", "B 8:10", route="O"), *lines)

    found = search(engine, "A", "C", "9:00", arrive_by=True, tight=True)

    assert shown(found) == ["08:00-08:30 off+fast 1"]


def test_arrive_by_finds_the_latest_departure() -> None:
    early, late = trip("early", "A 7:00", "D 7:30"), trip("late", "A 8:00", "D 8:30")

    assert shown(search(planner(early, late), "A", "D", "8:30", arrive_by=True)) == [
        "08:00-08:30 late 0"
    ]
    assert shown(search(planner(early, late), "A", "D", "8:29", arrive_by=True)) == [
        "07:00-07:30 early 0"
    ]


def test_a_window_gives_every_departure_that_no_later_one_beats() -> None:
    slow = trip("slow", "A 8:00", "D 9:30")
    quick = trip("quick", "A 8:20", "D 9:00")
    last = trip("last", "A 9:00", "D 9:40")

    result = search(planner(slow, quick, last), "A", "D", "8:00", window_s=3601)

    assert shown(result) == ["08:20-09:00 quick 0", "09:00-09:40 last 0"]


def test_on_the_way_the_first_of_several_vehicles_is_taken_and_the_last_of_equal_ones() -> None:
    first = trip("first", "A 8:00", "B 8:10", route="one")
    middle = [
        trip(f"middle{number}", f"B {time}", f"C {end}", route="two")
        for number, (time, end) in enumerate([("8:15", "8:25"), ("8:15", "8:25"), ("8:20", "8:30")])
    ]
    last = trip("last", "C 8:40", "D 9:00", route="three")
    engine = planner(first, *middle, last)

    for arrive_by, time in ((False, "7:30"), (True, "9:30")):
        result = search(engine, "A", "D", time, window_s=3600, arrive_by=arrive_by)
        assert shown(result) == ["08:00-09:00 first+middle1+last 2"]


def test_a_window_is_half_open() -> None:
    last = trip("last", "A 9:00", "D 9:40")

    assert shown(search(planner(last), "A", "D", "8:00", window_s=3600)) == []


def test_a_trip_of_yesterday_is_caught_after_midnight() -> None:
    night = trip("night", "A 24:10", "D 25:00")
    engine = planner(night, services=((1, 0),))

    result = search(engine, "A", "D", "24:05")

    assert shown(result) == ["00:10-01:00 night 0"]
    assert result.itineraries[0].legs[0].trip is not None
    assert result.itineraries[0].legs[0].trip.service_day == "2026-01-05"


def test_one_stays_seated_when_the_vehicle_goes_on_as_another_trip() -> None:
    first = trip("first", "A 8:00", "B 8:10", block=7)
    second = trip("second", "B 8:10", "C 8:20", block=7)

    result = search(planner(first, second), "A", "C", "7:00")

    assert shown(result) == ["08:00-08:20 first+second 0"]
    assert [leg.stays_seated for leg in result.itineraries[0].legs] == [False, True]


def test_type_5_breaks_the_join_and_costs_a_change() -> None:
    first = trip("first", "A 8:00", "B 8:10", block=7)
    second = trip("second", "B 8:10", "C 8:20", block=7)
    leave = TransferSpec("B", "B", type=5, from_trip="first", to_trip="second")

    assert shown(search(planner(first, second, transfers=(leave,)), "A", "C", "7:00")) == []


def test_where_a_block_joins_nobody_leaves_if_the_trip_that_arrives_lets_nobody_off() -> None:
    """Also where a rule for one of its trips makes two nodes of the stop; one may ride through."""
    first = trip("first", "A 8:00", "B 8:10", block=7)
    last = replace(first.calls[-1], drop_off=1)
    first = replace(first, calls=(*first.calls[:-1], last))
    second = trip("second", "B 8:10", "C 8:20", block=7)
    rule = TransferSpec("B", "B", type=2, min_s=0, to_trip="first")

    for rules in ((), (rule,)):
        engine = planner(first, second, transfers=rules)
        assert shown(search(engine, "A", "B", "7:00")) == []
        assert shown(search(engine, "A", "C", "7:00")) == ["08:00-08:20 first+second 0"]


def test_a_vehicle_that_goes_round_for_ever_is_caught_on_every_day() -> None:
    """A ship that sails out by day and comes back by night, and is the same on the next day."""
    out = trip("out", "A 8:00", "B 20:00")
    back = trip("back", "B 21:00", "A 31:00")
    days = 200
    engine = planner(
        out,
        back,
        services=((1,) * days,),
        transfers=(
            TransferSpec("", "", type=4, from_trip="out", to_trip="back"),
            TransferSpec("", "", type=4, from_trip="back", to_trip="out"),
        ),
    )

    for day in range(days):
        assert shown(search(engine, "A", "B", f"{24 * day + 7}:30")) == ["08:00-20:00 out 0"]


def test_a_rule_for_two_routes_holds_for_them_only() -> None:
    first = trip("first", "A 8:00", "B 8:10", route="one")
    other = trip("other", "A 8:00", "B 8:10", route="two")
    onward = trip("onward", "B 8:12", "C 8:20", route="three")
    never = TransferSpec("B", "B", type=3, from_route="one", to_route="three")

    barred = planner(first, onward, transfers=(never,))
    free = planner(other, onward, first, transfers=(never,))

    assert shown(search(barred, "A", "C", "7:00")) == []
    assert shown(search(free, "A", "C", "7:00")) == ["08:00-08:20 other+onward 1"]


@pytest.mark.parametrize(
    "rules",
    [
        (TransferSpec("B", "X", 240, 1, from_trip="first", to_trip="onward"),),
        (
            TransferSpec("B", "X", type=1, from_route="one", to_route="three"),
            TransferSpec("B", "X", 240),
        ),
    ],
)
def test_a_vehicle_that_waits_is_caught_after_a_walk_that_is_too_long(
    rules: tuple[TransferSpec, ...],
) -> None:
    first = trip("first", "A 8:00", "B 8:10", route="one")
    onward = trip("onward", "X 8:11", "C 8:20", route="three")

    [itinerary] = search(planner(first, onward, transfers=rules), "A", "C", "7:00").itineraries

    walk = itinerary.legs[1]
    assert [leg.trip.trip_id for leg in itinerary.legs if leg.trip] == ["t_first", "t_onward"]
    assert (f"{walk.departure:%H:%M}", f"{walk.arrival:%H:%M}") == ("08:10", "08:14")


def test_a_filter_on_a_part_of_a_block_breaks_only_that_part() -> None:
    first = trip("first", "A 8:00", "B 8:10", block=7, bikes=1)
    second = trip("second", "B 8:10", "C 8:20", block=7, bikes=2)
    engine = planner(first, second)
    bikes = SearchFilters(bikes=True)

    assert shown(search(engine, "A", "C", "7:00", filters=bikes)) == []
    assert shown(search(engine, "A", "B", "7:00", filters=bikes)) == ["08:00-08:10 first 0"]


def test_a_frequency_runs_from_its_start_until_before_its_end() -> None:
    model = trip("model", "A 5:00", "B 5:10")
    every_20 = FrequencySpec("model", at("8:00"), at("9:00"), 1200)
    engine = planner(model, frequencies=(every_20,))

    result = search(engine, "A", "B", "7:00", window_s=3 * 3600)

    assert shown(result) == [
        "08:00-08:10 model 0",
        "08:20-08:30 model 0",
        "08:40-08:50 model 0",
    ]


def test_of_two_change_points_the_later_is_kept_and_walking_less_comes_first() -> None:
    one = trip("one", "A 8:00", "B 8:10", "C 8:20", "D 9:00", route="one")
    two = trip("two", "B 8:30", "C 8:40", "E 8:50", route="two")

    result = search(planner(one, two), "A", "E", "7:00")

    assert [leg.calls[-1].name for leg in result.itineraries[0].legs] == ["C", "E"]


def test_slow_vehicles_without_a_change_are_shown_when_asked_for() -> None:
    slow = trip("slow", "A 8:00", "B 8:20", "D 9:00")
    crawl = trip("crawl", "A 7:55", "C 9:00", "D 11:00")
    quick = trip("quick", "A 8:30", "D 8:50", route="X")
    engine = planner(slow, crawl, quick)

    usual = search(engine, "A", "D", "7:30", window_s=7200)
    more = search(engine, "A", "D", "7:30", window_s=7200, slow_direct=True)
    every = search(engine, "A", "D", "7:30", window_s=7200, slow_direct=True, slow_direct_factor=0)

    assert shown(usual) == ["08:30-08:50 quick 0"]
    # The slow one takes 60 minutes, three times the 20 of the fastest; the other one 185.
    assert shown(more) == ["08:00-09:00 slow 0", "08:30-08:50 quick 0"]
    assert shown(every) == [
        "07:55-11:00 crawl 0", "08:00-09:00 slow 0", "08:30-08:50 quick 0",
    ]  # fmt: skip


@pytest.mark.parametrize("arrive_by", [False, True])
def test_on_the_way_the_first_there_is_taken_of_all_lines(arrive_by: bool) -> None:
    feeder = trip("feeder", "A 8:00", "B 8:10")
    # From B all four reach the last one: the first there is shown, of equals that of the last line.
    lines = [
        trip("late", "B 8:30", "C 8:50", route="a"),
        trip("twin", "B 8:20", "C 8:30", route="b"),
        trip("quick", "B 8:20", "C 8:30", route="c"),
        trip("slow", "B 8:15", "C 8:45", route="d"),
    ]
    last = trip("last", "C 9:00", "D 9:20", route="e")
    time, window_s = ("9:30", 7200) if arrive_by else ("7:30", 7200)

    result = search(
        planner(feeder, *lines, last), "A", "D", time, window_s=window_s, arrive_by=arrive_by
    )

    assert shown(result) == ["08:00-09:20 feeder+quick+last 2"]


def test_a_first_ride_is_not_the_slower_one_of_two_that_leave_together() -> None:
    slow = trip("slow", "A 8:00", "B 8:30", route="s")
    quick = trip("quick", "A 8:00", "B 8:20", route="q")
    last = trip("last", "B 8:35", "C 8:50", route="l")

    for arrive_by in (False, True):
        result = search(
            planner(quick, slow, last), "A", "C", "9:00" if arrive_by else "7:30",
            window_s=7200, arrive_by=arrive_by,
        )  # fmt: skip
        assert shown(result) == ["08:00-08:50 quick+last 1"]


def test_no_line_is_taken_that_the_filter_forbids_or_that_lets_nobody_out_there() -> None:
    feeder = trip("feeder", "A 8:00", "B 8:10")
    passing = trip("passing", "B 8:12", "C 8:20", "X 8:30", route="s")
    b, c, x = passing.calls
    shut = replace(passing, calls=(b, replace(c, drop_off=1), x))
    other = trip("other", "B 8:20", "C 8:25", route="o")
    usual = trip("usual", "B 8:30", "C 8:50", route="u")
    last = trip("last", "C 9:00", "D 9:20", route="l")
    engine = planner(feeder, shut, other, usual, last)

    result = search(
        engine, "A", "D", "7:30", window_s=7200,
        filters=SearchFilters(without_routes=frozenset({"t_o"})),
    )  # fmt: skip

    assert shown(result) == ["08:00-09:20 feeder+usual+last 2"]


def test_of_equal_rides_the_other_is_shown_as_a_slow_one() -> None:
    one, other = trip("one", "A 8:00", "B 8:30"), trip("other", "A 8:00", "B 8:30")
    engine = planner(one, other)

    usual = search(engine, "A", "B", "7:30", window_s=3600)
    more = search(engine, "A", "B", "7:30", window_s=3600, slow_direct=True)

    assert [len(shown(usual)), len(shown(more))] == [1, 2]
    assert set(shown(more)) == {"08:00-08:30 one 0", "08:00-08:30 other 0"}


def test_slow_vehicles_are_shown_for_an_arrival_too() -> None:
    slow = trip("slow", "A 8:00", "D 9:00")
    quick = trip("quick", "A 8:30", "D 8:50", route="X")

    result = search(
        planner(slow, quick), "A", "D", "9:30", arrive_by=True, window_s=3600, slow_direct=True
    )

    assert shown(result) == ["08:00-09:00 slow 0", "08:30-08:50 quick 0"]


def test_a_vehicle_slower_than_walking_is_shown_only_when_asked_for() -> None:
    # B lies 4.66 km east of A: 5,052 s on foot with the detour of 1.3 at 1.2 m/s.
    bus = trip("bus", "A 8:00", "B 9:30")
    engine = JourneyPlanner(planner(bus).timetable)

    def found(factor: float) -> list[str]:
        request = SearchRequest(
            StopRef("t_A"),
            StopRef("t_B"),
            DAY + timedelta(hours=7, minutes=50),
            max_direct_s=7200,
            max_access_s=0,
            max_egress_s=0,
            direct_factor=factor,
        )
        return shown(engine.plan(request))

    assert found(1.0) == []
    assert found(1.5) == ["08:00-09:30 bus 0"]


def test_a_platform_behind_stairs_is_not_for_wheelchairs() -> None:
    """One reaches A by a lift and B by stairs only; of C nothing is said."""
    ride = trip("ride", "A 8:00", "B 8:10", "C 8:20", wheelchair=1)
    network = network_of(Spec((ride,), stops=("door", "hall")))
    rows = {name: row for row, name in enumerate(network.stops.name)}
    ways = [("door", "hall", 1), ("hall", "A", 5), ("hall", "B", 2)]
    kinds = network.stops.location_type.copy()
    kinds[rows["door"]] = 2
    network = replace(
        network,
        stops=replace(network.stops, location_type=kinds),
        pathways=Pathways(
            np.array([rows[start] for start, _, _ in ways], np.int32),
            np.array([rows[end] for _, end, _ in ways], np.int32),
            np.array([mode for _, _, mode in ways], np.int8),
            np.ones(3, np.uint8),
            np.full(3, 30, np.int32),
            np.full(3, 10.0, np.float32),
        ),
    )
    options = CompileOptions(cells=4, threads=1)
    engine = JourneyPlanner(compile_timetable(network, None, options), SearchConfig(fold=False))
    wheelchair = SearchFilters(wheelchair=True)

    assert shown(search(engine, "A", "B", "7:50")) == ["08:00-08:10 ride 0"]
    assert shown(search(engine, "A", "B", "7:50", filters=wheelchair)) == []
    assert shown(search(engine, "A", "C", "7:50", filters=wheelchair)) == ["08:00-08:20 ride 0"]
