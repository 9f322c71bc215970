"""Judge queries: `ok`, `FAIL` with the difference, `SKIP` with what is missing."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gtfs_feeds.read import read_files
from tests.acceptance.capability import Missing
from tests.acceptance.cases import Case, Query
from tests.acceptance.checks import check_calls, check_resolves, check_rows, check_set
from tests.acceptance.expectations import REMARKS, NotUnderstood
from tests.acceptance.fares import fare_differences
from tests.acceptance.footpaths import check_footpaths
from tests.acceptance.http import HttpSession, check_windows
from tests.acceptance.journeys import (
    expected_journey,
    found_journey,
    set_differences,
    unread_keys,
)
from tests.acceptance.requests import TAG, asked
from tests.acceptance.styles import SETTINGS
from tests.acceptance.system import System, variant_files

Json = Any

SET_KEYS = {
    "count",
    "min_count",
    "max_count",
    "transfers",
    "departures",
    "arrivals",
    "departure",
    "arrival",
    "assert_",
}


class Word(StrEnum):
    """What became of a query."""

    OK = "ok"
    FAIL = "FAIL"
    SKIP = "SKIP"


@dataclass(frozen=True)
class Verdict:
    """One query, judged."""

    case: str
    query: str
    word: Word
    reason: str = ""

    def line(self) -> str:
        """Return it in one line."""
        tail = f" — {self.reason}" if self.reason else ""
        return f"{self.word:<4} {self.case} · {self.query}{tail}"


@dataclass
class _Loaded:
    """A case whose parts are made when a query needs them."""

    case: Case
    _system: System | None = None
    _http: HttpSession | None = None
    trouble: str = ""
    remarks: list[str] = field(default_factory=list)

    @property
    def system(self) -> System:
        if self._system is None:
            self._system = System.of(self.case)
        return self._system

    @property
    def http(self) -> HttpSession:
        if self._http is None:
            self._http = HttpSession(self.case, self.system)
        return self._http


def judge(case: Case, *, debug: bool = False) -> Iterator[Verdict]:
    """Yield the verdict of every query of a case; nothing that a case holds stops the others."""
    loaded = _Loaded(case)
    for query in case.queries:
        try:
            found = _differences(loaded, query)
        except Missing as missing:
            yield Verdict(case.id, query.name, Word.SKIP, f"missing: {missing}")
        except NotUnderstood as key:
            yield Verdict(case.id, query.name, Word.SKIP, f"the expectation “{key}” is not known")
        except Exception as error:  # noqa: BLE001  # whatever breaks is a failed query, not a crash
            if debug:
                traceback.print_exc()
            yield Verdict(case.id, query.name, Word.FAIL, f"{type(error).__name__}: {error}")
        else:
            word = Word.FAIL if found else Word.OK
            yield Verdict(case.id, query.name, word, "; ".join([*found, *loaded.remarks]))
        loaded.remarks.clear()


def _differences(loaded: _Loaded, query: Query) -> list[str]:
    """Return what is not as expected."""
    if "request" in query.raw:
        return loaded.http.differences(query)
    if not query.expect:
        raise Missing("an expectation")
    found: list[str] = []
    rest = {key for key in query.expect if key not in REMARKS}
    for keys, check in KINDS:
        wanted = rest & keys
        if wanted:
            found += check(loaded, query)
            rest -= keys
    if rest:
        raise NotUnderstood(", ".join(sorted(rest)))
    return found


def _search(loaded: _Loaded, query: Query) -> list[str]:
    """Search and compare the set of journeys, or what the case says of it."""
    question = asked(query, loaded.system.style, loaded.system.stations)
    message = loaded.case.message(query, default=False)
    itineraries = [
        row
        for row in loaded.system.search(question.request, message)
        if (question.arrive_not_after is None or row.arrival <= question.arrive_not_after)
        and (question.depart_not_before is None or row.departure >= question.depart_not_before)
    ]
    found: list[str] = []
    unread = [*question.ignored]
    unread += [f"settings.{key}" for key in loaded.case.settings if key not in SETTINGS]
    if "journeys" in query.expect:
        rows = query.expect["journeys"] or []
        expected = [expected_journey(row) for row in rows]
        unread += sorted({key for row in rows for key in unread_keys(row)})
        shown = [found_journey(row, TAG) for row in itineraries]
        either = "accept either" in query.note
        found += set_differences(expected, shown, change_stops=not either)
    found += check_set(
        {key: value for key, value in query.expect.items() if key in SET_KEYS}, itineraries
    )
    if unread:
        names = ", ".join(unread)
        if found:
            raise Missing(f"reading {names}")
        loaded.remarks.append(f"without reading {names}")
    return found


def _rows(loaded: _Loaded, query: Query) -> list[str]:
    rows = query.expect["rows"]
    if any("searchWindow" in row for row in rows):
        return check_windows(query)
    return check_rows(loaded.case, query)


def _fares(loaded: _Loaded, query: Query) -> list[str]:
    question = asked(query, loaded.system.style, loaded.system.stations)
    found = loaded.system.search(question.request, loaded.case.message(query, default=False))
    if not found:
        return ["no journey"]
    tables = read_files(dict(variant_files(loaded.case, query.name)), name=loaded.case.id)
    best = min(found, key=lambda row: (row.arrival, row.transfers))
    return fare_differences(query.expect["fare_legs"], best, tables, loaded.system.network)


Check = Callable[[_Loaded, Query], list[str]]

KINDS: tuple[tuple[set[str], Check], ...] = (
    ({"resolves", "service_day"}, lambda c, q: check_resolves(c.system.network, q)),
    (
        {"trip", "calls", "cancelled_stops"},
        lambda c, q: check_calls(c.system.network, q, c.case.message(q, default=True)),
    ),
    ({"rows"}, _rows),
    ({"footpaths_minutes"}, lambda c, q: check_footpaths(c.case, q)),
    ({"fare_legs"}, _fares),
    ({"journeys", *SET_KEYS}, _search),
)
"""What each key of an expectation asks for; the first that fits is checked first."""


def summary(verdicts: Mapping[Word, int]) -> str:
    """Return the last line."""
    ok, failed, skipped = (verdicts.get(word, 0) for word in (Word.OK, Word.FAIL, Word.SKIP))
    return f"{ok} passed, {failed} failed, {skipped} skipped"
