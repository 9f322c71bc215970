"""Name search, and the places around a spot."""

from routing.places.index import IndexColumns, Match, PlaceIndex, PlaceMatch, index_columns
from routing.places.resolve import Ambiguous, NotFound, Resolution, Resolved, Resolver, parse_spot
from routing.places.store import load_index, save_index

__all__ = [
    "Ambiguous",
    "IndexColumns",
    "Match",
    "NotFound",
    "PlaceIndex",
    "PlaceMatch",
    "Resolution",
    "Resolved",
    "Resolver",
    "index_columns",
    "load_index",
    "parse_spot",
    "save_index",
]
