"""Several feeds' columns behind each other, pointers moved along."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final, TypeVar

import numpy as np

from gtfs_feeds.merge.feed import FeedPart
from maas.core.columns import Int32s, Texts, UInt8s
from maas.core.network import (
    Agencies,
    Calls,
    Frequencies,
    Pathways,
    Routes,
    Shapes,
    StopGroups,
    Stops,
    TicketLinks,
    Transfers,
    Trips,
)

Group = TypeVar("Group")

_POINTERS: Final[dict[type, dict[str, str]]] = {
    Agencies: {"feed": "feeds"},
    Stops: {"parent": "stops", "feed": "feeds"},
    Routes: {"agency": "agencies"},
    Trips: {
        "route": "routes",
        "service": "services",
        "block": "blocks",
        "headsign": "texts",
        "short_name": "texts",
        "shape": "shapes",
    },
    Calls: {"stop": "stops", "headsign": "texts"},
    Frequencies: {"trip": "trips"},
    Transfers: {
        "from_stop": "stops",
        "to_stop": "stops",
        "from_route": "routes",
        "to_route": "routes",
        "from_trip": "trips",
        "to_trip": "trips",
    },
    Pathways: {"from_stop": "stops", "to_stop": "stops"},
    Shapes: {},
    StopGroups: {"group": "stops", "stop": "stops"},
    TicketLinks: {"agency": "agencies", "route": "routes", "trip": "trips", "stop": "stops"},
}
"""Which group each pointer column counts rows of."""
_STARTS: Final = frozenset({"call_start", "point_start"})


def join_texts(parts: Iterable[Texts]) -> Texts:
    """Return columns of text behind each other."""
    starts, datas, offset = [np.zeros(1, np.int64)], [np.zeros(0, np.uint8)], 0
    for part in parts:
        starts.append(part.start[1:] + offset)
        datas.append(part.data)
        offset += len(part.data)
    return Texts(np.concatenate(starts), np.concatenate(datas))


class Offsets:
    """Where the rows of each feed begin in each group, and the shared texts."""

    def __init__(self, parts: Sequence[FeedPart]) -> None:
        def begins(sizes: Iterable[int]) -> list[int]:
            return list(accumulate(sizes, initial=0))

        self._begin = {
            "feeds": list(range(len(parts) + 1)),
            "agencies": begins(len(part.agencies.id) for part in parts),
            "stops": begins(len(part.stops.id) for part in parts),
            "routes": begins(len(part.routes.id) for part in parts),
            "services": begins(len(part.service_ids) for part in parts),
            "trips": begins(len(part.trips.id) for part in parts),
            "shapes": begins(len(part.shapes.id) for part in parts),
            "blocks": begins(int(part.trips.block.max(initial=-1)) + 1 for part in parts),
        }
        self.texts: dict[str, int] = {}
        self._text_rows = [
            np.array(
                [self.texts.setdefault(text, len(self.texts)) for text in part.texts], np.int32
            )
            for part in parts
        ]

    def begin(self, group: str, feed: int) -> int:
        """Return the first row of a feed in a group."""
        return self._begin[group][feed]

    def move(self, pointers: Int32s, group: str, feed: int) -> Int32s:
        """Return a feed's pointers as pointers into the whole; -1 stays."""
        if group == "texts":
            rows = self._text_rows[feed]
            if not len(rows):
                return pointers
            return np.where(pointers >= 0, rows[pointers], -1).astype(np.int32)
        begin = self._begin[group][feed]
        if begin == 0:
            return pointers
        return np.where(pointers >= 0, pointers + begin, -1).astype(np.int32)


def join(kind: type[Group], groups: Sequence[Group], offsets: Offsets) -> Group:
    """Return the groups of all feeds as one."""
    pointers = _POINTERS[kind]
    columns: list[Any] = []
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        values = [getattr(group, field.name) for group in groups]
        if values and isinstance(values[0], Texts):
            columns.append(join_texts(values))
        elif field.name in _STARTS:
            columns.append(_join_starts(values))
        elif field.name in pointers:
            target = pointers[field.name]
            columns.append(
                np.concatenate(
                    [offsets.move(value, target, feed) for feed, value in enumerate(values)]
                )
            )
        else:
            columns.append(values[0] if len(values) == 1 else np.concatenate(values))
    return kind(*columns)


def _join_starts(values: Sequence[Any]) -> Any:
    """Return begins of lists behind each other."""
    starts, offset = [np.zeros(1, np.int64)], 0
    for value in values:
        starts.append(value[1:] + offset)
        offset += int(value[-1])
    return np.concatenate(starts)


def join_days(parts: Sequence[FeedPart], first: int, last: int) -> UInt8s:
    """Return the services of all feeds on the days from `first` to `last` (ordinals)."""
    return np.concatenate([part.days.within(first, last) for part in parts])


def join_translations(parts: Sequence[FeedPart], offsets: Offsets) -> Mapping[str, Texts]:
    """Return each translated column as long as its group."""
    sizes = {
        "agencies": offsets.begin("agencies", len(parts)),
        "stops": offsets.begin("stops", len(parts)),
        "routes": offsets.begin("routes", len(parts)),
        "texts": len(offsets.texts),
    }
    result: dict[str, Texts] = {}
    for name in sorted({name for part in parts for name in part.translations}):
        group = name.partition(".")[0]
        rows: list[str] = [""] * sizes[group]
        for feed, part in enumerate(parts):
            for row, text in part.translations.get(name, {}).items():
                at = (
                    offsets.texts[part.texts[row]]
                    if group == "texts"
                    else row + offsets.begin(group, feed)
                )
                rows[at] = rows[at] or text
        result[name] = Texts.of(rows)
    return result
