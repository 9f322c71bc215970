"""
The last good message of each feed.

A message is refused whole when its header is older than the one before (a cache answered), too old
or from the future; the one before stays in use. What is in use expires after `max_age_s`, since
an old delay misleads more than none.
"""

from dataclasses import dataclass, replace
from threading import Lock

from maas.core.clock import Clock
from maas.core.live import Alert, LiveMessage, TripUpdate


@dataclass(frozen=True, slots=True)
class _Held:
    message: LiveMessage
    heard_s: int


class LiveFeeds:
    """Keeps what feeds said; may be used from several threads."""

    def __init__(self, clock: Clock, *, max_age_s: int = 300, max_ahead_s: int = 60) -> None:
        self._clock = clock
        self._max_age_s = max_age_s
        self._max_ahead_s = max_ahead_s
        self._held: dict[str, _Held] = {}
        self._lock = Lock()

    def accept(self, message: LiveMessage) -> str:
        """Keep a message; return the reason why not, empty where it is kept."""
        now = int(self._clock.now().timestamp())
        stamp = message.unix_s if message.unix_s is not None else now
        if stamp < now - self._max_age_s:
            return "header-too-old"
        if stamp > now + self._max_ahead_s:
            return "header-from-the-future"
        with self._lock:
            before = self._held.get(message.tag)
            if before is not None and stamp < before.heard_s:
                return "header-fell"
            if not message.full and before is not None:
                message = _added(before.message, message)
            self._held[message.tag] = _Held(message, stamp)
        return ""

    def messages(self) -> tuple[LiveMessage, ...]:
        """Return what is still in use, ordered by feed."""
        oldest = int(self._clock.now().timestamp()) - self._max_age_s
        with self._lock:
            self._held = {t: held for t, held in self._held.items() if held.heard_s >= oldest}
            return tuple(self._held[tag].message for tag in sorted(self._held))


def _added(before: LiveMessage, new: LiveMessage) -> LiveMessage:
    """Return a full message after a differential one: its entities replace those of their id."""
    gone = set(new.deleted)
    trips: dict[str, TripUpdate] = {row.entity: row for row in (*before.trips, *new.trips)}
    alerts: dict[str, Alert] = {row.entity: row for row in (*before.alerts, *new.alerts)}
    return replace(
        new,
        full=True,
        trips=tuple(row for name, row in trips.items() if name not in gone),
        alerts=tuple(row for name, row in alerts.items() if name not in gone),
        deleted=(),
    )
