"""The rules, in the order in which a report is made."""

from gtfs_feeds.validate.findings import Rule
from gtfs_feeds.validate.rules import (
    calendar,
    files,
    japan_calendar,
    japan_fares,
    japan_places,
    japan_readings,
    japan_versions,
    keys,
    routes,
    rows,
    shape_matching,
    shapes,
    speed,
    stops,
    transfers,
    translations,
    trips,
    values,
)

ALL: tuple[Rule, ...] = (
    *files.RULES,
    *values.RULES,
    *keys.RULES,
    *routes.RULES,
    *stops.RULES,
    *trips.RULES,
    *speed.RULES,
    *calendar.RULES,
    *shapes.RULES,
    *shape_matching.RULES,
    *transfers.RULES,
    *rows.RULES,
    *translations.RULES,
    *japan_places.RULES,
    *japan_readings.RULES,
    *japan_calendar.RULES,
    *japan_fares.RULES,
    *japan_versions.RULES,
)
