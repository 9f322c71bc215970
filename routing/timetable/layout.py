"""
Kernels that lay runs out on the axis of a view.

Rules of this file are those of `routing/raptor/rounds.py`.
"""

import numpy as np

from maas.core.columns import Int8s, Int16s, Int32s, Int64s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD, MUST_LEAVE, Times
from routing.kernel.jit import kernel


@kernel
def _seconds(
    call: int,
    times: Int32s,
    shifts: Int8s,
    day: int,
    day_start: Int64s,
    zone: int,
) -> int:
    """Return the axis second of a call, with the true length of the days that it is shifted by."""
    base = day_start[zone, day]
    seconds = np.int64(times[call])
    if shifts.size > 0 and shifts[call] != 0:
        shifted = day + shifts[call]
        if 0 <= shifted < day_start.shape[1]:
            return day_start[zone, shifted] + seconds - np.int64(shifts[call]) * 86_400
    return base + seconds


@kernel
def count_rows(
    of_pattern: Int32s,
    days: Int32s,
    zone: Int16s,
    call_start: Int64s,
    arrival: Int32s,
    departure: Int32s,
    service_runs: UInt8s,
    day_start: Int64s,
    length_s: int,
    counts: Int64s,
) -> None:
    """Count the vehicles of every pattern that are under way inside the axis."""
    for pattern in range(of_pattern.size - 1):
        for run in range(of_pattern[pattern], of_pattern[pattern + 1]):
            last = np.int64(arrival[call_start[run + 1] - 1])
            first = np.int64(departure[call_start[run]])
            starts = day_start[zone[run]]
            low = np.searchsorted(starts, 1 - last)
            high = np.searchsorted(starts, length_s - first)
            for day in range(low, high):
                if service_runs[days[run], day] != 0:
                    counts[pattern] += 1


@kernel
def list_rows(
    of_pattern: Int32s,
    days: Int32s,
    zone: Int16s,
    call_start: Int64s,
    arrival: Int32s,
    departure: Int32s,
    service_runs: UInt8s,
    day_start: Int64s,
    length_s: int,
    row_start: Int64s,
    row_run: Int32s,
    row_day: Int32s,
) -> None:
    """Write the vehicles of every pattern, first to last (insertion sort: nearly sorted)."""
    first_s = np.empty(row_run.size, np.int64)
    last_s = np.empty(row_run.size, np.int64)
    day_low = 1 << 30
    day_high = 0
    for run in range(days.size):
        starts = day_start[zone[run]]
        last = np.int64(arrival[call_start[run + 1] - 1])
        first = np.int64(departure[call_start[run]])
        day_low = min(day_low, np.searchsorted(starts, 1 - last))
        day_high = max(day_high, np.searchsorted(starts, length_s - first))
    for pattern in range(of_pattern.size - 1):
        count = row_start[pattern]
        begin = count
        for day in range(day_low, day_high):
            for run in range(of_pattern[pattern], of_pattern[pattern + 1]):
                if service_runs[days[run], day] == 0:
                    continue
                base = day_start[zone[run], day]
                first = base + departure[call_start[run]]
                last = base + arrival[call_start[run + 1] - 1]
                if last < 1 or first >= length_s:
                    continue
                at = count
                while at > begin and (
                    first_s[at - 1] > first or (first_s[at - 1] == first and last_s[at - 1] > last)
                ):
                    first_s[at] = first_s[at - 1]
                    last_s[at] = last_s[at - 1]
                    row_run[at] = row_run[at - 1]
                    row_day[at] = row_day[at - 1]
                    at -= 1
                first_s[at] = first
                last_s[at] = last
                row_run[at] = run
                row_day[at] = day
                count += 1


@kernel
def overtaking(
    row_start: Int64s,
    row_run: Int32s,
    row_day: Int32s,
    call_start: Int64s,
    arrival: Int32s,
    departure: Int32s,
    zone: Int16s,
    day_start: Int64s,
) -> Int64s:
    """Return the patterns in which a vehicle overtakes the one before it."""
    bad = np.empty(row_start.size, np.int64)
    count = 0
    for pattern in range(row_start.size - 1):
        for row in range(row_start[pattern], row_start[pattern + 1] - 1):
            a, b = row_run[row], row_run[row + 1]
            gap = day_start[zone[b], row_day[row + 1]] - day_start[zone[a], row_day[row]]
            # Runs of one service day were compared when the patterns were made.
            if gap == 0 and a <= b:
                continue
            overtakes = False
            x, y = call_start[a], call_start[b]
            for i in range(call_start[a + 1] - call_start[a]):
                if (
                    arrival[y + i] + gap < arrival[x + i]
                    or departure[y + i] + gap < departure[x + i]
                ):
                    overtakes = True
                    break
            if overtakes:
                bad[count] = pattern
                count += 1
                break
    return bad[:count]


@kernel
def fill_times(
    row_start: Int64s,
    row_run: Int32s,
    row_day: Int32s,
    event_start: Int64s,
    call_start: Int64s,
    arrival_s: Int32s,
    departure_s: Int32s,
    shift_arrival: Int8s,
    shift_departure: Int8s,
    zone: Int16s,
    day_start: Int64s,
    unit: int,
    arrival: Times,
    departure: Times,
) -> None:
    """
    Write the times of every row; what lies before the axis is held as 0.

    Arrivals lie vehicle by vehicle, departures position by position (see `Rides`).
    """
    for pattern in range(row_start.size - 1):
        event = event_start[pattern]
        rows = row_start[pattern + 1] - row_start[pattern]
        for row in range(row_start[pattern], row_start[pattern + 1]):
            run = row_run[row]
            column = event_start[pattern] + row - row_start[pattern]
            for call in range(call_start[run], call_start[run + 1]):
                at = _seconds(call, arrival_s, shift_arrival, row_day[row], day_start, zone[run])
                arrival[event] = max(at, 0) // unit
                at = _seconds(
                    call, departure_s, shift_departure, row_day[row], day_start, zone[run]
                )
                departure[column] = max(at, 0) // unit
                event += 1
                column += rows


@kernel
def mirror_times(
    event_start: Int64s,
    rows: Int32s,
    widths: Int32s,
    arrival: Times,
    departure: Times,
    top: int,
    new_arrival: Times,
    new_departure: Times,
) -> None:
    """Write the times of every vehicle with time and stops reversed."""
    for pattern in range(rows.size):
        base = event_start[pattern]
        count, width = np.int64(rows[pattern]), np.int64(widths[pattern])
        for row in range(count):
            for i in range(width):
                other_row, other = count - 1 - row, width - 1 - i
                new_arrival[base + other_row * width + other] = (
                    top - departure[base + i * count + row]
                )
                new_departure[base + other * count + other_row] = (
                    top - arrival[base + row * width + i]
                )


@kernel
def _boards(flags: UInt8s, at: int, end: int) -> bool:
    """Return whether one boards at a position: not at the last, nor where nobody rides on."""
    return at + 1 < end and flags[at] & (MAY_BOARD | MUST_LEAVE) == MAY_BOARD


@kernel
def count_calls(
    start: Int32s,
    node: Int32s,
    flags: UInt8s,
    rows: Int32s,
    boards: Int32s,
    alights: Int32s,
    plain: UInt8s,
) -> None:
    """
    Count boardings and alightings at node n into row n + 1.

    `plain` becomes 0 where not everybody may board and leave at every position of a pattern.
    """
    for pattern in range(rows.size):
        begin, end = start[pattern], start[pattern + 1]
        for at in range(begin, end):
            if at == begin:
                usual = flags[at] & (MAY_BOARD | MUST_LEAVE) == MAY_BOARD
            else:
                usual = flags[at] == MAY_BOARD | MAY_ALIGHT or at + 1 == end
            if at + 1 == end and flags[at] & MAY_ALIGHT == 0:
                usual = False
            if not usual:
                plain[pattern] = 0
            if rows[pattern] == 0:
                continue
            if _boards(flags, at, end):
                boards[node[at] + 1] += 1
            if at > begin and flags[at] & MAY_ALIGHT != 0:
                alights[node[at] + 1] += 1


@kernel
def list_calls(
    start: Int32s,
    node: Int32s,
    flags: UInt8s,
    rows: Int32s,
    event_start: Int64s,
    departure: Times,
    board_next: Int32s,
    alight_next: Int32s,
    board_pattern: Int32s,
    board_position: Int32s,
    board_last: Int32s,
    alight_pattern: Int32s,
    alight_position: Int32s,
) -> None:
    """List boardings and alightings node by node; `*_next` holds the next free row of each node."""
    for pattern in range(rows.size):
        if rows[pattern] == 0:
            continue
        begin, end = start[pattern], start[pattern + 1]
        for at in range(begin, end):
            if _boards(flags, at, end):
                row = board_next[node[at]]
                board_next[node[at]] += 1
                board_pattern[row] = pattern
                board_position[row] = at - begin
                leaves = event_start[pattern] + (at - begin + 1) * np.int64(rows[pattern]) - 1
                board_last[row] = departure[leaves]
            if at > begin and flags[at] & MAY_ALIGHT != 0:
                row = alight_next[node[at]]
                alight_next[node[at]] += 1
                alight_pattern[row] = pattern
                alight_position[row] = at - begin
