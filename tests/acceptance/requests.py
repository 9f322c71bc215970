"""Queries of a case as search requests."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from maas.core.ids import feed_scoped
from routing.model import (
    Location,
    Mode,
    SearchRequest,
    StopOffset,
    StopRef,
    Via,
)
from tests.acceptance.capability import Missing
from tests.acceptance.cases import Query, duration, instant
from tests.acceptance.styles import Style

Json = Any
TAG: Final = "test"

RAIL: Final = frozenset(
    {
        Mode.HIGHSPEED_RAIL,
        Mode.LONG_DISTANCE,
        Mode.NIGHT_RAIL,
        Mode.REGIONAL_FAST_RAIL,
        Mode.REGIONAL_RAIL,
        Mode.SUBURBAN,
        Mode.SUBWAY,
    }
)
MODE_GROUPS: Final[Mapping[str, frozenset[Mode]]] = {
    "RAIL": RAIL,
    "METRO": frozenset({Mode.SUBURBAN}),
    "AREAL_LIFT": frozenset({Mode.AERIAL_LIFT}),
    "CABLE_CAR": frozenset({Mode.FUNICULAR}),
    "REGIONAL_RAIL": frozenset({Mode.REGIONAL_RAIL, Mode.REGIONAL_FAST_RAIL}),
}
"""Words that mean several modes, or that an older API used (the MOTIS API document)."""


@dataclass(frozen=True)
class Asked:
    """A request, and bounds that are put on its answer."""

    request: SearchRequest
    arrive_not_after: datetime | None = None
    depart_not_before: datetime | None = None
    ignored: tuple[str, ...] = ()
    """Keys and options of the query that nothing here reads."""


def asked(query: Query, style: Style, stations: frozenset[str]) -> Asked:
    """
    Return what to search for.

    `stations` holds the ids of stops that stand for all stops of a station.
    """
    raw = query.raw
    request = _timed(
        SearchRequest(
            origin=_location(raw.get("from"), query.options, "access", stations, style),
            destination=_location(raw.get("to"), query.options, "egress", stations, style),
            time=instant(0),
            vias=_vias(raw.get("via"), style),
            realtime=bool(raw.get("realtime", False)),
            max_travel_s=14 * 86_400,
            max_transfers=7,
            # The README counts a later departure as better, for an instant too.
            tight=True,
        ),
        raw.get("time"),
    )
    ignored = [*_unknown(raw)]
    for name, value in query.options.items():
        option = OPTIONS.get(name.replace("_", "").lower())
        if option is None:
            ignored.append(name)
        else:
            request = option(request, value)
    time = raw.get("time") or {}
    return Asked(
        request,
        instant(time["arrive_not_after"]) if "arrive_not_after" in time else None,
        instant(time["depart_not_before"]) if "depart_not_before" in time else None,
        tuple(ignored),
    )


def _unknown(raw: Mapping[str, Json]) -> Iterator[str]:
    """Yield what a query says in words that nothing here reads."""
    parts = {"": [raw], "time.": [raw.get("time")]}
    parts |= {f"{part}.": raw.get(part) for part in ("from", "to", "via")}
    for part, rows in parts.items():
        known = KEYS[part.rstrip(".")]
        for row in rows if isinstance(rows, list) else [rows]:
            yield from (
                (f"{part}{key}" for key in row if key not in known) if isinstance(row, dict) else ()
            )


def _location(
    rows: Json, options: Mapping[str, Json], way: str, stations: frozenset[str], style: Style
) -> Location:
    rows = [rows] if isinstance(rows, dict | str) else rows
    if not isinstance(rows, list) or not rows:
        raise Missing("a place to start or to go to that is no list of stops")
    rows = [{"stop": row} if isinstance(row, str) else row for row in rows]
    valid = options.get(f"{way}_valid")
    if len(rows) == 1 and duration(rows[0]) is None and not valid:
        stop = str(rows[0].get("stop", ""))
        if style.walk_at_ends or stop in stations:
            return StopRef(feed_scoped(TAG, stop))
    offsets = []
    for row in rows:
        length = duration(row)
        window = row.get("valid", valid)
        offsets.append(
            StopOffset(
                feed_scoped(TAG, str(row.get("stop", ""))),
                int(length.total_seconds()) if length else 0,
                instant(window[0]) if window else None,
                instant(window[1]) if window else None,
            )
        )
    return tuple(offsets)


def _vias(rows: Json, style: Style) -> tuple[Via, ...]:
    vias = []
    for row in rows or []:
        stay = duration(row, "stay_") or timedelta(0)
        through = {"pass-through": True, "visit": False}.get(
            str(row.get("mode", "")), style.ride_through
        )
        named = [row["stop"]] if "stop" in row else []
        first, *others = [feed_scoped(TAG, str(stop)) for stop in named + row.get("stops", [])]
        vias.append(Via(first, int(stay.total_seconds()), through, tuple(others)))
    return tuple(vias)


def _timed(request: SearchRequest, time: Json) -> SearchRequest:
    if not isinstance(time, dict):
        raise Missing("a query without a time")
    for key, arrive_by in (("depart_between", False), ("arrive_between", True)):
        if key in time:
            begin, end = (instant(text) for text in time[key])
            window_s = int((end - begin).total_seconds())
            # [begin, end) is (begin - 1 s, end - 1 s] in whole seconds.
            moment = end - timedelta(seconds=1) if arrive_by else begin
            return replace(request, time=moment, window_s=window_s, arrive_by=arrive_by)
    for key, arrive_by in (("depart_at", False), ("arrive_at", True), ("arrive_by", True)):
        if key in time:
            return replace(request, time=instant(time[key]), arrive_by=arrive_by)
    raise Missing(f"a time given as {', '.join(time) or 'nothing'}")


Change = Callable[[SearchRequest, Any], SearchRequest]


def _groups(request: SearchRequest, value: Any) -> SearchRequest:
    groups = value.values() if isinstance(value, dict) else value
    return replace(
        request,
        fair_groups=tuple(frozenset(feed_scoped(TAG, str(x)) for x in group) for group in groups),
    )


def _filter(**names: str) -> Change:
    [(target, kind)] = names.items()

    def change(request: SearchRequest, value: Any) -> SearchRequest:
        held: Any = value
        if kind == "modes":
            words = value if isinstance(value, list) else str(value).split(",")
            held = None if "TRANSIT" in words else _modes(words)
        elif kind == "ids":
            held = frozenset(feed_scoped(TAG, str(x)) for x in value)
        elif kind == "wheelchair":
            held = str(value).upper() == "WHEELCHAIR" or value is True
        else:
            held = bool(value)
        return replace(request, filters=replace(request.filters, **{target: held}))

    return change


def _modes(words: list[str]) -> frozenset[Mode]:
    modes: set[Mode] = set()
    for word in words:
        modes |= MODE_GROUPS.get(
            word, frozenset({Mode(word)}) if word in set(Mode) else frozenset()
        )
    return frozenset(modes)


def _transfer(name: str, scale: float) -> Change:
    def change(request: SearchRequest, value: Any) -> SearchRequest:
        held: Any = float(value) if name == "factor" else int(float(value) * scale)
        return replace(request, transfer=replace(request.transfer, **{name: held}))

    return change


def _transfer_settings(request: SearchRequest, value: Any) -> SearchRequest:
    for key, inner in value.items():
        option = OPTIONS.get(key.replace("_", "").lower())
        if option is None:
            raise Missing(f"transfer setting {key}")
        request = option(request, inner)
    return request


def _set(name: str, scale: int = 1) -> Change:
    return lambda request, value: replace(request, **{name: int(value * scale)})


def _longest_journey(scale: int) -> Change:
    """Set the longest travel time; one that cannot be means none, as nigiri has it."""
    return lambda request, value: (
        replace(request, max_travel_s=int(value * scale)) if value >= 0 else request
    )


def _longest_window(request: SearchRequest, value: Any) -> SearchRequest:
    begin, end = (instant(text) for text in value)
    return replace(request, max_window_s=int((end - begin).total_seconds()))


def _kept(request: SearchRequest, _value: Any) -> SearchRequest:
    return request


_PLACE: Final = frozenset({"stop", "seconds", "minutes", "hours", "valid"})
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(
        {"name", "from", "to", "via", "time", "options", "expect", "note", "realtime"}
    ),
    "from": _PLACE,
    "to": _PLACE,
    "via": frozenset({"stop", "stops", "mode", "stay_seconds", "stay_minutes", "stay_hours"}),
    "time": frozenset(
        {
            "depart_between", "arrive_between", "depart_at", "arrive_at", "arrive_by",
            "arrive_not_after", "depart_not_before",
        }
    ),
}  # fmt: skip
"""What is read of each part of a query."""

OPTIONS: Final[Mapping[str, Change]] = {
    "maxtransfers": _set("max_transfers"),
    "maxtraveltimeminutes": _longest_journey(60),
    "maxtraveltime": _longest_journey(60),
    "maxtraveltimeseconds": _longest_journey(1),
    "numitineraries": _set("min_itineraries"),
    "minitineraries": _set("min_itineraries"),
    "extendlater": _kept,
    "extendearlier": _kept,
    "maxinterval": _longest_window,
    "groups": _groups,
    "accessvalid": _kept,
    "egressvalid": _kept,
    "transitmodes": _filter(modes="modes"),
    "modes": _filter(modes="modes"),
    "agencies": _filter(agencies="ids"),
    "routes": _filter(routes="ids"),
    "requirebiketransport": _filter(bikes="flag"),
    "requirecartransport": _filter(cars="flag"),
    "nocompulsoryreservation": _filter(no_reservation="flag"),
    "relaxcost": _set("fair_relax_s"),
    "wheelchair": _filter(wheelchair="wheelchair"),
    "pedestrianprofile": _filter(wheelchair="wheelchair"),
    "profile": _filter(wheelchair="wheelchair"),
    "transfer": _transfer_settings,
    "transfertimesettings": _transfer_settings,
    "transfersettings": _transfer_settings,
    "mintransfertime": _transfer("minimum_s", 60),
    "mintransfertimeminutes": _transfer("minimum_s", 60),
    "mintransferminutes": _transfer("minimum_s", 60),
    "mintransfertimeseconds": _transfer("minimum_s", 1),
    "additionaltransfertime": _transfer("additional_s", 60),
    "additionaltransfertimeminutes": _transfer("additional_s", 60),
    "additionaltime": _transfer("additional_s", 60),
    "additionaltransfertimeseconds": _transfer("additional_s", 1),
    "transfertimefactor": _transfer("factor", 1),
    "factor": _transfer("factor", 1),
}
"""Options by their name in lower case without `_`."""
