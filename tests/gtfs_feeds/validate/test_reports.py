"""The three shapes of a report, and the tables of texts and severities behind them."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from rich.console import Console

from gtfs_feeds.read import read_files
from gtfs_feeds.validate import Profile, Report, as_html, as_json, as_text, catalogue, validate
from gtfs_feeds.validate.profiles import codes, entries, severity_of
from gtfs_feeds.validate.wording import WORDS
from tests.support.valid_feed import TODAY, edited, tables

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def printed(report: Report, language: str = "ja") -> str:
    out = io.StringIO()
    Console(file=out, width=300).print(as_text(report, "en" if language == "en" else "ja"))
    return out.getvalue()


def test_every_code_has_message_cause_and_remedy_in_both_languages() -> None:
    assert set(catalogue()) == set(codes())
    for code, texts in catalogue().items():
        for language in ("ja", "en"):
            text = texts[language]
            assert all((text.message, text.cause, text.remedy)), (code, language)
        japanese = f"{texts['ja'].message}{texts['ja'].cause}{texts['ja'].remedy}"
        assert any("ぁ" <= mark <= "ん" for mark in japanese), code
        english = f"{texts['en'].message}{texts['en'].cause}{texts['en'].remedy}"
        assert not any("ぁ" <= mark <= "ん" for mark in english), code


def test_every_word_of_a_report_is_in_both_languages() -> None:
    assert all(texts["ja"] and texts["en"] for texts in WORDS.values())


def test_every_rule_names_its_source() -> None:
    assert all(entry.source for entry in entries().values())


def test_severity_follows_the_profile_and_never_the_feed() -> None:
    old_form = [
        ("translations.txt", None, "trans_id,lang,translation\n中洲,ja-Hrkt,なかす\n"),
        ("stops.txt", "stop_access", "own_column"),  # a sign of v4
    ]
    feed = tables(old_form)

    default = validate(feed, today=TODAY)
    strict = validate(feed, today=TODAY, profile=Profile.GTFS)

    assert default.profile is Profile.JP4
    # The content hints at GTFS-JP v1; the report says so, and judges by v4 all the same.
    assert default.suggestion.profile is Profile.JP3
    assert "translations.trans_id" in default.suggestion.evidence
    assert default.is_valid
    assert not strict.is_valid
    assert severity_of(Profile.JP4, "missing_required_column", "translations.txt") is None
    assert severity_of(Profile.GTFS, "missing_required_column", "translations.txt") == "ERROR"


def test_json_has_the_shape_of_the_canonical_validator() -> None:
    edits = [("stops.txt", "33.5950", "93.5950"), ("agency.txt", "Asia/Tokyo", "JST")]
    report = validate(tables(edits), today=TODAY)

    body = json.loads(as_json(report, NOW, "tiny.zip"))

    assert body["summary"]["gtfsInput"] == "tiny.zip"
    assert body["summary"]["dateForValidation"] == "2026-06-01"
    assert body["summary"]["counts"]["Trips"] == 2
    assert body["summary"]["profile"] == "gtfs-jp-v4"
    by_code = {notice["code"]: notice for notice in body["notices"]}
    notice = by_code["number_out_of_range"]
    assert (notice["severity"], notice["totalNotices"]) == ("ERROR", 1)
    sample = notice["sampleNotices"][0]
    assert sample["filename"] == "stops.txt"
    assert sample["csvRowNumber"] == 3
    assert sample["fieldName"] == "stop_lat"
    assert sample["fieldValue"] == "93.595"
    assert set(notice["findings"][0]["text"]) == {"ja", "en"}
    assert len({notice["code"] for notice in body["notices"]}) == len(body["notices"])


def test_a_finding_with_places_carries_geojson() -> None:
    # 0.002 degrees of longitude are about 185 m here, beyond the 100 m that are allowed.
    report = validate(tables([("stops.txt", "33.5950,130.4200", "33.5950,130.4220")]), today=TODAY)

    body = json.loads(as_json(report, NOW, ""))

    notice = next(n for n in body["notices"] if n["code"] == "stop_too_far_from_shape")
    collection = notice["findings"][0]["geojson"]
    assert collection["type"] == "FeatureCollection"
    assert collection["features"][0]["geometry"] == {
        "type": "Point",
        "coordinates": [130.422, 33.595],
    }
    assert 180 < notice["sampleNotices"][0]["geoDistanceToShape"] < 190


def test_text_names_the_profile_and_why_and_speaks_japanese_first() -> None:
    report = validate(tables([("stops.txt", "中洲", "")]), today=TODAY)

    japanese, english = printed(report), printed(report, "en")

    assert "gtfs-jp-v4" in japanese
    assert "既定値" in japanese
    assert "停留所の名前がありません。" in japanese
    assert "stops.txt:3:stop_name" in japanese
    assert "A stop has no name." in english


def test_text_shows_no_control_characters_of_a_feed() -> None:
    report = validate(tables([("routes.txt", ",3,", ",\x1b[2J\x1b]0;owned\x07,")]), today=TODAY)

    text = printed(report)
    assert "owned" in text
    assert "\x1b" not in text
    assert "\x07" not in text


class Page(HTMLParser):
    """Collects tags, attributes and whether the page asks for anything from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_hostile_feed_puts_no_markup_into_the_page(language: str) -> None:
    cell = '"' + EVIL.replace('"', '""') + '"'
    files = edited([("stops.txt", "B,中洲,,33.5950", f"B,{cell},,xx")])
    files["routes.txt"] = files["routes.txt"].replace(",3,", f",{cell},")
    files[f"{EVIL}.txt"] = "a,b\n1,2\n"
    report = validate(read_files(files, name=EVIL), today=TODAY)

    html = as_html(report, "en" if language == "en" else "ja")
    page = Page()
    page.feed(html)

    assert EVIL not in html
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [name for name, _ in page.attributes if name in {"src", "href"}]


def test_the_page_needs_nothing_from_outside_and_draws_the_stops() -> None:
    html = as_html(validate(tables(), today=TODAY))

    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    # Three stops are three dots of the path of stops.
    stops = html.split('class="stop" d="')[1].split('"')[0]
    assert stops.count("M") == 3


def test_one_wild_point_does_not_shrink_the_map() -> None:
    rows = "".join(f"S{n},駅{n},,33.{5000 + n},130.42,,,0,,,,\n" for n in range(300))
    files = edited([("stops.txt", "C,天神", f"{rows}W,変,,0.0,0.0,,,0,,,,\nC,天神")])
    html = as_html(validate(read_files(files), today=TODAY))

    stops = html.split('class="stop" d="')[1].split('"')[0]
    heights = {part.split(" ")[1].split("h")[0] for part in stops.split("M")[1:]}
    assert len(heights) > 100


def test_reports_of_a_feed_without_any_table_can_be_written() -> None:
    report = validate(replace(tables(), tables={}, faults=()), today=TODAY)

    assert as_html(report)
    assert json.loads(as_json(report, NOW, ""))["summary"]["counts"]["Stops"] == 0
    assert printed(report)
