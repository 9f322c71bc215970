"""What a person or the network says of stops fills what the sheet leaves open, and no more."""

import pytest

from gtfs_feeds.sheets import Known, SheetRefused, convert_sheets
from tests.gtfs_feeds.sheets.books import book, feed

SAILINGS = {
    "見本航路": (
        ("運行日", "毎日"),
        ("便", "1便", "2便"),
        ("見本浦", "7:40", "9:00"),
        ("別の島", "8:05", "9:25"),
    )
}
STOPS = (
    ("港名", "よみがな", "緯度", "経度", "住所"),
    ("見本浦", "みほんうら", "", "", "福岡県宗像市神湊487"),
    ("別の島", "", 33.8950, 130.5000, ""),
)


def data(stops=STOPS) -> bytes:
    return book(SAILINGS, stops=stops)


def places(known: Known, stops=STOPS) -> dict[str, tuple[str, float, float]]:
    tables = feed(convert_sheets(data(stops), "book.xlsx", known=known))
    rows = tables.tables["stops"].select("stop_name", "stop_lat", "stop_lon").rows()
    return {name: (float(lat), float(lon)) for name, lat, lon in rows}


def refusal(known: Known) -> SheetRefused:
    with pytest.raises(SheetRefused) as refused:
        convert_sheets(data(), "book.xlsx", known=known)
    return refused.value


def test_an_address_alone_is_refused_with_the_position_that_could_be_meant() -> None:
    asked = []

    def find(name: str, address: str) -> tuple[float, float]:
        asked.append((name, address))
        return 33.8506, 130.4916

    refused = refusal(Known(find=find))

    assert asked == [("見本浦", "福岡県宗像市神湊487")]
    # Only the place is missing: the trips that call there are not held against the sheet.
    assert [(str(one.at), one.trouble.value) for one in refused.problems] == [
        ("港!A2", "no-coordinate")
    ]
    [offered] = [one for one in refused.suggestions if one.field == "coordinate"]
    assert (offered.stop, offered.value, offered.source) == (
        "見本浦",
        "33.850600, 130.491600",
        "network",
    )


def test_where_nothing_is_known_the_stop_is_named_and_no_position_is_made_up() -> None:
    [offered] = [one for one in refusal(Known()).suggestions if one.field == "coordinate"]

    assert (offered.stop, offered.value) == ("見本浦", "")


def test_what_was_accepted_is_used_and_can_be_looked_at_again() -> None:
    known = Known(
        {"見本浦": {"coordinate": "33.8506, 130.4916"}, "別の島": {"reading": "べつのしま"}}
    )
    converted = convert_sheets(data(), "book.xlsx", known=known)

    assert places(known)["見本浦"] == (33.8506, 130.4916)
    said = {(one.stop, one.field): (one.value, one.source) for one in converted.suggestions}
    assert said["見本浦", "coordinate"] == ("33.8506, 130.4916", "answered")
    assert said["別の島", "reading"] == ("べつのしま", "answered")
    readings = feed(converted).tables["translations"]
    assert "べつのしま" in str(readings.rows())


def test_the_sheet_goes_before_what_was_answered() -> None:
    known = Known(
        {
            "別の島": {"coordinate": "30.0, 130.0"},
            "見本浦": {"coordinate": "33.85, 130.49", "reading": "ちがう"},
        }
    )
    converted = convert_sheets(data(), "book.xlsx", known=known)

    assert places(known)["別の島"] == (33.8950, 130.5000)
    assert "ちがう" not in str(feed(converted).tables["translations"].rows())


@pytest.mark.parametrize("text", ["北緯どこか", "33.85", "33.85, ", "133, 33", "33.85, 130.49, 5"])
def test_an_answer_that_is_no_position_is_refused_with_the_stop(text: str) -> None:
    refused = refusal(Known({"見本浦": {"coordinate": text}}))

    assert {str(one.at) for one in refused.problems} <= {"港!A2", "港!C2", "港!D2"}
    assert refused.problems
