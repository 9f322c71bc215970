"""The template is an example that converts, and the feed that it gives is valid."""

from datetime import date

from gtfs_feeds.read import Severity, read_zip
from gtfs_feeds.sheets import convert_sheets, write_template
from gtfs_feeds.validate import validate
from tests.gtfs_feeds.sheets.books import fares, runs


def test_the_template_as_it_comes_converts() -> None:
    converted = convert_sheets(write_template(), "template.xlsx")

    assert [calls for _, calls in runs(converted)] == [
        "本土港 07:00 中島 07:20 沖島 07:45",
        "本土港 09:30 沖島 10:05",
        "本土港 13:00 中島 13:20 沖島 13:45",
        "本土港 17:40 中島 18:00 沖島 18:25",
        "沖島 08:00 中島 08:25 本土港 08:45",
        "沖島 10:30 本土港 11:05",
        "沖島 14:30 中島 14:55 本土港 15:15",
    ]
    assert fares(converted)["沖島", "本土港"] == "570"


def test_the_feed_of_the_template_is_valid_gtfs_jp_v4() -> None:
    feed = read_zip(convert_sheets(write_template(), "template.xlsx").data)

    report = validate(feed, profile="gtfs-jp-v4", today=date(2026, 4, 1))

    assert [one.code for one in report.findings if one.severity is Severity.ERROR] == []
