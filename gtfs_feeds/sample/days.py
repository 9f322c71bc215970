"""Japanese holidays by law, and the days on which the services of the sample run."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from gtfs_feeds.sample.tables import SampleTableError, data_rows


@cache
def national_holidays(year: int) -> frozenset[date]:
    """
    Return the national holidays of a year from 2022 on.

    The Act on National Holidays: fixed days, Monday holidays, the equinoxes after the formula of
    the almanac (good for 1980-2099), a substitute day after one that falls on a Sunday, and a
    day between two holidays.
    """
    fixed = [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)]
    days = {date(year, month, day) for month, day in fixed}
    leap = (year - 1980) // 4
    days.add(date(year, 3, int(20.8431 + 0.242194 * (year - 1980)) - leap))
    days.add(date(year, 9, int(23.2488 + 0.242194 * (year - 1980)) - leap))
    for month, nth in ((1, 2), (7, 3), (9, 3), (10, 2)):
        first = date(year, month, 1)
        days.add(first + timedelta((7 - first.weekday()) % 7 + 7 * (nth - 1)))
    extra: set[date] = set()
    for day in sorted(days):
        following = day + timedelta(1)
        if day.weekday() == 6:
            while following in days:
                following += timedelta(1)
            extra.add(following)
        elif day + timedelta(2) in days and following not in days and following.weekday() != 6:
            extra.add(following)
    return frozenset(days | extra)


@dataclass(frozen=True, slots=True)
class DayKind:
    """One kind of service days, a row of `days.csv`."""

    code: str
    weekdays: str
    """Seven signs, Monday first: 1 runs, 0 does not."""
    holidays: str
    """On national holidays: `same` as the weekday, `yes`, `no`."""
    quiet: str
    """On 12-30 to 01-03 and 08-13 to 08-15: `same`, `yes`, `no`."""
    seasons: tuple[tuple[str, str], ...]
    """First and last MM-DD of each season; empty means all year."""
    parity: int
    """-1, or the remainder of the day number by two on which it runs."""
    name: str
    english: str

    def runs_on(self, day: date) -> bool:
        """Say whether services of this kind run on a day."""
        text = day.strftime("%m-%d")
        if self.seasons and not any(
            first <= text <= last if first <= last else text >= first or text <= last
            for first, last in self.seasons
        ):
            return False
        if self.parity >= 0 and day.toordinal() % 2 != self.parity:
            return False
        if self.quiet != "same" and is_quiet(day):
            return self.quiet == "yes"
        if self.holidays != "same" and day in national_holidays(day.year):
            return self.holidays == "yes"
        return self.weekdays[day.weekday()] == "1"


def is_quiet(day: date) -> bool:
    """Say whether a day belongs to the turn of the year or to Obon."""
    text = day.strftime("%m-%d")
    return text >= "12-30" or text <= "01-03" or "08-13" <= text <= "08-15"


@cache
def day_kinds() -> dict[str, DayKind]:
    """Return the kinds of days by code."""
    found: dict[str, DayKind] = {}
    for number, row in data_rows("days"):
        code, weekdays, holidays, quiet, seasons, parity, name, english = row
        if len(weekdays) != 7 or holidays not in ("same", "yes", "no"):
            raise SampleTableError(f"days.csv:{number}: weekdays or holidays")
        spans = (span.partition("/") for span in seasons.split())
        found[code] = DayKind(
            code, weekdays, holidays, quiet, tuple((a, b) for a, _, b in spans),
            int(parity) if parity else -1, name, english,
        )  # fmt: skip
    return found


@lru_cache(maxsize=256)
def calendar_rows(code: str, first_day: date, days: int) -> tuple[str | None, tuple[str, ...]]:
    """
    Return the calendar.txt row (None where only single days can say it) and calendar_dates rows.

    Both together run exactly on the days on which the kind of this code runs.
    """
    kind = day_kinds()[code]
    window = [first_day + timedelta(n) for n in range(days)]
    plain = not kind.seasons and kind.parity < 0
    row: str | None = None
    if plain:
        flags = ",".join(kind.weekdays)
        row = f"{code},{flags},{first_day:%Y%m%d},{window[-1]:%Y%m%d}"
    exceptions: list[str] = []
    for day in window:
        regular = plain and kind.weekdays[day.weekday()] == "1"
        runs = kind.runs_on(day)
        if runs != regular:
            exceptions.append(f"{code},{day:%Y%m%d},{1 if runs else 2}")
    return row, tuple(exceptions)
