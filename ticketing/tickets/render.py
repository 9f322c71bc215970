"""A signed code as a picture, and as a sheet of paper for people without a phone."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import segno

from maas.core.clock import JAPAN
from maas.pdf.paper import A6, Paper

_MARGIN: Final = 20
_CODE: Final = 185
"""Width of the code on paper in points: 6.5 cm, read from half a metre."""


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
    not_covered_en: str
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
    begin, last = _local(paper.valid_from), _local(paper.valid_until)
    sheet = Paper(f"{paper.product_ja} {paper.order_number}", size=A6, margin=_MARGIN)
    if paper.sample:
        note = "見本・乗車できません / SAMPLE, not valid for travel"
        sheet.text(note, size=8, quiet=True, align="center")
    sheet.text(paper.product_ja, size=14, align="center")
    sheet.text(paper.product_en, size=9, align="center")
    sheet.text(f"{paper.rider_ja} / {paper.rider_en}", size=11, align="center")
    sheet.picture(png(text), width=_CODE)
    sheet.text(f"{begin} から {last} の前まで有効", size=9.5, align="center")
    sheet.text(f"Valid from {begin} until before {last} (Japan)", size=7.5, align="center")
    sheet.text(f"注文番号 / Order {paper.order_number}", size=8, align="center", after=4)
    sheet.text(f"含まれないもの: {paper.not_covered_ja}", size=7, quiet=True)
    sheet.text(f"Not covered: {paper.not_covered_en}", size=7, quiet=True)
    sheet.text(
        "係員が本人確認をお願いすることがあります。/ Staff may ask for your ID.",
        size=7,
        quiet=True,
    )
    return sheet.pdf()


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(JAPAN):%Y-%m-%d %H:%M}"
