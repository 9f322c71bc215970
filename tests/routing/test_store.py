"""A timetable on disk is the same timetable, and damage is noticed."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routing.config import CompileOptions, SearchConfig
from routing.errors import TimetableInvalid
from routing.model import SearchRequest, StopRef
from routing.planner import JourneyPlanner
from routing.timetable import store, view
from routing.timetable.column_file import shared_columns
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


def test_a_column_that_stays_as_it_was_is_not_written_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(store, "SMALL_BYTES", 0)
    old = save_timetable(timetable(), tmp_path)

    new = save_timetable(timetable("8:20"), tmp_path)

    def same_file(name: str) -> bool:
        return (old / name).stat().st_ino == (new / name).stat().st_ino

    assert same_file("patterns.node.npy")
    assert not same_file("runs.arrival_s.npy")
    assert new.name == save_timetable(timetable("8:20"), tmp_path / "alone").name
    remove_old_versions(tmp_path, keep=1)
    assert load_timetable(tmp_path, verify=True).node_count == 2


def test_a_damaged_column_is_not_taken_over(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(store, "SMALL_BYTES", 0)
    path = save_timetable(timetable(), tmp_path) / "patterns.node.npy"
    np.save(path, np.load(path)[::-1].copy())

    save_timetable(timetable("8:20"), tmp_path)

    assert load_timetable(tmp_path, verify=True).patterns.node.tolist() == [0, 1]


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


MORNING = SearchRequest(StopRef("t_A"), StopRef("t_B"), datetime(2026, 1, 5, 7, tzinfo=UTC))


def kept_views(shelf: Path) -> list[Path]:
    return sorted(shelf.glob("views-*/*"))


@pytest.mark.parametrize("arrive_by", [False, True])
def test_views_are_made_once_for_all_processes(tmp_path: Path, arrive_by, monkeypatch) -> None:
    made, config = timetable(), SearchConfig(shelf=tmp_path)
    request = replace(
        MORNING, time=MORNING.time + timedelta(hours=2 * arrive_by), arrive_by=arrive_by
    )
    first = JourneyPlanner(made, config).plan(request)
    before = [(path.name, path.stat().st_ino) for path in kept_views(tmp_path)]
    # Who finds them lays nothing out: it could not.
    monkeypatch.setattr(view, "_laid_out", None)
    monkeypatch.setattr(view, "_mirrored", None)

    again = JourneyPlanner(made, config).plan(request)

    assert first.itineraries
    assert again == first
    assert [(path.name, path.stat().st_ino) for path in kept_views(tmp_path)] == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[:100],
        lambda whole: whole[:-64],
        lambda whole: b"\xff" * 16 + whole[16:],
        lambda whole: whole[:8] + b"[]" + whole[10:],
    ],
)
def test_a_damaged_view_is_made_again(tmp_path: Path, damage) -> None:
    made, config = timetable(), SearchConfig(shelf=tmp_path)
    first = JourneyPlanner(made, config).plan(MORNING)
    [path] = [path for path in kept_views(tmp_path) if path.name.endswith("forward")][:1]
    whole = path.read_bytes()
    path.write_bytes(damage(whole))

    assert JourneyPlanner(made, config).plan(MORNING) == first
    assert path.read_bytes() == whole


def test_where_views_cannot_be_kept_everybody_makes_them(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    config = SearchConfig(shelf=tmp_path / "file")

    assert JourneyPlanner(timetable(), config).plan(MORNING).itineraries


def test_old_views_are_removed(tmp_path: Path) -> None:
    shelf = tmp_path / "views"
    for number in range(5):
        shared_columns(shelf / str(number), lambda: {"a": np.arange(3)}, 3)
        os.utime(shelf / str(number), (number, number))

    found = shared_columns(shelf / "4", dict, 3)

    assert found["a"].tolist() == [0, 1, 2]
    assert sorted(path.name for path in shelf.iterdir()) == ["2", "3", "4"]


def test_columns_that_two_make_at_once_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "view"
    made = {"a": np.arange(3)}

    def while_another_is_faster() -> dict[str, np.ndarray[Any, Any]]:
        shared_columns(path, lambda: made)
        first.append(path.stat().st_ino)
        return made

    first: list[int] = []
    found = shared_columns(path, while_another_is_faster)

    assert found["a"].tolist() == [0, 1, 2]
    assert [path.stat().st_ino] == first
