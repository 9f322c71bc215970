"""A signed code as a picture, and as a sheet of paper for people without a phone."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import segno
from reportlab.lib.pagesizes import A6
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from maas.core.clock import JAPAN

_FONT: Final = "HeiseiKakuGo-W5"
"""A font that every PDF reader must have for Japanese, so nothing is embedded."""
_MARGIN: Final = 24


@dataclass(frozen=True, slots=True)
class PaperText:
    """What stands on the paper beside the code."""

    product_ja: str
    product_en: str
    rider_ja: str
    rider_en: str
    valid_from: datetime
    valid_until: datetime
    order_number: str
    not_covered_ja: str
    sample: bool


def png(text: str, *, scale: int = 6) -> bytes:
    """Return the QR code (level M, alphanumeric, quiet zone 4) as PNG."""
    out = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False).save(
        out, kind="png", scale=scale, border=4
    )
    return out.getvalue()


def svg(text: str) -> str:
    """Return the QR code as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False).save(
        out, kind="svg", scale=4, border=4, xmldecl=False
    )
    return out.getvalue().decode()


def pdf(text: str, paper: PaperText) -> bytes:
    """Return an A6 sheet with the code and what a person must know, in Japanese and English."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = io.BytesIO()
    width, height = A6
    # invariant: the same ticket is the same bytes, whenever it is drawn.
    canvas = Canvas(out, pagesize=A6, invariant=1)
    canvas.setTitle(f"{paper.product_ja} {paper.order_number}")
    y = height - _MARGIN
    if paper.sample:
        canvas.setFillGray(0.45)
        canvas.setFont(_FONT, 9)
        canvas.drawString(_MARGIN, y - 8, "見本・乗車できません / SAMPLE, not valid for travel")
        y -= 18
    canvas.setFillGray(0)
    for line, size in _lines(paper):
        canvas.setFont(_FONT, size)
        for part in _wrapped(line, size, width - 2 * _MARGIN):
            canvas.drawString(_MARGIN, y - size, part)
            y -= size * 1.45
    side = min(width - 2 * _MARGIN, y - _MARGIN)
    image = ImageReader(io.BytesIO(png(text)))
    canvas.drawImage(image, (width - side) / 2, y - side - 4, side, side)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _lines(paper: PaperText) -> list[tuple[str, int]]:
    begin, last = _local(paper.valid_from), _local(paper.valid_until)
    return [
        (paper.product_ja, 15),
        (paper.product_en, 10),
        (f"{paper.rider_ja} / {paper.rider_en}", 10),
        (f"{begin} から {last} の前まで有効", 10),
        (f"Valid from {begin} until before {last} (Japan)", 8),
        (f"注文番号 {paper.order_number}", 8),
        (f"含まれないもの: {paper.not_covered_ja}", 7),
        ("係員が本人確認をお願いすることがあります。/ Staff may ask for your ID.", 7),
    ]


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(JAPAN):%Y-%m-%d %H:%M}"


def _wrapped(text: str, size: int, width: float) -> list[str]:
    """Break a line where it would leave the sheet; Japanese may break anywhere."""
    rows = [""]
    for letter in text:
        if pdfmetrics.stringWidth(rows[-1] + letter, _FONT, size) > width:
            rows.append("")
        rows[-1] += letter
    return rows
