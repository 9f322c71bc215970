"""How people write timetables: marks, times, labels."""

import re
import unicodedata
from types import MappingProxyType
from typing import Final

PASS_MARKS: Final = frozenset(
    {"レ", "|", "||", "‖", "∥", "│", "┃", "↓", "↑", "→", "←", "⇒", "-", "--", "---", "ー", "―"}
    | {"─", "━", "−", "–", "—", "=", "==", "〓", "×", "✕", "x", "*", "・", "・・", "..", "..."}
    | {"・・・", "通過", "止まらない", "∨", "v", "V", "/", "\\"}
)
"""No call: the vehicle passes (レ), goes another way (‖), or does not go so far."""

DITTO_MARKS: Final = frozenset(
    {"〃", "″", "′′", '"', "''", "”", "“", "同上", "々", "〟", "ヽヽ", "仝"}
)
"""The same as the cell before."""

CLOCK: Final = re.compile(
    r"(?P<half>午前|午後|AM|PM)?(?P<next>翌日?)?"
    r"(?P<hours>\d{1,2})(?:[:時.](?P<minutes>\d{2})?分?|時(?P<minute>\d)分)"
    r"(?::(?P<seconds>\d{2}))?"
    r"(?P<end>発|着)?",
    re.IGNORECASE,
)
DIGITS: Final = re.compile(r"(\d{1,2})(\d{2})(発|着)?")

ENCLOSED: Final = "¹²³" + "".join(
    chr(code)
    for first, last in (
        (0x2070, 0x2079),  # ⁴ …
        (0x2460, 0x2487),  # ① … ⑴ …
        (0x24B6, 0x24FF),  # Ⓐ … ⓪ ⓫ …
        (0x2776, 0x2793),  # ❶ …
        (0x3251, 0x325F),  # ㉑ …
        (0x3280, 0x32BF),  # ㊏ ㊐ ㊗ ㊡ …
        (0x32D0, 0x32FE),  # ㋐ …
    )
    for code in range(first, last + 1)
)
"""Numbers and letters in circles: NFKC would make the digits of `①8:05` one time, 18:05."""
MARKS: Final = "※*◎○●△▲▽▼□■◇◆☆★#†‡" + ENCLOSED
"""Marks at a time that a line elsewhere explains (`※ 土日祝運休`)."""
NOTED: Final = re.compile(rf"(?P<before>[{MARKS}]*) ?(?P<time>[^{MARKS}]+?) ?(?P<after>[{MARKS}]*)")
LEGEND: Final = re.compile(
    rf"(?P<mark>[{MARKS}])\s*(?:印)?(?:の?便)?\s*[:…は、,=-]*\s*(?P<words>[^{MARKS}]{{2,}})"
)

LABELS: Final = MappingProxyType(
    {
        "name": (
            "便",
            "便名",
            "便番号",
            "列車",
            "列車名",
            "列車番号",
            "船名",
            "船舶",
            "使用船舶",
            "号",
        ),
        "vessel": ("vessel", "trip"),
        "headsign": ("行先", "行き先", "方面", "行"),
        "days": (
            "運行日",
            "運航日",
            "運転日",
            "曜日",
            "備考",
            "注",
            "注記",
            "記事",
            "摘要",
            "運行区分",
        ),
        "kind": ("種別", "列車種別", "船種"),
    }
)
"""What the first cell of a row above or below the times says that the row holds."""

ENCLOSED_PARTS: Final = re.compile(f"([{ENCLOSED}])")
MEANT_AS_TIME: Final = re.compile(
    r"\d[:時;]\d|^\d{1,2}[:時]|^[01]\.\d+$|毎時|間隔|おき|この間|以降|随時|予約|\d発|\d着"
)
"""What stands in rows of times and is no time, but says something about them."""
NOT_TIMES: Final = re.compile(r"キロ|km|運賃|料金|所要|距離|分$|円", re.IGNORECASE)
"""Heads of columns beside the times that hold something else."""


def folded(text: str) -> str:
    """Return text in NFKC with single blanks: full-width digits become digits."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def folded_apart(text: str) -> str:
    """Return text as `folded` does, but with numbers in circles as they are."""
    parts = ENCLOSED_PARTS.split(text)  # Every second one is a mark.
    parts[::2] = (unicodedata.normalize("NFKC", part) for part in parts[::2])
    return " ".join("".join(parts).split())


def key(text: str) -> str:
    """Return what two spellings of one name have in common: no blanks, ヶ as ケ, no case."""
    bare = unicodedata.normalize("NFKC", text).casefold()
    bare = bare.replace("ヶ", "ケ").replace("ヵ", "カ")
    return "".join(letter for letter in bare if not letter.isspace() and letter != "・")


def is_pass(text: str) -> bool:
    """Say whether a cell means that the vehicle does not call."""
    return text.replace(" ", "") in PASS_MARKS


def is_ditto(text: str) -> bool:
    """Say whether a cell repeats the one before."""
    return text.replace(" ", "") in DITTO_MARKS


def clock_seconds(text: str) -> int | None:
    """
    Return the seconds of a time as people write it, or None.

    `8:05`, `8時5分`, `8.05`, `805`, `午後3:10`, `翌0:10`, `25:10`, each with 発 or 着 behind.
    Hours may pass 24 up to 47, as overnight ships have them.
    """
    bare = text.replace(" ", "")
    match = CLOCK.fullmatch(bare)
    if match:
        if match["minutes"] is None and "時" not in bare:
            return None
        hours, minutes = int(match["hours"]), int(match["minutes"] or match["minute"] or 0)
        if hours == 0 and "." in bare:
            return None  # 0.25 is a quarter past midnight, or 6:00 as Excel counts.
        seconds = int(match["seconds"] or 0)
        if match["half"]:
            if hours > 12:
                return None
            is_late = match["half"].upper() in {"午後", "PM"}
            hours = hours % 12 + (12 if is_late else 0)
        if match["next"]:
            hours += 24
    else:
        digits = DIGITS.fullmatch(bare)
        if digits is None:
            return None
        hours, minutes, seconds = int(digits[1]), int(digits[2]), 0
    if minutes > 59 or seconds > 59 or hours > 47:
        return None
    return hours * 3600 + minutes * 60 + seconds


def minutes_of(text: str) -> int | None:
    """Return the minutes of a cell that holds two digits and no hour, or None."""
    bare = text.replace(" ", "")
    return int(bare) if re.fullmatch(r"[0-5]\d", bare) else None


def footnoted(text: str) -> tuple[str, str]:
    """Return the footnote marks at the ends of a time, and the time; no marks on anything else."""
    match = NOTED.fullmatch(text)
    if match is None:
        return "", text
    marks, time = match["before"] + match["after"], match["time"]
    if not marks or (clock_seconds(time) is None and minutes_of(time) is None):
        return "", text
    return "".join(sorted(set(marks))), time


def end_mark(text: str) -> str:
    """Return 発 or 着 where a text ends so, else nothing."""
    bare = text.rstrip(" )）")
    return bare[-1] if bare.endswith(("発", "着")) else ""


def without_end_mark(text: str) -> str:
    """Return a stop's label without 発 or 着 at its end, bracketed or not."""
    return re.sub(r"[\s(（]*[発着][\s)）]*$", "", text)


def label_of(text: str) -> str | None:
    """Return what a row holds by its first cell (a key of `LABELS`), or None."""
    bare = text.replace(" ", "").rstrip(":")
    for label, words in LABELS.items():
        if bare in words:
            return label
    return None
