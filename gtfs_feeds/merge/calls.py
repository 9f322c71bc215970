"""stop_times.txt to the calls of each trip: ordered, timed, and none that cannot be used."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs_feeds.merge.report import Findings
from gtfs_feeds.merge.text import Bools, column, lines, real, rows_of, seconds, whole
from maas.core.columns import Float32s, Int8s, Int32s, Int64s, UInt8s

FILE: Final = "stop_times.txt"
_SLICE: Final = 2_000_000
"""Rows converted at a time, so that the texts of 15 million calls are never held twice."""


@dataclass(slots=True)
class RawCalls:
    """Rows of stop_times.txt as numbers, in any order; times are -1 where there is none."""

    trip: Int32s
    stop: Int32s
    sequence: Int32s
    arrival_s: Int32s
    departure_s: Int32s
    pickup: Int8s
    drop_off: Int8s
    headsign: Int32s
    distance: Float32s
    line: Int64s

    def take(self, rows: npt.NDArray[Any]) -> "RawCalls":
        """Return these rows (a mask or positions)."""
        return RawCalls(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class TripCalls:
    """Usable calls, ordered by trip; the calls of trip t are `start[t]:start[t + 1]`."""

    calls: RawCalls
    exact: UInt8s
    start: Int64s


def _convert(
    table: pl.DataFrame,
    trips: pl.Series,
    stops: pl.Series,
    headsigns: "Headsigns",
    found: Findings,
) -> RawCalls:
    """Turn a slice of the table into numbers; rows that name nothing known are left out."""
    line = lines(table)
    trip_ids, stop_ids = column(table, "trip_id"), column(table, "stop_id")
    trip, stop = rows_of(trip_ids, trips), rows_of(stop_ids, stops)
    sequence = whole(column(table, "stop_sequence"), -1, low=0)
    arrival_text, departure_text = column(table, "arrival_time"), column(table, "departure_time")
    arrival, departure = seconds(arrival_text), seconds(departure_text)

    keep = ~_any_filled(table, ("location_group_id", "location_id"))
    keep |= (stop_ids != "").to_numpy()
    found.where("on-demand-row", FILE, "stop_id", line, ~keep)
    for name, row, texts in (("trip_id", trip, trip_ids), ("stop_id", stop, stop_ids)):
        lost = keep & (row < 0)
        found.where("unknown-reference", FILE, name, line, lost, texts)
        keep &= ~lost
    bad = keep & ~sequence.given
    found.where("bad-value", FILE, "stop_sequence", line, bad, column(table, "stop_sequence"))
    keep &= ~bad
    # one of the two times is enough; a time that cannot be read leaves the call without any
    hopeless = keep & (arrival.bad | departure.bad) & ~(arrival.given | departure.given)
    for name, number, texts in (
        ("arrival_time", arrival, arrival_text),
        ("departure_time", departure, departure_text),
    ):
        bad = keep & number.bad
        found.where("bad-time", FILE, name, line, bad, texts)
    keep &= ~hopeless

    pickup = whole(column(table, "pickup_type"), 0, low=0, high=3)
    drop_off = whole(column(table, "drop_off_type"), 0, low=0, high=3)
    for name, number in (("pickup_type", pickup), ("drop_off_type", drop_off)):
        bad = keep & number.bad
        found.where("value-ignored", FILE, name, line, bad, column(table, name))
    distance, _ = real(column(table, "shape_dist_traveled"), low=0.0)
    calls = RawCalls(
        trip,
        stop,
        sequence.values.astype(np.int32),
        np.where(arrival.given, arrival.values, departure.values).astype(np.int32),
        np.where(departure.given, departure.values, arrival.values).astype(np.int32),
        pickup.values.astype(np.int8),
        drop_off.values.astype(np.int8),
        headsigns.rows(column(table, "stop_headsign")),
        distance.astype(np.float32),
        line,
    )
    return calls if keep.all() else calls.take(keep)


def _any_filled(table: pl.DataFrame, names: tuple[str, ...]) -> Bools:
    """Return where at least one of the columns holds something."""
    filled = np.zeros(len(table), np.bool_)
    for name in names:
        if name in table.columns:
            filled |= (column(table, name) != "").to_numpy()
    return filled


class Headsigns:
    """Texts that many trips and calls share, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def rows(self, texts: pl.Series) -> Int32s:
        """Return the row of each text, -1 for the empty one."""
        different = texts.unique(maintain_order=True)
        known = [self.texts.setdefault(text, len(self.texts)) if text else -1 for text in different]
        keys = pl.DataFrame({"text": different, "row": pl.Series(known, dtype=pl.Int32)})
        asked = pl.DataFrame({"text": texts})
        joined = asked.join(keys, on="text", how="left", maintain_order="left")
        return joined["row"].fill_null(-1).to_numpy().astype(np.int32)


def read_calls(
    table: pl.DataFrame,
    trips: pl.Series,
    stops: pl.Series,
    boardable: Bools,
    headsigns: Headsigns,
    found: Findings,
) -> TripCalls:
    """
    Return the usable calls of each trip; a trip that cannot be used has none.

    `trips` and `stops` are the ids whose rows the calls point at; `boardable` says of each stop
    whether a vehicle may call there.
    """
    parts = [
        _convert(table.slice(begin, _SLICE), trips, stops, headsigns, found)
        for begin in range(0, max(len(table), 1), _SLICE)
    ]
    raw = RawCalls(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in RawCalls.__slots__)
    )
    del parts
    nobody = ~boardable[raw.stop] if len(raw.stop) else np.zeros(0, np.bool_)
    if nobody.any():
        found.where("not-for-passengers", FILE, "stop_id", raw.line, nobody)
        raw = raw.take(~nobody)
    raw = _ordered(raw, found)
    raw = _ends_timed(raw, len(trips), found)
    exact = (raw.arrival_s >= 0).astype(np.uint8)
    _interpolate(raw)
    raw, exact = _never_falling(raw, exact, len(trips), found)
    lengths = np.bincount(raw.trip, minlength=len(trips))
    lonely = lengths == 1
    if lonely.any():
        bad = lonely[raw.trip]
        found.where("too-few-calls", FILE, "trip_id", raw.line, bad)
        raw, exact = raw.take(~bad), exact[~bad]
        lengths[lonely] = 0
    start = np.zeros(len(trips) + 1, np.int64)
    np.cumsum(lengths, out=start[1:])
    return TripCalls(raw, exact, start)


def _ordered(raw: RawCalls, found: Findings) -> RawCalls:
    """
    Order by trip and sequence; of two rows with the same, the first in the file stays.

    A row with the number of the one before, but at another stop and not earlier, is a call of its
    own in a trip that somebody numbered badly.
    """
    key = (raw.trip.astype(np.int64) << 32) | raw.sequence
    if len(key) and (np.diff(key) <= 0).any():
        order = np.argsort(key, kind="stable")
        raw, key = raw.take(order), key[order]
    twice = np.zeros(len(key), np.bool_)
    twice[1:] = key[1:] == key[:-1]
    if twice.any():
        goes_on = twice.copy()
        goes_on[1:] &= (raw.stop[1:] != raw.stop[:-1]) & (raw.departure_s[:-1] >= 0)
        goes_on[1:] &= raw.arrival_s[1:] >= raw.departure_s[:-1]
        found.where("duplicate-key", FILE, "stop_sequence", raw.line, twice & ~goes_on)
        found.where("repeated-sequence", FILE, "stop_sequence", raw.line, goes_on)
        raw = raw.take(~twice | goes_on)
        row = np.arange(len(raw.trip), dtype=np.int64)
        trip = raw.trip.astype(np.int64) << 40
        rising = np.maximum.accumulate(raw.sequence - row + trip) - trip + row
        raw = replace(raw, sequence=rising.astype(np.int32))
    return raw


def _bounds(trip: Int32s, trips: int) -> tuple[Int64s, Int64s]:
    """Return the first row of each trip and the row after its last, of rows ordered by trip."""
    rows = np.arange(trips)
    return (
        np.searchsorted(trip, rows, "left").astype(np.int64),
        np.searchsorted(trip, rows, "right").astype(np.int64),
    )


def _ends_timed(raw: RawCalls, trips: int, found: Findings) -> RawCalls:
    """Leave out the calls before the first and after the last that have a time."""
    timed = raw.arrival_s >= 0
    if timed.all():
        return raw
    row = np.arange(len(timed))
    begin, end = _bounds(raw.trip, trips)
    first = np.full(trips, len(timed), np.int64)
    last = np.full(trips, -1, np.int64)
    np.minimum.at(first, raw.trip[timed], row[timed])
    np.maximum.at(last, raw.trip[timed], row[timed])
    inside = (row >= first[raw.trip]) & (row <= last[raw.trip])
    empty = (first >= end) & (end > begin)
    found.add("too-few-calls", FILE, "trip_id", raw.line[begin[empty]])
    found.where("untimed-end", FILE, "arrival_time", raw.line, ~inside & ~empty[raw.trip])
    return raw.take(inside)


def _interpolate(raw: RawCalls) -> None:
    """
    Give each call without time one between its neighbours that have one, in place.

    In proportion to shape_dist_traveled where the whole gap has it and it never falls, else in
    even steps (GTFS leaves the method to the consumer).
    """
    timed = raw.arrival_s >= 0
    if timed.all():
        return
    count = len(timed)
    row = np.arange(count)
    before = np.maximum.accumulate(np.where(timed, row, -1))
    after = np.minimum.accumulate(np.where(timed, row, count)[::-1])[::-1]
    gap = ~timed
    at, low, high = row[gap], before[gap], after[gap]
    distance = raw.distance.astype(np.float64)
    # a step is unusable when a distance is missing or falls; no unusable step inside = use it
    usable = np.zeros(count, np.bool_)
    with np.errstate(invalid="ignore"):
        usable[1:] = distance[1:] >= distance[:-1]
    unusable_until = np.concatenate([[0], np.cumsum(~usable)])
    smooth = unusable_until[high + 1] == unusable_until[low + 1]
    span = distance[high] - distance[low]
    smooth &= np.nan_to_num(span) > 0
    share = (at - low) / (high - low)
    share[smooth] = (distance[at] - distance[low])[smooth] / span[smooth]
    start = raw.departure_s[low].astype(np.float64)
    # where the given times fall the trip is refused afterwards; never interpolate backwards
    length = raw.arrival_s[high] - start
    times = np.rint(start + share * length).astype(np.int32)
    raw.arrival_s[gap] = times
    raw.departure_s[gap] = times


def _never_falling(
    raw: RawCalls, exact: UInt8s, trips: int, found: Findings
) -> tuple[RawCalls, UInt8s]:
    """Leave out trips whose times fall: which of two times is wrong nobody can know."""
    falls = raw.departure_s < raw.arrival_s
    same_trip = raw.trip[1:] == raw.trip[:-1]
    falls[1:] |= same_trip & (raw.arrival_s[1:] < raw.departure_s[:-1])
    if not falls.any():
        return raw, exact
    refused = np.zeros(trips, np.bool_)
    refused[raw.trip[falls]] = True
    _, first = np.unique(raw.trip[falls], return_index=True)
    found.add("times-fall", FILE, "arrival_time", raw.line[falls][first])
    keep = ~refused[raw.trip]
    return raw.take(keep), exact[keep]
