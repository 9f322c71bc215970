"""
What a ticket says: the bytes that are signed.

The layout is specified in `docs/ticket-format.md`, so that a stranger can write a reader. A body
is 26 bytes, big-endian; a device-bound body is followed by the 32 bytes of the phone's public
key. Nothing in it names the holder.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

STATIC: Final = 0x11
"""Format 1, level 1 only: paper, wallet, picture."""
BOUND: Final = 0x12
"""Format 1, bound to a phone: needs the phone's fresh signature."""

BODY_BYTES: Final = 26
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
SERIAL_BYTES: Final = 12
TIME_BYTES: Final = 4

STATIC_BYTES: Final = BODY_BYTES + SIGNATURE_BYTES
BOUND_BYTES: Final = BODY_BYTES + KEY_BYTES + SIGNATURE_BYTES
LIVE_BYTES: Final = BOUND_BYTES + TIME_BYTES + SIGNATURE_BYTES

_HEAD: Final = struct.Struct(">BBHBI")
_TAIL: Final = struct.Struct(">BB12s")
_MAX_MINUTES: Final = (1 << 24) - 1


class RiderCategory(IntEnum):
    """Who may ride on it."""

    ADULT = 0
    CHILD = 1
    CONCESSION = 2
    GROUP = 3


@dataclass(frozen=True, slots=True)
class TicketBody:
    """The right that a ticket proves, as far as a reader without a network needs it."""

    kind: int
    key_id: int
    product: int
    """Number of the product, 1–65535."""
    product_version: int
    valid_from: datetime
    valid_until: datetime
    """The first minute in which it no longer holds."""
    category: RiderCategory
    riders: int
    serial: bytes
    device_key: bytes = b""


def pack(body: TicketBody) -> bytes:
    """
    Return the bytes to be signed.

    Raises:
        ValueError: A field does not fit the format, or a time is not a whole minute.
    """
    begin, end = _minutes(body.valid_from), _minutes(body.valid_until)
    length = end - begin
    if not 0 < length <= _MAX_MINUTES:
        raise ValueError("The window must be between one minute and 31 years.")
    if len(body.serial) != SERIAL_BYTES:
        raise ValueError("A serial is 12 bytes.")
    if len(body.device_key) != (KEY_BYTES if body.kind == BOUND else 0):
        raise ValueError("A bound ticket has a device key of 32 bytes, a static one has none.")
    if body.kind not in {STATIC, BOUND} or not 1 <= body.riders <= 255:
        raise ValueError("Unknown kind, or no rider.")
    return (
        _HEAD.pack(body.kind, body.key_id, body.product, body.product_version, begin)
        + length.to_bytes(3, "big")
        + _TAIL.pack(body.category, body.riders, body.serial)
        + body.device_key
    )


def unpack(data: bytes) -> TicketBody | None:
    """Return the ticket that these *verified* bytes say, or None where they break the format."""
    if len(data) not in {BODY_BYTES, BODY_BYTES + KEY_BYTES}:
        return None
    kind, key_id, product, version, begin = _HEAD.unpack_from(data)
    length = int.from_bytes(data[_HEAD.size : _HEAD.size + 3], "big")
    category, riders, serial = _TAIL.unpack_from(data, _HEAD.size + 3)
    bound = len(data) == BODY_BYTES + KEY_BYTES
    if kind != (BOUND if bound else STATIC) or not riders or not length:
        return None
    if category not in RiderCategory._value2member_map_:
        return None
    valid_from = datetime.fromtimestamp(begin * 60, UTC)
    return TicketBody(
        kind=kind,
        key_id=key_id,
        product=product,
        product_version=version,
        valid_from=valid_from,
        valid_until=valid_from + timedelta(minutes=length),
        category=RiderCategory(category),
        riders=riders,
        serial=serial,
        device_key=data[BODY_BYTES:],
    )


def _minutes(instant: datetime) -> int:
    """Return whole minutes since the Unix epoch."""
    minutes, rest = divmod(int(instant.timestamp()), 60)
    if rest or instant.microsecond or not 0 <= minutes < 1 << 32:
        raise ValueError("A ticket's times are whole minutes after 1970.")
    return minutes
