"""Collecting faults without drowning in them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from gtfs_feeds.read.tables import Fault

SHOWN_CHARS: Final = 200


class FaultLog:
    """Keeps the first faults of each (code, file, field) and counts the rest in one more."""

    def __init__(self, listed: int) -> None:
        self._listed = listed
        self._kinds: dict[tuple[str, str, str], list[Fault]] = {}

    def add(
        self,
        code: str,
        file: str,
        row: int | None = None,
        *,
        field: str = "",
        value: str = "",
        mended: bool = False,
        facts: Mapping[str, str | int] | None = None,
        count: int = 1,
    ) -> None:
        """Record one fault, or `count` of the same kind whose first row is `row`."""
        kept = self._kinds.setdefault((code, file, field), [])
        if len(kept) > self._listed:
            kept[-1] = replace(kept[-1], count=kept[-1].count + count)
            return
        shown = value if len(value) <= SHOWN_CHARS else value[:SHOWN_CHARS] + "…"
        kept.append(Fault(code, file, row, field, shown, mended, dict(facts or {}), count))

    def room(self, code: str, file: str, field: str = "") -> int:
        """Return how many more of a kind are listed one by one."""
        return max(0, self._listed - len(self._kinds.get((code, file, field), ())))

    def faults(self) -> tuple[Fault, ...]:
        """Return everything, by file, line, field and code."""
        every = [fault for kind in self._kinds.values() for fault in kind]
        every.sort(key=lambda fault: (fault.file, fault.row or 0, fault.field, fault.code))
        return tuple(every)
