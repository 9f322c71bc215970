"""A paper of one or more pages: headings, sentences, facts, tables and pictures, downwards."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    LongTable,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from maas.pdf.font import font

__all__ = ["A4", "A6", "Column", "Paper"]

INK: Final = "#12303f"
QUIET: Final = "#5b6b75"
LINE: Final = "#c9d3d8"
BAND: Final = "#eef3f5"
BAR: Final = "#0b6e7f"
_JAPANESE: Final = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FOOT: Final = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and its share of the width."""

    heading: str
    share: float = 1.0
    right: bool = False
    """Figures stand at the right and are never broken."""


@dataclass
class Paper:
    """
    What stands on the pages; every text is plain text, whatever it holds.

    `footer` stands at the foot of every page beside the page's number; `margin` and `size` are
    in points.
    """

    title: str
    footer: str = ""
    size: tuple[float, float] = A4
    margin: float = 17 * mm
    _story: list[Any] = field(default_factory=list, init=False)

    @property
    def width(self) -> float:
        """The width between the margins."""
        return self.size[0] - 2 * self.margin

    def heading(self, text: str, *, size: float = 12) -> None:
        """Begin a section; it does not stand alone at the foot of a page."""
        if self._story:
            self.space(size * 0.6)
            self.add(CondPageBreak(size * 5))
        self.text(text, size=size, after=size * 0.35)

    def text(
        self,
        text: str,
        *,
        size: float = 9,
        quiet: bool = False,
        colour: str | None = None,
        align: str = "left",
        after: float = 2,
    ) -> None:
        """Write a paragraph; `align` is `left`, `center` or `right`."""
        ink = colour or (QUIET if quiet else INK)
        self.add(_paragraph(text, size=size, colour=ink, align=align, after=after))

    def facts(
        self, rows: Sequence[tuple[str, str]], *, size: float = 9, share: float = 0.3
    ) -> None:
        """Write names and what they are, side by side; `share` of the width is the names'."""
        if not rows:
            return
        cells = [
            [_paragraph(name, size=size, colour=QUIET), _paragraph(value, size=size)]
            for name, value in rows
        ]
        widths = [self.width * share, self.width * (1 - share)]
        style = [*_CELLS, ("LEFTPADDING", (0, 0), (0, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        self.add(Table(cells, widths, style=style, hAlign="LEFT", splitInRow=1))

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        total: Sequence[str] | None = None,
        size: float = 8,
    ) -> None:
        """Write a table; its headings are repeated on every page, `total` is its last row."""
        whole = sum(column.share for column in columns)
        head = [_cell(column.heading, column, size, QUIET) for column in columns]
        body = [
            [_cell(text, column, size, INK) for text, column in zip(row, columns, strict=True)]
            for row in [*rows, *([total] if total else [])]
        ]
        style = [
            *_CELLS,
            ("FONT", (0, 0), (-1, -1), font(), size),
            ("TEXTCOLOR", (0, 0), (-1, -1), HexColor(INK)),
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(BAND)),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(LINE)),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
        style += [
            ("ALIGN", (at, 0), (at, -1), "RIGHT") for at, one in enumerate(columns) if one.right
        ]
        if total:
            style.append(("LINEABOVE", (0, -1), (-1, -1), 1.0, HexColor(INK)))
        widths = [self.width * column.share / whole for column in columns]
        self.add(
            LongTable([head, *body], widths, repeatRows=1, style=style, hAlign="LEFT", splitInRow=1)
        )

    def picture(self, content: bytes, *, width: float | None = None) -> None:
        """Show a PNG or JPEG in the middle, over the whole width by default (points)."""
        across, down = ImageReader(io.BytesIO(content)).getSize()
        wide = min(width or self.width, self.width)
        self.add(Image(io.BytesIO(content), wide, wide * down / across, hAlign="CENTER"))

    def bars(self, title: str, rows: Sequence[tuple[str, int]], *, most: int = 14) -> None:
        """Draw a bar with its name and number for each of the first rows."""
        shown = rows[:most]
        line, left, right = 13.0, 0.2 * self.width, 0.12 * self.width
        height = line * (len(shown) + 1) + 8
        top = max([count for _, count in shown] + [1])
        drawing = Drawing(self.width, height)
        drawing.add(_label(0, height - 10, title, 9))
        for at, (name, count) in enumerate(shown):
            y = height - line * (at + 2)
            long = (self.width - left - right) * max(count, 0) / top
            drawing.add(_label(0, y + 3, name, 8))
            drawing.add(
                Rect(
                    left, y + 1, max(long, 0.5), line - 4, fillColor=HexColor(BAR), strokeColor=None
                )
            )
            drawing.add(_label(left + long + 4, y + 3, f"{count:,}", 8))
        self.add(drawing)

    def space(self, points: float = 8) -> None:
        """Leave a gap."""
        self.add(Spacer(1, points))

    def new_page(self) -> None:
        """Go on overleaf."""
        self.add(PageBreak())

    def add(self, flowable: Flowable) -> None:
        """Add any other flowable of reportlab, a drawing for example."""
        self._story.append(flowable)

    def pdf(self) -> bytes:
        """Return the pages. Call it once: reportlab uses its flowables up."""
        out = io.BytesIO()
        foot = 8 * mm if self.footer or self.size == A4 else 0
        height = self.size[1] - 2 * self.margin - foot
        frame = Frame(self.margin, self.margin + foot, self.width, height, 0, 0, 0, 0)
        # invariant: the same content is the same bytes, whenever it is drawn.
        document = BaseDocTemplate(out, pagesize=self.size, title=_clean(self.title), invariant=1)
        document.addPageTemplates(PageTemplate(frames=[frame]))
        document.build(self._story or [Spacer(1, 1)], canvasmaker=_numbered(self))
        return out.getvalue()


_CELLS: Final = [
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


def _label(x: float, y: float, text: str, size: float) -> Any:
    return String(x, y, _clean(text), fontName=font(), fontSize=size, fillColor=HexColor(INK))


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def _paragraph(
    text: str, *, size: float, colour: str = INK, align: str = "left", after: float = 0
) -> Any:
    """Return a paragraph; Japanese may break anywhere, other languages between words."""
    style = ParagraphStyle(
        "text",
        fontName=font(),
        fontSize=size,
        leading=size * 1.45,
        textColor=HexColor(colour),
        alignment={"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}[align],
        spaceAfter=after,
        wordWrap="CJK" if _JAPANESE.search(text) else None,
        splitLongWords=1,
    )
    return Paragraph(escape(_clean(text)).replace("\n", "<br/>"), style)


def _cell(text: str, column: Column, size: float, colour: str) -> Any:
    if column.right:
        return _clean(text).replace("\n", " ")
    return _paragraph(text, size=size, colour=colour)


def _numbered(paper: Paper) -> Callable[..., Canvas]:
    """Return a canvas that knows how many pages there are when it numbers them."""

    class Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
        """Keeps the pages until all are there."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._kept, start=1):
                self.__dict__.update(page)
                _foot(self, paper, f"{number} / {len(self._kept)}")
                super().showPage()
            super().save()

    return Numbered


def _foot(canvas: Canvas, paper: Paper, place: str) -> None:
    canvas.setFont(font(), _FOOT)
    canvas.setFillColor(HexColor(QUIET))
    canvas.drawString(paper.margin, paper.margin, _clean(paper.footer))
    if paper.size == A4:
        canvas.drawRightString(paper.size[0] - paper.margin, paper.margin, place)
