"""Random small networks, with everything that feeds may say about trips and changes."""

import dataclasses
from datetime import date

from hypothesis import strategies as st

from tests.support.networks import (
    CallSpec,
    FrequencySpec,
    RouteSpec,
    Spec,
    TransferSpec,
    TripSpec,
)

STOPS = ("A", "B", "C", "D", "E", "F")
ROUTES = ("R0", "R1", "R2")
AGENCIES = ("X", "Y", "X")
FIRST_DAY = date(2026, 3, 4)
DAYS = 3


@st.composite
def trips(draw: st.DrawFn, name: str, unit: int, *, at_night: bool) -> TripSpec:
    """A trip of two to five calls; `at_night` lets it start before or after midnight."""
    count = draw(st.integers(2, 5))
    stops = [draw(st.sampled_from(STOPS))]
    while len(stops) < count:
        stops.append(draw(st.sampled_from([stop for stop in STOPS if stop != stops[-1]])))
    base = draw(st.sampled_from((0, 1320, 1440))) if at_night else 480
    clock = (base + draw(st.integers(0, 90))) * 60
    if unit == 1:
        clock += draw(st.integers(0, 59))
    calls = []
    kinds = st.sampled_from((0, 0, 0, 0, 1))
    for stop in stops:
        arrival = clock
        clock += draw(st.integers(0, 6)) * (60 if unit == 60 else 37) * draw(st.integers(0, 1))
        calls.append(CallSpec(stop, arrival, clock, draw(kinds), draw(kinds)))
        clock += draw(st.integers(0, 25)) * (60 if unit == 60 else 41)
    return TripSpec(
        name,
        tuple(calls),
        route=draw(st.sampled_from(ROUTES)),
        service=draw(st.integers(0, 2)),
        block=draw(st.sampled_from((-1, -1, 0, 1))),
        bikes=draw(st.integers(0, 2)),
        reservation=draw(st.integers(0, 1)),
    )


@st.composite
def transfers(draw: st.DrawFn, names: list[str], unit: int) -> tuple[TransferSpec, ...]:
    """Walks, change times and forbidden changes, some for single routes or trips only."""
    rows: list[TransferSpec] = []
    minutes = st.integers(0, 12)
    step = 60 if unit == 60 else 47
    for _ in range(draw(st.integers(0, 4))):
        a, b = draw(st.sampled_from(STOPS)), draw(st.sampled_from(STOPS))
        kind = draw(st.sampled_from((2, 2, 2, 3)))
        rows.append(TransferSpec(a, b, draw(minutes) * step, kind))
    for _ in range(draw(st.integers(0, 2))):
        a, b = draw(st.sampled_from(STOPS)), draw(st.sampled_from(STOPS))
        named = draw(
            st.fixed_dictionaries(
                {
                    "from_trip": st.sampled_from(("", *names)),
                    "to_trip": st.sampled_from(("", *names)),
                    "from_route": st.sampled_from(("", *ROUTES)),
                    "to_route": st.sampled_from(("", *ROUTES)),
                }
            )
        )
        rows.append(
            TransferSpec(a, b, draw(minutes) * step, draw(st.sampled_from((2, 3))), **named)
        )
    # A later row of the same pair would win or lose by its place in the file; no rule says which.
    unique = {(r.start, r.end, r.from_trip, r.to_trip, r.from_route, r.to_route): r for r in rows}
    return tuple(_without_ties(list(unique.values())))


def _without_ties(rows: list[TransferSpec]) -> list[TransferSpec]:
    """Keep at most one row that names routes or trips a pair of stops: equals have no order."""
    seen: set[tuple[str, str]] = set()
    kept: list[TransferSpec] = []
    for row in rows:
        if row.from_trip or row.to_trip or row.from_route or row.to_route:
            if (row.start, row.end) in seen:
                continue
            seen.add((row.start, row.end))
        kept.append(row)
    return kept


@st.composite
def specs(draw: st.DrawFn, *, most_trips: int = 7, at_night: bool | None = None) -> Spec:
    """A network of three service days."""
    unit = draw(st.sampled_from((60, 1)))
    night = draw(st.booleans()) if at_night is None else at_night
    count = draw(st.integers(1, most_trips))
    names = [f"T{number}" for number in range(count)]
    rows = [draw(trips(name, unit, at_night=night)) for name in names]
    frequencies = []
    for row in rows:
        if draw(st.integers(0, 5)) == 0:
            start = row.calls[0].departure_s
            gap = draw(st.integers(3, 20)) * 60
            frequencies.append(FrequencySpec(row.id, start, start + 3 * gap, gap))
    repeated = {row.trip for row in frequencies}
    seats = []
    for before in range(count - 1):
        if draw(st.integers(0, 5)) == 0:
            after = draw(st.integers(before + 1, count - 1))
            if not {names[before], names[after]} & repeated:
                kind = draw(st.sampled_from((4, 4, 5)))
                seats.append(
                    TransferSpec("", "", type=kind, from_trip=names[before], to_trip=names[after])
                )
    bits = st.tuples(*[st.integers(0, 1)] * DAYS)
    return Spec(
        trips=tuple(rows),
        services=((1,) * DAYS, draw(bits), draw(bits)),
        first_day=FIRST_DAY,
        stops=STOPS,
        transfers=(*draw(transfers(names, unit)), *seats),
        frequencies=tuple(frequencies),
        routes=tuple(RouteSpec(r, a) for r, a in zip(ROUTES, AGENCIES, strict=True)),
        zone=draw(st.sampled_from(("Asia/Tokyo", "UTC"))),
    )


def without(spec: Spec, **changes: object) -> Spec:
    """Return the network with some of its parts replaced."""
    return dataclasses.replace(spec, **changes)  # type: ignore[arg-type]
