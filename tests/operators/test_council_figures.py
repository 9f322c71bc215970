"""Figures and flows, counted by hand and proved not to name anybody."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from maas.core.clock import FrozenClock
from maas.core.money import Yen
from operators.council.figures import figures
from operators.council.flows import K, flows, to_csv, to_json
from operators.council.monthly import Month, monthly_report
from operators.council.records import UNKNOWN, Return, Ride, Sale
from operators.council.service import MonthNotOver, Results
from tests.support.database import fresh_engine

DAY = date(2026, 12, 5)
RIDE = Ride(DAY, "p", "t1", "bus", "bus", "福岡県", "ja", "福岡県福岡市", "福岡県糸島市")


@dataclass
class Books:
    """Sales and rides in memory."""

    sold: Sequence[Sale] = ()
    back: Sequence[Return] = ()
    ridden: Sequence[Ride] = ()
    asked: list[tuple[date, date]] = field(default_factory=list)

    def sales(self, first: date, last: date) -> Sequence[Sale]:
        return [row for row in self.sold if first <= row.day <= last]

    def returns(self, first: date, last: date) -> Sequence[Return]:
        return [row for row in self.back if first <= row.day <= last]

    def rides(self, first: date, last: date) -> Sequence[Ride]:
        self.asked.append((first, last))
        return [row for row in self.ridden if first <= row.day <= last]

    def product_names(self) -> dict[str, str]:
        return {"p": "一日券"}


BOOKS = Books(
    sold=[
        Sale(DAY, "p", 1, Yen(1_000), "ja"),
        Sale(DAY, "p", 4, Yen(3_000), "en"),
        Sale(date(2027, 1, 1), "p", 1, Yen(1_000), "ja"),
    ],
    back=[Return(DAY, "p", Yen(900), Yen(100))],
    ridden=[RIDE, replace(RIDE, mode=UNKNOWN), replace(RIDE, ticket="t2", prefecture="佐賀県")],
)


def test_figures_count_the_days_that_were_asked_and_no_others() -> None:
    found = figures(BOOKS, date(2026, 12, 1), date(2026, 12, 31))

    assert (found.sales.passes, found.sales.persons, found.sales.yen) == (2, 5, 4_000)
    assert {name: row.yen for name, row in found.sales_by_language.items()} == {
        "ja": 1_000,
        "en": 3_000,
    }
    assert (found.returned, found.returned_yen, found.return_fees_yen) == (1, 900, 100)
    assert (found.rides, found.passes_used) == (3, 2)


def test_what_is_unknown_is_counted_as_unknown_so_that_tables_sum_up() -> None:
    found = figures(BOOKS, date(2026, 12, 1), date(2026, 12, 31))

    assert found.rides_by_mode == {"bus": 2, UNKNOWN: 1}
    for table in (found.rides_by_mode, found.rides_by_prefecture, found.rides_by_product):
        assert sum(table.values()) == found.rides


def test_rides_of_operators_are_shown_only_where_asked() -> None:
    found = figures(BOOKS, date(2026, 12, 1), date(2026, 12, 31))

    assert found.as_json(operators=True)["rides_by_operator"] == {"bus": 3}
    assert "rides_by_operator" not in found.as_json(operators=False)


ZONES = st.sampled_from(["A", "B", "C", UNKNOWN])
RIDES = st.lists(
    st.builds(
        lambda ticket, begin, end: replace(RIDE, ticket=f"t{ticket}", from_zone=begin, to_zone=end),
        st.integers(0, 25),
        ZONES,
        ZONES,
    ),
    max_size=200,
)


def passes_of(rides: Sequence[Ride]) -> dict[tuple[str, str], set[str]]:
    cells: dict[tuple[str, str], set[str]] = defaultdict(set)
    for ride in rides:
        cells[ride.from_zone, ride.to_zone].add(ride.ticket)
    return cells


@given(RIDES)
def test_no_published_cell_comes_from_fewer_than_ten_passes(rides: list[Ride]) -> None:
    cells = passes_of(rides)

    for row in flows(rides):
        assert len(cells[row.origin, row.destination]) >= 10
        assert row.passes == len(cells[row.origin, row.destination])
        assert UNKNOWN not in {row.origin, row.destination}


@given(RIDES)
def test_every_cell_of_ten_or_more_is_published_with_all_its_rides(rides: list[Ride]) -> None:
    # The positive control: a rule that published nothing would be safe, too.
    published = {(row.origin, row.destination): row.rides for row in flows(rides)}

    for cell, passes in passes_of(rides).items():
        if len(passes) >= 10 and UNKNOWN not in cell:
            count = sum((ride.from_zone, ride.to_zone) == cell for ride in rides)
            assert published[cell] == count


def test_the_check_itself_catches_a_rule_that_counts_rides_instead_of_passes() -> None:
    # The negative control: one pass that rides forty times is one person, whatever k says.
    rides = [RIDE] * 40

    assert flows(rides) == []
    assert [row.passes for row in flows(rides, k=1)] == [1]


def test_an_export_has_no_sum_from_which_the_rest_would_follow() -> None:
    known = [replace(RIDE, ticket=f"t{n}") for n in range(12)]
    few = [replace(RIDE, ticket=f"s{n}", to_zone="佐賀県唐津市") for n in range(9)]

    document = to_json("2026-12", flows([*known, *few]))

    assert document["flows"] == [
        {"from": "福岡県福岡市", "to": "福岡県糸島市", "rides": 12, "passes": 12}
    ]
    assert "唐津" not in str(document)
    assert "21" not in str(document)  # 12 + 9
    assert document["k"] == K == 10
    assert to_csv(document).splitlines()[1] == "2026-12,福岡県福岡市,福岡県糸島市,12,12"


def test_a_month_is_published_once_and_never_changes(tmp_path: Path) -> None:
    rides = [replace(RIDE, ticket=f"t{n}") for n in range(10)]
    clock = FrozenClock(datetime(2027, 1, 5, tzinfo=UTC))
    with fresh_engine("sqlite", tmp_path) as engine, Session(engine) as session, session.begin():
        results = Results(session, clock)
        first = results.flows("2026-12", Books(ridden=rides))
        late = results.flows("2026-12", Books(ridden=[*rides, replace(RIDE, ticket="late")]))
        with pytest.raises(MonthNotOver):
            results.flows("2027-01", Books(ridden=rides))

    # The difference of the two would be one pass.
    assert late == first
    assert first["flows"][0]["passes"] == 10


def test_the_report_is_a_pdf_also_where_nothing_is_known() -> None:
    found = figures(Books(), date(2026, 12, 1), date(2026, 12, 31))

    content = monthly_report(Month("2026-12", "2027-01-05", "見本", (), (), found, None))

    assert content.startswith(b"%PDF")
