"""Reads the sample's zips with nothing but the standard library, so tests share no code with it."""

import csv
import io
import zipfile
from collections import defaultdict
from datetime import date
from pathlib import Path

from gtfs_feeds.sample import write_sample

Row = dict[str, str]


class SampleReader:
    """The written feeds by tag, as rows."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self.paths = paths
        self._tables: dict[tuple[str, str], list[Row]] = {}
        self._calls: dict[str, dict[str, list[tuple[str, int, int]]]] = {}

    @property
    def tags(self) -> list[str]:
        return list(self.paths)

    def table(self, tag: str, file: str) -> list[Row]:
        """Return the rows of a file; empty where the feed has none."""
        key = (tag, file)
        if key not in self._tables:
            with zipfile.ZipFile(self.paths[tag]) as archive:
                rows: list[Row] = []
                if f"{file}.txt" in archive.namelist():
                    text = archive.read(f"{file}.txt").decode("utf-8")
                    rows = list(csv.DictReader(io.StringIO(text)))
            self._tables[key] = rows
        return self._tables[key]

    def calls(self, tag: str) -> dict[str, list[tuple[str, int, int]]]:
        """Return stop name, arrival and departure of every call by trip, in file order."""
        if tag not in self._calls:
            names = {row["stop_id"]: row["stop_name"] for row in self.table(tag, "stops")}
            found: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
            for row in self.table(tag, "stop_times"):
                times = (seconds(row["arrival_time"]), seconds(row["departure_time"]))
                found[row["trip_id"]].append((names[row["stop_id"]], *times))
            self._calls[tag] = found
        return self._calls[tag]

    def rides(self, tag: str, start: str, end: str) -> list[tuple[int, int]]:
        """Return departure and arrival of every trip that calls at one name and later another."""
        found = []
        for calls in self.calls(tag).values():
            at = [departure for name, _, departure in calls if name == start]
            to = [arrival for name, arrival, _ in calls if name == end]
            if at and to and at[0] <= to[-1]:
                found.append((at[0], to[-1]))
        return found


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def sample(folder: Path, first_day: date) -> SampleReader:
    """Write the sample once and return its reader."""
    return SampleReader({feed.tag: feed.path for feed in write_sample(folder, first_day)})
