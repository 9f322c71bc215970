"""Journeys as cases write them, and what is different between two sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from routing.model import Itinerary, Leg
from tests.acceptance.cases import duration, instant

Json = Any


@dataclass(frozen=True)
class Part:
    """One part of a journey; what a case does not say is None."""

    kind: str
    """`ride`, or `walk` with START or END at its ends for access and egress."""
    start: str
    end: str
    trips: tuple[str, ...] = ()
    seconds: int | None = None
    departure: datetime | None = None
    arrival: datetime | None = None
    through: tuple[str, ...] | None = None
    realtime: bool | None = None


@dataclass(frozen=True)
class Journey:
    """A journey."""

    departure: datetime
    arrival: datetime
    transfers: int
    parts: tuple[Part, ...]


JOURNEY_KEYS = frozenset(
    {"departure", "arrival", "transfers", "legs"}
    # Said to the reader: what the source calls the ends, and a criterion that only it has.
    | {"query_start_label", "query_end_label", "otp_generalized_cost", "note"}
)
LEG_KEYS = frozenset(
    {"kind", "from", "to", "trips", "dep", "arr", "through", "realtime", "note"}
    | {"seconds", "minutes", "hours"}
)


def unread_keys(row: Mapping[str, Json]) -> set[str]:
    """Return what a case says of a journey that nothing here compares."""
    legs = {f"legs.{key}" for leg in row.get("legs", ()) for key in leg if key not in LEG_KEYS}
    return {key for key in row if key not in JOURNEY_KEYS} | legs


def expected_journey(row: Mapping[str, Json]) -> Journey:
    """Return a journey that a case expects."""
    parts = [_expected_part(leg) for leg in row.get("legs", [])]
    return Journey(
        instant(row["departure"]),
        instant(row["arrival"]),
        int(row["transfers"]),
        tuple(part for part in parts if _counts(part)),
    )


def _expected_part(leg: Mapping[str, Json]) -> Part:
    length = duration(leg)
    ride = leg.get("kind") == "ride"
    return Part(
        kind="ride" if ride else "walk",
        start=str(leg.get("from", "")),
        end=str(leg.get("to", "")),
        trips=tuple(leg.get("trips", ())),
        seconds=None if ride or length is None else int(length.total_seconds()),
        departure=instant(leg["dep"]) if "dep" in leg else None,
        arrival=instant(leg["arr"]) if "arr" in leg else None,
        through=tuple(leg["through"]) if "through" in leg else None,
        realtime=leg.get("realtime"),
    )


def found_journey(itinerary: Itinerary, tag: str) -> Journey:
    """Return a journey that the search found, ids without the feed's tag."""
    parts: list[Part] = []
    for number, leg in enumerate(itinerary.legs):
        part = _found_part(leg, tag)
        if leg.trip is None:
            first, last = number == 0, number == len(itinerary.legs) - 1
            part = replace(
                part,
                start=part.start or ("START" if first else ""),
                end=part.end or ("END" if last else ""),
            )
        if leg.stays_seated and parts and parts[-1].kind == "ride":
            part = _joined(parts.pop(), part)
        parts.append(part)
    return Journey(
        itinerary.departure.astimezone(UTC),
        itinerary.arrival.astimezone(UTC),
        itinerary.transfers,
        tuple(part for part in parts if _counts(part)),
    )


def _found_part(leg: Leg, tag: str) -> Part:
    def bare(scoped: str) -> str:
        return scoped.removeprefix(f"{tag}_")

    stops = [bare(call.stop_id) for call in leg.calls]
    return Part(
        kind="walk" if leg.trip is None else "ride",
        start=stops[0] if stops else "",
        end=stops[-1] if stops else "",
        trips=(bare(leg.trip.trip_id),) if leg.trip else (),
        seconds=int((leg.arrival - leg.departure).total_seconds()) if leg.trip is None else None,
        departure=leg.departure.astimezone(UTC),
        arrival=leg.arrival.astimezone(UTC),
        through=tuple(stops[1:-1]) if leg.trip else None,
        realtime=leg.realtime if leg.trip else None,
    )


def _joined(before: Part, after: Part) -> Part:
    """Return two rides in one vehicle as one; the join is a stop on the way."""
    middle = [before.end] if before.end == after.start else [before.end, after.start]
    return replace(
        before,
        end=after.end,
        arrival=after.arrival,
        trips=before.trips + after.trips,
        through=(*(before.through or ()), *middle, *(after.through or ())),
        realtime=bool(before.realtime or after.realtime),
    )


def _counts(part: Part) -> bool:
    """
    Whether a part is compared.

    Changing at one stop is no walk, whatever it takes, and the README leaves out walks of no
    length; so an access or egress of no length is left out as well.
    """
    return part.kind == "ride" or (part.start != part.end and part.seconds != 0)


def same(expected: Journey, found: Journey, *, change_stops: bool = True) -> bool:
    """Whether a found journey is the expected one in all that the case says."""
    if (expected.departure, expected.arrival, expected.transfers) != (
        found.departure,
        found.arrival,
        found.transfers,
    ):
        return False
    if not expected.parts:
        return True
    if not change_stops:
        return _trips(expected) == _trips(found)
    return len(expected.parts) == len(found.parts) and all(
        _same_part(want, have) for want, have in zip(expected.parts, found.parts, strict=True)
    )


def _same_part(want: Part, have: Part) -> bool:
    if want.kind != have.kind or want.trips != have.trips:
        return False
    ends_same = _same_end(want.start, have.start, "START") and _same_end(want.end, have.end, "END")
    if not ends_same or (want.seconds is not None and want.seconds != have.seconds):
        return False
    if want.kind == "walk":
        # Where in the free time one walks is left to the traveller, so only its length counts.
        return True
    return (
        want.departure in {None, have.departure}
        and want.arrival in {None, have.arrival}
        and want.through in {None, have.through}
        and (want.realtime is None or want.realtime == have.realtime)
    )


def _same_end(want: str, have: str, own: str) -> bool:
    """Whether an end is the same; the traveller's own has any name that is no stop's."""
    return want == have or (want == own and have in {"", own})


def _trips(journey: Journey) -> list[tuple[str, ...]]:
    return [part.trips for part in journey.parts if part.kind == "ride"]


def set_differences(
    expected: Sequence[Journey], found: Iterable[Journey], *, change_stops: bool = True
) -> list[str]:
    """Return which journeys are missing and which are too many; equal ones are taken in pairs."""
    rest = list(found)
    missing: list[Journey] = []
    for want in expected:
        at = next(
            (n for n, have in enumerate(rest) if same(want, have, change_stops=change_stops)), -1
        )
        if at < 0:
            missing.append(want)
        else:
            rest.pop(at)
    return [f"missing {show(row)}" for row in missing] + [f"too many {show(row)}" for row in rest]


def show(journey: Journey) -> str:
    """Return a journey in one line."""
    parts = []
    for part in journey.parts:
        if part.kind == "walk":
            parts.append(f"walk {part.start}→{part.end} {part.seconds}s")
        else:
            times = f"{_clock(part.departure)}–{_clock(part.arrival)}"
            flag = " live" if part.realtime else ""
            via = f" through {','.join(part.through)}" if part.through else ""
            parts.append(f"{'+'.join(part.trips)} {part.start}→{part.end} {times}{via}{flag}")
    head = f"{_clock(journey.departure, day=True)}–{_clock(journey.arrival)}"
    return f"[{head} {journey.transfers}x: {'; '.join(parts)}]"


def _clock(moment: datetime | None, *, day: bool = False) -> str:
    if moment is None:
        return "?"
    pattern = "%H:%M:%S" if moment.second else "%H:%M"
    return moment.strftime(("%m-%d " if day else "") + pattern)
