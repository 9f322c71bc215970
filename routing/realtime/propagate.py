"""
How a few known times become times for every call of a run.

The rules are those of the GTFS Realtime reference ("Trip updates"): a delay runs on to later
calls; a skipped stop does not end it, a call with times of its own and NO_DATA do; calls before
the first known one are unknown, so they keep the timetable's times. What the reference leaves
open: a vehicle cannot travel back in time, so times that are not known give way to known ones
(earlier before them, later after them), and known times that fall are lifted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from maas.core.live import Moment, StopRelation, StopUpdate


@dataclass(slots=True)
class Progress:
    """Times of a run in unix seconds, one row a call."""

    arrival_s: list[int]
    departure_s: list[int]
    known: list[int]
    skipped: list[int]
    lifted: int = 0
    """How many known times were lifted because they fell."""


def propagate(
    arrivals: list[int],
    departures: list[int],
    updates: Mapping[int, StopUpdate],
    delay_s: int | None = None,
) -> Progress:
    """
    Return the times of a run whose scheduled times (unix seconds) and updates by call are given.

    `delay_s` is the delay with which the run starts, None where it is not known.
    """
    size = len(arrivals)
    progress = Progress(list(arrivals), list(departures), [0] * size, [0] * size)
    delay = delay_s
    # Before the first update nothing is known, and after the last one the delay only runs on.
    begin = 0 if delay is not None else min(updates, default=size)
    end = min(max(updates, default=-1) + 1, size)
    for call in range(begin, end):
        update = updates.get(call)
        if update is not None and update.relation is StopRelation.NO_DATA:
            delay = None
            continue
        arrival = update.arrival if update else None
        departure = update.departure if update else None
        if update is not None and update.relation is StopRelation.SKIPPED:
            progress.skipped[call] = 1
            arrival = departure = None
        if arrival is not None:
            progress.arrival_s[call] = _instant(arrival, arrivals[call])
            delay = progress.arrival_s[call] - arrivals[call]
        elif delay is not None:
            progress.arrival_s[call] = arrivals[call] + delay
        elif departure is not None:
            # Only the departure is known: the vehicle is not there later than it leaves.
            progress.arrival_s[call] = min(arrivals[call], _instant(departure, departures[call]))
        if departure is not None:
            progress.departure_s[call] = _instant(departure, departures[call])
            delay = progress.departure_s[call] - departures[call]
        elif delay is not None:
            progress.departure_s[call] = departures[call] + delay
        progress.known[call] = int(delay is not None)
    if delay is not None:
        progress.arrival_s[end:] = [time + delay for time in arrivals[end:]]
        progress.departure_s[end:] = [time + delay for time in departures[end:]]
        progress.known[end:] = [1] * (size - end)
    _order(progress)
    return progress


def _instant(moment: Moment, scheduled_s: int) -> int:
    return moment.unix_s if moment.unix_s is not None else scheduled_s + (moment.delay_s or 0)


def _order(progress: Progress) -> None:
    """Make times never fall; unknown ones give way."""
    arrival, departure, known = progress.arrival_s, progress.departure_s, progress.known
    times = [*arrival, *departure]
    times[::2], times[1::2] = arrival, departure
    if times == sorted(times):
        # Nearly every run; to see that costs less than to look at each of its calls.
        return
    first = known.index(1) if 1 in known else len(known)
    for call in range(first - 1, -1, -1):
        later = arrival[call + 1] if call + 1 < len(known) else departure[call]
        departure[call] = min(departure[call], later)
        arrival[call] = min(arrival[call], departure[call])
    clock = departure[first - 1] if first > 0 and known else None
    for call in range(first, len(known)):
        if clock is not None and arrival[call] < clock:
            progress.lifted += known[call]
            arrival[call] = clock
        if departure[call] < arrival[call]:
            progress.lifted += known[call]
            departure[call] = arrival[call]
        clock = departure[call]


def lift(arrivals: list[int], departures: list[int], not_before_s: int) -> bool:
    """Make a run leave not before an instant, in place; return whether that changed it."""
    clock, changed = not_before_s, False
    for call in range(len(arrivals)):
        if call > 0 and arrivals[call] < clock:
            arrivals[call], changed = clock, True
        clock = max(clock, arrivals[call])
        if departures[call] < clock:
            departures[call], changed = clock, True
        clock = departures[call]
    return changed
