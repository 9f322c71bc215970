"""Runs of the timetable as they go today, in columns; one is made a value when somebody asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from maas.core.columns import Bools, Int8s, Int32s, Int64s, UInt8s
from maas.core.network import Network
from routing.realtime.runs import LiveRun, RunKey
from routing.timetable.rows import ranges


@dataclass(frozen=True, slots=True)
class RunColumns:
    """
    Runs one after another; the columns are those of `LiveRun`.

    `key` has one row (trip, day, start) a run, as `cancelled` and `hidden` have; of all others the
    calls of run x are rows `start[x]` to `start[x + 1]`.
    """

    key: Int64s
    cancelled: Bools
    hidden: Bools
    start: Int64s
    stop: Int32s
    arrival_s: Int64s
    departure_s: Int64s
    scheduled_arrival_s: Int64s
    scheduled_departure_s: Int64s
    pickup: Int8s
    drop_off: Int8s
    sequence: Int32s
    skipped: UInt8s
    known: UInt8s

    def __len__(self) -> int:
        return len(self.cancelled)

    @classmethod
    def of(cls, runs: Mapping[RunKey, LiveRun]) -> "RunColumns":
        """Return the columns of runs."""
        rows = list(runs.values())
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(run.stop) for run in rows], out=start[1:])
        return cls(
            np.array(list(runs), np.int64).reshape(-1, 3),
            np.array([run.cancelled for run in rows], bool),
            np.array([run.hidden for run in rows], bool),
            start,
            *(
                np.concatenate([np.zeros(0, kind), *(getattr(run, name) for run in rows)])
                for name, kind in _CALLS.items()
            ),
        )

    def taken(self, chosen: Int64s) -> "RunColumns":
        """Return some of the runs, by their numbers."""
        size = np.diff(self.start)[chosen]
        start = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(size, out=start[1:])
        at = ranges(self.start[:-1][chosen], size)
        return RunColumns(
            self.key[chosen],
            self.cancelled[chosen],
            self.hidden[chosen],
            start,
            *(getattr(self, name)[at] for name in _CALLS),
        )

    def joined(self, more: "RunColumns") -> "RunColumns":
        """Return these runs, and others after them."""
        both = {
            part.name: np.concatenate([getattr(self, part.name), getattr(more, part.name)])
            for part in fields(self)
        }
        both["start"] = np.concatenate([self.start, self.start[-1] + more.start[1:]])
        return RunColumns(**both)

    def run(self, network: Network, number: int) -> LiveRun:
        """Return a run of the timetable."""
        trip, day, start_s = self.key[number].tolist()
        calls = slice(*self.start[number : number + 2].tolist())
        columns: dict[str, Any] = {name: getattr(self, name)[calls] for name in _CALLS}
        return LiveRun(
            key=RunKey(trip, day, start_s),
            trip_id=network.trips.id[trip],
            day=day,
            template=trip,
            route=int(network.trips.route[trip]),
            cancelled=bool(self.cancelled[number]),
            hidden=bool(self.hidden[number]),
            **columns,
        )


_CALLS = {
    "stop": np.int32,
    "arrival_s": np.int64,
    "departure_s": np.int64,
    "scheduled_arrival_s": np.int64,
    "scheduled_departure_s": np.int64,
    "pickup": np.int8,
    "drop_off": np.int8,
    "sequence": np.int32,
    "skipped": np.uint8,
    "known": np.uint8,
}
"""Columns with one row a call, in the order of `RunColumns`."""


class RunDraft:
    """Runs while an overlay is made: most in columns, some of them worked out one by one."""

    def __init__(
        self, network: Network, columns: RunColumns, at: dict[RunKey, int | LiveRun]
    ) -> None:
        self.columns = columns
        self._network = network
        self._at = at

    def get(self, key: RunKey) -> LiveRun | None:
        """Return a run, None where nothing is said of it."""
        found = self._at.get(key)
        return self.columns.run(self._network, found) if isinstance(found, int) else found

    def put(self, key: RunKey, run: LiveRun) -> None:
        """Add a run, or put it in the place of what was said before."""
        self._at[key] = run

    def lone(self) -> dict[RunKey, LiveRun]:
        """Return the runs that were worked out one by one."""
        return {key: run for key, run in self._at.items() if isinstance(run, LiveRun)}

    def numbers(self) -> dict[RunKey, int]:
        """Return which row of the columns each of the others is."""
        return {key: found for key, found in self._at.items() if isinstance(found, int)}

    def runs(self) -> "LiveRuns":
        """Return all of them, in the order in which they were said."""
        columns, lone = self.columns, self.lone()
        if lone:
            place = dict(zip(lone, range(len(columns), len(columns) + len(lone)), strict=True))
            order = [x if isinstance(x, int) else place[key] for key, x in self._at.items()]
            columns = columns.joined(RunColumns.of(lone)).taken(np.array(order, np.int64))
        elif len(self._at) < len(columns):
            columns = columns.taken(np.array(list(self._at.values()), np.int64))
        return LiveRuns(self._network, columns, list(self._at), lone)


class LiveRuns(Mapping[RunKey, LiveRun]):
    """The runs of an overlay by their keys."""

    def __init__(
        self,
        network: Network,
        columns: RunColumns,
        keys: Sequence[RunKey],
        lone: Mapping[RunKey, LiveRun],
    ) -> None:
        """Make it of columns in the order of the keys; `lone` says more of some runs."""
        self.columns = columns
        self._network = network
        self._lone = lone
        self._number = dict(zip(keys, range(len(keys)), strict=True))

    def __getitem__(self, key: RunKey) -> LiveRun:
        """Return a run."""
        found = self._lone.get(key)
        return found or self.columns.run(self._network, self._number[key])

    def __iter__(self) -> Iterator[RunKey]:
        """Return the keys in the order in which they were said."""
        return iter(self._number)

    def __len__(self) -> int:
        return len(self._number)

    def __contains__(self, key: object) -> bool:
        return key in self._number


def columns_of(runs: Mapping[RunKey, LiveRun]) -> RunColumns:
    """Return the columns of an overlay's runs, in their order."""
    return runs.columns if isinstance(runs, LiveRuns) else RunColumns.of(runs)
