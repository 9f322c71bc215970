"""
What is to be said of a company's feed: one document for the page, the API and the command line.

It is plain data, every text in Japanese and English. All three show this document and add
nothing, so they cannot differ.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from gtfs_feeds.diff import WORDS, compare, sections
from gtfs_feeds.mend import Mended, mend_zip
from gtfs_feeds.mend.changes import OBSTACLE_TEXTS, RULE_TEXTS
from gtfs_feeds.read import FeedTables, FeedUnreadable, Severity, Unreadable, read_zip
from gtfs_feeds.validate import validate
from gtfs_feeds.validate.catalogue import LANGUAGES
from gtfs_feeds.validate.report_json import COUNTED, finding_json
from gtfs_feeds.watch import FeedStore, State, Verdict, Version
from gtfs_feeds.watch.watcher import Outcome
from gtfs_feeds.watch.words import OUTCOMES, VERDICTS, unreached
from maas.usecases.feed_map import Drawing, draw
from operators.registry.models import Company, FeedRegistration
from operators.registry.states import WORDS as STATE_WORDS
from operators.registry.states import State as CompanyState

Json = dict[str, Any]
SHOWN: Final = 10
"""Lines shown of each kind of change, and versions."""
SAMPLES: Final = 10
"""Lines of a file shown for a finding."""

BLOCKS: Final[Mapping[str, tuple[str, str]]] = {
    "no-version": ("データがまだありません。", "There is no data yet."),
    "errors": (
        "エラーのあるデータは公開できません。下の指摘を直してください。",
        "A feed with errors cannot go live. Put the findings below right.",
    ),
    "expired": ("有効期間が終わっています。", "Its days are over."),
    "no-agreement": (
        "有効な参加協定がありません。協議会にご連絡ください。",
        "There is no valid agreement. Please contact the council.",
    ),
    "suspended": (
        "休止中または退会済みです。協議会にご連絡ください。",
        "The company is suspended or has left. Please contact the council.",
    ),
    "nothing-new": ("この版はすでに公開中です。", "This version is live already."),
}
"""Why a version cannot go live now, in Japanese and English."""

ON_THE_WAY: Final = frozenset({CompanyState.AGREED, CompanyState.IN_TEST, CompanyState.LIVE})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the report needs to know of the company, read in one go."""

    slug: str
    name: str
    state: CompanyState
    agreed: bool
    """Whether an agreement is valid today."""
    kind: str
    url: str

    @classmethod
    def of(cls, company: Company, feed: FeedRegistration, today: date) -> "Standing":
        """Return the standing of a company on a day."""
        agreed = any(
            row.valid_from <= today
            and (row.valid_until is None or today <= row.valid_until)
            and (row.terminated_on is None or today <= row.terminated_on)
            for row in company.agreements
        )
        return cls(company.slug, company.name, company.state, agreed, feed.kind, feed.url)


def texts(pair: tuple[str, str]) -> dict[str, str]:
    """Return a Japanese and an English text by language."""
    return {"ja": pair[0], "en": pair[1]}


def focus(state: State) -> str:
    """Return the version that people look at: the one that waits, else the one in use."""
    return state.held or state.current


def feed_report(
    store: FeedStore, tag: str, standing: Standing, today: date, version: str = ""
) -> Json:
    """
    Return all that is known of a feed.

    Args:
        store: Where its versions are.
        tag: Which feed.
        standing: The company's.
        today: In Japan.
        version: Begin of the digest of another version than the one that waits or is in use.

    Raises:
        VersionUnknown: There is no such version.
    """
    state = store.state(tag)
    sha256 = store.get(tag, version).sha256 if version else focus(state)
    shown = store.find(tag, sha256) if sha256 else None
    base = state.current if state.current not in {"", sha256} else _used_before(store, tag, sha256)
    checked = _checked(store, tag, sha256, today) if shown else _NOTHING
    return {
        "company": {
            "slug": standing.slug,
            "name": standing.name,
            "state": standing.state.value,
            "stateText": texts(STATE_WORDS[standing.state]),
        },
        "feed": {"tag": tag, "kind": standing.kind, "url": standing.url},
        "version": _version(shown, state, today) if shown else None,
        "inUse": state.current,
        "waiting": state.held,
        **checked,
        **_told(store, tag, sha256),
        "changes": _changes(store, tag, base, sha256) if shown and base else None,
        "goLive": _go_live(shown, state, standing, today),
        "goingLive": _going_live(store, tag),
        "refusal": _refusal(store, tag),
        "watching": _watching(store, tag, state),
        "versions": [_version(one, state, today) for one in store.versions(tag)[::-1][:SHOWN]],
    }


def _version(version: Version, state: State, today: date) -> Json:
    end = version.last_day
    role = (
        "in-use"
        if version.sha256 == state.current
        else "waiting"
        if version.sha256 == state.held
        else "refused"
        if version.sha256 in state.refused
        else "kept"
    )
    return {
        "sha256": version.sha256,
        "fetchedAt": version.fetched_at,
        "verdict": version.verdict.value,
        "verdictText": dict(VERDICTS[version.verdict]),
        "reason": version.reason,
        "trips": version.trips,
        "lastDay": end.isoformat() if end else None,
        "daysLeft": (end - today).days if end else None,
        "bytes": version.size,
        "role": role,
    }


_NOTHING: Final[Json] = {"findings": [], "totals": {}, "counts": {}, "mends": None}


def _checked(store: FeedStore, tag: str, sha256: str, today: date) -> Json:
    """Return what validating and mending say; kept, since neither the bytes nor the day change."""
    return dict(_check(_Bytes(store, tag, sha256), today))


def feed_map(store: FeedStore, tag: str, sha256: str) -> Drawing | None:
    """Return the map of a version, with what differs from the one in use (or before it)."""
    state = store.state(tag)
    base = state.current if state.current not in {"", sha256} else _used_before(store, tag, sha256)
    return _drawn(_Bytes(store, tag, sha256), _Bytes(store, tag, base) if base else None)


@dataclass(frozen=True)
class _Bytes:
    """The bytes of a version, equal to those of the same digest."""

    store: FeedStore
    tag: str
    sha256: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes) and (other.tag, other.sha256) == (self.tag, self.sha256)

    def __hash__(self) -> int:
        return hash((self.tag, self.sha256))

    def data(self) -> bytes:
        """Return them."""
        return self.store.data(self.tag, self.sha256)

    def tables(self) -> FeedTables | None:
        """Return the tables, None where it is no feed."""
        try:
            return read_zip(self.data(), name=self.tag)
        except FeedUnreadable:
            return None


@lru_cache(maxsize=64)
def _check(source: _Bytes, today: date) -> Json:
    tables = source.tables()
    if tables is None:
        return _NOTHING
    report = validate(tables, today=today)
    found = []
    for finding in report.findings:
        row = finding_json(finding)
        row["samples"] = row.pop("sampleNotices")[:SAMPLES]
        row.pop("geojson")
        found.append({"code": finding.code, "severity": finding.severity.value, **row})
    heights = {
        name: tables.tables[file].height
        for name, (file, _) in COUNTED.items()
        if file in tables.tables and name != "Blocks"
    }
    return {
        "findings": found,
        "totals": {one.value: report.count(one) for one in Severity},
        "counts": {name.lower(): count for name, count in heights.items()},
        "mends": _mends(mend_zip(source.data(), name=source.tag)),
    }


def _mends(mended: Mended) -> Json:
    """Return what safe mending would change: by rule, with examples as a diff."""
    groups: dict[tuple[str, str], list[Json]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for change in mended.changes:
        key = (change.rule.value, change.file)
        counts[key] += 1
        examples = groups.setdefault(key, [])
        if len(examples) < 5:
            examples.append(
                {
                    "row": change.row,
                    "field": change.field,
                    "before": change.before[:200],
                    "after": change.after[:200],
                }
            )
    rule_of = {change.rule.value: change.rule for change in mended.changes}
    return {
        "count": len(mended.changes),
        "groups": [
            {
                "rule": rule,
                "file": file,
                "count": counts[rule, file],
                "text": texts(RULE_TEXTS[rule_of[rule]]),
                "examples": examples,
            }
            for (rule, file), examples in groups.items()
        ],
        "left": [
            {
                "file": left.file,
                "row": left.row,
                "code": left.obstacle.value,
                "text": texts(OBSTACLE_TEXTS[left.obstacle]),
            }
            for left in mended.left[:50]
        ],
    }


def _told(store: FeedStore, tag: str, sha256: str) -> Json:
    """Return what was suggested and remarked when a sheet became this version."""
    for event in reversed(store.history(tag)):
        if event.get("sha256") == sha256 and "suggestions" in event:
            return {
                "suggestions": event["suggestions"],
                "remarks": event["remarks"],
                "file": event.get("file", ""),
            }
    return {"suggestions": [], "remarks": [], "file": ""}


def _used_before(store: FeedStore, tag: str, sha256: str) -> str:
    """Return the version that was in use before the one shown, empty where there was none."""
    used = [
        str(event.get("sha256", ""))
        for event in store.history(tag)
        if event.get("event") in {"replaced", "accepted", "rolled-back"}
    ]
    return next((one for one in reversed(used) if one != sha256), "")


def _changes(store: FeedStore, tag: str, base: str, sha256: str) -> Json | None:
    return _compared(_Bytes(store, tag, base), _Bytes(store, tag, sha256))


@lru_cache(maxsize=64)
def _compared(before: _Bytes, now: _Bytes) -> Json | None:
    old, new = before.tables(), now.tables()
    if old is None or new is None:
        return None
    diff = compare(old, new)
    lines = {language: sections(diff, language) for language in LANGUAGES}
    return {
        "against": before.sha256,
        "empty": diff.is_empty,
        "sections": [
            {
                "kind": kind,
                "title": dict(WORDS[kind]),
                "count": len(entries),
                "lines": {language: lines[language][kind][:SHOWN] for language in LANGUAGES},
            }
            for kind, entries in lines["ja"].items()
            if entries
        ],
    }


@lru_cache(maxsize=32)
def _drawn(now: _Bytes, before: _Bytes | None) -> Drawing | None:
    tables = now.tables()
    return None if tables is None else draw(tables, before.tables() if before else None)


def blocks(version: Version | None, state: State, standing: Standing, today: date) -> list[str]:
    """Return why a version cannot go live, as keys of `BLOCKS`; empty where it can."""
    if version is None:
        return ["no-version"]
    found = []
    if version.verdict is not Verdict.GOOD:
        found.append("errors")
    if version.last_day is not None and version.last_day < today:
        found.append("expired")
    if not standing.agreed:
        found.append("no-agreement")
    if standing.state in {CompanyState.SUSPENDED, CompanyState.LEFT}:
        found.append("suspended")
    elif standing.state not in ON_THE_WAY and standing.agreed:
        found.append("no-agreement")
    if version.sha256 == state.current and standing.state is CompanyState.LIVE:
        found.append("nothing-new")
    return found


def _go_live(version: Version | None, state: State, standing: Standing, today: date) -> Json:
    codes = blocks(version, state, standing, today)
    return {
        "allowed": not codes,
        "blocks": [{"code": code, "text": texts(BLOCKS[code])} for code in codes],
    }


def _going_live(store: FeedStore, tag: str) -> str:
    """Return the version whose network is being built, empty where none is."""
    for event in reversed(store.history(tag)):
        if event.get("event") in {"accepted", "publish-failed", "rolled-back", "published"}:
            return ""
        if event.get("event") == "going-live":
            return str(event.get("sha256", ""))
    return ""


def _refusal(store: FeedStore, tag: str) -> Json | None:
    """Return the last attempt if it was refused: a sheet with its cells, a file that is no feed."""
    for event in reversed(store.history(tag)):
        kind = event.get("event")
        if kind in {"offered", "replaced", "held", "accepted"}:
            return None
        if kind in {Outcome.REJECTED.value, Outcome.UNREACHABLE.value, "sheet-refused"}:
            break
    else:
        return None
    reason = str(event.get("detail", ""))
    known = {one.value for one in Unreadable}
    if reason in known:
        error = FeedUnreadable(Unreadable(reason), file=str(event.get("file", "")))
        said = {"ja": error.detail_ja, "en": error.detail}
    elif kind == "sheet-refused":
        said = {
            "ja": "時刻表シートに、確認が必要なセルがあります。直してもう一度送ってください。",
            "en": "Cells of the sheet need a person. Put them right and send it again.",
        }
    elif kind == Outcome.UNREACHABLE.value:
        said = {
            language: f"{OUTCOMES[Outcome.UNREACHABLE][language]} ({unreached(reason, language)})"
            for language in LANGUAGES
        }
    else:
        said = {
            language: f"{OUTCOMES[Outcome.REJECTED][language]} ({reason})" for language in LANGUAGES
        }
    return {
        "at": event.get("at", ""),
        "kind": kind,
        "file": event.get("file", ""),
        "text": said,
        "problems": event.get("problems", []),
        "suggestions": event.get("suggestions", []),
        "remarks": event.get("remarks", []),
    }


def _watching(store: FeedStore, tag: str, state: State) -> Json:
    failed = [event for event in store.history(tag) if event.get("event") == "publish-failed"]
    return {
        "checkedAt": state.checked_at,
        "failures": state.failures,
        "nextVisitAt": state.next_visit_at,
        "warnedSteps": list(state.warned_steps),
        "snoozedUntil": state.snoozed_until,
        "publishFailed": failed[-1] if failed else None,
    }
