"""Both forms of translations in one, and which edition of GTFS-JP a feed follows."""

import pytest

from gtfs_feeds.read import Edition, detect_edition, read_feed, read_files, translations
from tests.support.shared import SHARED, needs_shared

STOPS = "stop_id,stop_name\n1,博多駅\n2,博多駅\n3,天神\n"


def test_old_translations_become_rows_for_every_field_that_holds_the_text() -> None:
    feed = read_files(
        {
            "stops.txt": STOPS,
            "trips.txt": "trip_id,trip_headsign\nT,天神\n",
            "translations.txt": "trans_id,lang,translation\n"
            "博多駅,ja-HrKt,はかたえき\n天神,en,Tenjin\nどこにもない,en,Nowhere\n",
        }
    )

    rows = translations(feed).select(
        "table_name", "field_name", "language", "translation", "field_value", "_row"
    )

    assert rows.rows() == [
        ("stops", "stop_name", "ja-Hrkt", "はかたえき", "博多駅", 2),
        ("stops", "stop_name", "en", "Tenjin", "天神", 3),
        ("trips", "trip_headsign", "en", "Tenjin", "天神", 3),
        ("stops", "stop_name", "en", "Nowhere", "どこにもない", 4),
    ]


@pytest.mark.parametrize("tag", ["ja-HrKt", "ja-Harkt", "JA-HRKT", "ja_Hrkt", "ja-Hrkt"])
def test_every_spelling_of_the_reading_tag_is_understood(tag: str) -> None:
    feed = read_files(
        {
            "translations.txt": "table_name,field_name,language,translation,field_value\n"
            f"stops,stop_name,{tag},はかた,博多\nstops,stop_name,zh-cn,x,博多\n"
        }
    )

    assert translations(feed)["language"].to_list() == ["ja-Hrkt", "zh-cn"]
    assert translations(feed)["record_id"].to_list() == ["", ""]


def test_a_feed_without_translations_has_none() -> None:
    assert translations(read_files({"stops.txt": STOPS})).height == 0


@pytest.mark.parametrize(
    ("files", "edition"),
    [
        ({}, Edition.GTFS),
        ({"pathways.txt": "pathway_id\n1\n"}, Edition.GTFS),
        (
            {
                "agency.txt": "agency_id,agency_timezone\n1,Asia/Tokyo\n",
                "booking_rules.txt": "booking_rule_id,booking_type\n1,1\n",
            },
            Edition.JP4,
        ),
        ({"trips.txt": "trip_id,jp_pattern_id\nT,P\n"}, Edition.JP3),
        (
            {
                "agency_jp.txt": "agency_id\n1\n",
                "translations.txt": "table_name,field_name,language,translation\n",
            },
            Edition.JP3,
        ),
        ({"routes_jp.txt": "route_id\nR\n"}, Edition.JP1),
        (
            {"office_jp.txt": "office_id\n1\n", "stops.txt": "stop_id,platform_code\n1,2\n"},
            Edition.JP2,
        ),
    ],
)
def test_editions_are_told_by_what_only_they_have(files: dict[str, str], edition: Edition) -> None:
    feed = read_files({"stops.txt": STOPS} | files)

    assert detect_edition(feed).edition == edition
    assert detect_edition(feed, Edition.JP2).edition == Edition.JP2


@needs_shared
@pytest.mark.shared
def test_the_ministrys_sample_of_2017_is_the_first_edition() -> None:
    feed = read_feed(SHARED / "data" / "feeds" / "mlit_gtfs_jp_sample_2017.zip")

    detected = detect_edition(feed)

    assert detected.edition == Edition.JP1
    assert "office_jp" in detected.evidence
