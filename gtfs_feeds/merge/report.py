"""What a merge left out, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs_feeds.merge.messages import message

SAMPLES: Final = 20
"""Lines named a finding; the rest are counted."""


@dataclass(frozen=True, slots=True)
class MergeFinding:
    """Rows of one file that were left out or read with care, all for the same reason."""

    code: str
    file: str
    field: str
    count: int
    samples: tuple[tuple[int, str], ...]
    """Line of the file and the text that stood there, of the first rows."""

    def as_json(self) -> dict[str, object]:
        """Return the finding with its message in Japanese and English."""
        return {
            "code": self.code,
            "file": self.file,
            "field": self.field,
            "count": self.count,
            "samples": [{"line": line, "value": value} for line, value in self.samples],
            "message": {"ja": message(self.code, "ja"), "en": message(self.code, "en")},
        }


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """What became of one feed."""

    tag: str
    name: str
    quarantined: str = ""
    """Code of the reason why the feed is not in the network; empty if it is."""
    publisher: str = ""
    start_day: str = ""
    end_day: str = ""
    looped_since: str = ""
    stops: int = 0
    routes: int = 0
    trips: int = 0
    calls: int = 0
    findings: tuple[MergeFinding, ...] = ()
    unreadable: tuple[str, str] | None = None
    """Where it could not even be read: why, in Japanese and English."""

    def why(self, language: str) -> str:
        """Return why the feed is quarantined, in `ja` or `en`."""
        if self.unreadable is not None:
            return self.unreadable[language != "ja"]
        return message(self.quarantined, language) if self.quarantined else ""

    def as_json(self) -> dict[str, object]:
        """Return the outcome as plain data."""
        apart = {"findings", "unreadable"}
        plain: dict[str, object] = {
            name: getattr(self, name) for name in self.__slots__ if name not in apart
        }
        plain["findings"] = [finding.as_json() for finding in self.findings]
        if self.quarantined:
            plain["message"] = {"ja": self.why("ja"), "en": self.why("en")}
        return plain


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What became of every feed."""

    feeds: tuple[FeedOutcome, ...]
    places: int = 0
    duplicate_trips: int = 0
    findings: tuple[MergeFinding, ...] = ()
    """About the merge as a whole: hand-made places, overrides."""

    @property
    def quarantined(self) -> tuple[FeedOutcome, ...]:
        """Return the feeds that are not in the network."""
        return tuple(feed for feed in self.feeds if feed.quarantined)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain data, messages in Japanese and English."""
        return {
            "feeds": [feed.as_json() for feed in self.feeds],
            "places": self.places,
            "duplicate_trips": self.duplicate_trips,
            "findings": [finding.as_json() for finding in self.findings],
        }


class Quarantine(Exception):
    """Ends the conversion of one feed; the code says why."""

    def __init__(self, code: str, file: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.file = file


@dataclass(slots=True)
class Findings:
    """Gathers what is left out while a feed is converted."""

    _counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _samples: dict[tuple[str, str, str], list[tuple[int, str]]] = field(default_factory=dict)

    def add(
        self,
        code: str,
        file: str,
        name: str,
        lines: npt.NDArray[np.int64] | Iterable[int],
        values: pl.Series | None = None,
    ) -> None:
        """Count rows under a code; `values` are the texts that stood there, row by row."""
        lines = np.asarray(lines, np.int64)
        if not len(lines):
            return
        key = (code, file, name)
        self._counts[key] = self._counts.get(key, 0) + len(lines)
        samples = self._samples.setdefault(key, [])
        for at, line in enumerate(lines[: SAMPLES - len(samples)].tolist()):
            samples.append((line, "" if values is None else str(values[at])[:80]))

    def where(
        self,
        code: str,
        file: str,
        name: str,
        lines: npt.NDArray[np.int64],
        mask: npt.NDArray[np.bool_],
        values: pl.Series | None = None,
    ) -> None:
        """Count the rows of a mask under a code; nothing is computed where there is none."""
        if mask.any():
            rows = np.flatnonzero(mask)
            texts = None if values is None else values.gather(rows[:SAMPLES])
            self.add(code, file, name, lines[rows], texts)

    def done(self) -> tuple[MergeFinding, ...]:
        """Return what was gathered, in the order in which it was first met."""
        return tuple(
            MergeFinding(code, file, name, count, tuple(self._samples[code, file, name]))
            for (code, file, name), count in self._counts.items()
        )
