"""What mending did, line by line, and what it left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Rule(StrEnum):
    """A repair that is safe: it changes how something is written, never what it means."""

    NESTED_ZIP = "nested-zip"
    FOLDER = "folder"
    FILE_NAME = "file-name"
    ENCODING = "encoding"
    BYTE_ORDER_MARK = "byte-order-mark"
    NUL = "nul"
    SEPARATOR = "separator"
    HEADER_NAME = "header-name"
    EMPTY_COLUMN = "empty-column"
    EMPTY_ROW = "empty-row"
    EXTRA_CELLS = "extra-cells"
    BLANKS = "blanks"
    FULL_WIDTH = "full-width"
    TIME = "time"
    READING_TAG = "reading-tag"
    DUPLICATE_FARE_RULE = "duplicate-fare-rule"
    OLD_TRANSLATIONS = "old-translations"


class Obstacle(StrEnum):
    """Why a file was left as it is."""

    UNDECODABLE = "undecodable"
    BROKEN_QUOTES = "broken-quotes"
    DAMAGED = "damaged"
    UNSAFE_NAME = "unsafe-name"
    PRIVATE_COLUMNS = "private-columns"


@dataclass(frozen=True, slots=True)
class Change:
    """One repair: what stood where, and what stands there now."""

    file: str
    """As it was spelled in the feed, without folder."""
    row: int | None
    """Line of the file before mending; None where the whole file is meant."""
    field: str
    before: str
    after: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Left:
    """A file that could not be mended safely, wholly or in part."""

    file: str
    row: int | None
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Mended:
    """A mended feed: a zip with the same bytes for the same input, and the account of it."""

    name: str
    data: bytes
    changes: tuple[Change, ...]
    left: tuple[Left, ...]


RULE_TEXTS: Final[Mapping[Rule, tuple[str, str]]] = MappingProxyType(
    {
        Rule.NESTED_ZIP: ("zip の中の zip を取り出した", "took the zip out of the zip"),
        Rule.FOLDER: ("フォルダーから最上位に移した", "moved out of the folder"),
        Rule.FILE_NAME: ("ファイル名を仕様に合わせた", "gave the file the name of the standard"),
        Rule.ENCODING: ("文字コードを UTF-8 にした", "changed the encoding to UTF-8"),
        Rule.BYTE_ORDER_MARK: ("BOM を除いた", "removed the byte order mark"),
        Rule.NUL: ("NUL 文字を除いた", "removed NUL characters"),
        Rule.SEPARATOR: ("区切りをカンマにした", "separated the values by commas"),
        Rule.HEADER_NAME: ("列名を仕様に合わせた", "gave the column the name of the standard"),
        Rule.EMPTY_COLUMN: ("名前も値もない列を除いた", "removed a column without name and values"),
        Rule.EMPTY_ROW: ("空の行を除いた", "removed an empty row"),
        Rule.EXTRA_CELLS: (
            "行末の余分な空の値を除いた",
            "removed empty values after the last column",
        ),
        Rule.BLANKS: ("前後の空白を除いた", "removed blanks at the ends"),
        Rule.FULL_WIDTH: ("全角を半角にした", "wrote full-width characters in ASCII"),
        Rule.TIME: ("時刻を HH:MM:SS の形にした", "wrote the time as HH:MM:SS"),
        Rule.READING_TAG: (
            "よみがなの言語コードを ja-Hrkt にした",
            "spelled the tag of readings ja-Hrkt",
        ),
        Rule.DUPLICATE_FARE_RULE: (
            "まったく同じ運賃定義の行を一つにした",
            "kept one of identical fare rules",
        ),
        Rule.OLD_TRANSLATIONS: (
            "翻訳情報を新しい形式にした",
            "wrote the translation in the present form",
        ),
    }
)
"""Japanese and English, in this order."""

OBSTACLE_TEXTS: Final[Mapping[Obstacle, tuple[str, str]]] = MappingProxyType(
    {
        Obstacle.UNDECODABLE: (
            "読めない文字があるため、このファイルには手を付けていません。元データから直してください。",
            "It holds bytes that are no text, so nothing was changed. Write it from its source.",
        ),
        Obstacle.BROKEN_QUOTES: (
            "引用符が壊れた行があるため、文字コードのほかは直していません。その行を直してください。",
            "Quotes do not fit together, so only its encoding was changed. Mend that line by hand.",
        ),
        Obstacle.DAMAGED: (
            "zip の中で壊れていて取り出せません。修復後の zip には入っていません。",
            "It is damaged inside the zip and is not part of the mended one.",
        ),
        Obstacle.UNSAFE_NAME: (
            "zip の外を指す名前のため、修復後の zip には入っていません。",
            "Its name points out of the zip; it is not part of the mended one.",
        ),
        Obstacle.PRIVATE_COLUMNS: (
            "独自の列があるため、翻訳情報を新しい形式にできません。",
            "It has columns of its own, so the translations stay in their old form.",
        ),
    }
)
"""Japanese and English, in this order."""
