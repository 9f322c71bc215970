"""Entries beside their names: the sheet of the company, and the head of every other sheet."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from gtfs_feeds.sheets.model import Defaults, Operator
from gtfs_feeds.sheets.problems import Review, Spot, Trouble
from gtfs_feeds.sheets.words import folded
from gtfs_feeds.sheets.workbook import Sheet

NAMES: Final = MappingProxyType(
    {
        "operator": ("事業者名", "事業者", "会社名", "運行会社", "運航会社", "運営"),
        "reading": ("よみがな", "ふりがな", "事業者名よみがな", "フリガナ"),
        "english": ("英語名", "英語", "事業者名英語", "英語表記"),
        "corporate_number": ("法人番号",),
        "url": ("URL", "ホームページ", "ウェブサイト", "WEB", "サイト"),
        "phone": ("電話", "電話番号", "TEL", "連絡先"),
        "mode": ("交通の種類", "交通モード", "モード", "種類", "交通機関"),
        "first_day": ("開始日", "有効開始日", "適用開始日", "運行開始日"),
        "last_day": ("終了日", "有効終了日", "適用終了日", "運行終了日"),
        "line": ("路線名", "路線", "航路名", "航路", "系統名", "系統", "線名", "コース名"),
        "days": (
            "運行日", "運航日", "運転日", "曜日", "運行区分", "ダイヤ", "運行期間", "運航期間",
            "期間",
        ),
        "fare": ("運賃", "料金", "大人運賃", "均一運賃"),
        "child_fare": ("小児運賃", "小人運賃", "こども運賃", "子ども運賃", "子供運賃", "小児"),
        "headsign": ("行先", "行き先", "方面"),
    }
)  # fmt: skip
"""Each entry with the names that it goes by."""

MODES: Final = MappingProxyType(
    {
        "バス": 3, "bus": 3, "路線バス": 3, "コミュニティバス": 3, "高速バス": 3,
        "船": 4, "旅客船": 4, "フェリー": 4, "船舶": 4, "ferry": 4, "渡船": 4, "高速船": 4,
        "鉄道": 2, "電車": 2, "rail": 2, "列車": 2,
        "路面電車": 0, "市電": 0, "tram": 0,
        "航空": 1100, "飛行機": 1100, "air": 1100,
    }
)  # fmt: skip
"""GTFS route types; 1100 is air of the extended ones."""

NEEDED: Final = ("operator", "corporate_number", "url", "mode", "first_day", "last_day")
FIRST_HOLIDAY_LAW, LAST_YEAR, LONGEST_DAYS = 2022, 2099, 3 * 366
JAPANESE_DATE: Final = re.compile(r"(\d{4})[年/.-](\d{1,2})[月/.-](\d{1,2})日?")
REIWA: Final = re.compile(
    r"(?:令和|R)(\d{1,2}|元)[年/.-](\d{1,2})[月/.-](\d{1,2})日?", re.IGNORECASE
)
REIWA_YEAR_ZERO: Final = 2018
DAY_COUNT_ZERO: Final = date(1899, 12, 30)
"""Excel counts days from here; a date in a cell without the format of one is such a count."""

Found = tuple[str, Spot]


def entry_of(text: str) -> str | None:
    """Return which entry a label names, or None."""
    bare = text.rstrip(":").replace(" ", "").casefold()
    for entry, names in NAMES.items():
        if bare in {name.casefold() for name in names}:
            return entry
    return None


def entries(sheet: Sheet, rows: int | None = None) -> dict[str, Found]:
    """
    Return the entries of a sheet: the value right of a label, or behind its colon.

    The first one of a name counts; `rows` limits the search to the head of the sheet.
    """
    found: dict[str, Found] = {}
    for row, column, cell in sheet.filled():
        if cell.is_copy or (rows is not None and row >= rows):
            continue
        label, colon, value = cell.text.partition(":")
        entry = entry_of(label) if colon and value.strip() else None
        if entry:
            found.setdefault(entry, (value.strip(), sheet.spot(row, column)))
            continue
        entry = entry_of(cell.text)
        if entry is None:
            continue
        beside = column + 1
        while sheet.at(row, beside).is_copy and sheet.text(row, beside) == cell.text:
            beside += 1
        value = sheet.at(row, beside).raw.strip()
        if value and entry_of(folded(value)) is None:
            found.setdefault(entry, (value, sheet.spot(row, beside)))
    return found


def operator_of(
    found: Mapping[str, Found], defaults: Defaults, at: Spot, review: Review
) -> Operator | None:
    """Return the company by its entries and defaults; None where something is wrong or missing."""
    given = {
        "operator": defaults.operator,
        "corporate_number": defaults.corporate_number,
        "url": defaults.url,
        "mode": defaults.mode,
        "first_day": defaults.first_day,
        "last_day": defaults.last_day,
    }
    values = {name: (value, at) for name, value in given.items() if value} | dict(found)
    missing = [name for name in NEEDED if name not in values]
    for name in missing:
        review.problem(at, Trouble.MISSING, NAMES[name][0])
    number = checked_number(values, review)
    mode = values.get("mode", ("", at))
    route_type = MODES.get(folded(mode[0]).casefold())
    if route_type is None and "mode" in values:
        review.problem(mode[1], Trouble.UNKNOWN_MODE, mode[0])
    first, last = (day_in(values.get(name), review) for name in ("first_day", "last_day"))
    if first and last and not 0 <= (last - first).days <= LONGEST_DAYS:
        review.problem(values["last_day"][1], Trouble.BAD_DATE, values["last_day"][0])
        last = None
    if missing or number is None or route_type is None or first is None or last is None:
        return None
    text = {name: value for name, (value, _) in values.items()}
    return Operator(
        text["operator"],
        text.get("reading", ""),
        text.get("english", ""),
        number,
        text["url"],
        text.get("phone", ""),
        route_type,
        first,
        last,
        values["operator"][1],
    )


def checked_number(values: Mapping[str, Found], review: Review) -> str | None:
    """Return the corporate number where its check digit is right."""
    if "corporate_number" not in values:
        return None
    text, at = values["corporate_number"]
    digits = folded(text).replace("-", "").replace(" ", "")
    if is_corporate_number(digits):
        return digits
    review.problem(at, Trouble.BAD_CORPORATE_NUMBER, text)
    return None


def is_corporate_number(digits: str) -> bool:
    """
    Say whether 13 digits are a corporate number (法人番号).

    The first is 9 minus the rest of the weighted sum by 9: the last digit weighs 1, the one before
    2, and so on in turn (ordinance on the designation of corporate numbers, article 2).
    """
    if len(digits) != 13 or not digits.isascii() or not digits.isdigit():
        return False
    weighted = sum(
        int(digit) * (1 if place % 2 == 0 else 2)
        for place, digit in enumerate(reversed(digits[1:]))
    )
    return int(digits[0]) == 9 - weighted % 9


def day_in(found: Found | None, review: Review) -> date | None:
    """Return a date as people write it."""
    if found is None:
        return None
    text, at = found
    day = parse_day(text)
    if day is None:
        review.problem(at, Trouble.BAD_DATE, text)
    return day


def parse_day(text: str) -> date | None:
    """Return a date of the western or the Reiwa calendar, or None."""
    bare = folded(text).replace(" ", "")
    match = JAPANESE_DATE.fullmatch(bare)
    reiwa = REIWA.fullmatch(bare)
    if match:
        year, month, day = (int(part) for part in match.groups())
    elif reiwa:
        year = REIWA_YEAR_ZERO + (1 if reiwa[1] == "元" else int(reiwa[1]))
        month, day = int(reiwa[2]), int(reiwa[3])
    elif re.fullmatch(r"\d{8}", bare):
        year, month, day = int(bare[:4]), int(bare[4:6]), int(bare[6:])
    elif re.fullmatch(r"[4-7]\d{4}", bare):
        counted = DAY_COUNT_ZERO + timedelta(days=int(bare))
        year, month, day = counted.year, counted.month, counted.day
    else:
        return None
    if not FIRST_HOLIDAY_LAW <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
