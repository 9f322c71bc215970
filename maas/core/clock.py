"""The only reader of the wall clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

JAPAN: Final = ZoneInfo("Asia/Tokyo")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved: for tests, demos and replays."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self._instant

    def move(self, by: timedelta) -> None:
        """Move the clock; a negative step moves it back."""
        self._instant += by


def japan_date(clock: Clock) -> date:
    """Return today's calendar date in Japan."""
    return clock.now().astimezone(JAPAN).date()
