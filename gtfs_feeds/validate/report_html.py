"""
The report as one page: no internet, no outside file, a map drawn as SVG.

Everything that comes from a feed passes through the template's escaping; the page's own script
reads numbers only and sets no HTML.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import jinja2
import numpy as np
import polars as pl

from gtfs_feeds.read.tables import FeedTables, Severity
from gtfs_feeds.validate.catalogue import Language, Text, text_of
from gtfs_feeds.validate.check import Report
from gtfs_feeds.validate.feed import conversion
from gtfs_feeds.validate.findings import Finding, Sample
from gtfs_feeds.validate.report_text import printable, where
from gtfs_feeds.validate.spec import DATA
from gtfs_feeds.validate.wording import WORDS
from maas.core.columns import Float64s

WIDTH: Final = 1000.0
TALLEST: Final = 900.0
SHORTEST: Final = 360.0
DOTS: Final = 20_000
LINE_POINTS: Final = 30_000
EDGE: Final = 0.01
"""Share of the stops on each side that may lie off the map: a wild point must not shrink it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Which part of the earth the map shows, and how large."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    height: float

    def at(self, lat: float, lon: float) -> tuple[float, float] | None:
        """Return the place on the map, or None where the point is off it."""
        x, y = (lon - self.west) * self.scale_x, (self.north - lat) * self.scale_y
        inside = -40 <= x <= WIDTH + 40 and -40 <= y <= self.height + 40
        return (x, y) if inside else None


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding with its text, and where it is on the map."""

    finding: Finding
    text: Text
    path: str
    off_map: int


def frame_of(lat: Float64s, lon: Float64s) -> Frame | None:
    """Return the part of the earth that holds nearly all points."""
    known = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) < 85) & (np.abs(lon) <= 180)
    if not known.any():
        return None
    south, north = np.quantile(lat[known], [EDGE, 1 - EDGE]).tolist()
    west, east = np.quantile(lon[known], [EDGE, 1 - EDGE]).tolist()
    pad_lat, pad_lon = max(0.005, (north - south) * 0.08), max(0.005, (east - west) * 0.08)
    south, north, west, east = south - pad_lat, north + pad_lat, west - pad_lon, east + pad_lon
    narrow = float(np.cos(np.radians((south + north) / 2)))
    scale_x = WIDTH / (east - west)
    height = (north - south) * scale_x / narrow
    if height > TALLEST:
        scale_x *= TALLEST / height
        west -= (WIDTH / scale_x - (east - west)) / 2
        height = TALLEST
    elif height < SHORTEST:
        north += (SHORTEST - height) * narrow / scale_x / 2
        height = SHORTEST
    return Frame(west, north, scale_x, scale_x / narrow, height)


def _numbers(tables: FeedTables, file: str, column: str) -> Float64s:
    table = tables.tables.get(file)
    if table is None or column not in table.columns:
        return np.zeros(0)
    values = table.select(conversion(pl.col(column).str.strip_chars(), "latitude"))
    return values.to_series().fill_null(np.nan).to_numpy()


def dots(frame: Frame, lat: Float64s, lon: Float64s) -> str:
    """Return points as a path of zero-length strokes, which round caps draw as dots."""
    step = max(1, len(lat) // DOTS)
    seen: set[tuple[int, int]] = set()
    parts: list[str] = []
    for a, b in zip(lat[::step].tolist(), lon[::step].tolist(), strict=True):
        place = frame.at(a, b) if np.isfinite(a) and np.isfinite(b) else None
        if place is None:
            continue
        key = round(place[0] * 2), round(place[1] * 2)
        if key not in seen:
            seen.add(key)
            parts.append(f"M{place[0]:.1f} {place[1]:.1f}h0")
    return "".join(parts)


def lines(frame: Frame, tables: FeedTables) -> str:
    """Return the shapes as one thinned path."""
    table = tables.tables.get("shapes")
    needed = {"shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"}
    if table is None or not needed <= set(table.columns) or not table.height:
        return ""
    rows = table.select(
        pl.col("shape_id").rle_id().alias("shape"),
        pl.col("shape_pt_sequence").cast(pl.Int64, strict=False),
        pl.col("shape_pt_lat", "shape_pt_lon").cast(pl.Float64, strict=False),
    ).drop_nulls()
    step = max(1, rows.height // LINE_POINTS)
    rows = rows.sort("shape", "shape_pt_sequence", maintain_order=True).filter(
        pl.int_range(pl.len()).over("shape") % step == 0
    )
    parts: list[str] = []
    before = -1
    for shape, _, lat, lon in rows.rows():
        place = frame.at(lat, lon) if np.isfinite(lat) and np.isfinite(lon) else None
        if place is None:
            before = -1
            continue
        parts.append(f"{'L' if shape == before else 'M'}{place[0]:.1f} {place[1]:.1f}")
        before = shape
    return "".join(parts)


def _marked(finding: Finding, frame: Frame | None, language: Language) -> Marked:
    text = text_of(finding.code, language)
    if frame is None or not finding.places:
        return Marked(finding, text, "", len(finding.places))
    lat = np.array([place.lat for place in finding.places], np.float64)
    lon = np.array([place.lon for place in finding.places], np.float64)
    off = sum(
        place.lat is None or place.lon is None or frame.at(place.lat, place.lon) is None
        for place in finding.places
    )
    return Marked(finding, text, dots(frame, lat, lon), off)


def _facts(sample: Sample) -> str:
    return printable(" · ".join(f"{key} {value}" for key, value in sample.facts.items()))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    source = (files(DATA) / "data" / "report.html").read_text(encoding="utf-8")
    return environment.from_string(source)


COUNTED: Final = (
    ("agencies", "agency"),
    ("stops", "stops"),
    ("routes", "routes"),
    ("trips", "trips"),
    ("calls", "stop_times"),
    ("fares", "fare_rules"),
)


def as_html(report: Report, language: Language = "ja") -> str:
    """Return the report as a page of its own."""
    tables = report.tables
    lat, lon = _numbers(tables, "stops", "stop_lat"), _numbers(tables, "stops", "stop_lon")
    frame = frame_of(lat, lon) if len(lat) == len(lon) else None
    counts = {key: tables.tables[file].height for key, file in COUNTED if file in tables.tables}
    return _template().render(
        report=report,
        language=language,
        words={key: texts[language] for key, texts in WORDS.items()},
        marked=[_marked(finding, frame, language) for finding in report.findings],
        severities=list(Severity),
        counts=counts,
        frame=frame,
        width=WIDTH,
        stops=dots(frame, lat, lon) if frame else "",
        shapes=lines(frame, tables) if frame else "",
        where=where,
        facts=_facts,
        printable=printable,
    )
