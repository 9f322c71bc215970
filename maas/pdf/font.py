"""
The font of our papers: IPAex Gothic, of which the letters in use are embedded.

A paper that only names a Japanese font is empty on phones and in readers without one. The file
comes with the package `matplotlib-fontja` (IPA Font License v1.0); the package itself, which
would load matplotlib, is never imported.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME: Final = "IPAexGothic"


@cache
def font() -> str:
    """Return the font's name; the first call reads it, which takes a moment."""
    spec = find_spec("matplotlib_fontja")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "fonts" / "ipaexg.ttf"
    pdfmetrics.registerFont(TTFont(NAME, str(file)))
    return NAME


def width(text: str, size: float) -> float:
    """Return how wide a line of text is, in points."""
    return float(pdfmetrics.stringWidth(text, font(), size))
