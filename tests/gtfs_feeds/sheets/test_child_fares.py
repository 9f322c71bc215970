"""What children pay is exported where the sheets say it, and never reckoned where they do not."""

from datetime import date

import pytest

from gtfs_feeds.read import Severity
from gtfs_feeds.validate import validate
from tests.gtfs_feeds.sheets.books import Rows, child_fares, convert, fares, feed, refused

HEAD: Rows = (("路線名", "大島航路"), ("運航日", "毎日"))
TABLE: dict[str, Rows] = {
    "時刻表": (*HEAD, ("便名", "1便"), ("神湊", "7:40"), ("地島", "7:55"), ("大島港", "8:05"))
}
PAIR = ("神湊", "大島港")


def pair(price: object, *more: tuple[object, ...], name: str = "運賃表") -> dict[str, Rows]:
    """A triangle with one price, after lines that explain it."""
    return TABLE | {name: (*more, ("神湊",), (price, "大島港"))}


def notes(sheets: dict[str, Rows]) -> set[str]:
    return {remark.note for remark in convert(sheets).remarks}


@pytest.mark.parametrize(
    ("price", "lines", "child"),
    [
        ("570(小児290)", (), 290),
        ("570円（小児290円）", (), 290),
        ("570/小児 290", (), 290),
        ("570(290)", (("大人(小児)、円",),), 290),
        ("570(290)", (("（ ）内は小児運賃",),), 290),
        ("570/290", (("大人／小児",),), 290),
        # By the sheet's own rule. Half of 570 is 285: up to ten 290, down 280.
        (570, (("小児運賃", "大人の半額（10円未満切り上げ）"),), 290),
        (570, (("小児運賃", "半額、10円未満は切捨て"),), 280),
        (570, (("小児運賃", "半額（1円未満切上げ）"),), 285),
        # Half of 580 is 290: there is nothing to round.
        (580, (("小児運賃", "大人の半額"),), 290),
    ],
)
def test_a_child_fare_that_is_said_is_exported(price, lines, child) -> None:
    sheets = pair(price, *lines)
    converted = convert(sheets)
    adult = 580 if price == 580 else 570

    assert child_fares(converted) == {PAIR: (adult, child), PAIR[::-1]: (adult, child)}
    # Readers of v1 still have what adults pay.
    assert fares(converted) == {PAIR: str(adult), PAIR[::-1]: str(adult)}
    assert "child-fare" not in notes(sheets)


@pytest.mark.parametrize(
    ("price", "lines"),
    [
        ("570(290)", ()),  # or the price with a card
        ("570(1100)", (("大人(小児)",),)),  # dearer than an adult's: both ways, perhaps
        (570, (("小児運賃", "半額"),)),  # 285, and nobody says how it is rounded
        (570, (("小児運賃", "半額（端数切り上げ）"),)),  # up to one yen or to ten
    ],
)
def test_a_child_fare_that_is_not_clear_is_remarked_and_not_guessed(price, lines) -> None:
    sheets = pair(price, *lines)
    converted = convert(sheets)

    assert child_fares(converted) == {}
    assert fares(converted)[PAIR] == "570"
    assert "child-fare" in notes(sheets)


def test_a_sheet_of_its_own_a_column_and_an_entry_give_child_fares() -> None:
    own = pair(570) | {"小児運賃表": (("神湊",), (290, "大島港"))}
    column = {
        "便": (
            ("航路", "出発港", "出発時刻", "到着港", "到着時刻", "期間", "運賃", "小児運賃"),
            ("大島航路", "神湊", "7:40", "大島港", "8:05", "毎日", 570, 290),
        )
    }
    entry = {
        "時刻表": (
            *HEAD,
            ("運賃", "570円"),
            ("小児運賃", "290円"),
            ("便名", "1便"),
            ("神湊", "7:40"),
            ("大島港", "8:05"),
        )
    }

    assert child_fares(convert(own))[PAIR] == (570, 290)
    assert child_fares(convert(column))[PAIR] == (570, 290)
    assert child_fares(convert(entry)) == {("", ""): (570, 290)}


def test_child_fares_that_contradict_each_other_are_refused() -> None:
    twice = TABLE | {
        "運賃": (
            (None, "神湊", "大島港"),
            ("神湊", None, "570(小児290)"),
            ("大島港", "570(小児280)", None),
        )
    }
    both = pair("570(小児290)") | {"小児運賃": (("神湊",), (280, "大島港"))}

    assert refused(twice) == [("運賃!B3", "fare-twice")]
    assert [trouble for _, trouble in refused(both)] == ["fare-twice"]
    # One of the two directions says nothing: that is no contradiction.
    once = TABLE | {
        "運賃": (
            (None, "神湊", "大島港"),
            ("神湊", None, "570"),
            ("大島港", "570(小児290)", None),
        )
    }
    assert child_fares(convert(once))[PAIR] == (570, 290)


def test_all_fares_are_in_both_formats_once_a_child_has_one() -> None:
    sheets = TABLE | {
        "運賃": (("神湊",), (370, "地島"), ("570(小児290)", 200, "大島港")),
    }
    converted = convert(sheets)

    both = child_fares(converted)

    assert {ends: str(adult) for ends, (adult, _) in both.items()} == fares(converted)
    assert both[PAIR] == (570, 290)
    assert both["神湊", "地島"] == (370, None)
    report = validate(feed(converted), profile="gtfs-jp-v4", today=date(2026, 4, 1))
    assert [one.code for one in report.findings if one.severity is Severity.ERROR] == []
