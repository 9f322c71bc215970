"""
The operators' house as one process holds it: feeds, mail, background work.

Jobs: mails of access; previews; publishing the network; once an hour, visits to feeds that have an
address, and digests about feeds that end.
"""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select

from gtfs_feeds.watch import FeedStore, Fetch, Source, VersionUnknown, Watcher
from maas.adapters.feed_catalogues import (
    Catalogue,
    CatalogueUnavailable,
    GtfsDataJp,
    ListedFeed,
    Odpt,
)
from maas.adapters.file_outbox import FileOutbox
from maas.adapters.http_fetch import HttpFetch
from maas.adapters.smtp import SmtpOutbox
from maas.core.clock import Clock, japan_date
from maas.core.errors import MaasError
from maas.core.mail import Mail, Outbox
from maas.db.outbox import Handlers, Job
from maas.db.periodic import Periodic
from maas.db.session import Sessions
from maas.settings import Settings
from maas.usecases.feed_offers import PREVIEW, PUBLISH, FeedOffers
from maas.usecases.feed_preview import Previews
from maas.usecases.live_network import LiveFeed, live_feeds, publish_live
from maas.usecases.open_files import OPEN_FOLDER
from maas.usecases.place_finder import PlaceFinder
from maas.usecases.realtime import MOST_BYTES, Endpoint, Realtime
from maas.usecases.workshop import Workshop
from operators.access.mails import invitation_mail, sign_in_mail
from operators.access.models import StaffAccount
from operators.access.service import MAIL_INVITATION, MAIL_SIGN_IN, Access
from operators.registry.catalogue import NewSource, add_source, candidate_slug
from operators.registry.errors import CompanyNotFound
from operators.registry.models import (
    Company,
    CompanyContact,
    FeedRegistration,
    RealtimeEndpoint,
)
from operators.registry.service import LIVE_CHANGED, Because, NewCompany, Registry
from operators.registry.states import State

log = logging.getLogger(__name__)

WATCH: Final = "house.watch"
"""Outbox job, periodic: visit the feeds with an address, warn of those that end."""
VISIT_EVERY: Final = timedelta(hours=6)
"""Repositories ask to be visited rarely; timetables change by the week."""
PERIODIC: Final = (Periodic(WATCH, timedelta(hours=1)),)
KEYS: Final = "MAAS_FEED_"
"""`{ODPT_KEY}` in an address is filled from the environment's MAAS_FEED_ODPT_KEY."""


@dataclass
class House:
    """Everything that operators and the council use, beside selling."""

    sessions: Sessions
    clock: Clock
    store: FeedStore
    watcher: Watcher
    offers: FeedOffers
    previews: Previews
    mail: Outbox
    workshop: Workshop
    realtime: Realtime
    catalogues: Mapping[str, Catalogue]
    network: Path
    """Directory of the network that is served."""
    url: str
    """Where people reach this service, for links in mails."""
    open_folder: Path
    """Where `maas council opendata` puts the open feed that everybody may fetch."""
    mail_folder: Path | None
    """Where mails are written instead of being sent; None where they are sent."""

    def register(self, handlers: Handlers) -> None:
        """Take on the jobs."""
        handlers.on_outside(MAIL_INVITATION, self._mail_invitation)
        handlers.on_outside(MAIL_SIGN_IN, self._mail_sign_in)
        handlers.on_outside(PUBLISH, lambda job: self.workshop.do(job.key, self._publish_of(job)))
        handlers.on_outside(PREVIEW, lambda job: self.workshop.do(job.key, self._preview_of(job)))
        handlers.on_outside(LIVE_CHANGED, lambda job: self.workshop.do(job.key, self._follow))
        handlers.on_outside(WATCH, lambda job: self.workshop.do(job.key, self.watch))

    def stop(self) -> None:
        """Start nothing more."""
        self.workshop.close()

    def join_link(self, secret: str) -> str:
        """Return the address that an invitation's mail names."""
        return f"{self.url}/operators/join?token={secret}"

    def enter_link(self, secret: str) -> str:
        """Return the address that a mail to sign in with names."""
        return f"{self.url}/operators/enter?token={secret}"

    def listed(self, catalogue: str, prefecture: str = "", words: str = "") -> list[ListedFeed]:
        """
        Return the feeds that a catalogue lists, of a prefecture or whose names hold some words.

        Raises:
            CatalogueUnavailable: There is no such catalogue, or no list to be had.
        """
        found = self.catalogues.get(catalogue)
        if found is None:
            known = ", ".join(self.catalogues)
            raise CatalogueUnavailable(f"Known catalogues are {known}.", catalogue=catalogue)
        return found.feeds(prefecture, words)

    def pick(self, catalogue: str, feed_id: str, by: str, slug: str = "") -> str:
        """
        Note a listed feed as a company's source; without a company, enter a candidate for it.

        Returns:
            The company's short name. Picking again changes nothing.

        Raises:
            CatalogueUnavailable: The catalogue cannot be read, or lists no such feed.
            CompanyNotFound: There is no such company.

        """
        feed = next((one for one in self.listed(catalogue) if one.id == feed_id), None)
        if feed is None:
            raise CatalogueUnavailable("It lists no such feed.", catalogue=catalogue, id=feed_id)
        source = NewSource(
            feed.name, feed.url, feed.realtime, feed.licence, feed.needs_key, catalogue
        )
        with self.sessions.begin() as session:
            registry = Registry(session, self.clock)
            name = feed.company or feed.name or feed.id
            chosen = slug or candidate_slug(feed.prefecture, name)
            company = registry.find_by_slug(chosen)
            if company is None and slug:
                raise CompanyNotFound("No company has this short name.", slug=slug)
            if company is None:
                prefectures = (feed.prefecture,) if feed.prefecture else ()
                new = NewCompany(chosen, name, prefectures=prefectures)
                company = registry.enter(new, Because(by, catalogue))
            add_source(session, company, source)
        return chosen

    def publish(self, versions: Mapping[str, str], by: str) -> None:
        """
        Build the network of all live feeds and make it the one that is served.

        The versions (digest by tag) go live with it: once the network has them, they are in use,
        their days are noted, and their companies are live.

        Raises:
            FeedUnusable: The merge cannot use one; the network stays as it is.
            ForeignNetwork: The network was built elsewhere.
        """
        with self.sessions() as session:
            live = [feed for feed in live_feeds(session, self.store) if feed.tag not in versions]
        live += [LiveFeed(tag, sha256) for tag, sha256 in versions.items()]
        publish_live(self.network, live, self.store, japan_date(self.clock), needed=list(versions))
        for tag, sha256 in versions.items():
            self._is_live(tag, sha256, by)

    def watch(self) -> None:
        """Visit every feed with an address, publish what changed, and warn of what ends."""
        sources = self.sources()
        for source in sources:
            if not source.url or self._was_visited(source.tag):
                continue
            try:
                self.offers.visit(source, "house")
            except MaasError as error:
                log.warning("feed %s: %s", source.tag, error.title)
        self.watcher.warn(sources, self.mail)
        with self.sessions.begin() as session:
            Access(session, self.clock).forget_expired()

    def _was_visited(self, tag: str) -> bool:
        """Whether a feed was fetched lately; one that failed is tried at every round."""
        state = self.store.state(tag)
        if state.failures or not state.checked_at:
            return False
        return self.clock.now() - datetime.fromisoformat(state.checked_at) < VISIT_EVERY

    def sources(self) -> list[Source]:
        """Return every registered feed: where it is visited, and who hears of its end."""
        found: list[Source] = []
        with self.sessions() as session:
            rows = session.execute(
                select(FeedRegistration, Company).join(
                    Company, Company.id == FeedRegistration.company_id
                )
            ).all()
            for feed, company in rows:
                if feed.kind == "sample" or company.state is State.LEFT:
                    continue
                contact = session.scalar(
                    select(CompanyContact.email)
                    .where(CompanyContact.company_id == company.id, CompanyContact.role == "data")
                    .limit(1)
                ) or session.scalar(
                    select(StaffAccount.email)
                    .where(StaffAccount.company_id == company.id)
                    .order_by(StaffAccount.created_at)
                    .limit(1)
                )
                found.append(Source(feed.tag, feed.url, contact or "", company.name))
        return found

    def _is_live(self, tag: str, sha256: str, by: str) -> None:
        if self.store.state(tag).current != sha256:
            self.watcher.accept(tag, sha256)
        now = self.clock.now().isoformat(timespec="seconds")
        self.store.note(tag, now, "published", {"sha256": sha256})
        version = self.store.get(tag, sha256)
        why = "データ公開 / data published"
        with self.sessions.begin() as session:
            registry = Registry(session, self.clock)
            feed = session.get_one(FeedRegistration, tag)
            registry.publish_feed(
                feed.company_id,
                tag=tag,
                source=feed.kind,
                valid_from=japan_date(self.clock),
                valid_until=version.last_day,
            )
            company = registry.get(feed.company_id)
            if company.state is State.AGREED:
                registry.move(company.id, State.IN_TEST, Because(by, why))
            if company.state is State.IN_TEST:
                registry.move(company.id, State.LIVE, Because(by, why))

    def _publish_of(self, job: Job) -> Callable[[], None]:
        tag, sha256, by = (str(job.payload[name]) for name in ("tag", "sha256", "by"))

        def work() -> None:
            try:
                self.offers.check_publishing(tag, sha256)
                self.publish({tag: sha256}, by)
            except MaasError as error:
                # Trying again would fail again: the feed's history says why, a person must look.
                said = {"ja": str(error.facts.get("detail_ja", error.title)), "en": error.detail}
                facts = {"sha256": sha256, "text": said}
                self.store.note(tag, self.clock.now().isoformat(), "publish-failed", facts)
                self._take_out(tag, sha256)

        return work

    def _follow(self) -> None:
        """Build the network of those who are live now."""
        try:
            self.publish({}, "house")
        except MaasError as error:
            log.warning("the network was not built again: %s %s", error.title, error.detail)

    def _take_out(self, tag: str, sha256: str) -> None:
        """Use the version before one that cannot be published, where the company is live."""
        with self.sessions() as session:
            feed = session.get_one(FeedRegistration, tag)
            is_live = session.get_one(Company, feed.company_id).state is State.LIVE
        if is_live and self.store.state(tag).current == sha256:
            try:
                self.watcher.roll_back(tag)
            except VersionUnknown:
                log.warning("feed %s has no other version", tag)

    def _preview_of(self, job: Job) -> Callable[[], None]:
        tag, sha256 = job.payload["tag"], job.payload["sha256"]

        def work() -> None:
            with self.sessions() as session:
                live = live_feeds(session, self.store)
            self.previews.make(tag, sha256, live)

        return work

    def _mail_invitation(self, job: Job) -> None:
        with self.sessions.begin() as session:
            made = Access(session, self.clock).invitation_link(UUID(job.payload["invitation"]))
            if made is None:
                return
            secret, invitation = made
            company = session.get_one(Company, invitation.company_id)
            link = self.join_link(secret)
            mail = invitation_mail(invitation.email, company.name, link, invitation.expires_at)
        self.mail.send(mail)

    def _mail_sign_in(self, job: Job) -> None:
        with self.sessions.begin() as session:
            made = Access(session, self.clock).sign_in_link(UUID(job.payload["staff"]))
            if made is None:
                return
            mail: Mail = sign_in_mail(made[1].email, self.enter_link(made[0]))
        self.mail.send(mail)


def endpoints_of(sessions: Sessions) -> list[Endpoint]:
    """Return the registered realtime addresses of companies that have not left."""
    with sessions() as session:
        rows = session.execute(
            select(RealtimeEndpoint.tag, RealtimeEndpoint.url)
            .join(Company, Company.id == RealtimeEndpoint.company_id)
            .where(Company.state != State.LEFT)
            .order_by(RealtimeEndpoint.tag, RealtimeEndpoint.url)
        ).all()
    return [Endpoint(tag, url) for tag, url in rows]


def feed_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that addresses of feeds may name."""
    return {
        name.removeprefix(KEYS): value
        for name, value in environment.items()
        if name.startswith(KEYS)
    }


def open_house(
    settings: Settings,
    sessions: Sessions,
    clock: Clock,
    *,
    fetch: Fetch | None = None,
    mail: Outbox | None = None,
) -> House:
    """Wire the house; `fetch` and `mail` are given by tests."""
    store = FeedStore(settings.data_dir / "feeds")
    fetch = fetch or HttpFetch(allow_private=settings.fetch_private)
    keys = feed_keys(os.environ)
    watcher = Watcher(store, fetch, clock, keys)
    quick = HttpFetch(
        allow_private=settings.fetch_private, limit_bytes=MOST_BYTES, timeout_s=5, within_s=15
    )
    registered = partial(endpoints_of, sessions)
    messages = settings.data_dir / "realtime.json"
    realtime = Realtime(registered, quick, watcher.address, clock, messages)
    network = settings.network or settings.sample_dir
    folder = None if settings.smtp_url or mail else settings.data_dir / "mail"
    if mail is None:
        mail = FileOutbox(folder) if folder else SmtpOutbox(settings.smtp_url, settings.mail_from)
    return House(
        sessions=sessions,
        clock=clock,
        store=store,
        watcher=watcher,
        offers=FeedOffers(sessions, clock, store, watcher, realtime.health, PlaceFinder(network)),
        previews=Previews(settings.data_dir / "previews", network, store, clock),
        mail=mail,
        workshop=Workshop(beside=settings.run_jobs),
        realtime=realtime,
        catalogues={
            one.name: one
            for one in (
                GtfsDataJp(fetch, settings.gtfs_data_jp_url),
                Odpt(fetch, settings.odpt_portal_url),
            )
        },
        network=network,
        url=(settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/"),
        open_folder=settings.data_dir / OPEN_FOLDER,
        mail_folder=folder,
    )
