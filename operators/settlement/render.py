"""A statement as CSV for a spreadsheet and as PDF for the file."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from maas.pdf.paper import Column, Paper

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(statement: Mapping[str, Any]) -> str:
    """Return the lines, with a byte-order mark so that a spreadsheet reads the Japanese."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "精算書番号",
            "対象月",
            "対象 (商品/協定/販売月)",
            "販売数",
            "売上",
            "払戻",
            "自社利用数",
            "金額",
        ]
    )
    for line in statement["lines"]:
        now = line["now"]
        writer.writerow(
            [
                _safe(statement["number"]),
                statement["period"],
                _safe(line["cohort"]),
                now["sales"],
                now["gross"],
                now["refunded"],
                len(line["uses"]),
                line["amount"],
            ]
        )
    writer.writerow(
        [
            _safe(statement["number"]),
            statement["period"],
            "合計",
            "",
            "",
            "",
            "",
            statement["total"],
        ]
    )
    return out.getvalue()


def to_pdf(statement: Mapping[str, Any]) -> bytes:
    """Return the statement as A4 pages with the fields of a qualified invoice."""
    number, lines = statement["number"], statement["lines"]
    paper = Paper(
        f"精算書 {number}",
        footer=f"{number}   SHA-256 {statement['hash']}   検算: maas settlement verify",
    )
    paper.text(f"事業者間精算書  {statement['period']}", size=16, after=6)
    paper.facts(_head(statement))
    paper.space()
    paper.table(
        [
            Column("対象 (商品/協定/販売月)", 4),
            Column("売上", right=True),
            Column("払戻", right=True),
            Column("利用", right=True),
            Column("金額 (円)", 1.2, right=True),
        ],
        [
            (
                line["cohort"],
                f"{line['now']['gross']:,}",
                f"{line['now']['refunded']:,}",
                f"{len(line['uses']):,}",
                f"{line['amount']:,}",
            )
            for line in lines
        ],
        total=("合計", "", "", "", f"{statement['total']:,}"),
    )
    return paper.pdf()


def _head(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    operator, platform = statement["operator"], statement["platform"]
    taxes = [
        (
            f"{row['rate_percent']}%対象",
            f"{row['base_with_tax']:,}円（うち消費税額 {row['tax']:,}円）",
        )
        for row in statement["tax"]
    ]
    rule = (
        "媒介者交付特例により交付" if statement["intermediary_rule"] else "媒介者交付特例の対象外"
    )
    return [
        ("番号", statement["number"]),
        ("宛先", f"{operator['name']} 御中   登録番号 {operator['registration'] or '未登録'}"),
        ("発行", f"{platform['name']}   登録番号 {platform['registration'] or '未登録'}"),
        ("発行日", statement["issued_on"]),
        ("精算額", f"{statement['total']:,}円"),
        *taxes,
        ("交付", rule),
    ]


def _safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text
