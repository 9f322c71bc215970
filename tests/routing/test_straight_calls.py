"""Kernels that are called straight: the kind of times tells the types of all columns."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maas.core.live import LiveMessage, Moment, StopUpdate, TripSelector, TripUpdate
from routing.config import CompileOptions, SearchConfig, Switches
from routing.filters import FilterColumns
from routing.kernel.jit import kernel, straight
from routing.model import SearchFilters
from routing.planner import JourneyPlanner
from routing.raptor.search import End, Query, side_of
from routing.realtime.index import NetworkIndex
from routing.realtime.overlay import build_overlay
from routing.timetable.compile import compile_timetable
from routing.timetable.store import load_timetable, save_timetable
from routing.timetable.view import View
from tests.support.networks import TAG, Spec, network_of, trip

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SPEC = Spec(
    (
        trip("slow", "A 8:00", "B 8:10", "C 8:30"),
        trip("fast", "A 8:05", "C 8:20"),
        trip("late", "B 8:15", "C 8:25"),
    )
)


def flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for part in value:
            yield from flat(part)
    else:
        yield value


def shapes(view: View, *, backward: bool, filters: SearchFilters) -> list[tuple[str, int, bool]]:
    columns = FilterColumns(view.timetable)
    query = Query(
        (End(0),), (End(2), End(1, 60)), 8 * 3600,
        filter_key=columns.key(filters),
        filter_columns=lambda: columns.columns(filters, view.sections),
    )  # fmt: skip
    side, _ = side_of(view, query, Switches(), backward)
    return [(array.dtype.str, array.ndim, array.flags.c_contiguous) for array in flat(side)]


def views(folder: Path) -> Iterator[View]:
    made = compile_timetable(network_of(SPEC), None, CompileOptions(cells=4, threads=1))
    save_timetable(made, folder / "store")
    stored = load_timetable(folder / "store")
    config = SearchConfig(shelf=folder / "shelf")
    late = TripUpdate(
        "late", TripSelector(trip_id="slow", start_day=date(2026, 1, 5)),
        (StopUpdate(sequence=1, departure=Moment(delay_s=120)),),
    )  # fmt: skip
    overlay = build_overlay(NetworkIndex(stored.network), [LiveMessage(TAG, None, trips=(late,))])
    for planner in (
        JourneyPlanner(made),
        JourneyPlanner(stored, config),
        # The second finds the views on the shelf.
        JourneyPlanner(stored, config),
        JourneyPlanner(stored, config).with_overlay(overlay),
    ):
        yield planner.views.covering(NOON, NOON)


@pytest.mark.parametrize("backward", [False, True])
def test_the_columns_of_all_networks_and_views_are_of_the_same_types(
    tmp_path: Path, backward: bool
) -> None:
    filters = (SearchFilters(), SearchFilters(without_routes=frozenset({"t_none"})))

    found = [
        shapes(view, backward=backward, filters=one) for view in views(tmp_path) for one in filters
    ]

    assert all(one == found[0] for one in found)
    assert all(contiguous for _, _, contiguous in found[0])
    # Rides, walks, bounds, starts, ends and labels.
    assert len(found[0]) == 15 + 4 + 3 + 4 + 4 + 16


@kernel
def _total(values: Any, more: int) -> int:
    total = more
    for value in values:
        total += value
    return total


def test_each_kind_is_called_with_machine_code_of_its_own() -> None:
    total = straight(_total)

    for kind in (np.uint16, np.int32, np.uint16):
        # As bytes these would be other numbers of the other kind.
        assert total(kind, np.array([1, 2, 300], kind), 4) == 307


def test_what_is_not_a_row_of_numbers_is_refused() -> None:
    total = straight(_total)
    total(np.uint16, np.array([1], np.uint16), 0)

    with pytest.raises(TypeError):
        total(np.uint16, [1], 0)
