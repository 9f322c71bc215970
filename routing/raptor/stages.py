"""
The search with stops on the way for one departure: from via to via, each stage from both sides.

A stage is the search of `instant.py` from one via to the next, in turns with few rides first. Its
rides are counted from the origin on, so those who met the via before enter the stage in the round
of their last ride:

    origin ──stage 0──► via 1 ──stage 1──► via 2 ──stage 2──► end
                         │ left a vehicle there   ─ may change and walk on
      `Met`: for every   │ came on foot           ─ may board there
      number of rides    │ sits in a vehicle      ─ rides on: that saves a ride

What comes to a via is of use where it is earlier than what came with as few rides; who stays
inside must pass before one who came with a ride less could board there.
"""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import FAR, MAY_BOARD, MUST_LEAVE, NEVER_S, Ends, Rides, Walks
from routing.kernel.jit import kernel
from routing.raptor.goal import (
    EVENTS,
    MEET,
    TAILS,
    Best,
    Goal,
    Side,
    arrive,
    mark_ends,
    set_limits,
    unmark_ends,
)
from routing.raptor.instant import Terms
from routing.raptor.met import (
    Met,
    copy_legs,
    earlier,
    fewest_rides,
    limits_of,
    ready_at,
    sits_in,
    starts_of,
)
from routing.raptor.results import ride_from
from routing.raptor.rounds import (
    TURNS,
    board,
    catch,
    first_from,
    foremost,
    forget,
    met_rides,
    one_round,
    ride_all,
    seed,
    unmark,
    walk,
    work,
)


class Road(NamedTuple):
    """A stage: who sets out, and what they meet."""

    side: Side
    other: Side
    """The same from its end, back."""
    walks: Walks
    """Where one walks from to each node: the walks of the other direction of time."""
    seeds: Met
    met: Met
    """Without nodes in the last stage, which goes to `side.ends`."""
    at_once: Ends
    """`side.ends` that are met on arrival though one should stay there; all others are closed."""


@kernel
def _trace(side: Side, seeds: Met, node: int, event: int, ride: int, out: Int32s) -> int:
    """
    Write the rides of a label from the origin on; return the origin's row.

    It is that of who left a vehicle at `node`, or, with an `event`, still sits in the one boarded.
    """
    rides, labels = side.rides, side.labels
    nodes = np.int64(rides.board_start.size - 1)
    at, k, boarded = np.int64(node), np.int64(ride), np.int64(event)
    while True:
        value = np.int64(0)
        if boarded < 0:
            value = np.int64(labels.raw[k * nodes + at])
            boarded = np.int64(labels.raw_event[k * nodes + at])
            if boarded <= -2:
                slot = -2 - boarded
                break
        pattern, row, board_at, alight = ride_from(rides, boarded, at, value)
        out[k - 1, 0] = pattern
        out[k - 1, 1] = row
        out[k - 1, 2] = board_at
        out[k - 1, 3] = alight
        slot = sits_in(seeds, boarded, k)
        if slot >= 0:
            out[k - 1, 2] = seeds.legs[slot, k - 1, 2]
            k -= 1
            break
        at = np.int64(rides.node[rides.pattern_start[pattern] + board_at])
        k -= 1
        came = np.int64(labels.ready_from[k * nodes + at])
        if came <= -2:
            slot = -2 - came
            break
        at, boarded = came, np.int64(-1)
    return copy_legs(seeds, slot, out, k)


@kernel
def _mark_via(side: Side, walks: Walks, met: Met, until: bool) -> None:
    """Mark until where a last ride is of use to come to a via, or take the marks away."""
    rides, leave = side.rides, side.labels.leave
    for x in range(met.node.size):
        node = np.int64(met.node[x])
        for y in range(walks.start[node] - 1, walks.start[node + 1]):
            near = np.int64(walks.to[y]) if y >= walks.start[node] else node
            for e in range(rides.alight_start[near], rides.alight_start[near + 1]):
                pattern = rides.alight_pattern[e]
                most = max(leave[pattern], rides.alight_position[e])
                leave[pattern] = most if until else -1
    for x in range(met.pattern.size):
        pattern = met.pattern[x]
        leave[pattern] = max(leave[pattern], met.position[x]) if until else -1


@kernel
def _come_on_foot(side: Side, seeds: Met, met: Met, ride: int, held: int, count: int) -> int:
    """Let those set out who came on foot; return how many nodes are marked."""
    labels = side.labels
    nodes, width = np.int64(side.rides.board_start.size - 1), np.int64(seeds.legs.shape[1])
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    for place in range(seeds.node.size, 2 * seeds.node.size):
        slot = place * width + ride
        node = np.int64(seeds.node[place - seeds.node.size])
        at = seeds.at[slot]
        if at >= infinity:
            continue
        for x in range(met.node.size):
            # Those at the origin have met what they have met (`search._stages`).
            if met.node[x] == node and ride > 0:
                there = earlier(met, met.node.size + x, ride, at + met.stay)
                if there >= 0:
                    met.origin[there] = copy_legs(seeds, slot, met.legs[there], ride)
        if at >= np.int64(labels.ready[held + node]):
            continue
        labels.ready[held + node] = at
        labels.ready_from[ride * nodes + node] = -2 - slot
        labels.fresh[node] = at
        if labels.flag[node] & 1 == 0:
            labels.flag[node] |= 1
            labels.marked[count] = node
            count += 1
    return count


@kernel
def _get_off(
    side: Side, seeds: Met, at_once_ends: Ends, goal: Goal, best: Best, unit: int, until_s: int,
    events: bool, ridden: int, ride: int, held: int,
) -> int:  # fmt: skip
    """Let those set out who left a vehicle; return how many nodes are reached."""
    labels = side.labels
    nodes, width = np.int64(side.rides.board_start.size - 1), np.int64(seeds.legs.shape[1])
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    at_once = Side(
        side.rides,
        side.walks,
        side.time,
        side.need,
        side.onward,
        side.starts,
        at_once_ends,
        side.labels,
    )
    for place in range(seeds.node.size):
        slot = place * width + ride
        node, at = np.int64(seeds.node[place]), seeds.at[slot]
        if at >= FAR:
            continue
        mark = labels.flag[node]
        if mark & 2 != 0:
            before = best.found_s[ride]
            arrive(side, goal, best, unit, until_s, events, node, at, ride)
            arrive(at_once, goal, best, unit, until_s, events, node, at - seeds.stay, ride)
            if best.found_s[ride] != before:
                best.node[ride] = -2 - slot
        if at >= infinity or at >= np.int64(labels.raw[held + node]):
            continue
        labels.raw[held + node] = at
        labels.raw[ride * nodes + node] = at
        labels.raw_event[ride * nodes + node] = -2 - slot
        if mark & 1 == 0:
            labels.flag[node] = mark | 1
            labels.ridden[ridden] = node
            ridden += 1
    return ridden


@kernel
def _ride_on(
    side: Side, seeds: Met, goal: Goal, best: Best, unit: int, until_s: int, events: bool,
    ridden: int, ride: int, held: int,
) -> int:  # fmt: skip
    """Let those set out who sit in a vehicle; return how many nodes are reached."""
    labels = side.labels
    width = np.int64(seeds.legs.shape[1])
    for x in range(seeds.pattern.size):
        slot = (2 * seeds.node.size + x) * width + ride
        if seeds.at[slot] >= FAR:
            continue
        pattern = np.int64(seeds.pattern[x])
        wide = np.int64(side.rides.pattern_start[pattern + 1] - side.rides.pattern_start[pattern])
        labels.first[pattern] = seeds.position[x]
        labels.last[pattern] = seeds.position[x]
        labels.queue[0] = pattern
        labels.caught[0] = (seeds.event[slot] - side.rides.event_start[pattern]) // wide
        ridden = ride_all(
            side, goal, best, unit, until_s, events, np.int64(1), ride, held, np.int64(1), ridden
        )  # fmt: skip
    return ridden


@kernel
def _pass(side: Side, seeds: Met, met: Met, limit: Int64s, ride: int) -> None:
    """Note who passes the via in a vehicle that is queued, or that passed the via before, too."""
    rides, labels = side.rides, side.labels
    width = np.int64(seeds.legs.shape[1])
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    for x in range(met.pattern.size):
        pattern, position = np.int64(met.pattern[x]), np.int64(met.position[x])
        first, last = np.int64(labels.first[pattern]), np.int64(labels.last[pattern])
        if not 0 <= first < position:
            continue
        start = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - start
        vehicles, base = np.int64(rides.rows[pattern]), np.int64(rides.event_start[pattern])
        row, boarded = vehicles, np.int64(0)
        for i in range(first, position):
            if rides.flags[start + i] & MUST_LEAVE != 0:
                row = vehicles
                continue
            ready = np.int64(labels.fresh[rides.node[start + i]])
            column = base + i * vehicles
            if i > last or ready >= infinity or rides.flags[start + i] & MAY_BOARD == 0:
                continue
            if row == vehicles or (row > 0 and ready <= rides.departure[column + row - 1]):
                row = first_from(rides.departure, column, vehicles, ready)
                boarded = base + row * wide + i
        if row < vehicles:
            slot = _passes(rides, met, limit, x, row, ride)
            if slot >= 0:
                met.origin[slot] = _trace(side, seeds, np.int64(-1), boarded, ride, met.legs[slot])
    for y in range(seeds.pattern.size):
        slot = (2 * seeds.node.size + y) * width + ride
        if seeds.at[slot] >= FAR:
            continue
        pattern, position = np.int64(seeds.pattern[y]), np.int64(seeds.position[y])
        start = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - start
        row = (seeds.event[slot] - rides.event_start[pattern]) // wide
        for x in range(met.pattern.size):
            if met.pattern[x] != pattern or met.position[x] < position:
                continue
            stays = True
            for i in range(position, met.position[x]):
                stays &= rides.flags[start + i] & MUST_LEAVE == 0
            there = _passes(rides, met, limit, x, row, ride) if stays else np.int64(-1)
            if there >= 0:
                met.origin[there] = copy_legs(seeds, slot, met.legs[there], ride)


@kernel
def _passes(rides: Rides, met: Met, limit: Int64s, x: int, row: int, ride: int) -> int:
    """Return the slot of who passes the via in a vehicle, if that is of use, else -1."""
    pattern, position = np.int64(met.pattern[x]), np.int64(met.position[x])
    start = np.int64(rides.pattern_start[pattern])
    wide = np.int64(rides.pattern_start[pattern + 1]) - start
    event = rides.event_start[pattern] + row * wide + position
    at = np.int64(rides.arrival[event])
    if at > limit[ride]:
        return np.int64(-1)
    slot = earlier(met, 2 * met.node.size + x, ride, at)
    if slot >= 0:
        met.event[slot] = event
    return slot


@kernel
def _meet(side: Side, walks: Walks, seeds: Met, met: Met, ride: int, held: int) -> None:
    """Note who has left a vehicle at the via, and who walks there from one."""
    labels = side.labels
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    for x in range(met.node.size):
        node = np.int64(met.node[x])
        came = np.int64(labels.raw[held + node])
        if came < infinity:
            slot = earlier(met, x, ride, came + met.stay)
            if slot >= 0:
                met.origin[slot] = _trace(side, seeds, node, np.int64(-1), ride, met.legs[slot])
    for x in range(met.node.size):
        node = np.int64(met.node[x])
        ready = np.int64(-1)
        for y in range(walks.start[node], walks.start[node + 1]):
            near = np.int64(walks.to[y])
            came = np.int64(labels.raw[held + near])
            if came >= infinity:
                continue
            if ready < 0:
                ready = ready_at(met, x, ride)
            at = came + np.int64(walks.time[y]) + met.stay
            slot = earlier(met, met.node.size + x, ride, at) if at < ready else np.int64(-1)
            if slot >= 0:
                met.origin[slot] = _trace(side, seeds, near, np.int64(-1), ride, met.legs[slot])


@kernel
def _turn(
    road: Road, terms: Terms, best: Best, earliest: Int64s, until_s: int, settled: int, cap: int
) -> None:
    """Search one stage with at most `cap` rides in all; `settled` are known (`search_turn`)."""
    side, other, seeds, met = road.side, road.other, road.seeds, road.met
    unit, minute, top = terms.unit, terms.minute, terms.top
    nodes, width = np.int64(side.rides.board_start.size - 1), np.int64(best.end_s.size)
    held = width * nodes
    here, there = side.labels, other.labels
    infinity = 65535 if here.raw.itemsize == 2 else FAR
    events = terms.switches & EVENTS != 0
    patience = 0 if terms.switches & TAILS != 0 else FAR
    fewest = fewest_rides(seeds, earliest)
    limit = np.empty(width, np.int64)
    if met.node.size > 0:
        deadline_s = limits_of(met, limit, settled, until_s // unit) * unit
    else:
        deadline_s = set_limits(side, best, limit, until_s, settled, unit, events)
    best.found_s[:] = -1
    forget(here, held, held + nodes)
    gate = np.array([FAR, 0], np.int64)
    goal = Goal(
        minute, cap, limit, gate,
        there.raw[held : held + nodes], there.ready[held : held + nodes],
        there.line_round, there.raw_round, there.ready_round, met_rides(terms.switches, cap), top,
        patience,
    )  # fmt: skip
    # Who has so many rides before them can set out with the rest at most.
    back_limit = np.full(width, np.int64(-1), np.int64)
    inside = np.int64(seeds.pattern.size > 0)
    for k in range(width):
        for before in range(min(cap - k + inside, width - 1) + 1):
            back_limit[k] = max(back_limit[k], top - earliest[before])
    back_gate = np.array([FAR, 0], np.int64)
    back_goal = Goal(
        minute, cap - fewest, back_limit, back_gate,
        here.raw[held : held + nodes], here.ready[held : held + nodes],
        here.line_round, here.raw_round, here.ready_round, FAR, top, patience,
    )  # fmt: skip
    back_count = 0
    if terms.switches & MEET != 0:
        forget(there, held, held + nodes)
        back_count = seed(other, top * unit - deadline_s, unit, held, 1)
    later = earliest.copy()
    for k in range(width - 2, -1, -1):
        later[k] = min(later[k], later[k + 1])
    count = _come_on_foot(side, seeds, met, np.int64(0), held, np.int64(0))
    ride, back_ride = np.int64(0), np.int64(0)
    while ride < cap and (count > 0 or later[ride + 1] < FAR):
        if (
            back_count > 0
            and ride + back_ride + 1 < cap
            and work(other, back_count) <= work(side, count)
        ):
            back_ride += 1
            back_count = one_round(
                other, back_goal, best, unit, until_s, events, back_count, back_ride, held, 1
            )
            gate[0] = top - foremost(other, side, minute, back_count) + terms.loose
            gate[1] = back_ride + 1
            continue
        ride += 1
        queued = board(side, goal, count, ride)
        catch(side, queued)
        _pass(side, seeds, met, limit, ride)
        ridden = ride_all(
            side, goal, best, unit, until_s, events, queued, ride, held, np.int64(1), np.int64(0)
        )  # fmt: skip
        ridden = _ride_on(side, seeds, goal, best, unit, until_s, events, ridden, ride, held)
        ridden = _get_off(
            side, seeds, road.at_once, goal, best, unit, until_s, events, ridden, ride, held
        )  # fmt: skip
        if met.node.size > 0:
            _meet(side, road.walks, seeds, met, ride, held)
            limits_of(met, limit, settled, until_s // unit)
        for x in range(count):
            here.fresh[here.marked[x]] = infinity
        count = walk(side, goal, ridden, ride, held, 1)
        if ride < cap:
            count = _come_on_foot(side, seeds, met, ride, held, count)
        least = foremost(side, other, minute, count)
        if ride + 1 < width:
            least = min(least, later[ride + 1])
        back_gate[0] = top - least + terms.loose
        back_gate[1] = ride + 1 - fewest
    unmark(here, count)
    unmark(there, back_count)


@kernel
def _write(ends: Int64s, rows: Int32s, start_s: int, out: Int64s, legs: Int32s) -> int:
    """Write what ends earlier than all with fewer rides, as `rounds.write_results` does."""
    count, beats_s = 0, np.int64(NEVER_S)
    for k in range(ends.shape[0]):
        if ends[k, 0] < beats_s:
            beats_s = ends[k, 0]
            for x in range(k):
                for column in range(4):
                    legs[count, x, column] = rows[k, k - 1 - x, column]
            legs[count, k, 0] = ends[k, 2]
            out[count, 0] = start_s
            out[count, 1] = beats_s
            out[count, 2] = k
            out[count, 3] = ends[k, 1]
            out[count, 4] = ends[k, 2]
            count += 1
    return count


@kernel
def search_stage(
    road: Road, terms: Terms, caps: Int64s, start_s: int, until_s: int, out: Int64s, legs: Int32s
) -> int:  # fmt: skip
    """
    Find who meets the via at the end of a stage, or the Pareto set of (end, rides) at the last.

    Args:
        road: The stage; `road.met` is filled.
        terms: See `instant.py`.
        caps: How many rides in all each turn allows, rising; the last holds.
        start_s: When the journey starts, in seconds of the axis.
        until_s: The last end that counts.
        out: In the last stage the results are written there, as by `rounds.write_results`.
        legs: Their rides.

    """
    side, met, seeds = road.side, road.met, road.seeds
    width = np.int64(seeds.legs.shape[1])
    best = Best(
        np.full(width, np.int64(NEVER_S), np.int64), np.empty(width, np.int64),
        np.empty(width, np.int64), np.empty(width, np.int64),
    )  # fmt: skip
    ends = np.full((width, 3), np.int64(NEVER_S), np.int64)
    rows = np.empty((width, width, 4), np.int32)
    last = met.node.size == 0
    if last:
        mark_ends(side)
    else:
        _mark_via(side, road.walks, met, np.bool_(True))
    earliest = starts_of(seeds)
    settled, known = np.int64(0), 0
    for turn in range(caps.size):
        if turn + 1 < caps.size and settled > 0:
            there = (
                best.end_s[settled] if last else starts_of(met)[: settled + 1].min() * terms.unit
            )
            if there <= until_s:
                known += 1
                if known > TURNS:
                    continue
        cap = np.int64(caps[turn])
        _turn(road, terms, best, earliest, until_s, settled, cap)
        for k in range(1, cap + 1):
            if last and best.found_s[k] >= 0 and best.found_s[k] == best.end_s[k]:
                ends[k, 0] = best.found_s[k]
                ends[k, 1] = best.end[k]
                if best.node[k] <= -2:
                    ends[k, 2] = copy_legs(seeds, -2 - best.node[k], rows[k], k)
                else:
                    ends[k, 2] = _trace(side, seeds, best.node[k], np.int64(-1), k, rows[k])
        settled = cap
    if not last:
        _mark_via(side, road.walks, met, np.bool_(False))
        return 0
    unmark_ends(side)
    return _write(ends, rows, start_s, out, legs)
