"""
Query parameters: what an endpoint takes, and how leniently it is read.

Real clients send `True`, `1`, hours of one digit, no zone, escaped cursors, comma lists or
repeated keys, and parameters that no version knows. All of that is read; what cannot be read is
the caller's error (400), never ours.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from maas.api.errors import BadRequest
from maas.core.clock import JAPAN

TRUE: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
FALSE: Final = frozenset({"false", "0", "no", "off", "f", "n"})
LARGEST: Final = 2**31 - 1
TIME: Final = re.compile(
    r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|z|[+\- −]\d{2}(?::?\d{2})?)?$",
    re.ASCII,
)

Value = bool | int | float | str | datetime | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter, as parsed and as documented."""

    name: str
    kind: str
    """`string`, `boolean`, `integer`, `number`, `time`, `list`."""
    text: str
    default: Value = None
    required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    ignored: bool = False
    """Accepted so that clients work, without effect; answers and documentation say so."""


class Query:
    """The parameters of a request, read with the table of its endpoint."""

    def __init__(
        self, table: Iterable[Parameter], pairs: Iterable[tuple[str, str]], zone: ZoneInfo = JAPAN
    ) -> None:
        self._table = {parameter.name: parameter for parameter in table}
        self._given: dict[str, list[str]] = {}
        self._zone = zone
        for name, value in pairs:
            self._given.setdefault(name, []).append(value)

    @property
    def given(self) -> Mapping[str, Sequence[str]]:
        """What the caller sent, as it was sent."""
        return self._given

    def has(self, name: str) -> bool:
        """Whether the caller sent a value that is not empty."""
        return any(self._given.get(name, ()))

    def ignored(self) -> list[str]:
        """Return the parameters that the caller sent and that have no effect."""
        return [
            name for name in self._given if name not in self._table or self._table[name].ignored
        ]

    def text(self, name: str) -> str | None:
        """Return a text, the default where it is missing or empty."""
        found = self._first(name)
        if found is None:
            default = self._table[name].default
            return default if isinstance(default, str) else None
        choices = self._table[name].choices
        if choices and found not in choices:
            found = found.upper()
            if found not in choices:
                raise BadRequest(f"{name}={found!r} is none of {', '.join(choices)}")
        return found

    def needed(self, name: str) -> str:
        """Return a text that must be there."""
        found = self.text(name)
        if found is None:
            raise BadRequest(f"missing parameter: {name}")
        return found

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        found = self._first(name)
        if found is None:
            return bool(self._table[name].default)
        if found.lower() in TRUE:
            return True
        if found.lower() in FALSE:
            return False
        raise BadRequest(f"{name}={found!r} is neither true nor false")

    def whole(self, name: str) -> int | None:
        """Return a whole number, the default where it is missing or empty."""
        found = self.number(name)
        return None if found is None else int(found)

    def number(self, name: str) -> float | None:
        """Return a finite number, the default where it is missing or empty."""
        parameter = self._table[name]
        found = self._first(name)
        if found is None:
            if parameter.required:
                raise BadRequest(f"missing parameter: {name}")
            return parameter.default if isinstance(parameter.default, int | float) else None
        try:
            value = float(found)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise BadRequest(f"{name}={found!r} is not a number")
        if parameter.kind == "integer" and value != int(value):
            raise BadRequest(f"{name}={found!r} is not a whole number")
        if parameter.least is not None and value < parameter.least:
            raise BadRequest(f"{name}={found} is below {parameter.least:g}")
        if parameter.most is not None and value > parameter.most:
            raise BadRequest(f"{name}={found} is above {parameter.most:g}")
        return value

    def items(self, name: str) -> list[str] | None:
        """
        Return a list: comma-joined, repeated, or both; the default where it is not given.

        An empty value is an empty list, which is not the same as no value at all.
        """
        values = self._given.get(name)
        if values is None:
            default = self._table[name].default
            return list(default) if isinstance(default, tuple | list) else None
        return [item.strip() for value in values for item in value.split(",") if item.strip()]

    def time(self, name: str) -> datetime | None:
        """Return an instant in UTC."""
        found = self._first(name)
        if found is None:
            if self._table[name].required:
                raise BadRequest(f"missing parameter: {name}")
            return None
        return parse_time(found, self._zone)

    def _first(self, name: str) -> str | None:
        values = self._given.get(name)
        return values[0].strip() or None if values else None


def parse_time(text: str, zone: ZoneInfo = JAPAN) -> datetime:
    """
    Return the instant of an ISO 8601 time, of a date (its midnight), or of Unix seconds.

    Hours and minutes may have one digit; a `+` that came as a blank is read as one; a time
    without a zone is local time of the network.

    Raises:
        BadRequest: It is no time.
    """
    try:
        if text.isascii() and text.isdigit() and 9 <= len(text) <= 11:
            return datetime.fromtimestamp(int(text), UTC)
        match = TIME.match(text)
        if match is None:
            raise BadRequest(f"{text!r} is not a time such as 2026-12-01T09:00:00+09:00")
        year, month, day, hour, minute, second, _, offset = match.groups()
        whole = datetime(  # noqa: DTZ001 (the zone is laid on below)
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
        if offset is None:
            return whole.replace(tzinfo=zone).astimezone(UTC)
        return whole.replace(tzinfo=_offset(offset)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadRequest(f"{text!r} is not a time: {error}") from error


def _offset(text: str) -> timezone:
    if text in {"Z", "z"}:
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if text[0] in "-−" else offset)


@dataclass(frozen=True, slots=True)
class Coordinate:
    """`lat,lon` or `lat,lon,level`."""

    lat: float
    lon: float
    level: float | None = None


def coordinate(text: str, separator: str = ",") -> Coordinate | None:
    """Return a coordinate, or None where the text is something else (an id)."""
    parts = text.split(separator)
    if len(parts) not in {2, 3}:
        return None
    try:
        values = [float(part) for part in parts if part.strip() or len(parts) == 2]
    except ValueError:
        return None
    if len(values) < 2 or not all(math.isfinite(value) for value in values):
        return None
    if not (-90 <= values[0] <= 90 and -180 <= values[1] <= 180):
        raise BadRequest(f"{text!r} lies outside the globe")
    return Coordinate(values[0], values[1], values[2] if len(values) == 3 else None)


def needed_coordinate(query: Query, name: str) -> Coordinate:
    """Return a coordinate that must be there."""
    found = coordinate(query.needed(name))
    if found is None:
        raise BadRequest(f"{name} is not lat,lon: {query.needed(name)!r}")
    return found


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: `EARLIER|<unix seconds>` or `LATER|<unix seconds>`."""

    later: bool
    at: int


def cursor(text: str) -> Cursor:
    """
    Return a page cursor, however often its bar was escaped on the way.

    Raises:
        BadRequest: It is no cursor.
    """
    for _ in range(2):
        text = unquote(text)
    direction, bar, seconds = text.partition("|")
    if not bar or direction not in {"EARLIER", "LATER"}:
        raise BadRequest(f"invalid page cursor: {text!r}")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        raise BadRequest(f"invalid page cursor, no timestamp: {text!r}")
    return Cursor(direction == "LATER", int(seconds))
