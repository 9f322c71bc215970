from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from maas.core.servicetime import format_seconds, parse_seconds, service_instant


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6:05:00", 21_900), ("06:05:09", 21_909), ("25:10:00", 90_600), ("100:00:00", 360_000)],
)
def test_times_past_midnight_are_read(text: str, seconds: int) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "6:5:00", "06:60:00", "06:00", "06:00:00:00", "-1:00:00"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_seconds(text) is None


def test_time_counts_from_noon_minus_twelve_hours_on_the_day_clocks_change() -> None:
    # Berlin, 2024-03-31: noon is 10:00 UTC, so 00:00:00 means 22:00 UTC the day before.
    start = service_instant(date(2024, 3, 31), 0, ZoneInfo("Europe/Berlin"))

    assert start == datetime(2024, 3, 30, 22, tzinfo=UTC)


def test_japan_has_no_summer_time() -> None:
    instant = service_instant(
        date(2026, 12, 1), parse_seconds("25:10:00") or 0, ZoneInfo("Asia/Tokyo")
    )

    assert instant == datetime(2026, 12, 1, 16, 10, tzinfo=UTC)
    assert format_seconds(90_600) == "25:10:00"
