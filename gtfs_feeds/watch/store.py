"""
Every version of every feed, on disk.

`ROOT/TAG/versions/SHA256` holds the bytes as they came and is never changed;
`ROOT/TAG/history.jsonl` has one line per event; `ROOT/TAG/state.json` says which version is
current. Files are replaced in one step, so that a stopped machine leaves the old state or the new.
"""

import contextlib
import dataclasses
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

import orjson

from gtfs_feeds.watch.verdicts import Judged, Verdict
from maas.core.errors import Kind, MaasError

TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class VersionUnknown(MaasError):
    """The store has no such version."""

    code: ClassVar[str] = "feed-version-unknown"
    title: ClassVar[str] = "The feed has no such version"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class TagInvalid(MaasError):
    """A tag is letters, digits and hyphens."""

    code: ClassVar[str] = "feed-tag-invalid"
    title: ClassVar[str] = "This cannot be the tag of a feed"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it was judged when it came."""

    sha256: str
    fetched_at: str
    """Instant in UTC, ISO 8601."""
    verdict: Verdict
    reason: str
    trips: int
    last_day: date | None
    size: int


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a feed between two visits."""

    current: str = ""
    """The version in use; empty before the first."""
    etag: str = ""
    last_modified: str = ""
    checked_at: str = ""
    next_visit_at: str = ""
    """Not before this instant, where the server asked for it."""
    failures: int = 0
    """Visits in a row that brought nothing usable."""
    held: str = ""
    """A version that waits for a person to accept it."""
    refused: tuple[str, ...] = ()
    """Versions that a person rolled back: they do not become current by themselves again."""
    warned_end: str = ""
    """The last day that the warnings below are about."""
    warned_steps: tuple[int, ...] = ()
    snoozed_until: str = ""
    """No warnings before this date: a seasonal feed."""


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """A timetable sheet as it came, with what a person wrote on the page for its stops."""

    data: bytes
    file: str
    answers: dict[str, dict[str, str]]


class FeedStore:
    """The versions and the state of each feed below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def tags(self) -> list[str]:
        """Return every feed that the store knows."""
        if not self._root.is_dir():
            return []
        return sorted(path.parent.name for path in self._root.glob("*/state.json"))

    def state(self, tag: str) -> State:
        """Return the state of a feed; the empty one where it is new or its file is damaged."""
        try:
            raw = orjson.loads((self._folder(tag) / "state.json").read_bytes())
            known = {field.name for field in dataclasses.fields(State)}
            values: dict[str, Any] = {key: raw[key] for key in known & raw.keys()}
            for key in ("refused", "warned_steps"):
                values[key] = tuple(values.get(key, ()))
            return State(**values)
        except (OSError, orjson.JSONDecodeError, AttributeError, TypeError):
            return State()

    def save(self, tag: str, state: State) -> None:
        """Replace the state of a feed."""
        content = orjson.dumps(dataclasses.asdict(state), option=orjson.OPT_INDENT_2)
        self._replace(self._folder(tag) / "state.json", content)

    def add(self, tag: str, data: bytes, judged: Judged, fetched_at: str) -> Version:
        """Keep a version; the same bytes again keep their first record."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._folder(tag) / "versions" / digest
        known = {version.sha256: version for version in self.versions(tag)}
        if digest in known and path.is_file():
            return known[digest]
        self._replace(path, data)
        version = Version(
            sha256=digest,
            fetched_at=fetched_at,
            verdict=judged.verdict,
            reason=judged.reason,
            trips=judged.trips,
            last_day=judged.last_day,
            size=len(data),
        )
        self.note(tag, fetched_at, "version", dataclasses.asdict(version))
        return version

    def note(self, tag: str, at: str, event: str, facts: dict[str, Any]) -> None:
        """Add a line to the history of a feed."""
        path = self._folder(tag) / "history.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as lines:
            lines.write(orjson.dumps({"at": at, "event": event, **facts}) + b"\n")

    def history(self, tag: str) -> list[dict[str, Any]]:
        """Return the events of a feed, the oldest first; damaged lines are left out."""
        found: list[dict[str, Any]] = []
        with contextlib.suppress(OSError):
            for line in (self._folder(tag) / "history.jsonl").read_bytes().splitlines():
                with contextlib.suppress(orjson.JSONDecodeError):
                    event = orjson.loads(line)
                    if isinstance(event, dict):
                        found.append(event)
        return found

    def versions(self, tag: str) -> list[Version]:
        """Return every version of a feed, the oldest first."""
        found: list[Version] = []
        for event in self.history(tag):
            if event.get("event") != "version":
                continue
            with contextlib.suppress(KeyError, ValueError, TypeError):
                day = event["last_day"]
                found.append(
                    Version(
                        sha256=str(event["sha256"]),
                        fetched_at=str(event["fetched_at"]),
                        verdict=Verdict(event["verdict"]),
                        reason=str(event["reason"]),
                        trips=int(event["trips"]),
                        last_day=None if day is None else date.fromisoformat(day),
                        size=int(event["size"]),
                    )
                )
        return found

    def find(self, tag: str, sha256: str) -> Version | None:
        """Return a version by its digest, or None."""
        return next((v for v in self.versions(tag) if v.sha256 == sha256), None)

    def get(self, tag: str, prefix: str) -> Version:
        """
        Return the version whose digest begins so.

        Raises:
            VersionUnknown: None or several do.
        """
        found = {v.sha256: v for v in self.versions(tag) if v.sha256.startswith(prefix)}
        if len(found) != 1 or not prefix:
            raise VersionUnknown(f"{len(found)} versions begin so.", tag=tag, version=prefix[:64])
        return next(iter(found.values()))

    def data(self, tag: str, sha256: str) -> bytes:
        """
        Return the bytes of a version, checked against their digest.

        Raises:
            VersionUnknown: They are not there or are damaged.
        """
        if not DIGEST.fullmatch(sha256):
            raise VersionUnknown("This is no digest.", tag=tag)
        try:
            data = (self._folder(tag) / "versions" / sha256).read_bytes()
        except OSError:
            raise VersionUnknown("Its file is missing.", tag=tag, version=sha256) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise VersionUnknown("Its file is damaged.", tag=tag, version=sha256)
        return data

    def path(self, tag: str, sha256: str) -> Path:
        """
        Return the file of a version, checked against its digest.

        Raises:
            VersionUnknown: It is not there or is damaged.
        """
        self.data(tag, sha256)
        return self._folder(tag) / "versions" / sha256

    def keep_sheet(self, tag: str, sheet: KeptSheet) -> None:
        """Keep the last timetable sheet of a feed, and what was answered to it."""
        folder = self._folder(tag)
        self._replace(folder / "sheet", sheet.data)
        answers = {"file": sheet.file, "answers": sheet.answers}
        self._replace(folder / "sheet.json", orjson.dumps(answers))

    def sheet(self, tag: str) -> KeptSheet | None:
        """Return the last timetable sheet of a feed, None where none came."""
        folder = self._folder(tag)
        try:
            told = orjson.loads((folder / "sheet.json").read_bytes())
            return KeptSheet((folder / "sheet").read_bytes(), told["file"], told["answers"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            return None

    def _folder(self, tag: str) -> Path:
        if not TAG.fullmatch(tag):
            raise TagInvalid("Letters, digits and hyphens only, at most 64.")
        return self._root / tag

    def _replace(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
