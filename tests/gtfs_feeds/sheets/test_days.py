"""Words about days: read in the one way that they have, or not at all."""

from datetime import date

import pytest

from gtfs_feeds.sheets.days import DaysUnclear, calendar_row, dates_of, day_rule

YEAR = (date(2026, 4, 1), date(2027, 3, 31))

# 2026: Wed 4-29 holiday, Thu 4-30, Sat 5-2, Sun 5-3 holiday, Mon 5-4 holiday, Wed 7-1, Fri 7-3.
WED_HOLIDAY, THURSDAY, SATURDAY = date(2026, 4, 29), date(2026, 4, 30), date(2026, 5, 2)
SUNDAY, MON_HOLIDAY = date(2026, 5, 10), date(2026, 5, 4)


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("毎日運航", {WED_HOLIDAY, THURSDAY, SATURDAY, SUNDAY}, set()),
        ("平日", {THURSDAY}, {WED_HOLIDAY, SATURDAY, SUNDAY}),
        ("土休日運休", {THURSDAY}, {WED_HOLIDAY, SATURDAY, SUNDAY}),
        ("土・日・祝", {WED_HOLIDAY, SATURDAY, SUNDAY}, {THURSDAY}),
        ("日祝運休", {THURSDAY, SATURDAY}, {WED_HOLIDAY, SUNDAY}),
        ("土曜", {SATURDAY}, {THURSDAY, SUNDAY, MON_HOLIDAY}),
        ("月・水・金", {WED_HOLIDAY, MON_HOLIDAY}, {THURSDAY, SATURDAY}),
        ("月～金（祝日運休）", {THURSDAY}, {WED_HOLIDAY, SATURDAY}),
        ("水曜運休", {THURSDAY, SUNDAY}, {WED_HOLIDAY}),
        ("5月～9月", {SATURDAY}, {THURSDAY}),
        ("8/13～15、12/31～1/3運休", {THURSDAY}, {date(2026, 8, 14), date(2027, 1, 2)}),
        ("毎日（1月1日運休）", {THURSDAY}, {date(2027, 1, 1)}),
        ("2026年12月29日から1月3日運休", {date(2027, 1, 4)}, {date(2027, 1, 3)}),
    ],
)
def test_words_have_their_days(text: str, on: set[date], off: set[date]) -> None:
    rule = day_rule(text)

    assert rule is not None
    dates = dates_of([rule], *YEAR)
    assert on <= dates
    assert not off & dates


@pytest.mark.parametrize(
    "text",
    [
        "年末年始運休",
        "休日",
        "夏季",
        "学校休業日運休",
        "第2土曜",
        "4月1日から運航",
        "9月30日まで運航",
        "定休日 水曜",
        "土休日および12/31～1/3運休",
        "12/31～1/3・土休日運休",
        "土日祝 12/31～1/3運休",
        "13/1運休",
        "祝前日運休",
    ],
)
def test_words_with_several_meanings_are_refused(text: str) -> None:
    with pytest.raises(DaysUnclear):
        day_rule(text)


@pytest.mark.parametrize(
    "text", ["大島航路", "日田線", "フェリーきずな", "2026年4月1日改正", "1便", "運航日", "土肥"]
)
def test_words_about_something_else_are_none(text: str) -> None:
    assert day_rule(text) is None


def test_a_calendar_row_and_its_exceptions_give_the_dates_back() -> None:
    rule = day_rule("平日（8/13～8/15運休）")
    assert rule is not None
    dates = dates_of([rule], *YEAR)

    pattern, differing = calendar_row(dates)

    assert pattern == [1, 1, 1, 1, 1, 0, 0]
    # Holidays on weekdays, and 08-13 and 08-14 (08-15 is a Saturday).
    assert all(day not in dates for day in differing)
    assert {date(2026, 8, 13), date(2026, 8, 14), WED_HOLIDAY} <= set(differing)
