"""
Keys that readers trust: the key set, signed by an offline root, and the revocation list.

Both travel as `Sealed`: bytes and a signature over exactly those bytes, so that no reader has
to agree on how JSON is written. The root's public key is pinned in the reader; a key whose
row is missing or out of its dates signs nothing (as the EU certificates did: presence on the
current list is the validity rule).
"""

import base64
import binascii
import hashlib
import json
import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

_KEYS_CONTEXT: Final = b"KQ1-keys\x00"
_REVOKED_CONTEXT: Final = b"KQ1-revoked\x00"
_REVOKED_HEAD: Final = struct.Struct(">IIII")
_HASH_BYTES: Final = 8
_MAX_DOCUMENT: Final = 8 << 20
_AHEAD: Final = timedelta(minutes=10)
"""A list that says it was issued so long after now would be the newest for ever."""


class KeyUse(StrEnum):
    """What a key may sign."""

    TICKET = "ticket"
    LIST = "list"


def version_at(instant: datetime) -> int:
    """
    Return the version of a list or a rule book that is signed at an instant: its second since 1970.

    No count of rows: a database that was restored from a backup has fewer, and readers would refuse
    what it signs until it has caught up with what they hold. Below 2**32 until the year 2106.
    """
    return int(instant.timestamp())


class KeyListRefused(ValueError):
    """A key set or a list whose signature, form or date is wrong; the old one stays in use."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key and when it may sign."""

    key_id: int
    use: KeyUse
    public: bytes
    not_before: datetime
    not_after: datetime
    issuer: str = ""

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the key is inside its dates."""
        return self.not_before <= instant < self.not_after


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes with the signature over them."""

    payload: bytes
    signature: bytes

    def to_json(self) -> dict[str, str]:
        """Return the form in which it travels."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "signature": base64.b64encode(self.signature).decode(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Sealed":
        """Read the form in which it travels."""
        try:
            payload, signature = document["payload"], document["signature"]
            if len(payload) > _MAX_DOCUMENT:
                raise KeyListRefused("The document is larger than 8 MiB.")
            return cls(
                base64.b64decode(payload, validate=True), base64.b64decode(signature, validate=True)
            )
        except (KeyError, TypeError, binascii.Error) as error:
            raise KeyListRefused("The document is not payload and signature in base64.") from error


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that are trusted now."""

    version: int
    issued: datetime
    keys: tuple[TrustedKey, ...]

    def candidates(self, key_id: int, use: KeyUse) -> tuple[TrustedKey, ...]:
        """Return every key with this id: the id is a hint, not an identity."""
        return tuple(key for key in self.keys if key.key_id == key_id and key.use == use)


def seal_keys(keys: KeySet, root: SigningKey) -> Sealed:
    """Sign a key set with the offline root."""
    document = {
        "format": "KQ1-keys",
        "version": keys.version,
        "issued": keys.issued.isoformat(),
        "keys": [
            {
                "kid": key.key_id,
                "use": key.use.value,
                "public": base64.b64encode(key.public).decode(),
                "not_before": key.not_before.isoformat(),
                "not_after": key.not_after.isoformat(),
                "issuer": key.issuer,
            }
            for key in keys.keys
        ],
    }
    payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Sealed(payload, root.sign(_KEYS_CONTEXT + payload).signature)


def open_keys(sealed: Sealed, root: bytes, *, newer_than: int = 0) -> KeySet:
    """
    Return the key set if the pinned root signed it.

    Raises:
        KeyListRefused: The signature, the form, or a version older than the one in use.
    """
    _check(sealed, _KEYS_CONTEXT, (root,))
    try:
        document = json.loads(sealed.payload)
        keys = KeySet(
            int(document["version"]),
            datetime.fromisoformat(document["issued"]),
            tuple(
                TrustedKey(
                    int(row["kid"]),
                    KeyUse(row["use"]),
                    base64.b64decode(row["public"], validate=True),
                    datetime.fromisoformat(row["not_before"]),
                    datetime.fromisoformat(row["not_after"]),
                    str(row.get("issuer", "")),
                )
                for row in document["keys"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise KeyListRefused("The key set does not have the form of KQ1-keys.") from error
    if keys.version < newer_than:
        raise KeyListRefused("The key set is older than the one in use.")
    return keys


def serial_hash(serial: bytes) -> int:
    """Return the first 8 bytes of SHA-256 of a serial: what a revocation list holds."""
    return int.from_bytes(hashlib.sha256(serial).digest()[:_HASH_BYTES], "big")


@dataclass(frozen=True, slots=True)
class RevocationList:
    """Serials that no longer hold, dated."""

    version: int
    issued: datetime
    not_after: datetime
    hashes: tuple[int, ...]
    """Sorted."""

    def revokes(self, serial: bytes) -> bool:
        """Tell whether the serial is on the list."""
        wanted = serial_hash(serial)
        place = bisect_left(self.hashes, wanted)
        return place < len(self.hashes) and self.hashes[place] == wanted

    def age(self, instant: datetime) -> timedelta:
        """Return how long ago it was issued."""
        return instant - self.issued


def seal_revocations(
    serials: Iterable[bytes],
    *,
    version: int,
    issued: datetime,
    not_after: datetime,
    key: SigningKey,
) -> Sealed:
    """Sign the list of revoked serials with a list key."""
    hashes = sorted({serial_hash(serial) for serial in serials})
    payload = _REVOKED_HEAD.pack(
        version, int(issued.timestamp()), int(not_after.timestamp()), len(hashes)
    ) + b"".join(value.to_bytes(_HASH_BYTES, "big") for value in hashes)
    return Sealed(payload, key.sign(_REVOKED_CONTEXT + payload).signature)


def open_revocations(
    sealed: Sealed, keys: KeySet, at: datetime, *, newer_than: int = 0
) -> RevocationList:
    """
    Return the list if a list key that holds now signed it.

    Raises:
        KeyListRefused: The signature, the form, a version older than the one in use, or issued
            in the future.
    """
    trusted = tuple(key.public for key in keys.keys if key.use == KeyUse.LIST and key.holds_at(at))
    _check(sealed, _REVOKED_CONTEXT, trusted)
    payload = sealed.payload
    if len(payload) < _REVOKED_HEAD.size:
        raise KeyListRefused("The list is too short.")
    version, issued, not_after, count = _REVOKED_HEAD.unpack_from(payload)
    if len(payload) != _REVOKED_HEAD.size + count * _HASH_BYTES:
        raise KeyListRefused("The list does not have as many rows as it says.")
    if version < newer_than:
        raise KeyListRefused("The list is older than the one in use.")
    if issued > (at + _AHEAD).timestamp():
        raise KeyListRefused("The list was issued in the future: compare the clocks.")
    hashes = struct.unpack_from(f">{count}Q", payload, _REVOKED_HEAD.size)
    if any(left >= right for left, right in pairwise(hashes)):
        raise KeyListRefused("The list is not sorted.")
    return RevocationList(
        version,
        datetime.fromtimestamp(issued, UTC),
        datetime.fromtimestamp(not_after, UTC),
        hashes,
    )


def _check(sealed: Sealed, context: bytes, publics: Iterable[bytes]) -> None:
    for public in publics:
        try:
            VerifyKey(public).verify(context + sealed.payload, sealed.signature)
        except (CryptoError, ValueError):
            continue
        return
    raise KeyListRefused("No trusted key signed it.")
