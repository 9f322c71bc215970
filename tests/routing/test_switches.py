"""Optimisations change how long a search takes, never what it finds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.config import Switches
from routing.raptor.everywhere import everywhere
from routing.raptor.matrix import NOT_REACHED, travel_times
from routing.raptor.search import USUAL, End, Query, find_journeys
from routing.raptor.vias import ViaNodes
from routing.timetable.view import View
from tests.support.networks import CallSpec, Spec, TripSpec
from tests.support.small_views import STOPS, footpaths, view_of


@st.composite
def networks(draw) -> Spec:
    trips = []
    for number in range(draw(st.integers(4, 14))):
        stops = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
        stops = [s for i, s in enumerate(stops) if i == 0 or stops[i - 1] != s]
        if len(stops) < 2:
            continue
        now = draw(st.integers(0, 90)) * 60
        calls = []
        for stop in stops:
            leave = now + draw(st.integers(0, 2)) * 60
            calls.append(CallSpec(stop, now, leave))
            now = leave + draw(st.integers(1, 12)) * 60
        trips.append(TripSpec(f"t{number}", tuple(calls), route=f"r{number % 5}"))
    transfers = draw(footpaths(6))
    return Spec(tuple(trips), stops=tuple(STOPS), transfers=transfers)


@pytest.mark.parametrize("name", [field.name for field in fields(Switches)])
@settings(max_examples=25, deadline=None)
@given(
    spec=networks(),
    start=st.integers(0, 7),
    end=st.integers(0, 7),
    window=st.sampled_from([0, 3600]),
    backward=st.booleans(),
)
def test_a_switch_changes_no_answer(name, spec, start, end, window, backward) -> None:
    if start == end or not spec.trips:
        return
    view = view_of(spec)
    query = Query((End(start),), (End(end, 120),), 3600 + 60, window, backward, 5)
    on, off = Switches(), replace(Switches(), **{name: False})
    other = view if name != "short_times" else View.build(
        view.timetable, date(2026, 1, 5), 2, short_times=False
    )  # fmt: skip

    with_it = {(j.departure_s, j.arrival_s, len(j.rides)) for j in find_journeys(view, query, on)}
    without = {(j.departure_s, j.arrival_s, len(j.rides)) for j in find_journeys(other, query, off)}

    assert with_it == without


@st.composite
def vias(draw) -> ViaNodes:
    nodes = draw(st.sets(st.integers(0, 7), min_size=1, max_size=2))
    return ViaNodes(frozenset(nodes), draw(st.sampled_from([0, 0, 300])), draw(st.booleans()))


@pytest.mark.parametrize("name", [field.name for field in fields(Switches)])
@settings(max_examples=15, deadline=None)
@given(
    spec=networks(),
    start=st.integers(0, 7),
    end=st.integers(0, 7),
    way=st.lists(vias(), min_size=1, max_size=2),
    backward=st.booleans(),
)
def test_a_switch_changes_no_answer_through_vias(name, spec, start, end, way, backward) -> None:
    if not spec.trips:
        return
    view = view_of(spec)
    moment = 2 * 3600 if backward else 60
    query = Query((End(start),), (End(end),), moment, 0, backward, 5, vias=tuple(way))
    off = replace(Switches(), **{name: False})
    other = view if name != "short_times" else View.build(
        view.timetable, date(2026, 1, 5), 2, short_times=False
    )  # fmt: skip

    def found(view: View, switches: Switches) -> set[tuple[int, int]]:
        # For an instant only the other end of a journey is promised.
        return {
            (j.departure_s if backward else j.arrival_s, len(j.rides))
            for j in find_journeys(view, query, switches)
        }

    assert found(view, Switches()) == found(other, off)


@settings(max_examples=40, deadline=None)
@given(spec=networks(), start=st.integers(0, 7))
def test_one_to_all_agrees_with_a_search_to_each(spec, start) -> None:
    if not spec.trips:
        return
    view = view_of(spec)
    seconds, _ = everywhere(view, Query((End(start),), (), 600, most_rides=6))
    for end in range(view.timetable.node_count):
        if end == start:
            continue
        query = Query((End(start),), (End(end),), 600, most_rides=6)
        arrivals = [j.arrival_s for j in find_journeys(view, query, Switches())]
        by_vehicle = min(arrivals, default=NOT_REACHED)
        # One to all also counts a walk after the last vehicle, so it is never later.
        if by_vehicle != NOT_REACHED:
            assert 0 <= seconds[end] <= by_vehicle - 600


def reached_by_hand(
    view: View, start: int, begin: int, most_rides: int, *, backward: bool
) -> list[tuple[int, int]]:
    """Say for every node when one is there and with how many rides, vehicle by vehicle."""
    rides = view.backward if backward else view.rides
    walks = view.walks(USUAL, backward=backward)
    never = 1 << 40
    ready = [never] * view.timetable.node_count
    ready[start] = begin
    best = [(never, -1)] * len(ready)
    best[start] = (begin, 0)
    for ride in range(1, most_rides + 1):
        came = {}
        for p, vehicles in enumerate(rides.rows.tolist()):
            nodes = rides.node[rides.pattern_start[p] : rides.pattern_start[p + 1]].tolist()
            for row in range(vehicles):
                aboard = False
                for i, node in enumerate(nodes):
                    arrives = int(rides.arrival[rides.event_start[p] + row * len(nodes) + i])
                    if aboard:
                        came[node] = min(came.get(node, never), arrives)
                    leaves = int(rides.departure[rides.event_start[p] + i * vehicles + row])
                    aboard |= ready[node] <= leaves
        for node, at in came.items():
            ways = range(walks.start[node], walks.start[node + 1])
            there = [(int(walks.to[y]), at + int(walks.time[y])) for y in ways]
            ready[node] = min(ready[node], at + int(walks.change[node]))
            best[node] = min(best[node], (at, ride))
            for other, then in there:
                ready[other] = min(ready[other], then)
                best[other] = min(best[other], (then, ride))
    return best


@settings(max_examples=40, deadline=None)
@given(
    spec=networks(),
    start=st.integers(0, 7),
    minute=st.integers(1, 90),
    most_rides=st.integers(1, 5),
    horizon=st.sampled_from([86_400, 1800]),
    backward=st.booleans(),
    short_times=st.booleans(),
)
def test_one_to_all_says_when_and_with_how_few_rides(
    spec, start, minute, most_rides, horizon, backward, short_times
) -> None:
    if not spec.trips:
        return
    view = View.build(view_of(spec).timetable, date(2026, 1, 5), 2, short_times=short_times)
    if backward and view.top <= minute:
        return  # Before the first day nobody travels.
    query = Query(
        (End(start),), (End(start),), minute * 60, backward=backward, most_rides=most_rides,
        most_s=horizon,
    )  # fmt: skip
    begin = view.top - minute if backward else minute

    seconds, rides = everywhere(view, query)

    assert [*zip(seconds.tolist(), rides.tolist(), strict=True)] == [
        ((at - begin) * 60, count) if (at - begin) * 60 <= horizon else (-1, -1)
        for at, count in reached_by_hand(view, start, begin, most_rides, backward=backward)
    ]


def test_a_table_of_travel_times_is_the_same_with_threads() -> None:
    trips = tuple(
        TripSpec(
            f"t{n}", (CallSpec("A", 600 * n, 600 * n), CallSpec("B", 600 * n + 300, 600 * n + 300))
        )
        for n in range(1, 9)
    )
    view = view_of(Spec(trips, stops=("A", "B", "C")))
    origins = [(End(0),), (End(1),), (End(2),)]
    targets = [(End(1, 60),), (End(0),)]

    query = Query((), (), 60)
    alone = travel_times(view, query, origins, targets)

    # From A (node 0) at 0:00 the first vehicle leaves at 0:10 and is at B at 0:15; 60 s on foot.
    assert alone.tolist() == [[960, 0], [60, NOT_REACHED], [NOT_REACHED, NOT_REACHED]]
    assert (alone == travel_times(view, query, origins, targets, threads=2)).all()


def test_threads_that_search_at_the_same_time_find_what_one_finds_alone() -> None:
    """Working arrays belong to a thread; whoever shared them would find something else."""
    trips = tuple(
        TripSpec(
            f"t{line}-{n}",
            tuple(
                CallSpec(stop, 300 * n + 240 * i + 60 * line, 300 * n + 240 * i + 60 * line + 60)
                for i, stop in enumerate(stops)
            ),
            route=f"r{line}",
        )
        for line, stops in enumerate(("ABCDE", "ECFA", "GBFH", "HDAG", "CHEB"))
        for n in range(40)
    )
    view = view_of(Spec(trips, stops=tuple(STOPS)))
    queries = [
        Query((End(a),), (End(b),), 60 + 600 * hour, window, backward, 5)
        for a in range(8)
        for b in range(8)
        for hour in (1, 7)
        for window in (0, 1800)
        for backward in (False, True)
        if a != b
    ]

    def found(number: int) -> list[tuple[int, int, int]]:
        journeys = find_journeys(view, queries[number], Switches())
        return sorted((j.departure_s, j.arrival_s, len(j.rides)) for j in journeys)

    alone = [found(number) for number in range(len(queries))]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(found, range(len(queries))))
        again = list(pool.map(found, reversed(range(len(queries)))))

    assert sum(bool(rows) for rows in alone) > len(queries) // 2
    assert together == alone
    assert again[::-1] == alone
