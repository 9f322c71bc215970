"""`/geocode` and `/reverse-geocode`: places by name and by where they are."""

from collections.abc import Iterable
from typing import Final

from maas.api.context import Call, known_languages
from maas.api.errors import BadRequest
from maas.api.map import box
from maas.api.modes import mode_name, transit_modes
from maas.api.parameters import Coordinate, Parameter, coordinate, needed_coordinate
from maas.api.plan_parameters import LANGUAGE
from maas.api.view import Json
from routing.model import Mode
from routing.places.index import PlaceMatch

MOST: Final = 512
TYPES: Final = ("ADDRESS", "PLACE", "STOP")

GEOCODE_PARAMETERS: Final = (
    Parameter(
        "text",
        "string",
        "What somebody typed: kanji, kana, romaji, an id, `lat,lon`.",
        required=True,
    ),
    LANGUAGE,
    Parameter("type", "list", "Only STOP, PLACE or ADDRESS; this server knows stops."),
    Parameter("mode", "list", "Only stops that one of these modes serves."),
    Parameter("place", "string", "`lat,lon`: what is near comes first."),
    Parameter("placeBias", "number", "How much nearness counts; 0 not at all.", 1.0, least=0),
    Parameter("numResults", "integer", "At most so many.", 10, least=1),
    Parameter("min", "string", "`lat,lon` of a corner: only inside."),
    Parameter("max", "string", "`lat,lon` of the opposite corner."),
)

REVERSE_PARAMETERS: Final = (
    Parameter("place", "string", "`lat,lon[,level]`.", required=True),
    Parameter("type", "list", "Only STOP, PLACE or ADDRESS; this server knows stops."),
    Parameter("numResults", "integer", "At most so many.", 5, least=1),
    LANGUAGE,
)


def geocode(call: Call) -> list[Json]:
    """Return the places that a text may mean, the best first."""
    query = call.query
    text = query.needed("text")
    near = _near(call)
    limit = min(query.whole("numResults") or 10, MOST)
    modes = query.items("mode")
    if not _stops_wanted(query.items("type")):
        return []
    wanted = transit_modes(modes) if modes else None
    corners = box(query) if query.has("min") and query.has("max") else None
    found = call.served.places.search(
        text, limit if corners is None else MOST, near=near, modes=wanted or None
    )
    if corners is not None:
        found = [row for row in found if _inside(row, corners)][:limit]
    return _matches(call, found)


def reverse(call: Call) -> list[Json]:
    """Return the places around a point, the nearest first."""
    query = call.query
    spot = needed_coordinate(query, "place")
    limit = min(query.whole("numResults") or 5, MOST)
    if not _stops_wanted(query.items("type")):
        return []
    return _matches(call, call.served.places.nearest(spot.lat, spot.lon, limit))


def _near(call: Call) -> tuple[float, float] | None:
    text = call.query.text("place")
    if text is None:
        return None
    spot = coordinate(text)
    if spot is None:
        raise BadRequest(f"could not parse place {text!r}")
    return (spot.lat, spot.lon) if call.query.number("placeBias") else None


def _stops_wanted(types: list[str] | None) -> bool:
    if not types:
        return True
    for name in types:
        if name.upper() not in TYPES:
            raise BadRequest(f"type={name!r} is none of {', '.join(TYPES)}")
    return "STOP" in {name.upper() for name in types}


def _inside(row: PlaceMatch, corners: tuple[Coordinate, Coordinate]) -> bool:
    low, high = corners
    return low.lat <= row.lat <= high.lat and low.lon <= row.lon <= high.lon


def _matches(call: Call, found: Iterable[PlaceMatch]) -> list[Json]:
    languages = known_languages(call.served, call.query.items("language") or ())
    return [_match(call, row, languages) for row in found]


def _match(call: Call, row: PlaceMatch, languages: list[str]) -> Json:
    places, index = call.served.places, call.index
    name = next((places.name(row.row, language) for language in languages), row.name)
    stop = index.stop_rows[row.stop_id]
    prefecture = call.served.network.places.prefecture[row.row]
    tokens = [list(token) for token in row.tokens] if name == row.name else []
    result: Json = {
        "type": "STOP",
        "category": row.kind,
        "name": name,
        "id": _id(call, row, stop),
        "lat": row.lat,
        "lon": row.lon,
        "tz": index.zone_of_stop(stop),
        "tokens": tokens,
        "areas": [],
        "score": round(row.score, 4),
        "modes": [mode_name(mode, 6) for mode in Mode if mode in row.modes],
        "importance": round(row.importance, 4),
        "country": "JP" if prefecture else "",
    }
    if prefecture:
        result["areas"] = [
            {"name": prefecture, "adminLevel": 4, "matched": False, "unique": True, "default": True}
        ]
    else:
        del result["country"]
    return result


def _id(call: Call, row: PlaceMatch, stop: int) -> str:
    """
    Return the id that stands for all of a place: its station's where that has every member.

    A place of several companies is meant as a whole, so that nobody is sent across the
    forecourt to the one stop that was named.
    """
    order, start = call.index.members
    members = order[start[row.row] : start[row.row + 1]]
    root = call.index.root(stop)
    whole = all(call.index.root(int(member)) == root for member in members)
    return row.stop_id if whole else row.id
