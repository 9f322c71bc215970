"""Windows and pages: nothing between two pages is lost, nothing is shown twice."""

from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from maas.api.errors import BadRequest
from maas.api.windows import Window, search_window
from tests.support.served import client_of, get, served_of

HOUR = 3600
T = 1_757_923_200
"""2025-09-15T08:00Z, the instant of the published table."""
TABLE = Window(T - 14 * 24 * HOUR - 8 * HOUR, T + 15 * 24 * HOUR + 16 * HOUR)
"""2025-09-01 to 2025-10-01."""


@pytest.mark.parametrize(
    ("at", "seconds", "arrive_by", "start", "end"),
    [
        (T, 3600, False, T, T + HOUR),
        (T, 900, False, T, T + 900),
        (T, 3600, True, T - HOUR, T + 60),
        (T, 900, True, T - 900, T + 60),
        (TABLE.end - HOUR, 43_200, False, TABLE.end - HOUR, TABLE.end),
        (TABLE.start, 43_200, True, TABLE.start, TABLE.start + 60),
    ],
)
def test_the_window_lies_beside_the_time_inside_the_timetable(
    at: int, seconds: int, arrive_by: bool, start: int, end: int
) -> None:
    assert search_window(at, seconds, TABLE, arrive_by=arrive_by) == Window(start, end)


def test_without_the_timetable_view_the_instant_is_searched() -> None:
    assert search_window(T, HOUR, TABLE, arrive_by=False, timetable_view=False) == Window(T, T)


def test_a_time_outside_of_the_timetable_is_refused() -> None:
    with pytest.raises(BadRequest):
        search_window(TABLE.end, HOUR, TABLE, arrive_by=False)


@given(st.integers(0, 5 * 24 * HOUR), st.integers(0, 24 * HOUR), st.booleans())
def test_a_larger_window_never_searches_less(seconds: int, more: int, arrive_by: bool) -> None:
    small = search_window(T, seconds, TABLE, arrive_by=arrive_by)
    large = search_window(T, seconds + more, TABLE, arrive_by=arrive_by)

    assert large.start <= small.start
    assert small.end <= large.end
    assert large.start <= T
    assert large.end > T or not large.seconds


def buses(minutes: list[int]) -> dict[str, str]:
    """A line of buses from a to b in an hour, at these minutes of a day; every one is faster
    or slower by its number, so that none dominates by chance."""
    trips = "route_id,service_id,trip_id\n"
    times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    for number, minute in enumerate(minutes):
        trips += f"r,s,t{number}\n"
        for stop, at in (("a", minute), ("b", minute + 30)):
            clock = f"{at // 60:02}:{at % 60:02}:00"
            times += f"t{number},{clock},{clock},{stop},{1 if stop == 'a' else 2}\n"
    return {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,A,https://a.example,Asia/Tokyo\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\na,甲,33.0,130.0\nb,乙,33.2,130.2\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,A,1,3\n",
        "trips.txt": trips,
        "stop_times.txt": times,
        "calendar_dates.txt": "service_id,date,exception_type\ns,20261201,1\ns,20261202,1\n",
    }


@cache
def client(minutes: tuple[int, ...]) -> TestClient:
    return client_of(served_of(buses(list(minutes))))


MINUTES = tuple(range(6 * 60, 22 * 60, 23))


def pages(url: str, forward: bool, most: int = 60) -> list[list[str]]:
    """The departures (arrivals) that each page shows, in the order in which they were asked for."""
    found = []
    cursor = ""
    for _ in range(most):
        answer: dict[str, Any] = get(client(MINUTES), f"{url}{cursor}")
        rows = answer["itineraries"]
        if not rows and cursor:
            break
        found.append([row["startTime"] for row in rows])
        name = "nextPageCursor" if forward else "previousPageCursor"
        cursor = f"&pageCursor={quote(answer[name])}"
    return found


@pytest.mark.parametrize("arrive_by", [False, True])
@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("most", ["", "&numItineraries=2&maxItineraries=3"])
def test_pages_follow_without_holes_or_repeats(arrive_by: bool, forward: bool, most: str) -> None:
    hour = "06:00" if forward else "21:00"
    url = (
        f"/api/v6/plan?fromPlace=test_a&toPlace=test_b&time=2026-12-01T{hour}"
        f"&arriveBy={arrive_by}{most}"
    )
    found = pages(url, forward)
    shown = [time for page in (found if forward else found[::-1]) for time in page]

    # One bus every 23 minutes of the two days; Japan is nine hours ahead of UTC.
    every = [
        f"2026-{12 if day or minute >= 540 else 11}-{_day(day, minute)}"
        f"T{(minute // 60 - 9) % 24:02}:{minute % 60:02}:00Z"
        for day in (0, 1)
        for minute in MINUTES
    ]
    first, last = every.index(shown[0]), every.index(shown[-1])
    assert shown == every[first : last + 1]
    assert last == len(every) - 1 if forward else first == 0


def _day(day: int, minute: int) -> str:
    return f"{day + (1 if minute >= 540 else 0):02}" if day or minute >= 540 else "30"


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.booleans())
def test_board_pages_follow_without_holes_or_repeats(count: int, forward: bool) -> None:
    hour = "06:00" if forward else "22:00"
    direction = "LATER" if forward else "EARLIER"
    url = f"/api/v6/stoptimes?stopId=test_a&time=2026-12-01T{hour}&n={count}&direction={direction}"
    shown: list[str] = []
    cursor = ""
    for _ in range(100):
        answer = get(client(MINUTES), f"{url}{cursor}")
        times = [row["place"]["departure"] for row in answer["stopTimes"]]
        if not times:
            break
        shown = shown + times if forward else times + shown
        name = "nextPageCursor" if forward else "previousPageCursor"
        cursor = f"&pageCursor={quote(answer[name])}"

    assert shown == sorted(set(shown))
    assert len(shown) == (2 if forward else 1) * len(MINUTES)
