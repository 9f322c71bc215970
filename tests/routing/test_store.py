"""A timetable on disk is the same timetable, and damage is noticed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from routing.config import CompileOptions
from routing.errors import TimetableInvalid
from routing.model import SearchRequest, StopRef
from routing.planner import JourneyPlanner
from routing.timetable.compile import compile_timetable
from routing.timetable.model import Timetable
from routing.timetable.store import load_timetable, remove_old_versions, save_timetable
from tests.support.networks import Spec, network_of, trip

OPTIONS = CompileOptions(cells=4, threads=1)


def timetable(arrival: str = "8:10") -> Timetable:
    spec = Spec((trip("one", "A 8:00", f"B {arrival}"),))
    return compile_timetable(network_of(spec), None, OPTIONS)


def test_what_was_saved_comes_back_and_plans_the_same(tmp_path: Path) -> None:
    made = timetable()

    save_timetable(made, tmp_path)
    loaded = load_timetable(tmp_path, verify=True)

    request = SearchRequest(StopRef("t_A"), StopRef("t_B"), datetime(2026, 1, 5, 7, tzinfo=UTC))
    assert JourneyPlanner(loaded).plan(request) == JourneyPlanner(made).plan(request)
    assert loaded.network.stops.name.tolist() == ["A", "B"]


def test_saving_again_swaps_the_live_version_and_leaves_the_old_one_whole(tmp_path: Path) -> None:
    old = save_timetable(timetable(), tmp_path)
    save_timetable(timetable("8:20"), tmp_path)

    assert load_timetable(tmp_path).runs.arrival_s.max() == timedelta(hours=8, minutes=20).seconds
    assert load_timetable(old).runs.arrival_s.max() == timedelta(hours=8, minutes=10).seconds
    assert remove_old_versions(tmp_path, keep=1) == [old.name]
    assert load_timetable(tmp_path).node_count == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "runs.arrival_s.npy").unlink(),
        lambda folder: (folder / "runs.arrival_s.npy").write_bytes(b"x"),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text(json.dumps({"format": 99})),
    ],
)
def test_a_damaged_version_is_refused(tmp_path: Path, damage) -> None:
    damage(save_timetable(timetable(), tmp_path))

    with pytest.raises(TimetableInvalid, match="Build it again"):
        load_timetable(tmp_path)


def test_a_changed_time_is_noticed_when_checksums_are_compared(tmp_path: Path) -> None:
    path = save_timetable(timetable(), tmp_path) / "runs.arrival_s.npy"
    column = np.load(path)
    column[0] += 60
    np.save(path, column)

    load_timetable(tmp_path)
    with pytest.raises(TimetableInvalid):
        load_timetable(tmp_path, verify=True)


def test_an_empty_folder_says_how_to_build_a_network(tmp_path: Path) -> None:
    with pytest.raises(TimetableInvalid, match="maas network build"):
        load_timetable(tmp_path)
