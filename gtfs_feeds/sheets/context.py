"""What every reader of sheets shares: the stops, the days, and where to complain."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from gtfs_feeds.sheets.days import DayRule, DaysUnclear, dates_of, day_rule, has_date
from gtfs_feeds.sheets.model import Stop
from gtfs_feeds.sheets.problems import Note, Review, Spot, Trouble
from gtfs_feeds.sheets.words import key, without_end_mark

Worded = tuple[str, Spot]
"""A text and where it stands."""


@dataclass
class Context:
    """The stops by their names, named kinds of days, the validity, and the review."""

    stops: dict[str, Stop]
    first_day: date
    last_day: date
    review: Review
    kinds: dict[str, tuple[Worded, ...]] = field(default_factory=dict)
    """Names of days that a sheet of days explains (`夏ダイヤ`), with the words that do."""
    default_days: str = ""

    def stop(self, label: str) -> Stop | None:
        """Return the stop that a label names, with or without 発 or 着 behind it."""
        if not label:
            return None
        return self.stops.get(key(label)) or self.stops.get(key(without_end_mark(label)))

    def is_about_days(self, text: str) -> bool:
        """Say whether a text names days, clearly or not."""
        if not text:
            return False
        if key(text) in self.kinds:
            return True
        try:
            return day_rule(text) is not None
        except DaysUnclear:
            return True

    def rules(self, worded: Iterable[Worded], *, complain: bool = True) -> list[DayRule]:
        """Return the rules of texts about days; what is not clear becomes a problem."""
        found: list[DayRule] = []
        for text, at in self.explained(worded):
            try:
                rule = day_rule(text)
            except DaysUnclear:
                if complain:
                    self.review.problem(at, Trouble.UNCLEAR_DAYS, text)
                continue
            if rule is None:
                if has_date(text) and complain:
                    self.review.problem(at, Trouble.UNCLEAR_DAYS, text)
                continue
            if rule.names_weekdays:
                self.review.remark(at, Note.HOLIDAYS_TOO, text)
            found.append(rule)
        return found

    def explained(self, worded: Iterable[Worded]) -> Iterable[Worded]:
        """Yield texts, with the names of days replaced by what the sheet of days says."""
        for text, at in worded:
            yield from self.kinds.get(key(text), ((text, at),))

    def dates(self, rules: list[DayRule], at: Spot) -> frozenset[date]:
        """Return the days that all rules allow; none at all is a problem."""
        days = dates_of(rules, self.first_day, self.last_day)
        if not days:
            words = " / ".join(rule.text for rule in rules)
            self.review.problem(at, Trouble.NEVER_RUNS, words)
        return days


def build_index(stops: Iterable[Stop]) -> dict[str, Stop]:
    """Return stops by the names that sheets may use: with the platform, and without if unique."""
    index: dict[str, Stop] = {}
    bare: dict[str, list[Stop]] = {}
    for stop in stops:
        bare.setdefault(key(stop.name), []).append(stop)
        for spelling in (stop.id, f"{stop.name}{stop.platform}", f"{stop.name}({stop.platform})"):
            index[key(spelling)] = stop
    for name, sharing in bare.items():
        if len(sharing) == 1:
            index[name] = sharing[0]
        else:
            index.pop(name, None)
    return index
