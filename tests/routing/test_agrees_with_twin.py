"""
The search agrees with its slow twin on random networks, for every kind of query.

`MAAS_TWIN_EXAMPLES=3000 pytest tests/routing/test_agrees_with_twin.py` looks at thousands.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from routing.config import ChangeRules, CompileOptions, SearchConfig
from routing.model import (
    SearchFilters,
    SearchRequest,
    StopOffset,
    TransferSettings,
    Via,
)
from routing.planner import JourneyPlanner
from routing.raptor.search import Query
from routing.timetable.compile import compile_timetable
from tests.reference.search import Found, Twin, TwinQuery, TwinVia, at_instant
from tests.support.networks import TAG, Spec, TransferSpec, at, network_of, trip
from tests.support.random_networks import DAYS, FIRST_DAY, ROUTES, STOPS, specs

EXAMPLES = int(os.environ.get("MAAS_TWIN_EXAMPLES", "40"))
DAY_S = 86_400

agreeing = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # Explaining a failure traces every line, which takes minutes here.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PLAIN = ChangeRules(both_ways=False, close_walks=False)


def planner_of(spec: Spec, **config: object) -> JourneyPlanner:
    timetable = compile_timetable(network_of(spec), None, CompileOptions(PLAIN, cells=4))
    return JourneyPlanner(timetable, SearchConfig(walk_from_stops=False, fold=False, **config))


def offsets(rows: tuple[tuple[str, int], ...]) -> tuple[StopOffset, ...]:
    return tuple(StopOffset(f"{TAG}_{stop}", seconds) for stop, seconds in rows)


def request_of(query: TwinQuery, *, instant: bool) -> SearchRequest:
    moment = query.last_s if query.arrive_by else query.first_s
    return SearchRequest(
        origin=offsets(query.origins),
        destination=offsets(query.targets),
        time=datetime.fromtimestamp(moment, UTC),
        arrive_by=query.arrive_by,
        window_s=0 if instant else query.last_s - query.first_s + 1,
        max_transfers=query.most_transfers,
        max_travel_s=20 * DAY_S,
        vias=tuple(
            Via(
                f"{TAG}_{via.stop}",
                via.stay_s,
                via.ride_through,
                tuple(f"{TAG}_{stop}" for stop in via.or_stops),
            )
            for via in query.vias
        ),
        transfer=TransferSettings(query.minimum_s, query.factor, query.additional_s),
    )


def searched(planner: JourneyPlanner, request: SearchRequest) -> set[Found]:
    rows = [
        Found(int(row.departure.timestamp()), int(row.arrival.timestamp()), row.transfers)
        for row in planner.plan(request).itineraries
    ]
    assert len(rows) == len(set(rows)), "one journey was given twice"
    return set(rows)


def for_an_instant(found: set[Found], query: TwinQuery) -> set[tuple[int, int]]:
    """
    Return what a search without a window promises of these journeys.

    Departing it is the Pareto set of (arrival, transfers), arriving that of (departure, transfers):
    whether to leave later or to walk less is a matter of taste, which `polish` has.
    """
    pairs = {(-row.departure if query.arrive_by else row.arrival, row.transfers) for row in found}
    return {
        pair
        for pair in pairs
        if not any(o != pair and o[0] <= pair[0] and o[1] <= pair[1] for o in pairs)
    }


@st.composite
def ends(draw: st.DrawFn) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """One to three stops at either end, each with a walk, none at both."""
    stops = draw(st.permutations(STOPS))
    split = draw(st.integers(1, 3))
    last = draw(st.integers(split + 1, split + 2))
    minutes = st.integers(0, 9).map(lambda m: m * 60)
    return (
        tuple((stop, draw(minutes)) for stop in stops[:split]),
        tuple((stop, draw(minutes)) for stop in stops[split:last]),
    )


@st.composite
def queries(draw: st.DrawFn, spec: Spec, *, arrive_by: bool, instant: bool) -> TwinQuery:
    """A query on the second or third service day, where trips of the day before still run."""
    origins, targets = draw(ends())
    calls = [call for trip in spec.trips for call in trip.calls]
    near = draw(st.sampled_from(calls)).departure_s
    day = draw(st.integers(0, DAYS - 1))
    middle = at_instant(FIRST_DAY, 0, spec.zone) + day * DAY_S
    first = middle + (near // 60 + draw(st.integers(-30, 10))) * 60
    far = 30 * DAY_S
    if instant:
        window = (first - far, first) if arrive_by else (first, first + far)
    else:
        window = (first, first + draw(st.integers(0, 240)) * 60 + 59)
    return TwinQuery(
        origins,
        targets,
        *window,
        arrive_by=arrive_by,
        most_transfers=draw(st.integers(0, 4)),
    )


def check(spec: Spec, query: TwinQuery, *, instant: bool) -> None:
    twin = Twin(spec)
    expected = twin.best(query)
    found = searched(planner_of(spec), request_of(query, instant=instant))
    if instant:
        assert for_an_instant(found, query) == for_an_instant(expected, query)
        assert len(found) == len(for_an_instant(found, query))
    else:
        assert expected <= found <= twin.best(query, outside=False)


@given(st.data())
@agreeing
def test_departing_at_an_instant(data: st.DataObject) -> None:
    spec = data.draw(specs())
    check(spec, data.draw(queries(spec, arrive_by=False, instant=True)), instant=True)


@given(st.data())
@agreeing
def test_tight_journeys_for_an_instant_wait_at_the_traveller_s_own_end(
    data: st.DataObject,
) -> None:
    spec = data.draw(specs())
    query = data.draw(queries(spec, arrive_by=data.draw(st.booleans()), instant=True))
    expected = Twin(spec).best(query)
    best = for_an_instant(expected, query)

    found = searched(planner_of(spec), replace(request_of(query, instant=True), tight=True))

    assert found == {row for row in expected if for_an_instant({row}, query) <= best}


@given(st.data())
@agreeing
def test_arriving_by_an_instant(data: st.DataObject) -> None:
    spec = data.draw(specs())
    check(spec, data.draw(queries(spec, arrive_by=True, instant=True)), instant=True)


@given(st.data())
@agreeing
def test_departing_in_a_window(data: st.DataObject) -> None:
    spec = data.draw(specs())
    check(spec, data.draw(queries(spec, arrive_by=False, instant=False)), instant=False)


@given(st.data())
@agreeing
def test_arriving_in_a_window(data: st.DataObject) -> None:
    spec = data.draw(specs())
    check(spec, data.draw(queries(spec, arrive_by=True, instant=False)), instant=False)


@given(st.data())
@agreeing
def test_change_times_that_the_traveller_wants(data: st.DataObject) -> None:
    spec = data.draw(specs())
    query = replace(
        data.draw(queries(spec, arrive_by=data.draw(st.booleans()), instant=False)),
        minimum_s=data.draw(st.integers(0, 8)) * 60,
        factor=data.draw(st.sampled_from((1.0, 0.5, 1.5, 2.0))),
        additional_s=data.draw(st.integers(0, 3)) * 60,
    )
    check(spec, query, instant=False)


@pytest.mark.skipif(
    "vias" not in Query.__dataclass_fields__, reason="the search does not know vias yet"
)
@given(st.data())
@agreeing
def test_vias(data: st.DataObject) -> None:
    spec = data.draw(specs())
    arrive_by = data.draw(st.booleans())
    instant = data.draw(st.booleans())
    query = data.draw(queries(spec, arrive_by=arrive_by, instant=instant))
    used = {stop for stop, _ in (*query.origins, *query.targets)}
    free = [stop for stop in STOPS if stop not in used]
    if not free:
        return
    stays = st.sampled_from((0, 0, 5, 10)).map(lambda m: m * 60)
    others = st.lists(st.sampled_from(free), max_size=2).map(tuple)
    vias = tuple(
        TwinVia(
            data.draw(st.sampled_from(free)),
            data.draw(stays),
            data.draw(st.booleans()),
            data.draw(others),
        )
        for _ in range(data.draw(st.integers(1, 2)))
    )
    check(spec, replace(query, vias=vias), instant=instant)


@given(st.data())
@agreeing
def test_a_window_that_is_widened_until_there_is_enough(data: st.DataObject) -> None:
    """Searched piece by piece, the whole of the window is what a search of all of it finds."""
    spec = data.draw(specs())
    arrive_by = data.draw(st.booleans())
    query = data.draw(queries(spec, arrive_by=arrive_by, instant=False))
    first_piece = data.draw(st.integers(1, 20)) * 60
    request = replace(
        request_of(query, instant=False),
        window_s=first_piece,
        min_itineraries=data.draw(st.integers(2, 6)),
        max_window_s=first_piece * data.draw(st.integers(2, 40)),
    )

    result = planner_of(spec).plan(request)
    assert result.window_start is not None
    assert result.window_end is not None
    begin, end = (int(at.timestamp()) for at in (result.window_start, result.window_end))
    # Half-open: departures in [begin, end), arrivals in (begin, end].
    wide = replace(query, first_s=begin + arrive_by, last_s=end - 1 + arrive_by)
    found = {
        Found(int(row.departure.timestamp()), int(row.arrival.timestamp()), row.transfers)
        for row in result.itineraries
    }
    assert Twin(spec).best(wide) <= found <= Twin(spec).best(wide, outside=False)
    assert len(found) >= request.min_itineraries or end - begin == request.max_window_s


@given(st.data())
@agreeing
def test_filters(data: st.DataObject) -> None:
    spec = data.draw(specs())
    arrive_by = data.draw(st.booleans())
    query = data.draw(queries(spec, arrive_by=arrive_by, instant=False))
    routes = data.draw(st.sets(st.sampled_from(ROUTES), min_size=1))
    bikes, free = data.draw(st.booleans()), data.draw(st.booleans())
    wanted = replace(
        query,
        may_ride=lambda trip: (
            trip.route in routes
            and (not bikes or trip.bikes == 1)
            and (not free or trip.reservation == 0)
        ),
    )
    request = replace(
        request_of(query, instant=False),
        filters=SearchFilters(
            routes=frozenset(f"{TAG}_{route}" for route in routes),
            bikes=bikes,
            no_reservation=free,
        ),
    )

    found = searched(planner_of(spec), request)
    assert Twin(spec).best(wanted) <= found <= Twin(spec).best(wanted, outside=False)


@given(st.data())
@agreeing
def test_journeys_are_what_their_legs_say(data: st.DataObject) -> None:
    """Legs follow each other in time and place, and every ride is a stretch of its trip."""
    spec = data.draw(specs())
    query = data.draw(queries(spec, arrive_by=data.draw(st.booleans()), instant=False))
    calls = {f"{TAG}_{trip.id}": [call.stop for call in trip.calls] for trip in spec.trips}
    for found in planner_of(spec).plan(request_of(query, instant=False)).itineraries:
        clock = found.departure
        for leg in found.legs:
            assert leg.departure >= clock
            assert leg.arrival >= leg.departure
            clock = leg.arrival
            if leg.trip is not None:
                stops = [call.stop_id.removeprefix(f"{TAG}_") for call in leg.calls]
                whole = calls[leg.trip.trip_id]
                assert any(whole[n : n + len(stops)] == stops for n in range(len(whole)))
        assert clock == found.arrival
        boarded = sum(leg.trip is not None and not leg.stays_seated for leg in found.legs)
        assert found.transfers == boarded - 1
        assert timedelta(0) <= found.arrival - found.departure


def test_bounds_count_a_ride_that_is_boarded_after_a_walk_where_one_could_also_walk_on() -> None:
    # From N one may walk to C or ride there; who walks from W to N may only ride on. Bounds that
    # count only the walk from N say that C cannot be reached from W.
    spec = Spec(
        (trip("to", "X 8:00", "W 8:10"), trip("on", "N 8:20", "C 8:25")),
        transfers=(TransferSpec("W", "N", 120), TransferSpec("N", "C", 1800)),
    )
    timetable = compile_timetable(network_of(spec), None, CompileOptions(PLAIN, cells=16))
    planner = JourneyPlanner(timetable, SearchConfig(walk_from_stops=False, fold=False))
    query = TwinQuery((("X", 0),), (("C", 0),), at_instant(spec.first_day, at("8:00")), 1 << 40)

    assert searched(planner, request_of(query, instant=True)) == Twin(spec).best(query) != set()
