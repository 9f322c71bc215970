"""Expectations that are no journeys and no HTTP answers, each with its own meaning."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from maas.core.live import LiveMessage, TripSelector, TripUpdate
from maas.core.network import Network
from maas.core.servicetime import parse_seconds, service_instant
from routing.model import Itinerary
from routing.realtime.index import NetworkIndex
from routing.realtime.match import Refused, match
from routing.realtime.overlay import build_overlay
from routing.realtime.runs import LiveRun, RunKey
from tests.acceptance.capability import Missing
from tests.acceptance.cases import Case, Query, instant
from tests.acceptance.expectations import NotUnderstood
from tests.acceptance.journeys import found_journey
from tests.acceptance.requests import TAG

Json = Any
CALL_KEYS = {"idx", "stop", "arr", "dep", "note"}


def check_rows(case: Case, query: Query) -> list[str]:
    """A table of GTFS times and the instants that they mean."""
    zone = ZoneInfo(_zone_of(case, query))
    found: list[str] = []
    for row in query.expect["rows"]:
        seconds = parse_seconds(f"{row['gtfs']}:00" if row["gtfs"].count(":") == 1 else row["gtfs"])
        if seconds is None:
            raise Missing(f"a GTFS time like {row['gtfs']}")
        moment = service_instant(date.fromisoformat(row["service_day"]), seconds, zone)
        shown = {
            "unix": int(moment.timestamp()),
            # As text: two zones may not be compared in the hour that a clock change repeats.
            "local": moment.astimezone(zone).isoformat(),
            "wall": moment.astimezone(zone).strftime("%H:%M"),
            "utc": moment.isoformat(),
        }
        for key in shown.keys() & row.keys():
            wanted = instant(row[key]).isoformat() if key in {"local", "utc"} else row[key]
            if shown[key] != wanted:
                found.append(f"{row['service_day']} {row['gtfs']}: {key} {shown[key]}")
    return found


def _zone_of(case: Case, query: Query) -> str:
    """Return the IANA zone that a case names: in agency.txt, in full, or by its city."""
    if found := re.search(r"agency_timezone", case.gtfs.get("agency.txt", "")):
        header, _, rest = case.gtfs["agency.txt"].partition("\n")
        at = [name.strip() for name in header.split(",")].index(found[0])
        return rest.split("\n")[0].split(",")[at].strip()
    text = f"{case.text()} {query.name} {query.note}"
    zones = available_timezones()
    for word in re.findall(r"[A-Za-z_]+(?:/[A-Za-z_]+)*", text):
        fits = sorted(zone for zone in zones if zone == word or zone.endswith(f"/{word}"))
        if fits:
            return fits[0]
    raise Missing("the time zone of the table")


def check_resolves(network: Network, query: Query) -> list[str]:
    """A trip of a realtime message, as `startDate startTime tripId` in the name, is found."""
    given = query.raw.get("trip") or query.raw.get("descriptor") or _named_trip(network, query)
    text = str(given.get("startDate") or "")
    direction = given.get("directionId")
    selector = TripSelector(
        trip_id=str(given.get("tripId") or ""),
        route_id=str(given.get("routeId") or ""),
        direction=None if direction is None else int(direction),
        start_day=date(int(text[:4]), int(text[4:6]), int(text[6:8])) if text else None,
        start_s=parse_seconds(str(given.get("startTime") or "")),
    )
    found = match(NetworkIndex(network), TAG, selector, _today_of(query))
    wanted = query.expect["resolves"]
    if isinstance(found, Refused):
        return [f"not found: {found.reason}"] if wanted else []
    if not wanted:
        return [f"found on {date.fromordinal(found.day)}"]
    service_day = query.expect.get("service_day")
    if service_day and date.fromordinal(found.day) != date.fromisoformat(service_day):
        return [f"service day {date.fromordinal(found.day)}, not {service_day}"]
    return []


def _named_trip(network: Network, query: Query) -> dict[str, Json]:
    """Return the trip that a query's name tells in words: a day, a start, ids of the feed."""
    index = NetworkIndex(network)
    words = re.findall(r"[^\s,;()=]+", query.name)
    days = [word.replace("-", "") for word in words if re.fullmatch(r"\d{4}-?\d\d-?\d\d", word)]
    clocks = [word for word in words if re.fullmatch(r"\d+:\d\d(:\d\d)?", word)]
    trips = [word for word in words if index.trip(TAG, word) >= 0]
    routes = [word for word in words if index.route(TAG, word) >= 0]
    if not trips and not routes:
        # Nothing of the feed: the last word is a trip that is not there.
        exact = re.search(r"(\d{8}) +(\d+:\d\d:\d\d) +(\S+)", query.name)
        if exact is None:
            raise Missing("a trip named by its id, its day and its start")
        return {"startDate": exact[1], "startTime": exact[2], "tripId": exact[3]}
    clock = clocks[0] if clocks else ""
    named: dict[str, Json] = {
        "startDate": days[0] if days else "",
        "startTime": f"{clock}:00" if clock.count(":") == 1 else clock,
    }
    return named | ({"tripId": trips[0]} if trips else {"routeId": routes[0]})


def _today_of(query: Query) -> int | None:
    """Return the time of the message that a query speaks of: its own, where it has one."""
    if isinstance(query.raw.get("time"), dict) and query.raw["time"]:
        return int(instant(next(iter(query.raw["time"].values()))).timestamp())
    return None


def check_calls(network: Network, query: Query, message: Json) -> list[str]:
    """The calls of a trip after the realtime message, in local time."""
    from gtfs_feeds.realtime.decode import decode_json

    index = NetworkIndex(network)
    named = str(query.expect["trip"])
    trip = index.trip(TAG, named)
    live = decode_json(message or {"header": {}}, TAG)
    overlay = build_overlay(index, [live])
    told = (*overlay.runs.values(), *overlay.added)
    runs = [run for run in told if trip >= 0 and run.template == trip]
    # A run that is in no timetable has only the id of its message.
    runs += [run for run in overlay.added if run.trip_id.removeprefix(f"{TAG}_") == named]
    if not runs and trip >= 0 and message is None:
        runs = [_undisturbed(index, trip, query)]
    if not runs:
        return [f"no update of {named}: {dict(overlay.counts)}"]
    run = runs[0]
    zone = ZoneInfo(index.zone(max(run.route, 0)))
    found: list[str] = []
    expected = query.expect.get("calls", [])
    numbers = [int(row.get("idx", number)) for number, row in enumerate(expected)]
    if numbers and max(numbers) >= len(run.stop):
        # Of a trip of a block, nigiri counts the calls of the vehicle.
        numbers = [number - numbers[0] for number in numbers]
    if numbers and max(numbers) >= len(run.stop):
        return [f"has {len(run.stop)} calls"]
    for at, row in zip(numbers, expected, strict=True):
        stop = network.stops.id[int(run.stop[at])].removeprefix(f"{TAG}_")
        if row.get("stop") not in {None, stop}:
            found.append(f"call {at} is at {stop}, not {row['stop']}")
        if other := row.keys() - CALL_KEYS:
            raise NotUnderstood(f"calls.{', '.join(sorted(other))}")
        for word, planned, real, kind in (
            ("arr", run.scheduled_arrival_s, run.arrival_s, run.drop_off),
            ("dep", run.scheduled_departure_s, run.departure_s, run.pickup),
        ):
            scheduled = int(planned[at])
            shown = {
                # What is in no timetable runs as it is announced.
                "sched_local": _local(scheduled if scheduled >= 0 else int(real[at]), zone),
                "rt_local": _local(int(real[at]), zone),
                "allowed": int(kind[at]) != 1 and not run.cancelled,
            }
            for key, wanted in (row.get(word) or {}).items():
                if key not in shown:
                    raise NotUnderstood(f"calls.{word}.{key}")
                if shown[key] != wanted:
                    found += [f"call {at} {word} {key} {shown[key]}, not {wanted}"]
    skipped = [
        network.stops.id[int(stop)].removeprefix(f"{TAG}_")
        for stop, gone in zip(run.stop, run.skipped, strict=True)
        if gone
    ]
    if query.expect.get("cancelled_stops", skipped) != skipped:
        found.append(f"cancelled stops {skipped}, not {query.expect['cancelled_stops']}")
    return found


def _undisturbed(index: NetworkIndex, trip: int, query: Query) -> LiveRun:
    """Return a run as the timetable has it: on the named service day, or on the first one."""
    said = query.expect.get("service_day") or query.raw.get("service_day")
    days = (
        [date.fromisoformat(said).toordinal()]
        if said
        else [day for day in range(index.first_day, index.last_day + 1) if index.runs_on(trip, day)]
    )
    if not days or not index.runs_on(trip, days[0]):
        raise Missing("a day on which the trip runs")
    key = RunKey(trip, days[0], int(index.first_departures[trip]))
    name = index.trip_ids[trip].removeprefix(f"{TAG}_")
    selector = TripSelector(trip_id=name, start_day=date.fromordinal(days[0]))
    # A delay of nothing leaves every time as it is.
    update = TripUpdate("plan", selector, delay_s=0)
    return build_overlay(index, [LiveMessage(TAG, None, trips=(update,))]).runs[key]


def _local(unix_s: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(unix_s, UTC).astimezone(zone).strftime("%d.%m %H:%M")


def check_set(expect: Mapping[str, Json], itineraries: list[Itinerary]) -> list[str]:
    """Counts and common properties of the journeys that were found."""
    found: list[str] = []
    shown = [found_journey(itinerary, TAG) for itinerary in itineraries]
    if "count" in expect and len(shown) != expect["count"]:
        found.append(f"{len(shown)} journeys, not {expect['count']}")
    if len(shown) < expect.get("min_count", 0):
        found.append(f"{len(shown)} journeys, not at least {expect['min_count']}")
    if len(shown) > expect.get("max_count", len(shown)):
        found.append(f"{len(shown)} journeys, not at most {expect['max_count']}")
    if "departures" in expect:
        times = sorted(journey.departure for journey in shown)
        wanted = sorted(instant(text) for text in expect["departures"])
        if times != wanted:
            found.append(f"departures {[t.isoformat() for t in times]}")
    if "arrivals" in expect:
        times = sorted(journey.arrival for journey in shown)
        if times != sorted(instant(text) for text in expect["arrivals"]):
            found.append(f"arrivals {[t.isoformat() for t in times]}")
    for number, journey in enumerate(shown):
        found += [
            f"journey {number + 1} {key} {getattr(journey, key).isoformat()}"
            for key in ("departure", "arrival")
            if key in expect and getattr(journey, key) != instant(expect[key])
        ]
        if "transfers" in expect and journey.transfers != expect["transfers"]:
            found.append(f"journey {number + 1} has {journey.transfers} transfers")
    if "assert_" in expect:
        found += _check_sentence(str(expect["assert_"]), itineraries)
    return found


def _check_sentence(sentence: str, itineraries: list[Itinerary]) -> list[str]:
    """`the ride boarded at S departs at or after T (… never TRIP …)`."""
    boarded = re.search(r"boarded at (\S+) departs (at or after|at|before) (\S+)", sentence)
    never = re.findall(r"never (\w+)", sentence)
    if boarded is None and not never:
        raise Missing(f"checking the sentence “{sentence}”")
    found: list[str] = []
    for itinerary in itineraries:
        for part in found_journey(itinerary, TAG).parts:
            if part.kind != "ride" or part.departure is None:
                continue
            found += [f"uses {trip}" for trip in part.trips if trip in never]
            if boarded and part.start == boarded[1]:
                limit = instant(boarded[3])
                fits = {
                    "at or after": part.departure >= limit,
                    "at": part.departure == limit,
                    "before": part.departure < limit,
                }[boarded[2]]
                if not fits:
                    found.append(f"{part.trips} leaves {part.start} {part.departure.isoformat()}")
    return found
