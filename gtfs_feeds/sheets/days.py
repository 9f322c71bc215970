"""On which days a trip runs, from what people write beside it."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from gtfs_feeds.sample.days import national_holidays
from gtfs_feeds.sheets.entries import REIWA_YEAR_ZERO
from gtfs_feeds.sheets.words import folded

WEEKDAYS: Final = "月火水木金土日"
ALL: Final = frozenset(range(7))
WORKDAYS: Final = frozenset(range(5))


class DaysUnclear(ValueError):
    """The text speaks of days, but not in a way that has one meaning."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the year from one to another, in one year or in every one."""

    first: tuple[int | None, int, int]
    last: tuple[int | None, int, int]

    def holds(self, day: date) -> bool:
        """Say whether a day lies in it."""
        year, *start = self.first
        last_year, *end = self.last
        here = [day.month, day.day]
        if year is not None:
            until = (last_year if last_year is not None else year + (end < start), *end)
            return (year, *start) <= (day.year, *here) <= until
        return start <= here <= end if start <= end else here >= start or here <= end


@dataclass(frozen=True)
class DayRule:
    """Which days a text leaves: weekdays, what holidays do, seasons, days off."""

    text: str
    weekdays: frozenset[int] = ALL
    on_holidays: bool | None = None
    """None: as on any such weekday."""
    only: tuple[Span, ...] = ()
    never: tuple[Span, ...] = ()
    names_weekdays: bool = False
    """Weekdays were named without a word about holidays."""

    @property
    def leaves_all(self) -> bool:
        """Whether it leaves every day as it is."""
        return (
            self.weekdays == ALL and self.on_holidays is None and not self.only and not self.never
        )

    def runs_on(self, day: date) -> bool:
        """Say whether the rule allows a day."""
        if self.only and not any(span.holds(day) for span in self.only):
            return False
        if any(span.holds(day) for span in self.never):
            return False
        if self.on_holidays is not None and day in national_holidays(day.year):
            return self.on_holidays
        return day.weekday() in self.weekdays


@dataclass
class Draft:
    """A rule while its text is taken apart."""

    rest: str
    weekdays: frozenset[int] | None = None
    on_holidays: bool | None = None
    only: list[Span] = field(default_factory=list)
    never: list[Span] = field(default_factory=list)
    names_weekdays: bool = False


KINDS: Final = (
    (r"平日.?土休日共通|毎日|全日|通年|年中無休", ALL, None),
    (r"(?:土日祝日?|土休日|土曜日?日曜日?祝日?|土日)は?(?:運休|休航|休み|除く)", WORKDAYS, False),
    (r"(?:日祝日?|日曜日?祝日?|日休日)(?:は)?(?:運休|休航|休み|除く)", frozenset(range(6)), False),
    (r"平日(?:は)?(?:運休|休航|休み)", frozenset({5, 6}), True),
    (r"土日祝日?|土休日|土曜日?日曜日?祝日?", frozenset({5, 6}), True),
    (r"日祝日?|日曜日?祝日?", frozenset({6}), True),
    (r"平日(?:土曜日?|土)(?!日)", frozenset(range(6)), False),
    (r"平日", WORKDAYS, False),
    (r"土曜日?(?!日)", frozenset({5}), False),
)  # fmt: skip
"""Kinds of days by their usual words, the longer first: weekdays, and what holidays do."""

VAGUE: Final = re.compile(
    r"年末年始|お?盆|GW|ゴールデンウィーク|夏[季期休]|冬[季期休]|春[季期休]|繁忙期|閑散期|ドック|"
    r"学校|登校|休校|多客|臨時|特定日|休日|休前日|祝前日|休み?の前日|隔日|隔週|第[一二三四五1-5]"
)
"""Words that name days only together with dates."""

DATE: Final = r"(?:\d{4}[年/])?\d{1,2}[月/]\d{1,2}日?"
WEEKDAY: Final = r"(?:\([月火水木金土日]\))?"
TO: Final = rf"{WEEKDAY}(?:から|[~〜～\-‐–—―－])"
ITEM: Final = (
    rf"(?:{DATE}{TO}(?:\d{{4}}[年/])?(?:\d{{1,2}}[月/])?\d{{1,2}}日?"
    rf"|\d{{1,2}}月{TO}\d{{1,2}}月(?!\d)|{DATE}){WEEKDAY}"
)
JOIN: Final = r"(?:[・、,]|および|及び|ならびに|並びに|と)"
CHAIN: Final = re.compile(
    rf"(?P<items>{ITEM}(?:{JOIN}{ITEM})*)(?P<until>まで)?(?:の間)?"
    r"(?P<suffix>(?:は|を)?(?:運休|休航|休業|休み|除く)|(?:は|のみ|に限り)?(?:運行|運航)|のみ)?"
)
"""Dates and spans of dates in a row share what is said behind the last of them."""
PARTS: Final = re.compile(
    rf"(?:(\d{{4}})[年/])?(\d{{1,2}})[月/](\d{{1,2}})日?{WEEKDAY}"
    rf"(?:(?:から|[~〜～\-‐–—―－])(?:(\d{{4}})[年/])?(?:(\d{{1,2}})[月/])?(\d{{1,2}})日?)?"
)
MONTHS: Final = re.compile(rf"(\d{{1,2}})月{TO}(\d{{1,2}})月")
ERA_DATE: Final = re.compile(
    r"(?:令和|R)(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?", re.IGNORECASE
)
ERA_YEAR: Final = re.compile(r"(?:令和|R)(元|\d{1,2})年(?=\d)", re.IGNORECASE)
STRANGE_YEAR: Final = re.compile(
    rf"(?<!\d)\d{{1,2}}年\d{{1,2}}月|\d{{4}}年\d{{1,2}}月{TO}\d{{1,2}}月(?!\d)"
)
OFF, ON = "\ue000", "\ue001"
"""Stand in a text where dates off and on were taken out."""
KIND_WORDS: Final = (
    r"(?:土日祝日?|土休日|日祝日?|平日|祝日?|[月火水木金土日]曜日?|[月火水木金土日])"
)
SHARED: Final = re.compile(
    rf"{KIND_WORDS}{JOIN}?{OFF}|{ON}{JOIN}{KIND_WORDS}は?(?:運休|休航|休み|除く)"
)
"""A kind of days and dates before one 運休: it may mean both or the last alone."""
LIST: Final = re.compile(
    r"((?:[月火水木金土日](?:曜日?)?[・、,/]?)+)(?P<off>(?:は)?(?:運休|休航|休み|除く|を除く))?"
)
WEEK_RANGE: Final = re.compile(
    r"([月火水木金土日])(?:曜日?)?" + TO + r"([月火水木金土日])(?:曜日?)?"
)
HOLIDAYS: Final = (
    (re.compile(r"祝日?(?:は|を)?(?:運休|休航|休み|除く)"), False),
    (re.compile(r"祝日?(?:も|は)?(?:運行|運航)"), True),
)
FILLERS: Final = re.compile(
    r"のみ|限り|限定|運行|運航|運転|ダイヤ|期間|時刻表|便|は|を|の|も|に|※|[()（）:・、,。/\s〔〕\[\]*]|"
    r"適用|改正|祝日含む|祝日を含む"
)
LABEL: Final = re.compile(r"運[行航転]日:?")
DAYS_OFF: Final = re.compile(r"[運定]休日|定休|休[業航]日")
"""What follows is meant the other way round, if anything follows."""
OPEN_ENDED: Final = re.compile(
    r"\d日?(?:から|以降|より|まで|[~〜～])(?:の間)?(?:のみ)?(?:運行|運航|運休|休航)"
)
"""A season of which only one end is given."""
ELSE: Final = re.compile(r"\d|便(?!名)|号|航路|線|方面|行き|発|着|上り|下り|往路|復路|経由|船|バス")
"""What tells some trips from others, where a note speaks of days: it does not mean all of them."""
DAY_WORDS: Final = re.compile(r"運休|休航|運行日|運航日|曜|祝|平日|毎日|除く|以外")


def day_rule(text: str) -> DayRule | None:
    """
    Return the days of a text, or None where it does not speak of days.

    Raises:
        DaysUnclear: It does, but leaves open which: `年末年始運休` without dates, `休日` (does it
            include Saturdays?), `学校休業日運休`, or words that are not known.
    """
    bare = folded(text).replace(" ", "")
    bare = plainly_dated(bare, text)
    bare = LABEL.sub("", bare)
    if DAYS_OFF.search(bare):
        raise DaysUnclear(text)
    draft = Draft(bare)
    take_spans(draft)
    if OPEN_ENDED.search(draft.rest):
        raise DaysUnclear(text)
    has_dates = bool(draft.only or draft.never)
    take_kinds(draft)
    found = has_dates or draft.weekdays is not None or draft.on_holidays is not None
    if VAGUE.search(draft.rest):
        if not has_dates:
            raise DaysUnclear(text)
        draft.rest = VAGUE.sub("", draft.rest)
        draft.rest = re.sub(r"運休|休航|休み", "", draft.rest)
    rest = FILLERS.sub("", draft.rest)
    if DAY_WORDS.search(rest):
        raise DaysUnclear(text)
    if not found:
        return None
    weekdays = ALL if draft.weekdays is None else draft.weekdays
    return DayRule(
        folded(text),
        weekdays,
        draft.on_holidays,
        tuple(draft.only),
        tuple(draft.never),
        draft.names_weekdays and draft.on_holidays is None,
    )


def has_date(text: str) -> bool:
    """Say whether a text holds a date, whatever it says about it."""
    return CHAIN.search(folded(text).replace(" ", "")) is not None


def is_only_about_days(text: str) -> bool:
    """Say whether a text names days and nothing else that a trip or stop could be known by."""
    try:
        if day_rule(text) is None:
            return False
    except DaysUnclear:
        return False
    return not ELSE.search(CHAIN.sub("", plainly_dated(folded(text).replace(" ", ""), text)))


def plainly_dated(bare: str, text: str) -> str:
    """
    Return a text without 全便, and 令和8年7月20日 or R8.7.20 as 2026/7/20.

    Raises:
        DaysUnclear: A year is written in two digits, in another era, or before months alone.
    """
    bare = re.sub(r"(\d{4})-(\d{1,2})-(\d{1,2})", r"\1/\2/\3", bare.replace("全便", ""))
    bare = ERA_DATE.sub(lambda match: f"{western(match[1])}/{match[2]}/{match[3]}", bare)
    bare = ERA_YEAR.sub(lambda match: f"{western(match[1])}年", bare)
    if STRANGE_YEAR.search(bare):
        raise DaysUnclear(text)
    return bare


def western(reiwa: str) -> int:
    """Return the year of the western calendar."""
    return REIWA_YEAR_ZERO + (1 if reiwa == "元" else int(reiwa))


def take_spans(draft: Draft) -> None:
    """Take the dates out of a text."""

    def take(match: re.Match[str]) -> str:
        suffix = match["suffix"] or ""
        is_off = any(word in suffix for word in ("休", "除く"))
        items = re.split(JOIN, match["items"])
        if match["until"] and PARTS.match(items[-1]) and not re.search(TO, items[-1]):
            raise DaysUnclear(match[0])
        spans = [span for item in items if (span := span_of(item, alone=not suffix))]
        (draft.never if is_off else draft.only).extend(spans)
        if not spans:
            return match[0]
        return OFF if is_off else ON

    draft.rest = CHAIN.sub(take, draft.rest)
    if SHARED.search(draft.rest):
        raise DaysUnclear(draft.rest)
    draft.rest = draft.rest.replace(OFF, " ").replace(ON, " ")


def span_of(item: str, *, alone: bool) -> Span | None:
    """Return the days of one date or span; None for a date about which nothing is said."""
    months = MONTHS.match(item)
    if months:
        first_month, last_month = int(months[1]), int(months[2])
        end = (None, last_month, last_day_of(last_month))
        return Span(checked((None, first_month, 1)), checked(end))
    match = PARTS.match(item)
    if match is None:
        raise DaysUnclear(item)
    year, month, day, last_year, last_month_text, last_day = match.groups()
    first = (number(year), int(month), int(day))
    if last_day is None:
        return None if alone else Span(checked(first), checked(first))
    last = (number(last_year) or number(year), int(last_month_text or month), int(last_day))
    if year is None and last_year is not None:
        raise DaysUnclear(item)
    if year is not None and last_year is None and last[1:] < first[1:]:
        last = (int(year) + 1, *last[1:])
    return Span(checked(first), checked(last))


def take_kinds(draft: Draft) -> None:
    """Take the kinds of days and the weekdays out of a text."""
    bare = draft.rest.replace("・", "").replace("、", "").replace(",", "").replace("/", "")
    bare = bare.replace(" ", "")
    for pattern, weekdays, on_holidays in KINDS:
        match = re.search(pattern, bare)
        if match is None:
            continue
        draft.weekdays, draft.on_holidays = weekdays, on_holidays
        bare = bare[: match.start()] + " " + bare[match.end() :]
        break
    for expression, runs in HOLIDAYS:
        match = expression.search(bare)
        if match:
            draft.on_holidays = runs
            bare = bare[: match.start()] + " " + bare[match.end() :]
    draft.rest = bare
    if draft.weekdays is None:
        take_weekdays(draft)


def take_weekdays(draft: Draft) -> None:
    """Take named weekdays out of a text: 月~金, 月水金, 水曜運休."""
    match = WEEK_RANGE.search(draft.rest)
    if match:
        first, last = WEEKDAYS.index(match[1]), WEEKDAYS.index(match[2])
        draft.weekdays = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
        draft.names_weekdays = True
        draft.rest = draft.rest[: match.start()] + draft.rest[match.end() :]
        return
    for match in LIST.finditer(draft.rest):
        named = frozenset(WEEKDAYS.index(sign) for sign in match[1] if sign in WEEKDAYS)
        before, after = draft.rest[: match.start()], draft.rest[match.end() :]
        is_alone = "曜" in match[1] or match["off"] or not FILLERS.sub("", before + after)
        if not is_alone:
            continue
        draft.weekdays = ALL - named if match["off"] else named
        draft.names_weekdays = True
        draft.rest = before + after
        return


def number(text: str | None) -> int | None:
    """Return a number, or None."""
    return int(text) if text else None


def checked(day: tuple[int | None, int, int]) -> tuple[int | None, int, int]:
    """Return a day of the year that exists (29 February does)."""
    year, month, number_of_day = day
    try:
        date(year or 2024, month, number_of_day)
    except ValueError as error:
        raise DaysUnclear(f"{month}/{number_of_day}") from error
    return day


def last_day_of(month: int) -> int:
    """Return the last day of a month, 29 for February."""
    return {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)


def dates_of(rules: list[DayRule], first: date, last: date) -> frozenset[date]:
    """Return the days of a validity that all rules allow."""
    every = (first + timedelta(step) for step in range((last - first).days + 1))
    return frozenset(day for day in every if all(rule.runs_on(day) for rule in rules))


def words_of(rules: list[DayRule]) -> str:
    """Return the words of rules together, without those that leave every day."""
    words = dict.fromkeys(rule.text for rule in rules if not rule.leaves_all)
    return "・".join(words) or rules[0].text


def calendar_row(dates: frozenset[date]) -> tuple[list[int], list[date]]:
    """
    Return the weekdays (Monday first) that describe the dates best, and the days that differ.

    Looked at are the days from the first to the last of `dates`; a weekday counts as served when
    more of its days are served than not.
    """
    first, last = min(dates), max(dates)
    every = [first + timedelta(step) for step in range((last - first).days + 1)]
    pattern = []
    for weekday in range(7):
        days = [day for day in every if day.weekday() == weekday]
        pattern.append(int(2 * sum(day in dates for day in days) > len(days)))
    return pattern, [day for day in every if (day in dates) != bool(pattern[day.weekday()])]
