"""Notes about days that stand below or beside a table, and so at none of its trips."""

from collections.abc import Iterable
from dataclasses import replace

from gtfs_feeds.sheets.context import Context, Worded
from gtfs_feeds.sheets.days import DAY_WORDS, DayRule, is_only_about_days
from gtfs_feeds.sheets.model import Trip
from gtfs_feeds.sheets.problems import Note, Trouble


def limited(trips: list[Trip], cells: Iterable[Worded], context: Context) -> list[Trip]:
    """
    Return the trips on the days that the notes of their sheet leave them.

    A note that speaks of nothing but days holds for the whole sheet (`※土日祝は運休します`); any
    other about days may mean some trips alone, and is a problem, as it is when nothing is left.
    """
    rules = rules_of(cells, context)
    if not rules:
        return trips
    words = "・".join(rule.text for rule in rules)
    kept: list[Trip] = []
    for trip in trips:
        dates = frozenset(day for day in trip.dates if all(rule.runs_on(day) for rule in rules))
        if dates:
            kept.append(replace(trip, dates=dates, days=f"{trip.days}・{words}"))
        else:
            context.review.problem(trip.at, Trouble.NEVER_RUNS, words)
    return kept


def rules_of(cells: Iterable[Worded], context: Context) -> list[DayRule]:
    """Return what notes say of all trips; those that may mean some alone become problems."""
    worded: list[Worded] = []
    for text, at in cells:
        if is_only_about_days(text):
            worded.append((text, at))
            context.review.remark(at, Note.WHOLE_SHEET, text)
        elif context.is_about_days(text) or DAY_WORDS.search(text):
            context.review.problem(at, Trouble.NOTE_UNPLACED, text)
    return context.rules(worded)
