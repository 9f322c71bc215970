"""The companies of the sample in the register."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gtfs_feeds.merge import FeedInput, MergeOptions, merge
from gtfs_feeds.read import read_feed
from gtfs_feeds.sample import write_sample
from maas.core.clock import FrozenClock
from maas.core.network import Network
from maas.usecases.sample_companies import seed_companies
from operators.participation.counting import count_on, members
from operators.registry.models import Company
from operators.registry.service import Registry
from operators.registry.states import State
from tests.support.database import fresh_engine

FIRST = date(2026, 11, 16)
CLOCK = FrozenClock(datetime(2026, 11, 16, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    feeds = write_sample(tmp_path_factory.mktemp("sample"), FIRST, days=30)
    inputs = [FeedInput(feed.tag, read_feed(feed.path), synthetic=True) for feed in feeds]
    return merge(inputs, MergeOptions()).network


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with fresh_engine("sqlite", tmp_path) as engine, Session(engine) as session, session.begin():
        yield session


def listed(session: Session) -> list[Company]:
    return list(Registry(session, CLOCK).list())


def test_every_company_is_live_or_candidate_and_marked_as_sample(
    session: Session, network: Network
) -> None:
    done = seed_companies(session, CLOCK, network, FIRST)
    companies = listed(session)

    assert done.entered == len(companies) > 100
    assert {company.state for company in companies} == {State.LIVE, State.CANDIDATE}
    assert all("sample" in company.notes for company in companies)
    assert all(company.modes and company.prefectures for company in companies)
    feeds = {feed.tag for feed in Registry(session, CLOCK).registered_feeds()}
    assert feeds == set(network.feeds.tag.tolist())


def test_a_city_with_three_brands_is_one_company(session: Session, network: Network) -> None:
    # operators.csv: buses, trams and the Sakurajima ferry share Kagoshima city's number.
    seed_companies(session, CLOCK, network, FIRST)
    (city,) = [one for one in listed(session) if one.corporate_number == "1000020462012"]

    assert len(city.brands) == 3
    assert city.modes == ["bus", "ferry", "rail"]
    assert city.prefectures == ["鹿児島県"]


def test_seeding_again_changes_nothing(session: Session, network: Network) -> None:
    first = seed_companies(session, CLOCK, network, FIRST)
    states = [(one.slug, one.state) for one in listed(session)]
    again = seed_companies(session, CLOCK, network, FIRST)

    assert (again.entered, again.known) == (0, first.entered)
    assert [(one.slug, one.state) for one in listed(session)] == states


def test_the_count_rises_over_time_to_those_who_are_live(
    session: Session, network: Network
) -> None:
    done = seed_companies(session, CLOCK, network, FIRST)
    people = members(session)
    counts = [
        count_on(people, FIRST - timedelta(days=before)).total for before in (600, 400, 200, 0)
    ]

    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == done.live
    assert 30 <= done.live <= 60
