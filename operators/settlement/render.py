"""A statement as CSV for a spreadsheet and as PDF for the file."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

_FONT: Final = "HeiseiKakuGo-W5"
"""A font that every PDF reader must have for Japanese, so nothing is embedded."""
_ROWS_A_PAGE: Final = 34
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
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(f"精算書 {statement['number']}")
    lines = statement["lines"]
    pages = [lines[n : n + _ROWS_A_PAGE] for n in range(0, len(lines), _ROWS_A_PAGE)] or [[]]
    for number, rows in enumerate(pages, start=1):
        _page(canvas, statement, rows, f"{number} / {len(pages)}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _page(canvas: Canvas, statement: Mapping[str, Any], rows: list[Any], place: str) -> None:
    width, height = A4
    y = height - 50
    canvas.setFont(_FONT, 16)
    canvas.drawString(50, y, f"事業者間精算書  {statement['period']}")
    canvas.setFont(_FONT, 9)
    canvas.drawRightString(width - 50, y, f"番号 {statement['number']}   {place}")
    for text in _head(statement):
        y -= 15
        canvas.drawString(50, y, text)
    y -= 24
    canvas.setFont(_FONT, 8)
    for text, x in (("対象 (商品/協定/販売月)", 50), ("売上", 330), ("払戻", 400), ("利用", 450)):
        canvas.drawString(x, y, text)
    canvas.drawRightString(width - 50, y, "金額 (円)")
    for line in rows:
        y -= 14
        canvas.drawString(50, y, line["cohort"][:60])
        canvas.drawRightString(370, y, f"{line['now']['gross']:,}")
        canvas.drawRightString(435, y, f"{line['now']['refunded']:,}")
        canvas.drawRightString(475, y, f"{len(line['uses']):,}")
        canvas.drawRightString(width - 50, y, f"{line['amount']:,}")
    canvas.setFont(_FONT, 7)
    canvas.drawString(50, 40, f"SHA-256 {statement['hash']}   検算: maas settlement verify")


def _head(statement: Mapping[str, Any]) -> list[str]:
    operator, platform = statement["operator"], statement["platform"]
    taxes = [
        f"{row['rate_percent']}%対象 {row['base_with_tax']:,}円（うち消費税額 {row['tax']:,}円）"
        for row in statement["tax"]
    ]
    rule = (
        "媒介者交付特例により交付" if statement["intermediary_rule"] else "媒介者交付特例の対象外"
    )
    return [
        f"{operator['name']} 御中   登録番号 {operator['registration'] or '未登録'}",
        f"発行 {platform['name']}   登録番号 {platform['registration'] or '未登録'}",
        f"発行日 {statement['issued_on']}   精算額 {statement['total']:,}円",
        *taxes,
        rule,
    ]


def _safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text
