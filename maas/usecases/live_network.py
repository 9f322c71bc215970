"""
The network that is served, built from the feeds that are live.

Its feeds are those in the network's own folder `feeds/` (the sample) and those of companies that
are live, each in the version in use; a company's own feed takes the place of a sample of its tag.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gtfs_feeds.merge import MergeOptions
from gtfs_feeds.watch import FeedStore
from maas.core.errors import Kind, MaasError
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.published import Published
from maas.usecases.sample_network import STAMP
from operators.registry.models import Company, CompanySource, FeedRegistration
from operators.registry.states import State
from routing.timetable.store import POINTER

BASE: Final = "feeds"
"""Folder of a network with the zips that belong to it whoever is live."""


class ForeignNetwork(MaasError):
    """The network was built elsewhere; publishing would lose its feeds."""

    code: ClassVar[str] = "network-foreign"
    title: ClassVar[str] = "The network that is served was built elsewhere"
    kind: ClassVar[Kind] = Kind.CONFLICT


class FeedUnusable(MaasError):
    """The merge cannot use a feed that is to go live."""

    code: ClassVar[str] = "feed-unusable"
    title: ClassVar[str] = "The feed cannot be used in the network"
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """The version of a company's feed that is in use."""

    tag: str
    sha256: str
    licence: str = ""


def live_feeds(session: Session, store: FeedStore) -> list[LiveFeed]:
    """Return the feeds of the companies that are live, by tag."""
    rows = session.execute(
        select(FeedRegistration.tag, FeedRegistration.url, Company.id)
        .join(Company, Company.id == FeedRegistration.company_id)
        .where(Company.state == State.LIVE, FeedRegistration.kind != "sample")
        .order_by(FeedRegistration.tag)
    ).all()
    licences: Mapping[tuple[object, str], str] = {
        (company, url): licence
        for company, url, licence in session.execute(
            select(CompanySource.company_id, CompanySource.url, CompanySource.licence)
        )
    }
    return [
        LiveFeed(tag, state.current, licences.get((company, url), ""))
        for tag, url, company in rows
        if (state := store.state(tag)).current
    ]


def network_sources(network: Path, live: Sequence[LiveFeed], store: FeedStore) -> list[FeedSource]:
    """
    Return the feed files of the network: its own, and those that are live.

    Raises:
        ForeignNetwork: A network lies there whose feeds do not.
    """
    base = network / BASE
    made_up = (network / STAMP).exists()
    if (network / POINTER).exists() and not base.is_dir():
        raise ForeignNetwork("Its folder has no `feeds`; put the zips of its feeds there.")
    tags = {feed.tag for feed in live}
    own = [
        FeedSource(path.stem, path, synthetic=made_up)
        for path in sorted(base.glob("*.zip"))
        if path.stem not in tags
    ]
    theirs = [
        FeedSource(feed.tag, store.path(feed.tag, feed.sha256), licence=feed.licence)
        for feed in live
    ]
    return own + theirs


def publish_live(
    network: Path,
    live: Sequence[LiveFeed],
    store: FeedStore,
    today: date,
    needed: Collection[str] = (),
) -> Published:
    """
    Build and publish the network; what is live stays where a needed feed cannot be used.

    Raises:
        ForeignNetwork: As `network_sources`.
        FeedUnusable: The merge puts a needed feed aside; says why in Japanese and English.
    """
    # It compiles, and kernels take long to load.
    from maas.usecases.publish_network import publish_network  # noqa: PLC0415

    sources = network_sources(network, live, store)
    (network / BASE).mkdir(parents=True, exist_ok=True)
    published = publish_network(sources, network, MergeOptions(today=today), needed=needed)
    if published.folder is None:
        for outcome in published.report.quarantined:
            if outcome.tag in needed:
                raise FeedUnusable(outcome.why("en"), tag=outcome.tag, detail_ja=outcome.why("ja"))
    return published
