"""The vectorised rules against plain loops that share no code with them."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gtfs_feeds.read import read_files
from gtfs_feeds.validate import validate
from gtfs_feeds.validate.matching import candidates, first_out_of_order
from tests.support.valid_feed import TODAY, VALID

METRE = 180 / math.pi / 6_371_008.8
"""Degrees of latitude."""

cells = st.integers(0, 12)
points = st.lists(st.tuples(cells, cells), min_size=2, max_size=12)


def distance_to_segment(p, a, b):
    """Return the distance of a point from a segment and the share of it that is passed."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = 0.0
    if square:
        share = max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square))
    x, y = a[0] + share * dx, a[1] + share * dy
    return math.hypot(p[0] - x, p[1] - y), share


def walk_along(p, shape, reach):
    """Return (along, away) of every local minimum within reach, walking the shape once."""
    found, best, along = [], None, 0.0
    end_of_last, leaving = math.inf, False
    for a, b in pairwise(shape):
        away, share = distance_to_segment(p, a, b)
        length = math.dist(a, b)
        if away <= reach:
            if leaving and away < end_of_last - 1e-6 and best is not None:
                found.append(best)
                best = None
            if best is None or away < best[1]:
                best = (along + share * length, away)
        elif best is not None:
            found.append(best)
            best = None
        end_of_last = math.dist(p, b)
        leaving = end_of_last > away + 1e-6
        along += length
    return found + ([best] if best is not None else [])


def point_at(along, shape):
    """Return the point of a line so far from its beginning."""
    for a, b in pairwise(shape):
        length = math.dist(a, b)
        if along <= length and length:
            share = along / length
            return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
        along -= length
    return shape[-1]


@settings(max_examples=150, deadline=None)
@example(shape=[(4, 0), (0, 1), (0, 1), (4, 0)], stops=[(0, 1)])
@given(shape=points, stops=st.lists(st.tuples(cells, cells), min_size=1, max_size=4))
def test_candidates_on_a_shape_are_those_of_a_walk_along_it(shape, stops) -> None:
    # On the equator, where a degree of longitude is as long as one of latitude. A grid of 40 m
    # and odd offsets of the stops keep distances from being equal to the last bit.
    grid = [(x * 40.0, y * 40.0) for x, y in shape]
    places = [(x * 40.0 + 3.7, y * 40.0 + 11.3) for x, y in stops]
    middle = sum(y for _, y in grid) / len(grid)
    narrow = math.cos(math.radians(middle * METRE))
    found = candidates(
        np.array([y * METRE for _, y in places]),
        np.array([x * METRE / narrow for x, _ in places]),
        np.array([y * METRE for _, y in grid]),
        np.array([x * METRE / narrow for x, _ in grid]),
        100.0,
    )

    for place, ours in zip(places, found, strict=True):
        twin = walk_along(place, grid, 100.0)
        assert np.allclose(ours.away_m, [away for _, away in twin], atol=1e-3)
        for along, (expected, away) in zip(ours.along_m, twin, strict=True):
            # A line that goes back over itself is as near on both ways, but for the last bit.
            as_near = math.dist(place, point_at(along, grid)) <= away + 1e-6
            assert as_near or math.isclose(along, expected, abs_tol=1e-3)


def forward_exists(sequence) -> bool:
    """Say whether some choice of one candidate for each stop never goes back: try them all."""
    reached = {-math.inf}
    for here in sequence:
        reached = {at for at in here for before in reached if before <= at}
    return bool(reached)


@settings(max_examples=150, deadline=None)
@given(
    sequence=st.lists(
        st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True), min_size=1, max_size=6
    )
)
def test_an_order_is_refused_only_where_no_forward_choice_exists(sequence) -> None:
    from gtfs_feeds.validate.matching import Candidates

    given_ = [
        Candidates(np.array(here, float), np.array([7.0 * at % 5 for at in here]), 0.0)
        for here in sequence
    ]

    wrong = first_out_of_order(given_)

    if wrong is None:
        assert forward_exists(sequence)
    else:
        assert not forward_exists(sequence[: wrong[0] + 1])
        assert forward_exists(sequence[: wrong[0]])


def far_pairs(places, times):
    """Return the (start, end) of the first too fast stretch over 10 km, as the rule is written."""
    legs = [math.dist(a, b) * 1000 for a, b in pairwise(places)]
    for end in range(len(places)):
        total = 0.0
        for start in range(end - 1, -1, -1):
            total += legs[start]
            between = times[end] - times[start]
            if between <= 0:
                between = 60
            elif times[end] % 60 == 0 and times[start] % 60 == 0:
                between += 60
            if total > 10_000 and total * 3.6 / between > 150:
                return start, end
    return None


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([0, 30, 60, 120, 300, 600])),
        min_size=1,
        max_size=8,
    )
)
def test_the_first_far_stretch_that_is_too_fast_is_the_one_that_loops_find(steps) -> None:
    # Stops on a meridian, so that distances are exact: kilometres along it, seconds of the day.
    kilometres, seconds = [0.0], [28_800]
    for kilometre, second in steps:
        kilometres.append(kilometres[-1] + kilometre + 0.137)
        seconds.append(seconds[-1] + second)
    stops = "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(
        f"s{n},停{n},{33 + km * 1000 * METRE:.9f},130.5\n" for n, km in enumerate(kilometres)
    )
    calls = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "".join(
        f"T1,{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02},{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02},s{n},{n}\n"
        for n, s in enumerate(seconds)
    )
    trips = "route_id,service_id,trip_id\nR,S,T1\n"
    files = {key: VALID[key] for key in ("agency.txt", "routes.txt", "calendar.txt")}
    files |= {"stops.txt": stops, "stop_times.txt": calls, "trips.txt": trips}

    report = validate(read_files(files), today=TODAY)

    twin = far_pairs([(km, 0.0) for km in kilometres], seconds)
    found = [f for f in report.findings if f.code == "fast_travel_between_far_stops"]
    if twin is None:
        assert found == []
    else:
        # Line 1 is the header, call n stands in line n + 2.
        assert found[0].samples[0].row == twin[1] + 2
        assert found[0].samples[0].facts["csvRowNumber1"] == twin[0] + 2
