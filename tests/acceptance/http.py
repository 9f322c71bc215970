"""Queries over HTTP, through the application's test client."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tests.acceptance.capability import Missing
from tests.acceptance.cases import Case, Query, case_of, instant
from tests.acceptance.expectations import ABSENT, differences, lookup
from tests.acceptance.system import System

Json = Any
OWN_KEYS = {"status", "transit_legs", "same legs, times and tz as /plan"}


class HttpSession:
    """The application over one case; later queries may refer to the answers of earlier ones."""

    def __init__(self, case: Case, system: System) -> None:
        self._case = case
        self._system = system
        self._clients: dict[str, Any] = {}
        self._answers: list[Json] = []

    def differences(self, query: Query) -> list[str]:
        """Send the request and return what is not as expected of the answer."""
        status, answer = self._send(query)
        expect = dict(query.expect)
        found: list[str] = []
        wanted = expect.get("status", 200)
        if status == 404 and answer == {"detail": "Not Found"} and wanted != 404:
            raise Missing(f"the endpoint {urlsplit(str(query.raw['request']['url'])).path}")
        if status != wanted:
            found.append(f"status {status}, not {wanted}: {str(answer)[:200]}")
            if "status" not in expect:
                return found
        if "transit_legs" in expect:
            found += _text_differences(expect["transit_legs"], transit_legs(answer))
        if expect.get("same legs, times and tz as /plan"):
            found += self._same_as_plan(answer)
        found += differences({k: v for k, v in expect.items() if k not in OWN_KEYS}, answer)
        self._answers.append(answer)
        return found

    def _send(self, query: Query) -> tuple[int, Json]:
        request = query.raw["request"]
        url = self._filled(str(request["url"]))
        if hint := re.search(r"give (\w+=\w+) when", query.note):
            url += ("&" if "?" in url else "?") + hint[1]
        client = self._client(self._case.message(query, default=True), url)
        method = str(request.get("method", "GET")).upper()
        body = request.get("json", request.get("body"))
        path = urlsplit(url)
        target = path.path + (f"?{path.query}" if path.query else "")
        headers = request.get("headers") or {}
        if method == "GET" or body is None:
            response = client.request(method, target, headers=headers)
        elif isinstance(body, str):
            response = client.request(method, target, content=body, headers=headers)
        else:
            response = client.request(method, target, json=body, headers=headers)
        try:
            answer = response.json()
        except ValueError:
            answer = response.text
        return response.status_code, answer

    def _client(self, message: Json, url: str) -> Any:
        key = str(id(message))
        if key not in self._clients:
            asked_at = parse_qs(urlsplit(url).query).get("time", [""])[0]
            day = self._case.window[0] if self._case.window else None
            start = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
            now = instant(asked_at) if asked_at else start or datetime(2026, 1, 5, tzinfo=UTC)
            self._clients[key] = self._system.client(message, now)
        return self._clients[key]

    def _filled(self, url: str) -> str:
        """Put in what `<id of the first itinerary>` and its like mean in the last answer."""

        def value(found: re.Match[str]) -> str:
            words = found[1].lower()
            last = self._answers[-1] if self._answers else None
            for name, path in (
                ("next", "nextPageCursor"),
                ("previous", "previousPageCursor"),
                ("itinerary", "itineraries[0].id"),
                ("trip", "legs[].tripId"),
            ):
                if name in words:
                    held = lookup(last, path)
                    held = held[0] if isinstance(held, list) and held else held
                    if isinstance(held, str):
                        return quote(held, safe="")
            raise Missing(f"{found[0]} from the answer before")

        return re.sub(r"<([^<>]+)>", value, url)

    def _same_as_plan(self, answer: Json) -> list[str]:
        if not self._answers:
            raise Missing("the answer of /plan")
        before, now = lookup(self._answers[-1], "itineraries[0].legs"), lookup(answer, "legs")
        if before is ABSENT or now is ABSENT:
            return ["no legs to compare"]
        kept = ("mode", "tripId", "startTime", "endTime", "from.tz", "to.tz", "from.stopId")
        rows = [[[lookup(leg, key) for key in kept] for leg in legs] for legs in (before, now)]
        return [] if rows[0] == rows[1] else [f"legs {rows[1]}, not {rows[0]}"]


def _text_differences(wanted: list[str], found: list[str]) -> list[str]:
    if wanted == found:
        return []
    lines = [f"- {line}" for line in wanted if line not in found]
    lines += [f"+ {line}" for line in found if line not in wanted]
    return [f"transit legs: {' '.join(lines) or 'in another order'}"]


def transit_legs(answer: Json) -> list[str]:
    """Return the rides of the first itinerary and their alternatives as the cases write them."""
    legs = lookup(answer, "itineraries[0].legs")
    lines: list[str] = []
    for leg in legs if isinstance(legs, list) else []:
        if not leg.get("tripId"):
            continue
        lines.append(_leg_text(leg))
        if "alternatives" not in leg:
            lines.append("  (no alternatives field)")
        elif not leg["alternatives"]:
            lines.append("  (no alternatives)")
        for other in leg.get("alternatives") or []:
            parts = other if isinstance(other, list) else other.get("legs", [])
            lines.append(f"  alt [{' | '.join(_leg_text(part) for part in parts)}]")
    return lines


def _leg_text(leg: Json) -> str:
    def stop(place: Json) -> str:
        return str(place.get("stopId", place.get("name", ""))).removeprefix("test_")

    def clock(key: str) -> str:
        return str(instant(leg[key]).astimezone(UTC).strftime("%H:%M"))

    trip = str(leg.get("tripId", "")).partition("_test_")[2]
    head = f"{leg['mode']} {trip}" if trip else leg["mode"]
    ends = f"{stop(leg['from'])} {clock('startTime')}->{stop(leg['to'])} {clock('endTime')}"
    joined = " [interlined]" if leg.get("interlineWithPreviousLeg") else ""
    return f"{head} {ends}{joined}"


_DAILY = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,A,https://example.org,UTC\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,A,33,130\nB,B,33.5,130\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,A,R,3\n",
    "trips.txt": "route_id,service_id,trip_id\nR,S,T\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T,08:30:00,08:30:00,A,1\nT,09:00:00,09:00:00,B,2\n",
}


def check_windows(query: Query) -> list[str]:
    """
    Compare the interval that was searched, as the cursors of an answer tell it.

    The table names an instant t and the days of the timetable in its name; a daily trip stands
    for the timetable, since only the interval matters.
    """
    named = re.search(r"t = (\S+?)[,)]", query.name)
    days = re.search(r"timetable (\d{4}-\d\d-\d\d\.\.[\d-]+)", query.name)
    if named is None or days is None:
        raise Missing("a table that names t and the timetable's days")
    begin, _, end = days[1].partition("..")
    last = datetime.fromisoformat(begin[: len(begin) - len(end)] + end).replace(tzinfo=UTC)
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    calendar = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        f"S,1,1,1,1,1,1,1,{first:%Y%m%d},{last - timedelta(days=1):%Y%m%d}\n"
    )
    shown = f"{first.date()}..{(last - timedelta(days=1)).date()}"
    gtfs = {**_DAILY, "calendar.txt": calendar}
    case = case_of("window", {"gtfs": gtfs, "queries": [], "service_dates_loaded": shown})
    client = System.of(case).client(None, instant(named[1]))
    found: list[str] = []
    for row in query.expect["rows"]:
        asked_at = _moment(str(row.get("t", named[1])), first, last)
        parameters = {
            "fromPlace": "test_A",
            "toPlace": "test_B",
            "time": asked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "arriveBy": str(row.get("arriveBy", False)).lower(),
            "searchWindow": row["searchWindow"],
            "timetableView": str(row.get("timetableView", True)).lower(),
            "numItineraries": 0,
        }
        answer = client.get(f"/api/v6/plan?{urlencode(parameters)}").json()
        cursors = (answer.get("previousPageCursor", ""), answer.get("nextPageCursor", ""))
        ends = [int(re.sub(r"\D", "", text) or 0) for text in cursors]
        moments = [datetime.fromtimestamp(unix, UTC) for unix in ends]
        wanted = _window(row["window"], asked_at, first, last)
        if moments != wanted:
            words = "–".join(moment.isoformat() for moment in moments)
            found.append(f"{row}: searched {words}")
    return found


def _moment(text: str, first: datetime, last: datetime) -> datetime:
    """Return the instant of `08:00`, `timetable end − 1 h`, `start+1min` or an ISO text."""
    words = text.replace("−", "-").replace("timetable ", "").replace(" ", "")
    if found := re.fullmatch(r"(start|end)(?:([+-])(\d+)(h|min))?", words):
        base = first if found[1] == "start" else last
        if found[2]:
            step = timedelta(**{"hours" if found[4] == "h" else "minutes": int(found[3])})
            base = base + step if found[2] == "+" else base - step
        return base
    return instant(text)


def _window(wanted: Json, asked_at: datetime, first: datetime, last: datetime) -> list[datetime]:
    if isinstance(wanted, str):
        return [asked_at, asked_at]
    found = []
    for text in wanted:
        if re.fullmatch(r"\d\d:\d\d", text):
            hours, minutes = text.split(":")
            found.append(asked_at.replace(hour=int(hours), minute=int(minutes), second=0))
        else:
            found.append(_moment(text, first, last))
    return found
