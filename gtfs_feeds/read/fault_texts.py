"""What each fault of reading means to people: how bad, what it is, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gtfs_feeds.read.tables import Severity

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True)
class FaultText:
    """
    One kind of fault in words.

    Codes and severities of the canonical GTFS validator (snapshot of July 2026) are kept where it
    has them; the others are ours.
    """

    severity: Severity
    ja: str
    en: str
    remedy_ja: str
    remedy_en: str


FAULT_TEXTS: Final[Mapping[str, FaultText]] = MappingProxyType(
    {
        "byte_order_mark": FaultText(
            INFO,
            "ファイルの先頭に BOM があります。",
            "The file begins with a byte order mark.",
            "「UTF-8 (BOM なし)」で保存してください。",
            "Save it as UTF-8 without a byte order mark.",
        ),
        "not_utf8": FaultText(
            ERROR,
            "文字コードが UTF-8 ではありません (Shift_JIS や UTF-16)。",
            "The file is not in UTF-8 but in Shift_JIS or UTF-16.",
            "UTF-8 で保存し直してください。",
            "Save it again as UTF-8.",
        ),
        "mixed_encodings": FaultText(
            ERROR,
            "一つのファイルに異なる文字コードの行が混ざっています。",
            "One file holds lines in different encodings.",
            "その行の文字を確かめ、ファイル全体を UTF-8 で保存してください。",
            "Check the text of the line and save the whole file as UTF-8.",
        ),
        "invalid_character": FaultText(
            ERROR,
            "読めない文字があります (文字化け、またはデータの破損)。",
            "There are characters that cannot be read: garbled text or damaged data.",
            "元のデータからその行を書き直してください。",
            "Write the line again from its source.",
        ),
        "null_byte": FaultText(
            ERROR,
            "NUL 文字 (0x00) が含まれています。",
            "There are NUL characters (0x00).",
            "書き出したプログラムを確かめ、NUL を除いてください。",
            "Check the program that wrote it and remove them.",
        ),
        "csv_parsing_failed": FaultText(
            ERROR,
            '引用符 (") の対応が壊れています。',
            'The quotes (") of the line do not fit together.',
            '値を "…" で囲み、値の中の " は "" と書いてください。',
            'Enclose the value in "…" and write a quote inside it as "".',
        ),
        "wrong_separator": FaultText(
            ERROR,
            "値がカンマではなくタブやセミコロンで区切られています。",
            "The values are separated by tabs or semicolons, not by commas.",
            "「CSV (カンマ区切り) UTF-8」の形式で保存してください。",
            "Save it as comma-separated csv in UTF-8.",
        ),
        "new_line_in_value": FaultText(
            ERROR,
            "値の中に改行があります。",
            "There is a line break inside a value.",
            "改行を除いてください。引用符の閉じ忘れも確かめてください。",
            "Remove the line break; check that the quote before it is closed.",
        ),
        "empty_row": FaultText(
            WARNING,
            "空の行があります。",
            "There is an empty row.",
            "行を削除してください。",
            "Delete the row.",
        ),
        "invalid_row_length": FaultText(
            ERROR,
            "列の数が見出し行と違います。",
            "The row has another number of values than the header.",
            "カンマの過不足を直してください。値の中のカンマは引用符で囲みます。",
            "Add or remove commas; enclose a value that holds a comma in quotes.",
        ),
        "too_many_columns": FaultText(
            ERROR,
            "列が多すぎるため、途中までしか読んでいません。",
            "There are too many columns, so only the first ones were read.",
            "区切り文字と見出し行を確かめてください。",
            "Check the separator and the header.",
        ),
        "too_many_rows": FaultText(
            ERROR,
            "行が多すぎるため、途中までしか読んでいません。",
            "There are too many rows, so only the first ones were read.",
            "フィードを分けるか、不要な期間を除いてください。",
            "Split the feed or leave out what is not needed.",
        ),
        "header_name_mended": FaultText(
            WARNING,
            "列名の書き方が仕様と違います (大文字、全角、空白)。",
            "A column name is spelled with capitals, full-width letters or blanks.",
            "仕様どおりの半角小文字で書いてください。",
            "Spell it as the specification does.",
        ),
        "empty_column_name": FaultText(
            ERROR,
            "名前のない列があります。",
            "A column has no name.",
            "列名を書くか、列を削除してください。",
            "Name the column or delete it.",
        ),
        "duplicated_column": FaultText(
            ERROR,
            "同じ名前の列が二つあります。最初の列を使います。",
            "Two columns have the same name; the first one is used.",
            "不要な方の列を削除してください。",
            "Delete the one that is not needed.",
        ),
        "leading_or_trailing_whitespaces": FaultText(
            WARNING,
            "値の前後に空白があります。",
            "The value has blanks at its ends.",
            "空白を除いてください (全角の空白も)。",
            "Remove them.",
        ),
        "full_width_digits": FaultText(
            ERROR,
            "数値や時刻が全角文字で書かれています。",
            "A number, date or time is written in full-width characters.",
            "半角で書いてください。",
            "Write it in ASCII.",
        ),
        "too_long_cell": FaultText(
            WARNING,
            "値が 4096 文字を超えています。",
            "The value is longer than 4096 characters.",
            "引用符の閉じ忘れがないか確かめてください。",
            "Check that no quote was left open.",
        ),
        "file_unreadable": FaultText(
            ERROR,
            "zip の中のこのファイルは壊れていて読めません。",
            "This file of the zip is damaged and cannot be read.",
            "zip を作り直すか、取得し直してください。",
            "Make or fetch the zip again.",
        ),
        "nested_zip": FaultText(
            ERROR,
            "zip の中に zip が入っています。",
            "There is a zip inside the zip.",
            "中の zip を提出してください。",
            "Publish the inner zip.",
        ),
        "duplicate_file": FaultText(
            ERROR,
            "同じファイルが二つあります。正しい名前の方を使います。",
            "Two files claim to be the same one; the one with the right name is used.",
            "不要な方を削除してください。",
            "Delete the one that is not needed.",
        ),
        "unsafe_file_name": FaultText(
            ERROR,
            "zip の外を指すファイル名があるため、読みませんでした。",
            "A file name points outside of the zip, so the file was not read.",
            "GTFS のファイルだけを選んで zip を作り直してください。",
            "Make the zip again from the files of GTFS alone.",
        ),
        "invalid_input_files_in_subfolder": FaultText(
            ERROR,
            "GTFS のファイルがフォルダーの中にあります。",
            "The files of GTFS lie in a folder.",
            "フォルダーごとではなく、ファイルを選んで zip を作ってください。",
            "Zip the files themselves, not their folder.",
        ),
        "tables_in_another_folder": FaultText(
            WARNING,
            "別のフォルダーにも GTFS のファイルがあります。使いませんでした。",
            "Another folder holds files of GTFS as well; they were not used.",
            "一つの zip には一つのフィードだけを入れてください。",
            "Put one feed into one zip.",
        ),
        "file_name_mended": FaultText(
            ERROR,
            "ファイル名の書き方が仕様と違います。",
            "The file's name is not spelled as the specification does.",
            "仕様どおりのファイル名にしてください。",
            "Rename the file.",
        ),
        "unknown_file": FaultText(
            INFO,
            "GTFS と GTFS-JP にないファイルです。そのまま保ちます。",
            "Neither GTFS nor GTFS-JP knows this file; it is kept.",
            "独自のファイルであれば、このままで構いません。",
            "Nothing, if it is your own.",
        ),
        "empty_file": FaultText(
            ERROR,
            "ファイルが空です (見出し行もありません)。",
            "The file is empty and has no header.",
            "中身を書くか、ファイルを削除してください。",
            "Fill it or delete it.",
        ),
    }
)
