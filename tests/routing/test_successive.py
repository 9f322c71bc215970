"""The next journeys one by one are those of a search of the whole window."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.config import SearchConfig, Switches
from routing.model import SearchRequest, StopRef
from routing.planner import JourneyPlanner
from routing.raptor.journeys import Polisher, pareto
from routing.raptor.search import End, Instants, Journey, Query, find_journeys, rides_of
from routing.raptor.successive import Successive
from routing.timetable.compile import compile_timetable
from routing.timetable.view import View
from tests.support.networks import TAG, CallSpec, Spec, TripSpec, network_of, trip
from tests.support.small_views import OPTIONS, STOPS, footpaths, view_of

DAY_S = 86_400

Triple = tuple[int, int, int]


@st.composite
def lines(draw: st.DrawFn) -> Spec:
    """Lines that run every so often for some hours, so that there are many journeys in turn."""
    trips = []
    for number in range(draw(st.integers(2, 7))):
        stops = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5, unique=True))
        first, every = draw(st.integers(0, 90)), draw(st.integers(5, 70))
        hops = [draw(st.integers(1, 15)) for _ in stops]
        for run in range(draw(st.integers(1, 6))):
            now = (first + run * every) * 60
            calls = []
            for stop, hop in zip(stops, hops, strict=True):
                calls.append(CallSpec(stop, now, now))
                now += hop * 60
            trips.append(TripSpec(f"t{number}-{run}", tuple(calls), route=f"r{number}"))
    transfers = draw(footpaths(4))
    return Spec(tuple(trips), stops=tuple(STOPS), transfers=transfers)


def triples(journeys: list[Journey]) -> set[Triple]:
    return {(j.departure_s, j.arrival_s, len(j.rides)) for j in journeys}


def of_the_window(view: View, query: Query) -> set[Triple]:
    """Search all of the day at once: no journey of it can be beaten by one beyond it."""
    whole = replace(query, window_s=2 * DAY_S)
    found = find_journeys(view, whole, Switches())
    polisher = Polisher(view, rides_of(view, query, backward=False), whole)
    return triples(pareto(polisher.whole(found)))


def in_turn(
    view: View, query: Query, switches: Switches | None = None
) -> Iterator[tuple[list[Journey], int]]:
    return Successive(view, query, switches or Switches()).journeys(2 * DAY_S)


def ends(first: int, last: int) -> st.SearchStrategy[tuple[End, ...]]:
    """Return one or two of these nodes with some minutes on foot."""
    minutes = st.integers(0, 5).map(lambda minute: minute * 60)
    end = st.tuples(st.integers(first, last), minutes).map(lambda row: End(*row))
    return st.lists(end, min_size=1, max_size=2, unique_by=lambda row: row.node).map(tuple)


queries = st.builds(
    Query,
    ends(0, 3),
    ends(4, 7),
    st.integers(0, 400).map(lambda minute: minute * 60 + 60),
    most_rides=st.integers(1, 5),
    most_s=st.sampled_from((DAY_S, 3600)),
    backward=st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spec=lines(), query=queries, plain=st.booleans())
def test_one_by_one_is_all_of_the_window(spec: Spec, query: Query, plain: bool) -> None:
    view = view_of(spec)
    switches = Switches(bounds=not plain)
    expected = of_the_window(view, query)
    found: set[Triple] = set()
    last = -1
    for journeys, after_s in in_turn(view, query, switches):
        assert after_s > last
        last = after_s
        more = triples(journeys)
        assert len(more) == len(journeys)
        starts = {(query.time_s - a if query.backward else d - query.time_s) for d, a, _ in more}
        assert starts <= {after_s}
        found |= more
        # So far, nothing is missing and nothing is too much.
        assert found == {
            row
            for row in expected
            if (query.time_s - row[1] if query.backward else row[0] - query.time_s) <= after_s
        }
    assert found == expected


def ways_that_meet() -> Spec:
    """Two lines to M, of which the one that leaves later comes later and still in time."""
    return Spec(
        (
            trip("early", "A 1:00", "B 1:10", "E 1:20"),
            trip("late", "A 1:10", "E 1:30"),
            trip("on", "E 1:40", "F 2:00"),
        ),
        stops=tuple(STOPS),
    )


def test_the_last_start_of_an_end_is_found_although_others_come_earlier_on_the_way() -> None:
    view = view_of(ways_that_meet())
    query = Query((End(0),), (End(5),), 60)
    found = [triples(journeys) for journeys, _ in in_turn(view, query)]
    # Axis time 0 is a minute before midnight of the first day.
    assert found == [{(4200 + 60, 7200 + 60, 2)}]


def test_without_looking_back_from_the_end_the_comparison_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The comparison above can fail: it does where a step is left out."""

    def forth_only(
        instants: Instants, start_s: int, rides: range, until_s: int, before_s: int
    ) -> list[Journey]:
        found = instants.ends(start_s, rides, until_s)
        return [journey for journey in found if journey.arrival_s < before_s]

    monkeypatch.setattr(Instants, "spans", forth_only)
    view = view_of(ways_that_meet())
    query = Query((End(0),), (End(5),), 60)
    found = triples([journey for journeys, _ in in_turn(view, query) for journey in journeys])
    assert found > of_the_window(view, query)


class Counted:
    """Counts the searches for an instant."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        search = Instants.spans

        def spans(
            instants: Instants, start_s: int, rides: range, until_s: int, before_s: int
        ) -> list[Journey]:
            self.count += 1
            return search(instants, start_s, rides, until_s, before_s)

        monkeypatch.setattr(Instants, "spans", spans)


def request(origin: str, target: str, day: int, hour: int) -> SearchRequest:
    return SearchRequest(
        StopRef(f"{TAG}_{origin}"),
        StopRef(f"{TAG}_{target}"),
        datetime(2026, 1, day, hour, tzinfo=UTC),
        window_s=900,
        min_itineraries=1,
        max_window_s=2 * DAY_S,
    )


def planner_of(spec: Spec) -> JourneyPlanner:
    return JourneyPlanner(
        compile_timetable(network_of(spec), None, OPTIONS), SearchConfig(walk_from_stops=False)
    )


def test_the_first_bus_of_the_morning_is_found_with_two_searches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planner, searches = planner_of(ways_that_meet()), Counted(monkeypatch)

    found = planner.plan(request("A", "F", 4, 20))

    assert len(found.itineraries) == 1
    assert found.itineraries[0].departure.day == 5
    assert searches.count == 1


def test_where_no_rides_lead_there_on_any_day_nothing_is_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planner, searches = planner_of(ways_that_meet()), Counted(monkeypatch)

    found = planner.plan(request("F", "A", 5, 6))

    assert found.itineraries == ()
    assert searches.count == 0
    assert found.window_start is not None
    assert found.window_end is not None
    assert (found.window_end - found.window_start).days == 2


def every_ten_minutes(minutes: int) -> Spec:
    """Vehicles from A to B from 0:00 to 23:50, which take so long; on foot it takes 84 minutes."""
    begin = [600 * number for number in range(144)]
    trips = [
        TripSpec(
            f"t{at}", (CallSpec("A", at, at), CallSpec("B", at + 60 * minutes, at + 60 * minutes))
        )
        for at in begin
    ]
    return Spec(tuple(trips), stops=tuple(STOPS))


def test_where_walking_beats_every_ride_the_search_ends_and_says_where() -> None:
    folding = SearchConfig(walk_from_stops=False, fold=True)
    asked = replace(
        request("A", "B", 5, 6),
        window_s=0,
        min_itineraries=5,
        max_direct_s=7200,
        walk_speed_mps=1.2,
    )

    slow, fast = (
        JourneyPlanner(
            compile_timetable(network_of(every_ten_minutes(minutes)), None, OPTIONS), folding
        ).plan(asked)
        for minutes in (120, 30)
    )

    # 50 of 288 are looked at, the last of them 490 minutes after the first, and none is shown …
    assert slow.itineraries == ()
    assert len(slow.direct) == 1
    assert len(slow.folded) == 50
    assert slow.window_end == asked.time + timedelta(minutes=490, seconds=1)
    # … and where riding is faster, five are.
    assert len(fast.itineraries) == 5
    assert fast.folded == ()
    assert fast.window_end == asked.time + timedelta(minutes=40, seconds=1)
