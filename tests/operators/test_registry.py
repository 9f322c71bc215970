from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from maas.core.clock import FrozenClock
from operators.participation.counting import GOALS, count_on, forecast, history, members, pace
from operators.participation.report import to_csv, to_svg
from operators.registry.catalogue import import_catalogue
from operators.registry.errors import CompanyExists, CompanyInvalid, StepNotAllowed
from operators.registry.identity import (
    NotACorporateNumber,
    check_digit,
    corporate_number,
    registration_number,
)
from operators.registry.models import Company
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import Kind, State
from tests.support.database import fresh_engine
from tests.support.shared import SHARED, needs_shared

START = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
WHY = Because("council", "test")
PAPER = "a" * 64


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with fresh_engine("sqlite", tmp_path) as engine, Session(engine) as session, session.begin():
        yield session


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def registry(session: Session, clock: FrozenClock) -> Registry:
    return Registry(session, clock)


def test_a_published_corporate_number_has_its_check_digit() -> None:
    # National Tax Agency, from its own page: 7000012050002.
    assert corporate_number("7000012050002") == "7000012050002"
    assert corporate_number("７０００ ０１２０-５０００２") == "7000012050002"


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_found_unless_it_is_a_nine_for_a_zero(
    twelve: str, place: int, step: int
) -> None:
    right = f"{check_digit(twelve)}{twelve}"
    assert corporate_number(right) == right
    wrong_digit = (int(twelve[place]) + step) % 10
    wrong = twelve[:place] + str(wrong_digit) + twelve[place + 1 :]
    # Modulo 9 cannot tell 0 from 9: that is the published scheme's own limit.
    if {twelve[place], str(wrong_digit)} != {"0", "9"} and wrong != twelve:
        with pytest.raises(NotACorporateNumber):
            corporate_number(right[0] + wrong)


@pytest.mark.parametrize("text", ["", "123", "8000012050002", "700001205000X", "7000012050002 1"])
def test_what_is_no_corporate_number_is_refused(text: str) -> None:
    with pytest.raises(NotACorporateNumber):
        corporate_number(text)


def test_a_registration_number_is_t_and_thirteen_digits() -> None:
    assert registration_number(" ｔ7000012050002") == "T7000012050002"
    with pytest.raises(NotACorporateNumber):
        registration_number("7000012050002")


def ferry(slug: str = "mihon-kisen", **more: object) -> NewCompany:
    values: dict[str, object] = {"modes": ("ferry",), "prefectures": ("鹿児島県",)}
    return NewCompany(slug, "見本汽船", **(values | more))  # type: ignore[arg-type]


def go_live(registry: Registry, company: Company, clock: FrozenClock, *, days: int = 10) -> None:
    """Walk the whole way, `days` in each stage; agreement from the day of signing."""
    for state in (State.INVITED, State.AGREED, State.IN_TEST, State.LIVE):
        clock.move(timedelta(days=days))
        today = clock.now().date()
        if state is State.AGREED:
            registry.sign(
                company.id, title="協定", document=PAPER, signed_on=today, valid_from=today
            )
        if state is State.LIVE:
            registry.publish_feed(
                company.id, tag="f", source="zip", valid_from=today, valid_until=None
            )
        registry.move(company.id, state, Because("council", "step", PAPER))


def test_the_count_rises_from_nothing_to_one_only_when_everything_holds(
    session: Session, registry: Registry, clock: FrozenClock
) -> None:
    company = registry.enter(ferry(), WHY)
    assert count_on(members(session), START.date()).total == 0
    go_live(registry, company, clock)
    live = clock.now().date()

    people = members(session)

    assert count_on(people, live - timedelta(days=1)).total == 0
    assert count_on(people, live).total == 1
    assert count_on(people, live).by_prefecture == {"鹿児島県": 1}
    assert count_on(people, live).by_mode == {"ferry": 1}


def test_a_past_day_keeps_its_count_whatever_happens_later(
    session: Session, registry: Registry, clock: FrozenClock
) -> None:
    company = registry.enter(ferry(), WHY)
    go_live(registry, company, clock)
    live = clock.now().date()
    before = history(members(session), START.date(), live)
    clock.move(timedelta(days=5))
    registry.move(company.id, State.SUSPENDED, Because("council", "typhoon"))
    session.expire_all()

    after = history(members(session), START.date(), clock.now().date())

    assert after[: len(before)] == before
    assert after[-1].total == 0


def test_a_feed_that_ends_stops_the_count_and_a_product_keeps_it(
    session: Session, registry: Registry, clock: FrozenClock
) -> None:
    company = registry.enter(ferry(), WHY)
    go_live(registry, company, clock)
    live = clock.now().date()
    end = live + timedelta(days=30)
    registry.publish_feed(company.id, tag="f", source="zip", valid_from=live, valid_until=end)
    session.expire_all()

    people = members(session)
    assert count_on(people, end).total == 1
    assert count_on(people, end + timedelta(days=1)).total == 0
    assert people[0].lacks(end + timedelta(days=1)) == ("feed-or-product",)

    registry.accept_product(company.id, product="kyushu-2d", valid_from=end)
    session.expire_all()
    assert count_on(members(session), end + timedelta(days=1)).total == 1


def test_members_that_are_no_operators_are_counted_apart(
    session: Session, registry: Registry, clock: FrozenClock
) -> None:
    town = registry.enter(ferry("mihon-cho", kind=Kind.MUNICIPALITY), WHY)
    go_live(registry, town, clock)

    count = count_on(members(session), clock.now().date())

    assert (count.total, count.others) == (0, {"municipality": 1})


def test_steps_out_of_order_are_refused(registry: Registry, clock: FrozenClock) -> None:
    company = registry.enter(ferry(), WHY)
    with pytest.raises(StepNotAllowed):
        registry.move(company.id, State.LIVE, WHY)
    registry.move(company.id, State.INVITED, WHY)
    with pytest.raises(StepNotAllowed, match="signed agreement"):
        registry.move(company.id, State.AGREED, WHY)
    with pytest.raises(StepNotAllowed, match="before the last"):
        registry.move(company.id, State.LEFT, WHY, at=START - timedelta(days=1))
    with pytest.raises(CompanyInvalid):
        registry.move(company.id, State.LEFT, Because("", ""))


def test_a_repeated_step_is_one_step(registry: Registry) -> None:
    company = registry.enter(ferry(), WHY)
    first = registry.move(company.id, State.INVITED, WHY)

    assert registry.move(company.id, State.INVITED, WHY) is first
    assert [step.after for step in company.steps] == [State.CANDIDATE, State.INVITED]


def test_a_company_is_entered_once(registry: Registry) -> None:
    registry.enter(ferry(corporate_number="7000012050002"), WHY)
    with pytest.raises(CompanyExists):
        registry.enter(ferry("other-name", corporate_number="7000012050002"), WHY)
    with pytest.raises(CompanyExists):
        registry.enter(ferry(), WHY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"corporate_number": "1"},
        {"registration_number": "T1"},
        {"modes": ("rocket",)},
        {"prefectures": ("東京都",)},
    ],
)
def test_a_wrong_entry_is_refused(registry: Registry, wrong: dict[str, object]) -> None:
    with pytest.raises(CompanyInvalid):
        registry.enter(ferry(**wrong), WHY)


def test_a_contact_can_be_forgotten(registry: Registry) -> None:
    company = registry.enter(ferry(), WHY)
    contact = registry.add_contact(company.id, role="data", name="見本", email="a@example.com")

    assert registry.forget_contact(contact.id)
    assert list(registry.contacts(company.id)) == []
    assert not registry.forget_contact(contact.id)


def test_the_outlook_follows_the_pace_of_those_who_went_before(
    session: Session, registry: Registry, clock: FrozenClock
) -> None:
    go_live(registry, registry.enter(ferry("first"), WHY), clock, days=20)
    waiting = registry.enter(ferry("second"), WHY)
    registry.move(waiting.id, State.INVITED, WHY)
    registry.enter(ferry("never-asked"), WHY)
    people = members(session)

    assert pace(people)[State.INVITED] == 20
    rows = forecast(people, clock.now().date())

    # One live, one invited that needs 60 days more, one candidate whom nobody has asked.
    assert [(row.counted, row.expected, row.missing) for row in rows] == [(1, 2, 58), (1, 2, 98)]


def test_csv_and_chart_show_the_history(
    session: Session, registry: Registry, clock: FrozenClock
) -> None:
    go_live(registry, registry.enter(ferry(), WHY), clock)
    counts = history(members(session), date(2026, 5, 1), clock.now().date())

    assert to_csv(counts).splitlines()[0] == "day,total,鹿児島県,ferry"
    assert to_csv(counts).splitlines()[-1].endswith(",1,1,1")
    assert "参加社局数 1" in to_svg(counts, GOALS)


@needs_shared
def test_the_council_s_catalogue_becomes_candidates_once(
    session: Session, registry: Registry
) -> None:
    text = (SHARED / "data/facts/kyushu_feed_catalog.csv").read_text(encoding="utf-8")

    first = import_catalogue(session, registry, text, WHY)
    again = import_catalogue(session, registry, text, WHY)

    # 239 rows, one of which (福岡市営渡船) has no address: a candidate without a source.
    assert first.refused == []
    assert first.sources + first.known == 238
    assert "福岡市営渡船" in [company.name for company in registry.list()]
    assert (again.companies, again.sources) == (0, 0)
    assert {company.state for company in registry.list()} == {State.CANDIDATE}


def test_a_broken_catalogue_row_is_named_and_the_rest_imported(
    session: Session, registry: Registry
) -> None:
    text = (
        "prefecture,mode,name,static_url\n"
        "福岡県,bus,よい,https://example.com/a.zip\n"
        "福岡県,rocket,わるい,https://example.com/b.zip\n"
        "福岡県,bus,,https://example.com/c.zip\n"
        "福岡県,bus,わるい,javascript:alert(1)\n"
        "短い\n"
    )

    done = import_catalogue(session, registry, text, WHY)

    assert done.companies == 1
    assert [line for line, _ in done.refused] == [3, 4, 5, 6]


def test_nobody_brings_a_feed_under_another_companys_name(
    registry: Registry, session: Session
) -> None:
    mine = registry.enter(NewCompany("bus", "見本バス"), WHY)
    registry.enter(NewCompany("rail", "見本鉄道"), WHY)

    with pytest.raises(CompanyExists, match="short name"):
        registry.register_feed(mine.id, tag="rail", kind="zip", url="", by="x")
    own = registry.register_feed(mine.id, tag="bus-2", kind="zip", url="", by="x")
    assert own.company_id == mine.id
