"""What a merge is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gtfs_feeds.read.tables import FeedTables

TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
"""A tag has no underscore, so that `<tag>_<id>` can be split again."""


@dataclass(frozen=True, slots=True)
class FeedInput:
    """A feed and the tag under which its ids enter the network."""

    tag: str
    tables: FeedTables
    synthetic: bool = False
    """The timetable is made up, which every answer must say."""
    licence: str = ""
    attribution: str = ""
    """Empty: from attributions.txt, else the publisher."""


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """How to merge; the defaults publish what the feeds say and nothing else."""

    service_days: tuple[date, date] | None = None
    """Only these days, both included; None: every day that a feed names."""
    extend_until: date | None = None
    """Repeat the typical week of a feed that ends earlier, and say so in `Feeds.looped_since`."""
    shift_to: date | None = None
    """
    For demonstrations with feeds of different years: a feed without service in the week that
    begins here runs its typical week on the four weeks from it; `Feeds.looped_since` says so.
    """
    today: date | None = None
    """A feed whose last day is earlier is expired; None: nothing expires."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Scoped stop id → place id (without `place:`) that it belongs to: see `place_overrides`."""
