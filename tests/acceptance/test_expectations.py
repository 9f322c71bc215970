"""The language of expectations, and the comparison of journeys, can fail and can pass."""

from datetime import UTC, date, datetime, timedelta

import pytest

from routing.model import Itinerary, Leg, Mode, StopCall, TripRef
from tests.acceptance.cases import case_of, instant, service_window
from tests.acceptance.expectations import NotUnderstood, differences
from tests.acceptance.http import transit_legs
from tests.acceptance.journeys import (
    expected_journey,
    found_journey,
    set_differences,
    unread_keys,
)
from tests.acceptance.requests import asked
from tests.acceptance.run import Word, judge
from tests.acceptance.styles import Style, style_of

ANSWER = {
    "place": {"stopId": "test_A", "stopCode": None, "lat": 50.0, "lon": 8.0},
    "stopTimes": [
        {"mode": "BUS", "place": {"arrival": "2019-05-01T00:05:00Z", "lat": 50.0, "lon": 8.001}},
        {"mode": "TRAM", "place": {"arrival": "2019-05-01T00:10:00Z", "lat": 50.0, "lon": 8.002}},
    ],
    "routes": [{"routeId": "b"}, {"routeId": "a"}, {"routeId": "a"}],
    "nextPageCursor": "LATER|1",
}


@pytest.mark.parametrize(
    "expected",
    [
        {"place.stopId": "test_A"},
        {"place.stopCode": None},
        {"place.alerts": None},
        {"len(stopTimes)": 2},
        {"len(stopTimes)": "> 1"},
        {"stopTimes": "not empty"},
        {"stopTimes[0]": {"mode": "BUS", "len(place.alerts)": 0, "note": "said to the reader"}},
        {"stopTimes[-1].mode": "TRAM"},
        {"every mode in": ["BUS", "TRAM"]},
        {"every stopTimes[].place.alerts": "absent or empty"},
        {"every place.arrival": "2019-05-01T00:00Z..00:30Z"},
        {"every distance(place, center)": "<= 150 m"},
        {"set(routes[].routeId)": ["a", "b"]},
        {"nextPageCursor": "not empty", "previousPageCursor": "absent"},
        {"stopTimes[0].place.arrival": "2019-05-01T00:05Z"},
        {"stopTimes[].mode contains": "TRAM"},
    ],
)
def test_what_holds_gives_no_difference(expected: dict) -> None:
    assert differences(expected, ANSWER) == []


@pytest.mark.parametrize(
    "expected",
    [
        {"place.stopId": "test_B"},
        {"place.stopId": None},
        {"len(stopTimes)": 3},
        {"len(stopTimes)": "> 2"},
        {"routes": "absent or empty"},
        {"stopTimes[0]": {"mode": "TRAM"}},
        {"stopTimes[5]": {"mode": "TRAM"}},
        {"every mode in": ["BUS"]},
        {"every place.arrival": "2019-05-01T00:00Z..00:08Z"},
        {"every distance(place, center)": "<= 100 m"},
        {"set(routes[].routeId)": ["a"]},
        {"previousPageCursor": "not empty"},
        {"stopTimes[].mode contains": "FERRY"},
        {"stopTimes": [{"mode": "BUS"}]},
    ],
)
def test_what_does_not_hold_gives_a_difference(expected: dict) -> None:
    assert differences(expected, ANSWER) != []


def test_lists_of_matches_are_searched_by_id() -> None:
    matches = [{"id": "test_G1", "modes": ["BUS"], "importance": 0.2}, {"id": "x"}]
    expected = {"match with id test_G1": {"modes contains": "BUS", "importance": "> 0"}}

    assert differences(expected, matches) == []
    assert differences({"contains id": "test_G1", "does not contain id": "y"}, matches) == []
    assert differences({"contains id": "y"}, matches) != []
    assert differences({"does not contain id": "x"}, matches) != []


def test_legs_may_be_written_as_triples_and_are_found_in_the_first_itinerary() -> None:
    leg = {"from": {"stopId": "a", "tz": "UTC"}, "to": {"stopId": "b"}, "mode": "BUS"}
    answer = {"itineraries": [{"legs": [leg]}]}

    assert differences({"itineraries": [{"legs": [["a", "b", "BUS"]]}]}, answer) == []
    assert differences({"itineraries": [{"legs": [["a", "b", "TRAM"]]}]}, answer) != []
    assert differences({"legs[0].from.tz": "UTC"}, answer) == []


def test_unknown_words_are_said_to_be_unknown() -> None:
    with pytest.raises(NotUnderstood):
        differences({"the moon is full?": True}, ANSWER)


def test_rides_are_written_with_their_alternatives() -> None:
    def leg(trip: str, start: str, begin: str, end: str, until: str) -> dict:
        head = {"mode": "BUS", "tripId": f"20190501_{begin}_test_{trip}"}
        place = {"from": {"stopId": f"test_{start}"}, "to": {"stopId": f"test_{end}"}}
        day = "2019-05-01T"
        return {**head, **place, "startTime": f"{day}{begin}:00Z", "endTime": f"{day}{until}:00Z"}

    first = leg("T1", "A", "06:00", "B", "06:30") | {"alternatives": []}
    second = leg("T2", "B", "06:45", "C", "07:15") | {"interlineWithPreviousLeg": True}
    second["alternatives"] = [[leg("T3", "B", "07:00", "C", "07:30")]]

    assert transit_legs({"itineraries": [{"legs": [first, second]}]}) == [
        "BUS T1 A 06:00->B 06:30",
        "  (no alternatives)",
        "BUS T2 B 06:45->C 07:15 [interlined]",
        "  alt [BUS T3 B 07:00->C 07:30]",
    ]


NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def call(stop: str, minute: int) -> StopCall:
    moment = NINE + timedelta(minutes=minute)
    return StopCall(f"test_{stop}", "", stop, 0, 0, "UTC", moment, moment, moment, moment)


def ride(trip: str, *calls: tuple[str, int], seated: bool = False) -> Leg:
    rows = tuple(call(stop, minute) for stop, minute in calls)
    begin, end = NINE + timedelta(minutes=calls[0][1]), NINE + timedelta(minutes=calls[-1][1])
    ref = TripRef(f"test_{trip}", "2026-01-05", begin)
    return Leg(Mode.BUS, rows, begin, end, begin, end, trip=ref, stays_seated=seated)


def walk(start: str, end: str, begin: int, until: int) -> Leg:
    a, b = NINE + timedelta(minutes=begin), NINE + timedelta(minutes=until)
    return Leg(Mode.WALK, (call(start, begin), call(end, until)), a, b, a, b)


FOUND = Itinerary(
    (
        ride("T1", ("A", 0), ("B", 10), ("C", 20)),
        ride("T2", ("C", 20), ("D", 30), seated=True),
        walk("D", "D", 30, 32),
        walk("D", "E", 32, 37),
        ride("T3", ("E", 40), ("F", 50)),
    ),
    NINE,
    NINE + timedelta(minutes=50),
    1,
)

EXPECTED = {
    "departure": "2026-01-05T09:00Z",
    "arrival": "2026-01-05T09:50Z",
    "transfers": 1,
    "legs": [
        {"kind": "ride", "trips": ["T1", "T2"], "from": "A", "to": "D", "through": ["B", "C"]},
        {"kind": "walk", "minutes": 5, "from": "D", "to": "E"},
        {"kind": "ride", "trips": ["T3"], "from": "E", "to": "F", "dep": "2026-01-05T09:40Z"},
    ],
}


def test_staying_seated_is_one_ride_and_changing_at_one_stop_is_no_walk() -> None:
    assert set_differences([expected_journey(EXPECTED)], [found_journey(FOUND, "test")]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"transfers": 0},
        {"arrival": "2026-01-05T09:51Z"},
        {"legs": EXPECTED["legs"][:2]},
        {"legs": [*EXPECTED["legs"][:2], {**EXPECTED["legs"][2], "from": "D"}]},
        {"legs": [*EXPECTED["legs"][:2], {**EXPECTED["legs"][2], "realtime": True}]},
        {"legs": [EXPECTED["legs"][0], {**EXPECTED["legs"][1], "minutes": 4}, EXPECTED["legs"][2]]},
        {"legs": [{**EXPECTED["legs"][0], "through": ["B"]}, *EXPECTED["legs"][1:]]},
    ],
)
def test_every_difference_of_a_journey_is_seen(change: dict) -> None:
    expected = expected_journey({**EXPECTED, **change})

    assert len(set_differences([expected], [found_journey(FOUND, "test")])) == 2


def test_missing_and_surplus_journeys_are_both_named() -> None:
    expected, found = expected_journey(EXPECTED), found_journey(FOUND, "test")

    assert set_differences([expected, expected], [found])[0].startswith("missing")
    assert set_differences([expected], [found, found])[0].startswith("too many")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-01-05", (date(2026, 1, 5), date(2026, 1, 5))),
        ("2019-05-01..02", (date(2019, 5, 1), date(2019, 5, 2))),
        ("2019-03-25..10-31", (date(2019, 3, 25), date(2019, 10, 31))),
        ("2022", (date(2022, 1, 1), date(2022, 12, 31))),
        ("some week", None),
        (None, None),
    ],
)
def test_service_windows_are_read(text: str | None, days: tuple | None) -> None:
    assert service_window(text) == days


def query(**raw: object) -> object:
    case = case_of("c", {"queries": [{"from": [{"stop": "A"}], "to": [{"stop": "B"}], **raw}]})
    return asked(case.queries[0], Style(), frozenset())


def test_an_arrival_window_is_half_open() -> None:
    request = query(time={"arrive_between": ["2026-01-05T10:00Z", "2026-01-05T11:00Z"]}).request

    # (time - window, time] in whole seconds is [10:00, 11:00).
    assert request.time == instant("2026-01-05T10:59:59Z")
    assert (request.window_s, request.arrive_by) == (3600, True)


def test_options_that_are_not_known_are_named() -> None:
    question = query(time={"depart_at": "2026-01-05T10:00Z"}, options={"maxTransfers": 2, "x": 1})

    assert question.request.max_transfers == 2
    assert question.ignored == ("x",)


def test_words_of_a_query_that_nothing_reads_are_named() -> None:
    question = query(
        time={"depart_at": "2026-01-05T10:00Z", "zone": "UTC"},
        via=[{"stops": ["C", "D"], "minutes": 5}],
        to=[{"stop": "B", "metres": 5}],
        profile="fast",
    )

    assert question.ignored == ("profile", "time.zone", "to.metres", "via.minutes")
    assert unread_keys({"legs": [{"kind": "walk", "colour": "red"}], "price": 3}) == {
        "price",
        "legs.colour",
    }


def test_calls_of_a_trip_without_a_message_are_those_of_the_timetable() -> None:
    gtfs = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        "A,A,https://a.example,Europe/Berlin\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,A,50,8\nB,B,50.1,8\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,A,R,3\n",
        "trips.txt": "route_id,service_id,trip_id\nR,S,T\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T,01:59:00,01:59:00,A,1\nT,02:00:00,02:00:00,B,2\n",
        "calendar_dates.txt": "service_id,date,exception_type\nS,20191027,1\n",
    }

    def judged(minute: str) -> Word:
        calls = [
            # Noon less 12 hours is 01:00 summer time on that day, and the clock falls back at 3:00.
            {"idx": 0, "stop": "A", "dep": {"sched_local": "27.10 02:59"}},
            {"idx": 1, "stop": "B", "arr": {"sched_local": f"27.10 02:{minute}"}},
        ]
        expect = {"trip": "T", "calls": calls}
        [verdict] = judge(case_of("c", {"gtfs": gtfs, "queries": [{"expect": expect}]}))
        return verdict.word

    assert judged("00") is Word.OK
    assert judged("01") is Word.FAIL


def test_each_source_has_its_own_change_times() -> None:
    def style(**settings: object) -> Style:
        return style_of(case_of("c", {"queries": [], "settings": settings}))

    slack = {"transfer_slack_seconds": 60, "board_slack_seconds": 30, "alight_slack_seconds": 10}
    assert style().change_s == 120
    assert style(**slack).change_s == 100
    assert style(same_stop_transfer_seconds="where given").change_s > 10**8


@pytest.mark.parametrize(
    "raw",
    [
        {"queries": [{}]},
        {"queries": ["text"]},
        {"queries": [{"expect": {"journeys": []}}]},
        {"queries": [{"expect": {"colour": "red"}}], "gtfs": {"stops.txt": "x"}},
        {"queries": [{"request": {"url": "/"}, "expect": {}}]},
        {"queries": [{"expect": {"rows": [{}]}}]},
        {"queries": [{"from": 3, "time": 4, "expect": {"count": 1}}]},
    ],
)
def test_a_broken_case_is_judged_and_never_crashes(raw: dict) -> None:
    [verdict] = judge(case_of("c", raw))

    assert verdict.word is not Word.OK
    assert verdict.reason
