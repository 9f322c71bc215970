"""What a sheet says that cannot be taken as it is, with the cell where it says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from maas.core.errors import Kind, MaasError


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell: `平日!B5`, or a sheet as a whole."""

    sheet: str
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


class Trouble(StrEnum):
    """Why a sheet is refused: nothing is guessed, so each of these needs a person."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    NO_VALUE = "no-value"
    NO_TIMETABLE = "no-timetable"
    NOTHING_FOUND = "nothing-found"
    MISSING = "missing"
    UNKNOWN_MODE = "unknown-mode"
    BAD_DATE = "bad-date"
    BAD_CORPORATE_NUMBER = "bad-corporate-number"
    BAD_COORDINATE = "bad-coordinate"
    NO_COORDINATE = "no-coordinate"
    STOP_TWICE = "stop-twice"
    UNKNOWN_STOP = "unknown-stop"
    BAD_TIME = "bad-time"
    UNREAD_TIME = "unread-time"
    TIMES_FALL = "times-fall"
    ONE_CALL = "one-call"
    NO_DAYS = "no-days"
    UNCLEAR_DAYS = "unclear-days"
    NEVER_RUNS = "never-runs"
    NO_LINE = "no-line"
    BAD_FARE = "bad-fare"
    FARE_WITHOUT_STOPS = "fare-without-stops"
    FARE_TWICE = "fare-twice"
    SEVERAL_OPERATORS = "several-operators"
    OLD_EXCEL = "old-excel"
    NO_TABLE = "no-table"
    UNKNOWN_MARK = "unknown-mark"
    BOARD_ALONE = "board-alone"
    NOTE_UNPLACED = "note-unplaced"
    HALF_DAY = "half-day"
    HIDDEN = "hidden"
    HALF_SPAN = "half-span"


class Note(StrEnum):
    """What was taken as it is usually meant, so that a person can object."""

    IGNORED_SHEET = "ignored-sheet"
    AFTER_MIDNIGHT = "after-midnight"
    UPWARDS = "upwards"
    HOLIDAYS_TOO = "holidays-too"
    NOT_RUNNING = "not-running"
    CHILD_FARE = "child-fare"
    NO_FARE = "no-fare"
    PAYMENT = "payment"
    NO_READING = "no-reading"
    BLANK_BETWEEN = "blank-between"
    MINUTES_ONLY = "minutes-only"
    FOOTNOTE = "footnote"
    WHOLE_SHEET = "whole-sheet"
    HIDDEN_SHEET = "hidden-sheet"
    OTHER_FARES = "other-fares"


TROUBLE_TEXTS: Final[Mapping[Trouble, tuple[str, str]]] = MappingProxyType(
    {
        Trouble.UNREADABLE: (
            "表として開けません。xlsx か CSV で保存し直してください。",
            "It cannot be opened as a workbook. Save it as xlsx or csv.",
        ),
        Trouble.OLD_EXCEL: (
            "古い Excel (.xls) かパスワード付きです。パスワードなしの xlsx で保存してください。",
            "It is an old Excel file (.xls) or has a password. Save it as xlsx without one.",
        ),
        Trouble.NO_TABLE: (
            "PDF や画像は読めません。元の Excel か CSV を送ってください。",
            "PDFs and pictures cannot be read. Send the Excel or csv file.",
        ),
        Trouble.UNKNOWN_MARK: (
            "記号の意味がありません。同じシートに「※ 土日祝運休」のような説明を足してください。",
            "Nothing says what the mark means. Add a line such as ※ 土日祝運休 to the sheet.",
        ),
        Trouble.BOARD_ALONE: (
            "発車時刻だけでは便になりません。停留所の行と所要時間（分）の行を書き足してください。",
            "Departures alone make no trips. Add a row of stops and a row 所要時間 with minutes.",
        ),
        Trouble.NOTE_UNPLACED: (
            "どの便についての注か分かりません。便の上か下に書くか、便に記号を付けてください。",
            "It is not clear which trips this note means. Write it above them or mark them.",
        ),
        Trouble.HALF_DAY: (
            "「午後」の下に12時より前の時刻があります。13:00 のように24時間で書いてください。",
            "A time before noon stands below 午後. Write it like 13:00.",
        ),
        Trouble.HIDDEN: (
            "非表示の行または列に値があります。使うなら再表示し、使わないなら削除してください。",
            "A hidden row or column holds values. Show it if it counts, delete it if not.",
        ),
        Trouble.HALF_SPAN: (
            "期間の開始と終了の片方しかありません。両方を書いてください。",
            "Only one end of the season is given. Write both.",
        ),
        Trouble.TOO_LARGE: (
            "シートが大きすぎます。使わない行と列を削除してください。",
            "The sheet is too large. Delete unused rows and columns.",
        ),
        Trouble.NO_VALUE: (
            "数式の結果が保存されていません。値として貼り付けてください。",
            "The result of this formula is not stored. Paste it as a value.",
        ),
        Trouble.NO_TIMETABLE: (
            "時刻らしい値がありますが、停留所名の行または列が見つかりません。",
            "There are times, but neither a row nor a column of known stops.",
        ),
        Trouble.NOTHING_FOUND: (
            "便が一つも見つかりません。ひな形の形に合わせてください。",
            "No trip was found. Follow the shape of the template.",
        ),
        Trouble.MISSING: ("必要な項目がありません。", "A needed entry is missing."),
        Trouble.UNKNOWN_MODE: (
            "交通の種類が読めません。バス、船、鉄道、路面電車、航空のどれかを書いてください。",
            "The mode is not known. Write bus, ferry, rail, tram or air.",
        ),
        Trouble.BAD_DATE: (
            "日付として読めません。2026-04-01 のように書いてください。",
            "This is no date. Write it like 2026-04-01.",
        ),
        Trouble.BAD_CORPORATE_NUMBER: (
            "法人番号が正しくありません (13 桁、検査数字)。",
            "The corporate number is wrong: 13 digits, the first is a check digit.",
        ),
        Trouble.BAD_COORDINATE: (
            "緯度または経度として読めません。日本の範囲の十進数で書いてください。",
            "This is no latitude or longitude in Japan. Write decimal degrees.",
        ),
        Trouble.NO_COORDINATE: (
            "緯度と経度がありません。住所だけでは位置が決まりません。",
            "There are no coordinates, and an address alone does not give them.",
        ),
        Trouble.STOP_TWICE: (
            "同じ名前の停留所が二つあります。のりばで区別してください。",
            "Two stops have this name. Tell them apart by platform.",
        ),
        Trouble.UNKNOWN_STOP: (
            "停留所のシートにない名前です。",
            "The sheet of stops does not have this name.",
        ),
        Trouble.BAD_TIME: (
            "時刻として読めません。8:05 のように書き、通過は「レ」としてください。",
            "This is no time. Write it like 8:05; a stop that is passed is レ.",
        ),
        Trouble.UNREAD_TIME: (
            "どの停留所のどの便の時刻か分かりません。行と列の見出しを確かめてください。",
            "It is not clear to which stop and trip this time belongs. Check its row and column.",
        ),
        Trouble.TIMES_FALL: (
            "前の停留所より早い時刻です。",
            "The time is earlier than that of the stop before.",
        ),
        Trouble.ONE_CALL: (
            "時刻が一つしかない便です。",
            "The trip has one time only.",
        ),
        Trouble.NO_DAYS: (
            "運行日が分かりません。「運行日」に 毎日、平日、土日祝 などと書いてください。",
            "The days are not known. Write 毎日, 平日, 土日祝 … beside 運行日.",
        ),
        Trouble.UNCLEAR_DAYS: (
            "運行日の書き方が一通りに読めません。曜日や日付で書いてください。",
            "The days can be read in more than one way. Write weekdays or dates.",
        ),
        Trouble.NEVER_RUNS: (
            "有効期間の中に運行日が一日もありません。",
            "No day of the validity is left on which it runs.",
        ),
        Trouble.NO_LINE: (
            "路線名が分かりません。「路線名」を書くか、シートに名前を付けてください。",
            "The line has no name. Write it beside 路線名 or name the sheet.",
        ),
        Trouble.BAD_FARE: ("運賃として読めません。", "This is no fare."),
        Trouble.FARE_WITHOUT_STOPS: (
            "どの区間の運賃か分かりません。行と列に停留所名が一つずつ必要です。",
            "It is not clear between which stops this is: one name per row and column.",
        ),
        Trouble.FARE_TWICE: (
            "同じ区間に違う運賃があります。",
            "The same pair of stops has another fare elsewhere.",
        ),
        Trouble.SEVERAL_OPERATORS: (
            "複数の事業者が混ざっています。一つずつに分けてください。",
            "Several operators are mixed. Give one at a time.",
        ),
    }
)
"""Japanese and English, in this order."""

NOTE_TEXTS: Final[Mapping[Note, tuple[str, str]]] = MappingProxyType(
    {
        Note.IGNORED_SHEET: ("時刻も停留所もないシートなので使っていません。", "Not used."),
        Note.AFTER_MIDNIGHT: ("翌日の時刻として読みました。", "Read as after midnight."),
        Note.UPWARDS: ("下から上へ読みました。", "Read from the bottom to the top."),
        Note.HOLIDAYS_TOO: (
            "祝日も曜日どおり運行すると読みました。",
            "Read as running on holidays like on any such weekday.",
        ),
        Note.NOT_RUNNING: ("運休と書かれた便を除きました。", "Left out, because it says 運休."),
        Note.CHILD_FARE: (
            "誰の運賃か、いくらかが書かれていないため、小児運賃として書き出していません。",
            "Not exported as a child fare: whose it is, or how much, is not written.",
        ),
        Note.WHOLE_SHEET: (
            "このシートのすべての便についての注と読みました。",
            "Read as a note about all trips of the sheet.",
        ),
        Note.HIDDEN_SHEET: (
            "非表示のシートなので使っていません。",
            "Not used, because the sheet is hidden.",
        ),
        Note.OTHER_FARES: (
            "大人の普通運賃ではないため、書き出していません。",
            "Not exported: these are not the fares of adults for one journey.",
        ),
        Note.NO_FARE: ("運賃がない路線です。", "The line has no fares."),
        Note.PAYMENT: (
            "運賃の支払いは、バスと路面電車は車内、ほかは乗る前としました。",
            "Fares are taken to be paid on board of buses and trams, before boarding elsewhere.",
        ),
        Note.NO_READING: (
            "よみがなが分かりません。書き足してください。",
            "The reading is not known. Please add it.",
        ),
        Note.MINUTES_ONLY: (
            "分だけの時刻は、前の時刻に続くものと読みました。",
            "Minutes without an hour were read as following the time before.",
        ),
        Note.FOOTNOTE: (
            "この注は運行日のことではないため、データに入れていません。",
            "This footnote is not about days and is not exported.",
        ),
        Note.BLANK_BETWEEN: (
            "途中の空欄は通過と読みました。",
            "Blank cells between times were read as passing.",
        ),
    }
)
"""Japanese and English, in this order."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that needs a person."""

    at: Spot
    trouble: Trouble
    value: str = ""
    """What stands there, or what is missing."""

    @property
    def ja(self) -> str:
        """The problem in Japanese."""
        return TROUBLE_TEXTS[self.trouble][0]

    @property
    def en(self) -> str:
        """The problem in English."""
        return TROUBLE_TEXTS[self.trouble][1]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was taken as it is usually meant."""

    at: Spot
    note: Note
    value: str = ""

    @property
    def ja(self) -> str:
        """The remark in Japanese."""
        return NOTE_TEXTS[self.note][0]

    @property
    def en(self) -> str:
        """The remark in English."""
        return NOTE_TEXTS[self.note][1]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that nobody wrote: to be looked at before it is published."""

    at: Spot
    field: str
    """reading, english or coordinate"""
    value: str
    source: str
    """known-place, from-reading, from-name, network, or answered: a person wrote it on the page."""
    stop: str = ""
    """Id of the stop that it is for."""


class SheetRefused(MaasError):
    """
    The sheets cannot be taken without asking; `problems` names every cell, in their order.

    No feed is made from a part of a timetable: a trip left out in silence strands travellers.
    """

    code = "sheet-refused"
    title = "The timetable sheets need corrections"
    kind = Kind.INVALID

    def __init__(
        self, problems: tuple[Problem, ...], suggestions: tuple[Suggestion, ...] = ()
    ) -> None:
        first = problems[0]
        super().__init__(
            f"{first.at}: {first.en}",
            problems=len(problems),
            detail_ja=f"{first.at}: {first.ja}",
        )
        self.problems = problems
        self.suggestions = suggestions
        """What was suggested until then; stops without a place have one, empty if none is known."""


class Review:
    """Collects problems and remarks while sheets are read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.remarks: list[Remark] = []

    def problem(self, at: Spot, trouble: Trouble, value: str = "") -> None:
        """Note something that needs a person, once per cell."""
        found = Problem(at, trouble, value[:200])
        if found not in self.problems:
            self.problems.append(found)

    def remark(self, at: Spot, note: Note, value: str = "") -> None:
        """Note something that was taken as usual, once per place."""
        found = Remark(at, note, value[:200])
        if found not in self.remarks:
            self.remarks.append(found)
