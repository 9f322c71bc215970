"""
A company brings data: a zip, an address, or a timetable sheet; then it mends, and goes live.

Files are judged outside of transactions. Whatever comes, the store keeps it or says why not, and
nothing that is in use changes before somebody takes it live.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import uuid4

from gtfs_feeds.mend import mend_zip
from gtfs_feeds.read import FeedUnreadable
from gtfs_feeds.sheets import (
    Defaults,
    Known,
    Position,
    SheetRefused,
    Suggestion,
    convert_sheets,
    nowhere,
)
from gtfs_feeds.watch import (
    FeedStore,
    KeptSheet,
    Outcome,
    Result,
    Source,
    Verdict,
    Version,
    VersionUnknown,
    Watcher,
)
from maas.adapters.feed_catalogues import with_key
from maas.core.clock import Clock, japan_date
from maas.core.errors import Kind, MaasError
from maas.db.outbox import record
from maas.db.session import Sessions
from maas.usecases.feed_map import Drawing
from maas.usecases.feed_report import BLOCKS, Json, Standing, blocks, feed_map, feed_report, focus
from operators.registry.errors import CompanyNotFound
from operators.registry.models import Company, FeedRegistration
from operators.registry.service import Because, Registry
from operators.registry.states import State

PUBLISH: Final = "house.publish"
"""Outbox job: build the network; with a tag and a version, take that version live."""
PREVIEW: Final = "house.preview"
"""Outbox job: show travellers' view of a version in the merged network."""
TAG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEYED_HOSTS: Final = (".odpt.org",)
"""Only these may be sent our keys; an operator's address must not be a way to read them."""
KEYED_FILES: Final = "api.odpt.org"
"""Lists name its files without the key that fetching them needs."""
ANSWERS: Final = frozenset({"reading", "english", "coordinate"})
MODES: Final = {"ferry": "船", "bus": "バス", "rail": "鉄道", "air": "航空"}


class FeedNotFound(MaasError):
    """The company has no feed with this tag."""

    code: ClassVar[str] = "feed-not-found"
    title: ClassVar[str] = "There is no such feed"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class AddressNotAllowed(MaasError):
    """The address cannot be a feed's."""

    code: ClassVar[str] = "feed-address-not-allowed"
    title: ClassVar[str] = "This address cannot be used"
    kind: ClassVar[Kind] = Kind.INVALID


class NothingToMend(MaasError):
    """There is no version, or nothing in it that could be mended safely."""

    code: ClassVar[str] = "nothing-to-mend"
    title: ClassVar[str] = "There is nothing to mend"
    kind: ClassVar[Kind] = Kind.CONFLICT


class NoSheet(MaasError):
    """The feed did not come as a timetable sheet, so there is nothing to answer."""

    code: ClassVar[str] = "no-sheet"
    title: ClassVar[str] = "There is no timetable sheet"
    kind: ClassVar[Kind] = Kind.CONFLICT


class NotReady(MaasError):
    """The version cannot go live now; `facts` say why."""

    code: ClassVar[str] = "feed-not-ready"
    title: ClassVar[str] = "The feed cannot go live now"
    kind: ClassVar[Kind] = Kind.CONFLICT


@dataclass(frozen=True)
class FeedOffers:
    """What people of a company (`by`) do with its feeds."""

    sessions: Sessions
    clock: Clock
    store: FeedStore
    watcher: Watcher
    health: Callable[[Sequence[str]], list[Json]]
    """Health of the realtime addresses of some feeds."""
    find: Callable[[str, str], Position | None] = nowhere
    """The position of a place by its name and an address, if it is known; only suggested."""

    def tags(self, slug: str) -> list[str]:
        """Return the feeds of a company."""
        with self.sessions() as session:
            registry = Registry(session, self.clock)
            company = self._company(registry, slug)
            return [feed.tag for feed in registry.registered_feeds(company.id)]

    def report(self, slug: str, tag: str, version: str = "") -> Json:
        """
        Return all that is known of a feed (`feed_report`).

        Raises:
            CompanyNotFound: There is no such company.
            FeedNotFound: It has no such feed.
            VersionUnknown: The feed has no such version.
        """
        standing = self._standing(slug, tag)
        said = feed_report(self.store, tag, standing, self._today(), version)
        return said | {"realtime": self.health([tag])}

    def add_realtime(self, slug: str, tag: str, url: str, by: str) -> None:
        """
        Ask an address for realtime messages about a feed from now on.

        Raises:
            AddressNotAllowed: It is no http(s) address, or would send a key to a stranger.
            FeedNotFound: The company has no such feed.
        """
        checked = checked_address(url)
        self._standing(slug, tag)
        with self.sessions.begin() as session:
            registry = Registry(session, self.clock)
            company = self._company(registry, slug)
            registry.register_realtime(company.id, tag=tag, url=checked, by=by)

    def drop_realtime(self, slug: str, tag: str, url: str) -> None:
        """Ask an address no more; one that is not asked needs no dropping."""
        self._standing(slug, tag)
        with self.sessions.begin() as session:
            registry = Registry(session, self.clock)
            company = self._company(registry, slug)
            for row in registry.realtime(company.id):
                if (row.tag, row.url) == (tag, url):
                    session.delete(row)

    def map_of(self, tag: str, sha256: str) -> Drawing | None:
        """Return the map of a version, with what differs from the one in use."""
        return feed_map(self.store, tag, sha256)

    def offer_zip(self, slug: str, tag: str, data: bytes, file: str, by: str) -> Result:
        """Take an uploaded zip; it waits until it goes live."""
        self._register(slug, tag, "zip", "", by)
        return self._offered(slug, tag, data, {"kind": "zip", "file": _name(file), "by": by})

    def offer_sheet(self, slug: str, tag: str, data: bytes, file: str, by: str) -> Result:
        """
        Take an uploaded timetable sheet and make a feed of it.

        A sheet with unclear cells changes nothing; the report names every such cell. What was
        answered to the sheet before fills what this one leaves open, too.
        """
        company = self._register(slug, tag, "sheet", "", by)
        before = self.store.sheet(tag)
        sheet = KeptSheet(data, _name(file), before.answers if before else {})
        return self._convert(company, tag, sheet, by)

    def answer_sheet(
        self, slug: str, tag: str, answers: Mapping[str, Mapping[Any, str]], by: str
    ) -> Result:
        """
        Take readings, English names and positions for stops of the last sheet, and read it again.

        Args:
            slug: The company.
            tag: Its feed.
            answers: By id of a stop: `reading`, `english`, `coordinate` (`33.59, 130.42`); an
                empty one takes an answer back. They fill only what the sheet leaves open.
            by: Who answers.

        Raises:
            NoSheet: The feed never came as a sheet.
        """
        self._standing(slug, tag)
        sheet = self.store.sheet(tag)
        if sheet is None:
            raise NoSheet("Bring a timetable sheet first.", tag=tag)
        merged = {stop: dict(known) for stop, known in sheet.answers.items()}
        for stop, given in answers.items():
            for name in ANSWERS & given.keys():
                merged.setdefault(stop[:200], {})[name] = given[name].strip()[:200]
        with self.sessions() as session:
            company = self._company(Registry(session, self.clock), slug)
        return self._convert(company, tag, replace(sheet, answers=merged), by)

    def _convert(self, company: Company, tag: str, sheet: KeptSheet, by: str) -> Result:
        facts: dict[str, Any] = {"kind": "sheet", "file": sheet.file, "by": by}
        known = Known(sheet.answers, self.find)
        self.store.keep_sheet(tag, sheet)
        try:
            converted = convert_sheets(sheet.data, sheet.file, self._defaults(company), known)
        except SheetRefused as refused:
            facts["suggestions"] = _suggested(refused.suggestions)
            facts["problems"] = [
                {"at": str(one.at), "code": one.trouble.value, "value": one.value[:200]}
                | {"text": {"ja": one.ja, "en": one.en}}
                for one in refused.problems[:500]
            ]
            self.store.note(tag, self._stamp(), "sheet-refused", facts)
            return Result(tag, Outcome.REJECTED, "sheet-refused")
        facts["remarks"] = [
            {"at": str(one.at), "code": one.note.value, "value": one.value[:200]}
            | {"text": {"ja": one.ja, "en": one.en}}
            for one in converted.remarks
        ]
        facts["suggestions"] = _suggested(converted.suggestions)
        return self._offered(company.slug, tag, converted.data, facts)

    def offer_url(self, slug: str, tag: str, url: str, by: str) -> Result:
        """
        Fetch a feed from an address now, and again and again from now on.

        Raises:
            AddressNotAllowed: It is no http(s) address, or would send a key to a stranger.
        """
        checked = checked_address(url)
        if (urlsplit(checked).hostname or "") == KEYED_FILES:
            checked = with_key(checked)[0]
        company = self._register(slug, tag, "url", checked, by)
        result = self.visit(Source(tag, checked, name=company.name), by)
        self._entered(slug, tag, result, by)
        return result

    def look_again(self, slug: str, tag: str, by: str) -> Result:
        """
        Visit the feed's address now.

        Raises:
            AddressNotAllowed: The feed has no address.
        """
        standing = self._standing(slug, tag)
        if not standing.url:
            raise AddressNotAllowed(
                "The feed was uploaded.", detail_ja="このデータはファイルで届いたものです。"
            )
        return self.visit(Source(tag, standing.url, name=standing.name), by)

    def visit(self, source: Source, by: str) -> Result:
        """Fetch a feed if it changed; where the company is live, the network follows."""
        result = self.watcher.visit(source)
        if result.outcome is Outcome.REPLACED:
            with self.sessions() as session:
                feed = session.get_one(FeedRegistration, source.tag)
                is_live = session.get_one(Company, feed.company_id).state is State.LIVE
            if is_live:
                self.ask_to_publish(source.tag, result.sha256, by)
        return result

    def mend(self, slug: str, tag: str, by: str) -> Result:
        """
        Accept the safe mends of the version that is looked at; the mended one waits.

        Raises:
            NothingToMend: There is nothing to mend.
        """
        self._standing(slug, tag)
        sha256 = focus(self.store.state(tag))
        try:
            mended = mend_zip(self.store.data(tag, sha256), name=tag)
        except (VersionUnknown, FeedUnreadable):
            raise NothingToMend("There is no version that can be read.", tag=tag) from None
        if not mended.changes:
            raise NothingToMend("Nothing in it can be mended safely.", tag=tag)
        facts = {"kind": "mended", "from": sha256, "by": by, "file": f"{tag}.zip"}
        return self._offered(slug, tag, mended.data, facts)

    def ready(self, slug: str, tag: str) -> Version:
        """
        Return the version that can go live: the one that waits, else the one in use in test.

        Raises:
            NotReady: It has errors, is over, or there is no valid agreement.
        """
        standing, state = self._standing(slug, tag), self.store.state(tag)
        sha256 = focus(state)
        version = self.store.find(tag, sha256) if sha256 else None
        reasons = blocks(version, state, standing, self._today())
        if reasons or version is None:
            ja, en = (" ".join(BLOCKS[code][n] for code in reasons) for n in (0, 1))
            raise NotReady(en, blocks=",".join(reasons), detail_ja=ja)
        return version

    def go_live(self, slug: str, tag: str, by: str) -> Version:
        """
        Ask for the version that is ready to be published; the network is built in the background.

        Raises:
            NotReady: As `ready`.
        """
        version = self.ready(slug, tag)
        self.store.note(tag, self._stamp(), "going-live", {"sha256": version.sha256, "by": by})
        self.ask_to_publish(tag, version.sha256, by)
        return version

    def roll_back(self, slug: str, tag: str, to: str, by: str) -> Version:
        """
        Use an earlier version again; where the company is live, the network follows.

        Raises:
            VersionUnknown: There is no such version.
            NotReady: The version has errors.
        """
        standing, before = self._standing(slug, tag), self.store.state(tag).current
        version = self.watcher.roll_back(tag, to)
        if version.verdict is not Verdict.GOOD:
            if before:
                self.watcher.accept(tag, before)
            ja, en = BLOCKS["errors"]
            raise NotReady(en, blocks="errors", detail_ja=ja)
        if standing.state is State.LIVE:
            self.ask_to_publish(tag, version.sha256, by)
        return version

    def check_publishing(self, tag: str, sha256: str) -> None:
        """
        Do nothing where a version may be in the network now.

        Raises:
            NotReady: Since somebody asked, it has ended, or the company is suspended or has left.
        """
        with self.sessions() as session:
            feed = session.get_one(FeedRegistration, tag)
            company = session.get_one(Company, feed.company_id)
            standing = Standing.of(company, feed, self._today())
        version, state = self.store.get(tag, sha256), self.store.state(tag)
        reasons = blocks(version, state, standing, self._today())
        reasons = [code for code in reasons if code != "nothing-new"]
        if reasons:
            ja, en = (" ".join(BLOCKS[code][n] for code in reasons) for n in (0, 1))
            raise NotReady(en, blocks=",".join(reasons), detail_ja=ja)

    def snooze(self, slug: str, tag: str, until: date) -> None:
        """Send no warnings about a feed before a date."""
        self._standing(slug, tag)
        self.watcher.snooze(tag, until)

    def ask_to_publish(self, tag: str, sha256: str, by: str) -> None:
        """Record the job that builds the network, with this version live."""
        now = self.clock.now()
        payload = {"tag": tag, "sha256": sha256, "by": by}
        with self.sessions.begin() as session:
            record(session, PUBLISH, f"{PUBLISH}:{tag}:{uuid4()}", payload, now=now)

    def ask_to_preview(self, tag: str, sha256: str) -> None:
        """Record the job that makes the preview of a version."""
        now = self.clock.now()
        payload = {"tag": tag, "sha256": sha256}
        with self.sessions.begin() as session:
            record(session, PREVIEW, f"{PREVIEW}:{tag}:{uuid4()}", payload, now=now)

    def _offered(self, slug: str, tag: str, data: bytes, facts: dict[str, Any]) -> Result:
        result = self.watcher.offer(tag, data, facts)
        self._entered(slug, tag, result, str(facts["by"]))
        return result

    def _entered(self, slug: str, tag: str, result: Result, by: str) -> None:
        """A company that agreed and has readable data is in test; a preview is made."""
        if result.outcome not in {Outcome.HELD, Outcome.REPLACED}:
            return
        with self.sessions.begin() as session:
            registry = Registry(session, self.clock)
            company = self._company(registry, slug)
            if company.state is State.AGREED:
                why = "データ受領 / data received"
                registry.move(company.id, State.IN_TEST, Because(by, why))
        self.ask_to_preview(tag, result.sha256)

    def _register(self, slug: str, tag: str, kind: str, url: str, by: str) -> Company:
        if not TAG.fullmatch(tag) or len(tag) > 64:
            raise FeedNotFound("A tag is small letters, digits and hyphens, at most 64.", tag=tag)
        with self.sessions.begin() as session:
            registry = Registry(session, self.clock)
            company = self._company(registry, slug)
            registry.register_feed(company.id, tag=tag, kind=kind, url=url, by=by)
            return company

    def _standing(self, slug: str, tag: str) -> Standing:
        with self.sessions() as session:
            company = self._company(Registry(session, self.clock), slug)
            feed = session.get(FeedRegistration, tag)
            if feed is None or feed.company_id != company.id:
                raise FeedNotFound("The company has no feed with this tag.", tag=tag)
            return Standing.of(company, feed, self._today())

    def _company(self, registry: Registry, slug: str) -> Company:
        company = registry.find_by_slug(slug)
        if company is None:
            raise CompanyNotFound("No company has this short name.", slug=slug)
        return company

    def _defaults(self, company: Company) -> Defaults:
        """What a sheet leaves open is taken from the register: a csv has no page for it."""
        today = self._today()
        return Defaults(
            operator=company.name,
            corporate_number=company.corporate_number or "",
            mode=MODES.get(company.modes[0], "") if len(company.modes) == 1 else "",
            first_day=today.isoformat(),
            last_day=(today + timedelta(days=365)).isoformat(),
        )

    def _today(self) -> date:
        return japan_date(self.clock)

    def _stamp(self) -> str:
        return self.clock.now().isoformat(timespec="seconds")


def checked_address(url: str) -> str:
    """
    Return an address that may be a feed's.

    Raises:
        AddressNotAllowed: It is none, or would send a key to a stranger.
    """
    bare = url.strip()
    try:
        parts = urlsplit(bare)
        host = parts.hostname or ""
    except ValueError:
        raise AddressNotAllowed("It is malformed.", detail_ja="URL として読めません。") from None
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or len(bare) > 1000
        or not bare.isprintable()
    ):
        raise AddressNotAllowed(
            "Write an address that begins with https://",
            detail_ja="https:// で始まるアドレスを書いてください。",
        )
    if "{" in bare and not (parts.scheme == "https" and host.endswith(KEYED_HOSTS)):
        raise AddressNotAllowed(
            "Keys are sent to ODPT only.", detail_ja="キーは ODPT にだけ送ります。"
        )
    return bare


def _suggested(found: Sequence[Suggestion]) -> list[Json]:
    return [
        {
            "at": str(one.at),
            "stop": one.stop,
            "field": one.field,
            "value": one.value,
            "source": one.source,
        }
        for one in found
    ]


def _name(file: str) -> str:
    """Return a file's bare name, fit to be shown."""
    bare = re.split(r"[/\\]", file)[-1]
    return "".join(mark if mark.isprintable() else "�" for mark in bare)[:120] or "upload"
