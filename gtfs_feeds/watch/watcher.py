"""Visiting the feeds: what came, whether it is used, and what was warned of."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from gtfs_feeds.watch.expiry import Expiring, step_due
from gtfs_feeds.watch.fetching import Answer, Fetch, FetchFailed
from gtfs_feeds.watch.mail import digests
from gtfs_feeds.watch.store import FeedStore, State, Version, VersionUnknown
from gtfs_feeds.watch.verdicts import Judged, Verdict, judge
from maas.core.clock import Clock, japan_date
from maas.core.mail import Mail, Outbox

OK: Final = 200
NOT_MODIFIED: Final = 304
FEWEST_TRIPS: Final = 0.2
"""A version with fewer trips than this share of the present one waits for a person."""
LONGEST_REST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where a feed is published and who answers for it.

    `url` may hold `{NAME}` for a secret (a key of ODPT): it is filled in when fetching, and
    neither stored nor written into any report.
    """

    tag: str
    url: str
    contact: str = ""
    """Mail address for warnings; empty for none."""
    name: str = ""


class Outcome(StrEnum):
    """What a visit led to."""

    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    """The new version is in use."""
    HELD = "held"
    """It is kept, and waits for a person: it lost most trips, is over already, or was refused."""
    REJECTED = "rejected"
    """It is kept, and not used: no feed, or worse than the good one in use."""
    UNREACHABLE = "unreachable"
    RESTING = "resting"
    """The server asked to be left alone for a while."""


@dataclass(frozen=True, slots=True)
class Result:
    """One visit."""

    tag: str
    outcome: Outcome
    detail: str = ""
    """English, for logs: a status, a reason, codes."""
    sha256: str = ""


class Watcher:
    """
    Visits sources and keeps the store.

    A visit never raises for what a server says, and never takes a good version out of use: the
    next one must be readable, at least as free of errors, not yet over, and not far smaller.
    """

    def __init__(
        self,
        store: FeedStore,
        fetch: Fetch,
        clock: Clock,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._fetch = fetch
        self._clock = clock
        self._secrets = dict(secrets or {})

    def visit(self, source: Source) -> Result:
        """Fetch one feed if it changed, and decide whether the new version is used."""
        state, now = self._store.state(source.tag), self._clock.now()
        if state.next_visit_at and now < datetime.fromisoformat(state.next_visit_at):
            return Result(source.tag, Outcome.RESTING, f"until {state.next_visit_at}")
        try:
            answer = self._fetch(
                self.address(source.url), etag=state.etag, last_modified=state.last_modified
            )
        except FetchFailed as error:
            return self._failed(source.tag, state, Outcome.UNREACHABLE, self._hidden(str(error)))
        if answer.status == NOT_MODIFIED:
            self._visited(source.tag, state, answer)
            return Result(source.tag, Outcome.UNCHANGED, "not modified", state.current)
        if answer.status != OK:
            return self._failed(
                source.tag,
                state,
                Outcome.UNREACHABLE,
                f"status {answer.status}",
                rest_s=answer.retry_after_s,
            )
        return self._received(source.tag, state, answer)

    def offer(self, tag: str, data: bytes, facts: Mapping[str, Any]) -> Result:
        """
        Keep a file that a person brought; a readable one waits (`State.held`) to be accepted.

        `facts` (how it came, who brought it) are noted in the history beside its digest.
        """
        state = self._store.state(tag)
        judged = judge(data, tag, japan_date(self._clock))
        version = self._store.add(tag, data, judged, self._stamp())
        outcome, event = Outcome.HELD, "offered"
        if judged.verdict is Verdict.UNREADABLE:
            outcome = Outcome.REJECTED
            event = outcome.value
        elif version.sha256 == state.current:
            outcome = Outcome.UNCHANGED
            self._store.save(tag, dataclasses.replace(state, held=""))
        else:
            self._store.save(tag, dataclasses.replace(state, held=version.sha256))
        noted = {"sha256": version.sha256, "detail": judged.reason, **facts}
        self._store.note(tag, self._stamp(), event, noted)
        return Result(tag, outcome, judged.reason, version.sha256)

    def visit_all(self, sources: Iterable[Source]) -> list[Result]:
        """Visit every source; one that fails does not stop the rest."""
        return [self.visit(source) for source in sources]

    def accept(self, tag: str, version: str) -> Version:
        """
        Use a version because a person says so; its digest may be shortened.

        Raises:
            VersionUnknown: There is no such version, or its file is damaged or no feed.
        """
        return self._switch(tag, self._usable(tag, version), "accepted", refused=None)

    def roll_back(self, tag: str, version: str = "") -> Version:
        """
        Use an earlier version, by default the one before; the present one is refused from now on.

        Raises:
            VersionUnknown: There is no such version, or its file is damaged or no feed.
        """
        state = self._store.state(tag)
        if not version:
            used = [
                str(event.get("sha256", ""))
                for event in self._store.history(tag)
                if event.get("event") in {"replaced", "accepted", "rolled-back"}
            ]
            version = next((sha for sha in reversed(used) if sha != state.current), "")
        return self._switch(tag, self._usable(tag, version), "rolled-back", refused=state.current)

    def snooze(self, tag: str, until: date) -> None:
        """Send no warnings about this feed before a date, as for one that runs in summer only."""
        state = dataclasses.replace(self._store.state(tag), snoozed_until=until.isoformat())
        self._store.save(tag, state)
        self._store.note(tag, self._stamp(), "snoozed", {"until": until.isoformat()})

    def expiring(self, sources: Iterable[Source]) -> list[Expiring]:
        """Return the feeds that reached a step of the ladder of which nobody was told yet."""
        today = japan_date(self._clock)
        due: list[Expiring] = []
        for source in sources:
            state = self._store.state(source.tag)
            version = self._store.find(source.tag, state.current) if state.current else None
            end = version.last_day if version is not None else None
            snoozed = state.snoozed_until > today.isoformat()
            if end is None or snoozed:
                continue
            sent = state.warned_steps if state.warned_end == end.isoformat() else ()
            step = step_due(end, today, sent)
            if step is not None:
                name = source.name or source.tag
                due.append(Expiring(source.tag, name, source.contact, end, step))
        return due

    def warn(self, sources: Iterable[Source], outbox: Outbox) -> list[Mail]:
        """
        Send one digest to each address that has something to hear, and return what was sent.

        A warning counts as given once its mail is out; one that fails is tried again next time.
        """
        due = self.expiring(sources)
        sent: list[Mail] = []
        for mail in digests(due, japan_date(self._clock)):
            try:
                outbox.send(mail)
            except OSError:
                for entry in due:
                    if entry.contact == mail.to:
                        self._store.note(entry.tag, self._stamp(), "mail-failed", {"to": mail.to})
                continue
            sent.append(mail)
            for entry in due:
                if entry.contact == mail.to:
                    self._warned(entry)
        return sent

    def _warned(self, entry: Expiring) -> None:
        state, end = self._store.state(entry.tag), entry.last_day.isoformat()
        steps = state.warned_steps if state.warned_end == end else ()
        self._store.save(
            entry.tag,
            dataclasses.replace(state, warned_end=end, warned_steps=(*steps, entry.step)),
        )
        self._store.note(entry.tag, self._stamp(), "warned", {"step": entry.step, "end": end})

    def _received(self, tag: str, state: State, answer: Answer) -> Result:
        digest = hashlib.sha256(answer.body).hexdigest()
        if digest == state.current:
            self._visited(tag, state, answer)
            return Result(tag, Outcome.UNCHANGED, "same content", digest)
        judged = judge(answer.body, tag, japan_date(self._clock))
        version = self._store.add(tag, answer.body, judged, self._stamp())
        present = self._store.find(tag, state.current) if state.current else None
        outcome, detail = decide(judged, version.sha256, present, state, japan_date(self._clock))
        if outcome is Outcome.REJECTED and judged.verdict is Verdict.UNREADABLE:
            # The marks of an error page must not hide the feed that comes after it.
            return self._failed(tag, state, outcome, detail, sha256=digest)
        if outcome is Outcome.REPLACED:
            state = dataclasses.replace(state, current=digest, held="")
        elif outcome is Outcome.HELD:
            state = dataclasses.replace(state, held=digest)
        self._visited(tag, state, answer)
        self._store.note(tag, self._stamp(), outcome.value, {"sha256": digest, "detail": detail})
        return Result(tag, outcome, detail, digest)

    def _usable(self, tag: str, version: str) -> Version:
        found = self._store.get(tag, version)
        data = self._store.data(tag, found.sha256)
        if judge(data, tag, japan_date(self._clock)).verdict is Verdict.UNREADABLE:
            raise VersionUnknown("It is no feed.", tag=tag, version=found.sha256)
        return found

    def _switch(self, tag: str, version: Version, event: str, refused: str | None) -> Version:
        state = self._store.state(tag)
        before = tuple(sha for sha in state.refused if sha != version.sha256)
        if refused and refused != version.sha256:
            before = (*before, refused)
        changed = dataclasses.replace(
            state,
            current=version.sha256,
            refused=before,
            held="" if state.held == version.sha256 else state.held,
        )
        self._store.save(tag, changed)
        self._store.note(tag, self._stamp(), event, {"sha256": version.sha256})
        return version

    def _visited(self, tag: str, state: State, answer: Answer) -> None:
        self._store.save(
            tag,
            dataclasses.replace(
                state,
                etag=answer.etag or (state.etag if answer.status == NOT_MODIFIED else ""),
                last_modified=answer.last_modified
                or (state.last_modified if answer.status == NOT_MODIFIED else ""),
                checked_at=self._stamp(),
                next_visit_at="",
                failures=0,
            ),
        )

    def _failed(
        self,
        tag: str,
        state: State,
        outcome: Outcome,
        detail: str,
        *,
        rest_s: int = 0,
        sha256: str = "",
    ) -> Result:
        now = self._clock.now()
        rest = min(timedelta(seconds=max(0, rest_s)), LONGEST_REST)
        self._store.save(
            tag,
            dataclasses.replace(
                state,
                checked_at=self._stamp(),
                failures=state.failures + 1,
                next_visit_at=(now + rest).isoformat() if rest else "",
            ),
        )
        self._store.note(tag, self._stamp(), outcome.value, {"detail": detail, "sha256": sha256})
        return Result(tag, outcome, detail, sha256)

    def address(self, url: str) -> str:
        """Return an address with its keys filled in; not to be written anywhere."""
        for name, value in self._secrets.items():
            url = url.replace("{" + name + "}", value)
        return url

    def _hidden(self, text: str) -> str:
        for name, value in self._secrets.items():
            if value:
                text = text.replace(value, "{" + name + "}")
        return text

    def _stamp(self) -> str:
        return self._clock.now().astimezone(UTC).isoformat(timespec="seconds")


def decide(
    judged: Judged, digest: str, present: Version | None, state: State, today: date
) -> tuple[Outcome, str]:
    """Return whether a version that came is used, and why not."""
    if judged.verdict is Verdict.UNREADABLE:
        return Outcome.REJECTED, judged.reason
    if digest in state.refused:
        return Outcome.HELD, "rolled back before"
    if present is None:
        return Outcome.REPLACED, judged.reason
    if judged.verdict is Verdict.FLAWED and present.verdict is Verdict.GOOD:
        return Outcome.REJECTED, judged.reason
    over = judged.last_day is not None and judged.last_day < today
    if over and (present.last_day is None or present.last_day >= today):
        return Outcome.HELD, f"over since {judged.last_day}"
    if judged.trips < FEWEST_TRIPS * present.trips:
        return Outcome.HELD, f"{judged.trips} trips instead of {present.trips}"
    return Outcome.REPLACED, judged.reason
