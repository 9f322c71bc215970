"""Addresses that several processes ask for: one asks, the others read what it was told."""

import fcntl
import hashlib
from pathlib import Path

import orjson

from gtfs_feeds.watch import Answer, Fetch, FetchFailed
from maas.core.clock import Clock

OK = 200
NOT_MODIFIED = 304


class SharedFetch:
    """
    Fetches at most once in a while, however many processes of this machine ask.

    Who comes first holds a lock on the address and asks; who comes meanwhile waits, and reads the
    answer from the folder. A lock ends with its process, so a killed one holds up nobody. A failure
    is shared as well: an address that is down is not asked by each.
    """

    def __init__(self, fetch: Fetch, folder: Path, clock: Clock, for_s: float) -> None:
        """
        Make it.

        Args:
            fetch: Asks.
            folder: Where answers lie; addresses are named by their digest, for they may hold keys.
            clock: Says how old an answer is.
            for_s: For how long an answer holds; less than the time between two rounds of one
                process.
        """
        self._fetch = fetch
        self._folder = folder
        self._clock = clock
        self._for_s = for_s

    def __call__(self, url: str, *, etag: str, last_modified: str) -> Answer:
        """Return what the address said lately; `Fetch`."""
        path = self._folder / hashlib.sha256(url.encode()).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            told, age_s = self._told(path)
            if told is None or not 0 <= age_s < self._for_s:
                told = self._ask(url, path, told)
        same = (told.etag, told.last_modified) == (etag, last_modified) != ("", "")
        if told.status == OK and same:
            return Answer(NOT_MODIFIED, b"", etag, last_modified)
        return told

    def _ask(self, url: str, path: Path, before: Answer | None) -> Answer:
        marks = before if before is not None and before.status == OK else Answer(0)
        try:
            told = self._fetch(url, etag=marks.etag, last_modified=marks.last_modified)
        except FetchFailed as failed:
            self._keep(path, Answer(0), str(failed))
            raise
        if told.status == NOT_MODIFIED:
            told = marks
        self._keep(path, told)
        return told

    def _keep(self, path: Path, told: Answer, failed: str = "") -> None:
        facts = orjson.dumps(
            {
                "at": self._clock.now().timestamp(),
                "status": told.status,
                "etag": told.etag,
                "last_modified": told.last_modified,
                "failed": failed,
            }
        )
        partial = path.with_suffix(".new")
        partial.write_bytes(facts + b"\n" + told.body)
        partial.replace(path)

    def _told(self, path: Path) -> tuple[Answer | None, float]:
        """
        Return the last answer and its age; None where there is none or its file is damaged.

        Raises:
            FetchFailed: The last try failed, and lately.
        """
        try:
            head, _, body = path.read_bytes().partition(b"\n")
            facts = orjson.loads(head)
            age_s = self._clock.now().timestamp() - float(facts["at"])
            told = Answer(facts["status"], body, facts["etag"], facts["last_modified"])
            failed = facts["failed"]
        except (OSError, ValueError, KeyError, TypeError):
            return None, 0.0
        if failed and 0 <= age_s < self._for_s:
            raise FetchFailed(failed)
        return (None if failed else told), age_s
