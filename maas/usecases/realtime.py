"""
Realtime messages of companies: fetched in the background, made into the overlay, and judged.

Each address is asked by itself, within limits of time and size; what it says replaces what it said
before, and expires when it is not renewed. Its health is kept as a file, so that every process
(the page, the API, the command line) shows the same.
"""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gtfs_feeds.realtime.decode import DecodeLimits, UnreadableMessage, decode
from gtfs_feeds.watch import Fetch, FetchFailed
from maas.adapters.shared_fetch import SharedFetch
from maas.core.clock import Clock
from maas.core.live import LiveMessage
from routing.realtime.feeds import LiveFeeds
from routing.realtime.index import NetworkIndex

log = logging.getLogger(__name__)

Json = dict[str, Any]
AT_ONCE: Final = 4
MOST_BYTES: Final = 20 << 20
OK: Final = 200
NOT_MODIFIED: Final = 304

FAULTS: Final[dict[str, tuple[str, str]]] = {
    "no-answer": ("応答がありません。", "There is no answer."),
    "status": ("エラー応答です。", "It answers with an error."),
    "no-protobuf": ("GTFS-Realtime ではありません。", "It is no GTFS Realtime message."),
    "no-json": ("JSON が壊れています。", "Its JSON is broken."),
    "no-header": ("ヘッダーがありません。", "It has no header."),
    "no-entities": ("中身がありません。", "Its entities are no list."),
    "unusable": ("内容を使えません。", "What it says cannot be used."),
    "too-large": ("大きすぎます。", "It is too large."),
    "header-too-old": (
        "時刻が古すぎます（更新が止まっています）。",
        "Its time is too old: it is not renewed.",
    ),
    "header-from-the-future": ("時刻が未来です。", "Its time lies in the future."),
    "header-fell": (
        "前より古い内容です（キャッシュの疑い）。",
        "It is older than the one before: a cache?",
    ),
}
"""Why an answer was not used, in Japanese and English."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address with messages about a feed."""

    tag: str
    url: str


@dataclass
class _Asked:
    """What is remembered of one address."""

    feeds: LiveFeeds
    etag: str = ""
    last_modified: str = ""
    health: Json = field(default_factory=dict)


class Realtime:
    """Asks addresses and keeps what they said; one for a process."""

    def __init__(
        self,
        endpoints: Callable[[], Sequence[Endpoint]],
        fetch: Fetch,
        fill: Callable[[str], str],
        clock: Clock,
        file: Path,
    ) -> None:
        """
        Make it.

        Args:
            endpoints: Returns what is registered now; asked at every round.
            fetch: With short timeouts and a limit of bytes.
            fill: Puts keys into an address.
            clock: Says how old a message is.
            file: Where the health is kept.
        """
        self._endpoints = endpoints
        self._fetch: Fetch = fetch
        self._fill = fill
        self._clock = clock
        self._file = file
        self._asked: dict[Endpoint, _Asked] = {}

    def share(self, folder: Path, for_s: float) -> None:
        """Ask with the other processes of this machine: one asks, the others read its answers."""
        self._fetch = SharedFetch(self._fetch, folder, self._clock, for_s)

    def poll(self, index: NetworkIndex | None) -> tuple[LiveMessage, ...]:
        """
        Ask every address once, keep its health, and return the messages that hold now.

        Args:
            index: The network in use, by which match rates are counted; None: there is none.
        """
        listed = list(dict.fromkeys(self._endpoints()))
        self._asked = {one: self._asked.get(one) or self._new() for one in listed}
        with ThreadPoolExecutor(AT_ONCE, "realtime") as pool:
            list(pool.map(self._ask, listed))
        messages: list[LiveMessage] = []
        for endpoint, asked in self._asked.items():
            held = asked.feeds.messages()
            try:
                self._judge(asked, held, index)
            except Exception:
                log.exception("realtime message of %s", endpoint.tag)
                asked.feeds = LiveFeeds(self._clock)
                asked.health |= _mute() | _faulty("unusable", "")
                continue
            messages += held
        if listed or self._file.exists():
            self._write([asked.health for asked in self._asked.values()])
        return tuple(messages)

    def health(self, tags: Sequence[str]) -> list[Json]:
        """Return the health of the addresses of some feeds as it was written last, with ages."""
        try:
            rows: list[Json] = orjson.loads(self._file.read_bytes())
        except (OSError, ValueError):
            rows = []
        now = self._clock.now().timestamp()
        known = {(row["tag"], row["url"]): row for row in rows if row.get("tag") in tags}
        listed = [one for one in self._endpoints() if one.tag in tags]
        return [_aged(known.get((one.tag, one.url)) or _never(one), now) for one in listed]

    def _new(self) -> _Asked:
        return _Asked(LiveFeeds(self._clock))

    def _ask(self, endpoint: Endpoint) -> None:
        asked = self._asked[endpoint]
        before = asked.health or _never(endpoint)
        fault, detail, message = "", "", None
        try:
            answer = self._fetch(
                self._fill(endpoint.url), etag=asked.etag, last_modified=asked.last_modified
            )
            if answer.status == OK:
                asked.etag, asked.last_modified = answer.etag, answer.last_modified
                message = decode(answer.body, endpoint.tag, DecodeLimits(bytes=MOST_BYTES))
                fault = asked.feeds.accept(message)
            elif answer.status != NOT_MODIFIED:
                fault, detail = "status", str(answer.status)
        except FetchFailed as error:
            fault, detail = "no-answer", str(error)
        except UnreadableMessage as error:
            fault = str(error.facts.get("reason", "no-protobuf"))
            asked.etag = asked.last_modified = ""
        now = self._clock.now().astimezone(UTC).isoformat(timespec="seconds")
        asked.health = before | {
            "askedAt": now,
            "answeredAt": before["answeredAt"] if fault else now,
            "failures": before["failures"] + 1 if fault else 0,
            **_faulty(fault, detail),
        }

    def _judge(
        self, asked: _Asked, held: Sequence[LiveMessage], index: NetworkIndex | None
    ) -> None:
        """Count how much of what an address says fits the timetable; nothing where it is mute."""
        if not held:
            asked.health |= _mute()
            return
        (message,) = held
        counts: dict[str, int] = {}
        if index is not None:
            # Its kernels take long to load; who serves no network never needs them.
            from routing.realtime.overlay import build_overlay  # noqa: PLC0415

            counts = dict(build_overlay(index, held).counts)
        matched, updates = counts.pop("used", 0) - counts.get("added", 0), len(message.trips)
        asked.health |= {
            "messageAt": _instant(message.unix_s),
            "updates": updates,
            "matched": matched,
            "added": counts.get("added", 0),
            "matchRate": round(matched / updates, 4) if updates and index is not None else None,
            "alerts": len(message.alerts),
            "vehicles": message.vehicles,
            "reasons": dict(sorted(counts.items())),
        }

    def _write(self, rows: list[Json]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(f".{os.getpid()}")
        partial.write_bytes(orjson.dumps(rows))
        partial.replace(self._file)


def _mute() -> Json:
    return {
        "messageAt": None,
        "updates": 0,
        "matched": 0,
        "added": 0,
        "matchRate": None,
        "alerts": 0,
        "vehicles": 0,
        "reasons": {},
    }


def _faulty(fault: str, detail: str) -> Json:
    text = dict(zip(("ja", "en"), FAULTS.get(fault, ("", "")), strict=True))
    return {"fault": fault, "detail": detail, "text": text}


def _never(endpoint: Endpoint) -> Json:
    return {
        "tag": endpoint.tag,
        "url": endpoint.url,
        "askedAt": None,
        "answeredAt": None,
        "failures": 0,
        **_faulty("", ""),
        **_mute(),
    }


def _instant(unix_s: int | None) -> str | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC).isoformat()


def _aged(row: Json, now: float) -> Json:
    """Add how old the message in use is, in seconds."""
    at = row["messageAt"]
    age = None if at is None else round(now - datetime.fromisoformat(at).timestamp())
    return row | {"ageS": age}
