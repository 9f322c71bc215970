"""Which edition of GTFS-JP a feed follows, guessed from what only that edition has."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gtfs_feeds.read.tables import FeedTables
from gtfs_feeds.read.translations import READING, is_old_form, language_tag


class Edition(StrEnum):
    """GTFS, or an edition of GTFS-JP; the values are the names of the validator's profiles."""

    GTFS = "gtfs"
    JP1 = "gtfs-jp-v1"
    JP2 = "gtfs-jp-v2"
    JP3 = "gtfs-jp-v3"
    JP4 = "gtfs-jp-v4"


@dataclass(frozen=True, slots=True)
class Detected:
    """A guess, and what it rests on (`pattern_jp`, `trips.jp_pattern_id`, …)."""

    edition: Edition
    evidence: tuple[str, ...]


SIGNS: Final[tuple[tuple[Edition, tuple[str, ...]], ...]] = (
    (
        Edition.JP4,
        (
            "pathways", "levels", "areas", "stop_areas", "networks", "route_networks",
            "fare_media", "fare_products", "fare_leg_rules", "fare_leg_join_rules",
            "fare_transfer_rules", "timeframes", "rider_categories", "booking_rules",
            "location_groups", "location_group_stops", "agency.cemv_support",
            "routes.cemv_support", "trips.cars_allowed", "stops.stop_access",
            "stop_times.pickup_booking_rule_id", "stop_times.drop_off_booking_rule_id",
        ),
    ),
    (Edition.JP3, ("pattern_jp", "trips.jp_pattern_id")),
    (
        Edition.JP1,
        (
            "agency_jp", "office_jp", "routes_jp", "routes.jp_parent_route_id",
            "trips.jp_office_id", "trips.jp_trip_desc", "trips.jp_trip_desc_symbol",
        ),
    ),
)  # fmt: skip
"""
Tables and fields that an edition brought, newest first (project research on feeds, §2).

The signs of v4 are ordinary GTFS elsewhere, so they count in Japanese feeds alone.
"""


def detect_edition(feed: FeedTables, override: Edition | None = None) -> Detected:
    """
    Return the edition of a feed: what its publisher says, else the best guess.

    v2 is told from v1 by `stops.platform_code`. Translations of the new form beside any sign of
    v1, or with readings (`ja-Hrkt`), mean v3 at least. The guess names its evidence, and no report
    may change a severity by it without saying so.
    """
    if override is not None:
        return Detected(override, ("override",))
    found = {edition: tuple(sign for sign in signs if has(feed, sign)) for edition, signs in SIGNS}
    if found[Edition.JP4] and is_japanese(feed):
        return Detected(Edition.JP4, found[Edition.JP4])
    if found[Edition.JP3]:
        return Detected(Edition.JP3, found[Edition.JP3])
    old = found[Edition.JP1]
    if has(feed, "translations.table_name") and (old or has_readings(feed)):
        return Detected(Edition.JP3, (*old, "translations.table_name"))
    if old and has(feed, "stops.platform_code"):
        return Detected(Edition.JP2, (*old, "stops.platform_code"))
    if old:
        return Detected(Edition.JP1, old)
    if "translations" in feed.tables and is_old_form(feed.tables["translations"]):
        return Detected(Edition.JP1, ("translations.trans_id",))
    return Detected(Edition.GTFS, ())


def has(feed: FeedTables, sign: str) -> bool:
    """Say whether a feed has a table, or a field of a table (`trips.jp_office_id`)."""
    table, _, field = sign.partition(".")
    frame = feed.table(table)
    return frame is not None and (not field or field in frame.columns)


def is_japanese(feed: FeedTables) -> bool:
    """Say whether the feed speaks Japanese or lives in Japan's time zone."""
    return any(
        value in set(feed.tables[table][field])
        for table, field, value in (
            ("agency", "agency_timezone", "Asia/Tokyo"),
            ("agency", "agency_lang", "ja"),
            ("feed_info", "feed_lang", "ja"),
        )
        if has(feed, f"{table}.{field}")
    )


def has_readings(feed: FeedTables) -> bool:
    """Say whether translations of the new form hold readings in kana."""
    if not has(feed, "translations.language"):
        return False
    return any(language_tag(tag) == READING for tag in feed.tables["translations"]["language"])
