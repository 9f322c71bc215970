"""The sheet of stops, and what is known of places by their name."""

from collections.abc import Mapping
from functools import cache
from math import nan
from types import MappingProxyType
from typing import Final

from gtfs_feeds.sample import tables
from gtfs_feeds.sample.romaji import english_of
from gtfs_feeds.sheets.model import Known, Stop, stop_id
from gtfs_feeds.sheets.problems import Note, Review, Spot, Suggestion, Trouble
from gtfs_feeds.sheets.words import folded, key
from gtfs_feeds.sheets.workbook import Sheet

COLUMNS: Final = MappingProxyType(
    {
        "name": (
            "停留所名", "停留所", "バス停", "バス停名", "港名", "港", "駅名", "駅", "のりば名",
            "空港名", "stop_name",
        ),
        "reading": ("よみがな", "ふりがな", "フリガナ", "よみ", "読み", "読み方"),
        "english": ("英語名", "英語", "英語表記", "ローマ字"),
        "lat": ("緯度", "lat", "stop_lat"),
        "lon": ("経度", "lon", "lng", "stop_lon"),
        "address": ("住所", "所在地"),
        "platform": ("のりば", "乗り場", "番線", "標柱", "ポール"),
    }
)  # fmt: skip
HEAD_ROWS: Final = 30
SOUTH, NORTH, WEST, EAST = 20.0, 46.0, 122.0, 154.0
"""Japan with all its islands."""
SAME_PLACE_DEG: Final = 0.02
"""About two kilometres: farther away, an equal name is another place."""


def header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Return the row and the columns of a sheet of stops, or None where it is none."""
    for row in range(min(HEAD_ROWS, sheet.height)):
        columns: dict[str, int] = {}
        for column in range(sheet.width):
            text = sheet.text(row, column).replace(" ", "").rstrip("※*").casefold()
            for name, words in COLUMNS.items():
                if text in words and not sheet.at(row, column).is_copy:
                    columns.setdefault(name, column)
        if "name" in columns and columns.keys() & {"lat", "lon", "address"}:
            return row, columns
    return None


def read_stops(sheet: Sheet, review: Review, known: Known) -> tuple[list[Stop], list[Suggestion]]:
    """Return the stops of a sheet, with what was suggested for what it leaves open."""
    found = header(sheet)
    assert found is not None
    row, columns = found
    stops: list[Stop] = []
    suggestions: list[Suggestion] = []
    seen: dict[str, Stop] = {}
    for number in range(row + 1, sheet.height):
        values = {name: sheet.at(number, column).raw for name, column in columns.items()}
        name = values.pop("name").strip()
        if not name:
            continue
        at = sheet.spot(number, columns["name"])
        cells = {one: sheet.spot(number, column) for one, column in columns.items()}
        identity = stop_id(name, folded(values.get("platform", "")))
        values |= answered(values, known.answers.get(identity, {}), identity, at, suggestions)
        stop = stop_of(name, values, at, cells, review, suggestions, known)
        if key(stop.id) in seen:
            review.problem(at, Trouble.STOP_TWICE, name)
            continue
        seen[key(stop.id)] = stop
        stops.append(stop)
    return stops, suggestions


def stop_of(
    name: str,
    values: Mapping[str, str],
    at: Spot,
    cells: Mapping[str, Spot],
    review: Review,
    suggestions: list[Suggestion],
    beside: Known,
) -> Stop:
    """
    Return one stop, without a place where it has none yet or a wrong one.

    The sheets are refused then; with the stop the rest of them can be read, and judged, too.
    """
    platform = folded(values.get("platform", ""))
    identity = stop_id(name, platform)
    known = known_place(name, values)
    reading = folded(values.get("reading", ""))
    if not reading and known:
        reading = known.kana
        suggestions.append(Suggestion(at, "reading", reading, "known-place", identity))
    elif not reading and is_kana(name):
        reading = hiragana(name)
        suggestions.append(Suggestion(at, "reading", reading, "from-name", identity))
    elif not reading:
        review.remark(at, Note.NO_READING, name)
    english = values.get("english", "").strip()
    if not english and known:
        english = known.english
        suggestions.append(Suggestion(at, "english", english, "known-place", identity))
    elif not english and reading:
        english = english_of(name, hiragana(reading))
        suggestions.append(Suggestion(at, "english", english, "from-reading", identity))
    texts = [values.get("lat", "").strip(), values.get("lon", "").strip()]
    if not any(texts) and known:
        texts = [f"{known.lat:.6f}", f"{known.lon:.6f}"]
        suggestions.append(Suggestion(at, "coordinate", ", ".join(texts), "known-place", identity))
    if not all(texts):
        place = beside.find(name, values.get("address", ""))
        offered = f"{place[0]:.6f}, {place[1]:.6f}" if place else ""
        suggestions.append(Suggestion(at, "coordinate", offered, "network", identity))
        review.problem(at, Trouble.NO_COORDINATE, name)
        return Stop(name, hiragana(reading), english, nan, nan, platform, at)
    lat = coordinate(texts[0], SOUTH, NORTH)
    lon = coordinate(texts[1], WEST, EAST)
    if lat is None:
        review.problem(cells.get("lat", at), Trouble.BAD_COORDINATE, texts[0])
    if lon is None:
        review.problem(cells.get("lon", at), Trouble.BAD_COORDINATE, texts[1])
    if lat is None or lon is None:
        lat = lon = nan
    return Stop(name, hiragana(reading), english, lat, lon, platform, at)


def answered(
    values: Mapping[str, str],
    answers: Mapping[str, str],
    identity: str,
    at: Spot,
    suggestions: list[Suggestion],
) -> dict[str, str]:
    """Return what a person wrote on the page for cells that the sheet leaves open."""
    found: dict[str, str] = {}
    for name in ("reading", "english"):
        if answers.get(name) and not values.get(name, "").strip():
            found[name] = answers[name]
    place = answers.get("coordinate", "")
    if place and not (values.get("lat", "").strip() or values.get("lon", "").strip()):
        lat, _, lon = folded(place).partition(",")
        found |= {"lat": lat.strip(), "lon": lon.strip()}
    names = [{"lat": "coordinate"}.get(name, name) for name in found if name != "lon"]
    suggestions += [Suggestion(at, name, answers[name], "answered", identity) for name in names]
    return found


def coordinate(text: str, low: float, high: float) -> float | None:
    """Return decimal degrees within Japan, or None; degrees and minutes are not guessed."""
    try:
        value = float(folded(text).removesuffix("°"))
    except ValueError:
        return None
    return value if low <= value <= high else None


def is_kana(text: str) -> bool:
    """Say whether a name is written in kana alone, so that it is its own reading."""
    bare = folded(text).replace(" ", "")
    return bool(bare) and all("ぁ" <= letter <= "ゖ" or "ァ" <= letter <= "ー" for letter in bare)


def hiragana(text: str) -> str:
    """Return katakana as hiragana, the rest as it is."""
    return "".join(
        chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in folded(text)
    )


def known_place(name: str, values: Mapping[str, str]) -> tables.Spot | None:
    """Return the known place of a name, unless reading or coordinates say that it is another."""
    known = known_places().get(key(name))
    if known is None:
        return None
    reading = hiragana(values.get("reading", "")).replace(" ", "")
    if reading and reading != known.kana.replace(" ", ""):
        return None
    lat = coordinate(values.get("lat", ""), SOUTH, NORTH)
    lon = coordinate(values.get("lon", ""), WEST, EAST)
    if lat is None or lon is None:
        return known
    is_near = abs(lat - known.lat) < SAME_PLACE_DEG and abs(lon - known.lon) < SAME_PLACE_DEG
    return known if is_near else None


@cache
def known_places() -> Mapping[str, tables.Spot]:
    """
    Return stations, ports, airports and stops of the sample by name, those with one place alone.

    Their names, readings and coordinates are real (sources in the tables); only timetables of the
    sample are made up.
    """
    found: dict[str, list[tables.Spot]] = {}
    for spot in tables.stops().values():
        found.setdefault(key(spot.name), []).append(spot)
    for line in tables.lines().values():
        for spot in line.stations:
            found.setdefault(key(spot.name), []).append(spot)
    return MappingProxyType(
        {
            name: spots[0]
            for name, spots in found.items()
            if max(tables.straight_km(spots[0], spot) for spot in spots) < 1
        }
    )
