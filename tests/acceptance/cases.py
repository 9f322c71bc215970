"""Acceptance cases as files, read generously: other folders of the same form are judged too."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

Json = Any


@dataclass(frozen=True)
class Query:
    """One question and what must come out."""

    name: str
    raw: Mapping[str, Json]

    @property
    def expect(self) -> Mapping[str, Json]:
        """What must come out."""
        found = self.raw.get("expect")
        return found if isinstance(found, dict) else {}

    @property
    def options(self) -> Mapping[str, Json]:
        """How the search is narrowed."""
        found = self.raw.get("options")
        return found if isinstance(found, dict) else {}

    @property
    def note(self) -> str:
        """What the author says to the reader."""
        return str(self.raw.get("note", ""))


@dataclass(frozen=True)
class Case:
    """A feed, how the source's engine is set, and queries."""

    id: str
    gtfs: Mapping[str, str]
    settings: Mapping[str, Json]
    queries: tuple[Query, ...]
    live: Json = None
    window: tuple[date, date] | None = None
    """First and last service day that the source loads."""
    raw: Mapping[str, Json] = field(default_factory=dict)

    def message(self, query: Query, *, default: bool) -> Json:
        """Return the realtime message that a query applies, None where it applies none."""
        wanted = query.raw.get("realtime", default)
        if not wanted or not self.live:
            return None
        if "header" in self.live or "entity" in self.live:
            return self.live
        if isinstance(wanted, str):
            return self.live.get(wanted)
        return next(iter(self.live.values()), None)

    def text(self) -> str:
        """Return what the author says about the case, for names that are only said there."""
        return f"{self.raw.get('title', '')} {self.raw.get('notes', '')}"


def read_cases(folder: Path) -> Iterator[Case | tuple[str, str]]:
    """Yield every case of a folder, ordered by name; what is no case comes as (name, reason)."""
    files = sorted(folder.glob("*.json"), key=_natural)
    for file in files:
        try:
            raw = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            yield file.stem, f"cannot be read: {error}"
            continue
        if not isinstance(raw, dict) or not isinstance(raw.get("queries"), list):
            yield file.stem, "has no list of queries"
            continue
        yield case_of(file.stem, raw)


def case_of(name: str, raw: Mapping[str, Json]) -> Case:
    """Return a case whose JSON is given."""
    queries = [q if isinstance(q, dict) else {} for q in raw["queries"]]
    gtfs = raw.get("gtfs")
    return Case(
        id=str(raw.get("id", name)),
        gtfs=gtfs if isinstance(gtfs, dict) else {},
        settings=raw.get("settings") or {},
        queries=tuple(Query(str(q.get("name", f"query {n}")), q) for n, q in enumerate(queries, 1)),
        live=raw.get("gtfs_rt"),
        window=service_window(raw.get("service_dates_loaded")),
        raw=raw,
    )


def service_window(text: Json) -> tuple[date, date] | None:
    """
    Return the days of `2019-05-01`, `2019-05-01..02`, `2019-05-02..11-11` or `2022`.

    The end may leave out what it has in common with the start.
    """
    if not isinstance(text, str):
        return None
    begin, _, end = text.strip().partition("..")
    if re.fullmatch(r"\d{4}", begin):
        return date(int(begin), 1, 1), date(int(end or begin), 12, 31)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", begin) or not re.fullmatch(r"[\d-]*", end):
        return None
    last = begin[: len(begin) - len(end)] + end if end else begin
    try:
        return date.fromisoformat(begin), date.fromisoformat(last)
    except ValueError:
        return None


def instant(text: Json) -> datetime:
    """Return the instant of an ISO text, `Z` and one-digit hours included."""
    if isinstance(text, int | float):
        return datetime.fromtimestamp(text, UTC)
    padded = re.sub(r"T(\d):", r"T0\1:", str(text).strip())
    found = datetime.fromisoformat(padded)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def duration(row: Mapping[str, Json], prefix: str = "") -> timedelta | None:
    """Return `seconds` or `minutes` of a row, None where neither is given."""
    for unit in ("seconds", "minutes", "hours"):
        value = row.get(f"{prefix}{unit}")
        if isinstance(value, int | float):
            return timedelta(**{unit: value})
    return None


def _natural(file: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", file.stem)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
