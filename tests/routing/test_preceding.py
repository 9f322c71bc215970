"""The journeys from the end of a window back, one by one, are those of a search of the window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.config import Switches
from routing.errors import SearchLimit
from routing.model import Itinerary, Via
from routing.raptor.journeys import Polisher, pareto
from routing.raptor.preceding import Preceding
from routing.raptor.search import End, Query, find_journeys, rides_of
from routing.timetable.view import View
from tests.routing.test_successive import (
    Triple,
    ends,
    every_ten_minutes,
    lines,
    planner_of,
    request,
    triples,
)
from tests.support.networks import TAG, Spec, trip
from tests.support.small_views import STOPS, view_of

DAY_S = 86_400


def of_the_window(view: View, query: Query) -> set[Triple]:
    """
    Search the window and all after it that may beat a journey of it, and take those of the window.

    A search of the window alone shows, now and then, one that ends when somebody ends who starts
    after the window.
    """
    more_s = query.window_s + query.most_s
    later = replace(query, window_s=more_s)
    polisher = Polisher(view, rides_of(view, query, backward=False), later)
    found = triples(pareto(polisher.whole(find_journeys(view, later, Switches()))))
    return until(query, found, query.window_s - 1)


def starts(query: Query, rows: set[Triple]) -> set[int]:
    """How many seconds before the last second of the window each one starts."""
    if query.backward:
        return {arrival - (query.time_s - query.window_s + 1) for _, arrival, _ in rows}
    return {query.time_s + query.window_s - 1 - departure for departure, _, _ in rows}


def until(query: Query, rows: set[Triple], after_s: int) -> set[Triple]:
    return {row for row in rows if max(starts(query, {row})) in range(after_s + 1)}


@st.composite
def queries(draw: st.DrawFn) -> Query:
    backward = draw(st.booleans())
    time_s = draw(st.integers(0, 400)) * 60 + 60
    window_s = draw(st.sampled_from((600, 3600, 6 * 3600, DAY_S)))
    return Query(
        draw(ends(0, 3)),
        draw(ends(4, 7)),
        min(time_s + window_s - 60, 2 * DAY_S) if backward else time_s,
        window_s,
        backward,
        most_rides=draw(st.integers(1, 5)),
        most_s=draw(st.sampled_from((DAY_S, 3600, 900))),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spec=lines(), query=queries(), plain=st.booleans())
def test_back_from_the_end_one_by_one_is_all_of_the_window(
    spec: Spec, query: Query, plain: bool
) -> None:
    view = view_of(spec)
    expected = of_the_window(view, query)
    found: set[Triple] = set()
    last = -1
    for journeys, after_s in Preceding(view, query, Switches(bounds=not plain)).journeys():
        assert after_s > last
        last = after_s
        more = triples(journeys)
        assert len(more) == len(journeys)
        assert starts(query, more) <= {after_s}
        found |= more
        # So far, nothing is missing and nothing is too much.
        assert found == until(query, expected, after_s)
    assert found == expected


def overtaken() -> Spec:
    """The slow vehicle leaves before, the fast one after the window, and arrives first."""
    return Spec(
        (trip("slow", "A 1:00", "B 3:00"), trip("fast", "A 1:30", "B 2:00")), stops=tuple(STOPS)
    )


BEFORE_THE_FAST_ONE = Query((End(0),), (End(1),), 60, 75 * 60)


def test_what_a_later_start_beats_is_left_out() -> None:
    view = view_of(overtaken())
    assert list(Preceding(view, BEFORE_THE_FAST_ONE, Switches()).journeys()) == []
    # Axis time 0 is a minute before midnight of the first day.
    whole = replace(BEFORE_THE_FAST_ONE, window_s=100 * 60)
    ((journeys, after_s),) = Preceding(view, whole, Switches()).journeys()
    assert triples(journeys) == {(5400 + 60, 7200 + 60, 1)}
    assert after_s == 60 + 100 * 60 - 1 - (5400 + 60)


def test_without_looking_after_the_window_the_comparison_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The comparison above can fail: it does where a step is left out."""

    def look_nowhere(search: Preceding, from_s: int) -> None:
        search._ends = {1: from_s + search._query.most_s}

    monkeypatch.setattr(Preceding, "_look_after", look_nowhere)
    view = view_of(overtaken())
    query = replace(BEFORE_THE_FAST_ONE, most_rides=1)
    found = {
        row for more, _ in Preceding(view, query, Switches()).journeys() for row in triples(more)
    }
    assert found != of_the_window(view, query)


def departures(itineraries: tuple[Itinerary, ...]) -> list[str]:
    return [row.departure.strftime("%d %H:%M") for row in itineraries]


def test_a_page_before_holds_as_many_as_are_asked_for_and_says_from_when() -> None:
    planner = planner_of(every_ten_minutes(30))
    asked = replace(
        request("A", "B", 5, 6), against=True, window_s=0, min_itineraries=3, max_direct_s=0
    )

    before = planner.plan(asked)
    arriving = planner.plan(replace(asked, arrive_by=True))

    assert departures(before.itineraries) == ["05 05:30", "05 05:40", "05 05:50"]
    assert before.window_end == asked.time
    assert before.window_start == asked.time - timedelta(minutes=30)
    # Those that arrive after 6:00, at 6:10 to 6:30.
    assert departures(arriving.itineraries) == ["05 05:40", "05 05:50", "05 06:00"]
    assert arriving.window_start == asked.time
    assert arriving.window_end == asked.time + timedelta(minutes=30)


def test_a_page_before_reaches_over_the_nights() -> None:
    late = (trip("late", "A 22:00", "B 23:00"),)
    spec = Spec(late, stops=tuple(STOPS), services=((1, 1),))
    asked = replace(request("A", "B", 8, 6), against=True, window_s=900, max_window_s=4 * DAY_S)

    found = planner_of(spec).plan(replace(asked, min_itineraries=2))

    # The vehicle runs on the first two days only, from the 5th of January on.
    assert departures(found.itineraries) == ["05 22:00", "06 22:00"]
    assert found.window_start == datetime(2026, 1, 5, 22, tzinfo=UTC)


def test_with_a_via_a_page_before_is_widened_as_far() -> None:
    planner = planner_of(every_ten_minutes(30))
    asked = replace(
        request("A", "B", 5, 12),
        against=True,
        window_s=1200,
        min_itineraries=5,
        vias=(Via(f"{TAG}_A"),),
        max_direct_s=0,
    )

    found = planner.plan(asked)

    # 20 minutes hold two, 40 four, 80 eight.
    assert departures(found.itineraries)[:2] == ["05 10:40", "05 10:50"]
    assert len(found.itineraries) == 8
    assert found.window_start == asked.time - timedelta(minutes=80)


def test_nothing_comes_before_an_instant() -> None:
    asked = replace(request("A", "B", 5, 6), against=True, window_s=0, min_itineraries=0)
    with pytest.raises(SearchLimit):
        planner_of(overtaken()).plan(asked)
