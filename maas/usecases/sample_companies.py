"""
The companies of the sample in the register: live or candidate, marked as made up.

Who is live follows from a checksum of the short name, so every run gives the same; their days are
spread over the year and a half before the sample begins, so that the count has a history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final
from zlib import crc32

import numpy as np
from sqlalchemy.orm import Session

from gtfs_feeds.sample.tables import Operator
from gtfs_feeds.sample.tables import operators as sample_operators
from maas.core.clock import JAPAN, Clock
from maas.core.network import Network
from operators.registry.models import Company
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import PREFECTURES, Mode, State
from routing.model import Mode as LegMode
from routing.modes import mode_of

BY: Final = "sample"
WHY: Final = "見本データ / sample data"
PAPER: Final = sha256("九州MaaS参加協定（見本） / sample agreement".encode()).hexdigest()
LIVE_PERCENT: Final = 36
HISTORY_DAYS: Final = 540
MODES: Final = {
    LegMode.AIRPLANE: Mode.AIR,
    LegMode.FERRY: Mode.FERRY,
    LegMode.BUS: Mode.BUS,
    LegMode.COACH: Mode.BUS,
}
"""All others are rail."""
WAY: Final = ((State.INVITED, 90), (State.AGREED, 60), (State.IN_TEST, 20), (State.LIVE, 0))
"""Each step, and how many days before going live it was taken."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is in the register now."""

    entered: int
    live: int
    known: int
    """Companies that were there before: seeding twice changes nothing."""


def seed_companies(session: Session, clock: Clock, network: Network, first_day: date) -> Seeded:
    """
    Enter every company of the sample, with its feeds.

    Companies are those of the corporate numbers: a city's buses, trams and ships are one company
    with three brands and three feeds.

    Args:
        session: The caller commits.
        clock: When it is written down.
        network: The sample network: says modes and prefectures.
        first_day: First day of the sample; the history ends there.
    """
    registry = Registry(session, clock)
    entered = live = known = 0
    tags = network.feeds.tag.tolist()
    for brands in companies():
        slug = brands[0].tag
        if registry.find_by_slug(slug) is not None:
            known += 1
            continue
        rows = [tags.index(brand.tag) for brand in brands if brand.tag in tags]
        goes = is_live(slug)
        day = first_day - timedelta(days=1 + crc32(f"{slug} day".encode()) % HISTORY_DAYS)
        company = _enter(registry, brands, network, rows, day - timedelta(days=120))
        entered += 1
        for brand in brands:
            registry.register_feed(company.id, tag=brand.tag, kind="sample", url="", by=BY)
        if goes:
            _take_live(registry, company, brands, day, last_day(network))
            live += 1
    session.flush()
    return Seeded(entered, live, known)


def companies() -> Iterator[list[Operator]]:
    """Yield the operators of each corporate number together, the others alone."""
    groups: dict[str, list[Operator]] = {}
    for operator in sample_operators().values():
        groups.setdefault(operator.agency_id, []).append(operator)
    yield from groups.values()


def is_live(slug: str) -> bool:
    """Whether a company of the sample is live; the others are candidates."""
    return crc32(slug.encode()) % 100 < LIVE_PERCENT


def last_day(network: Network) -> date:
    """Return the last day of the network."""
    return network.first_day + timedelta(days=int(network.services.runs.shape[1]) - 1)


def _enter(
    registry: Registry, brands: list[Operator], network: Network, rows: list[int], day: date
) -> Company:
    first = brands[0]
    number = first.agency_id if first.agency_id.isdigit() else ""
    new = NewCompany(
        slug=first.tag,
        name=first.name,
        name_kana=first.kana,
        name_en=first.english,
        corporate_number=number,
        modes=_modes(network, rows),
        prefectures=_prefectures(network, rows),
        brands=tuple(brand.name for brand in brands) if len(brands) > 1 else (),
        notes=WHY,
    )
    return registry.enter(new, Because(BY, WHY), at=_noon(day))


def _take_live(
    registry: Registry, company: Company, brands: list[Operator], day: date, end: date
) -> None:
    agreed = day - timedelta(days=dict(WAY)[State.AGREED])
    registry.sign(
        company.id,
        title="九州MaaS参加協定（見本）",
        document=PAPER,
        signed_on=agreed,
        valid_from=agreed,
    )
    for brand in brands:
        registry.publish_feed(
            company.id, tag=brand.tag, source="sample", valid_from=day, valid_until=end
        )
    for state, before in WAY:
        because = Because(BY, WHY, PAPER if state is State.AGREED else "")
        registry.move(company.id, state, because, at=_noon(day - timedelta(days=before)))


def _modes(network: Network, rows: list[int]) -> tuple[str, ...]:
    of_route = network.agencies.feed[network.routes.agency]
    types = np.unique(network.routes.type[np.isin(of_route, rows)]).tolist()
    return tuple(sorted({MODES.get(mode_of(kind), Mode.RAIL).value for kind in types}))


def _prefectures(network: Network, rows: list[int]) -> tuple[str, ...]:
    served = np.unique(network.calls.stop)
    own = served[np.isin(network.stops.feed[served], rows)]
    found = {network.places.prefecture[place] for place in network.stops.place[own].tolist()}
    return tuple(one for one in PREFECTURES if one in found)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), JAPAN).astimezone(UTC)
