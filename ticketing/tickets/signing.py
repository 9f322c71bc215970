"""
Sign tickets, and open what a phone or a sheet of paper shows.

Two levels, as in UIC's dynamic barcode: the issuer signs the ticket, and for a bound ticket the
phone signs the time at which it shows it, so that a picture of it is worth nothing a minute
later. Verification goes from cheap and certain to dear: prefix, length, key, signature, and only
then the rest, so that hostile bytes are never interpreted.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import base45
from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from ticketing.tickets.keys import KeySet, KeyUse
from ticketing.tickets.payload import (
    BODY_BYTES,
    BOUND,
    BOUND_BYTES,
    KEY_BYTES,
    LIVE_BYTES,
    SERIAL_BYTES,
    SIGNATURE_BYTES,
    STATIC,
    STATIC_BYTES,
    TIME_BYTES,
    TicketBody,
    pack,
    unpack,
)

PREFIX: Final = "KQ1:"
TEST_PREFIX: Final = "KT1:"
"""Tickets of demos and tests: another prefix and another signing context, so that none is green."""

_TEXT: Final = re.compile(r"[0-9A-Z $%*+\-./:]{1,400}\Z")
_DEVICE_CONTEXT: Final = b"KQ1-device\x00"
_SHAPE: Final = re.compile(r"[A-Z]{2}[0-9]:")


class Refusal(StrEnum):
    """Why a code could not be opened; each has its words in the verdict catalogue."""

    NOT_A_TICKET = "not-a-ticket"
    FOREIGN = "foreign"
    TEST_TICKET = "test-ticket"
    DAMAGED = "damaged"
    UNKNOWN_KEY = "unknown-key"
    KEY_EXPIRED = "key-expired"
    BAD_SIGNATURE = "bad-signature"
    BAD_DEVICE_SIGNATURE = "bad-device-signature"
    NOT_LIVE = "not-live"


@dataclass(frozen=True, slots=True)
class OpenedTicket:
    """A ticket whose signatures hold; whether it is valid here and now is for inspection."""

    body: TicketBody
    shown_at: datetime | None
    """When the phone signed it; None on a static ticket."""


class TicketIssuer:
    """Signs tickets with one issuer key."""

    def __init__(self, key_id: int, key: SigningKey, *, test: bool = False) -> None:
        self.key_id = key_id
        self._key = key
        self._prefix = TEST_PREFIX if test else PREFIX

    def issue(self, body: TicketBody) -> str:
        """
        Return the text of a ticket.

        A static ticket can be shown as it is. A bound one is what the phone keeps; `present`
        (on the phone) makes the live code from it.
        """
        if body.key_id != self.key_id:
            raise ValueError("The ticket names another key.")
        data = pack(body)
        signature = self._key.sign(self._prefix.encode() + data).signature
        return self._prefix + _to_text(data + signature)


def present(bound: str, device: SigningKey, at: datetime) -> str:
    """Return the live code that a phone shows at an instant; the phone's half of the format."""
    prefix, data = bound[:4], base45.b45decode(bound[4:])
    stamped = data + int(at.timestamp()).to_bytes(TIME_BYTES, "big")
    signature = device.sign(_DEVICE_CONTEXT + stamped).signature
    return prefix + _to_text(stamped + signature)


def _to_text(data: bytes) -> str:
    return bytes(base45.b45encode(data)).decode()


def open_ticket(
    text: str, keys: KeySet, at: datetime, *, test: bool = False
) -> OpenedTicket | Refusal:
    """
    Open a code that was scanned at an instant.

    `test` makes a reader for demos, which takes test tickets and refuses real ones.
    A refusal never says more than the reader knows; hostile input is a refusal, not an error.
    """
    data = _decode(text, TEST_PREFIX if test else PREFIX)
    if isinstance(data, Refusal):
        return data
    signed = BODY_BYTES if data[0] == STATIC else BODY_BYTES + KEY_BYTES
    context = (TEST_PREFIX if test else PREFIX).encode()
    found = _check_issuer(data[:signed], data[signed : signed + SIGNATURE_BYTES], keys, at, context)
    if isinstance(found, Refusal):
        return found
    if data[0] == STATIC:
        return OpenedTicket(found, None)
    if len(data) == BOUND_BYTES:
        return Refusal.NOT_LIVE
    stamped = data[: BOUND_BYTES + TIME_BYTES]
    if not _holds(_DEVICE_CONTEXT + stamped, data[-SIGNATURE_BYTES:], found.device_key):
        return Refusal.BAD_DEVICE_SIGNATURE
    seconds = int.from_bytes(stamped[-TIME_BYTES:], "big")
    return OpenedTicket(found, datetime.fromtimestamp(seconds, UTC))


def claimed_serial(text: str) -> bytes | None:
    """Return the serial that a code claims, unverified: good to look something up, no more."""
    data = _decode(text, TEST_PREFIX if text.startswith(TEST_PREFIX) else PREFIX)
    if isinstance(data, Refusal):
        return None
    return data[BODY_BYTES - SERIAL_BYTES : BODY_BYTES]


def _decode(text: str, prefix: str) -> bytes | Refusal:
    """Return bytes of a plausible kind and length."""
    if not text.startswith(prefix):
        if text.startswith((PREFIX, TEST_PREFIX)):
            return Refusal.TEST_TICKET if text.startswith(TEST_PREFIX) else Refusal.FOREIGN
        return Refusal.FOREIGN if _SHAPE.match(text) else Refusal.NOT_A_TICKET
    if not _TEXT.match(text):
        return Refusal.DAMAGED
    try:
        data = base45.b45decode(text[4:])
    except ValueError:
        return Refusal.DAMAGED
    lengths = {STATIC: {STATIC_BYTES}, BOUND: {BOUND_BYTES, LIVE_BYTES}}
    if not data or len(data) not in lengths.get(data[0], set()):
        return Refusal.DAMAGED
    return bytes(data)


def _check_issuer(
    body: bytes, signature: bytes, keys: KeySet, at: datetime, context: bytes
) -> TicketBody | Refusal:
    candidates = keys.candidates(body[1], KeyUse.TICKET)
    if not candidates:
        return Refusal.UNKNOWN_KEY
    for key in candidates:
        if _holds(context + body, signature, key.public):
            ticket = unpack(body)
            if ticket is None:
                return Refusal.DAMAGED
            # A ticket never outlives its key, and a key outside its dates proves nothing.
            inside = key.holds_at(at) and ticket.valid_until <= key.not_after
            return ticket if inside else Refusal.KEY_EXPIRED
    return Refusal.BAD_SIGNATURE


def _holds(message: bytes, signature: bytes, public: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, public)
    except (CryptoError, ValueError):
        return False
    return True
