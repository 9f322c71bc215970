"""
Seconds of the service day, and the instants that they mean.

GTFS counts a stop time from "noon minus 12 hours" of the service day in the agency's time zone
(GTFS Schedule Reference, field type Time), which is midnight except on the two days a year when
clocks change.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def service_day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) from which the seconds of this service day count."""
    noon = datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)
    return noon - timedelta(hours=12)


def service_instant(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a stop time on a service day."""
    return service_day_start(day, zone) + timedelta(seconds=seconds)


def parse_seconds(text: str) -> int | None:
    """
    Return the seconds of `H:MM:SS` or `HH:MM:SS`, or None where the text is no time.

    Hours may pass 24; minutes and seconds may not pass 59.
    """
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    if not (1 <= len(parts[0]) <= 3 and len(parts[1]) == len(parts[2]) == 2):
        return None
    hours, minutes, seconds = (int(part) for part in parts)
    return None if minutes > 59 or seconds > 59 else hours * 3600 + minutes * 60 + seconds


def format_seconds(seconds: int) -> str:
    """Return `HH:MM:SS`, with hours past 24 where the service day goes on."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
