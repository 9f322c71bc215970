"""
The keys that this server signs with, and the signed key set that readers hold.

Secrets come from the environment only: `MAAS_TICKET_ISSUER_KEY` and `MAAS_TICKET_LIST_KEY`
(32 bytes, base64), `MAAS_TICKET_KEY_SET` (the document that the offline root signed) and
`MAAS_TICKET_ROOT` (its public key). Without them the ring is the demo's: fixed keys that everybody
can read here, and a prefix (`KT1:`) that no real reader takes.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nacl.signing import SigningKey

from ticketing.tickets.keys import (
    KeyListRefused,
    KeySet,
    KeyUse,
    Sealed,
    TrustedKey,
    open_keys,
    seal_keys,
)
from ticketing.tickets.signing import TicketIssuer

_DEMO_ROOT: Final = SigningKey(b"kyushu-maas demo root, not secret"[:32])
_DEMO_ISSUER: Final = SigningKey(b"kyushu-maas demo issuer, public!"[:32])
_DEMO_LISTS: Final = SigningKey(b"kyushu-maas demo lists, public!!"[:32])
_DEMO_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DEMO_END: Final = datetime(2036, 1, 1, tzinfo=UTC)


class KeyringInvalid(ValueError):
    """The environment's keys do not fit together; the message says which."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """What signs, and what readers are told."""

    issuer: TicketIssuer
    lists: SigningKey
    keys: KeySet
    sealed: Sealed
    root: bytes
    demo: bool

    def holds_until(self) -> datetime:
        """Return the end of the issuer key: no ticket may live longer."""
        return max(key.not_after for key in self.keys.candidates(self.issuer.key_id, KeyUse.TICKET))


def demo_keyring() -> Keyring:
    """Return the keys of demos and tests: public, and marked so on every ticket."""
    keys = KeySet(
        1,
        _DEMO_BEGIN,
        (
            _trusted(1, KeyUse.TICKET, _DEMO_ISSUER),
            _trusted(2, KeyUse.LIST, _DEMO_LISTS),
        ),
    )
    return Keyring(
        issuer=TicketIssuer(1, _DEMO_ISSUER, test=True),
        lists=_DEMO_LISTS,
        keys=keys,
        sealed=seal_keys(keys, _DEMO_ROOT),
        root=bytes(_DEMO_ROOT.verify_key),
        demo=True,
    )


def keyring_from(environment: Mapping[str, str]) -> Keyring:
    """
    Return the ring of the environment, or the demo's where it names none.

    Raises:
        KeyringInvalid: Some but not all are given, one is broken, or the key set does not
            name the keys that would sign.

    """
    names = ("ISSUER_KEY", "LIST_KEY", "KEY_SET", "ROOT")
    given = {name: environment.get(f"MAAS_TICKET_{name}", "") for name in names}
    if not any(given.values()):
        return demo_keyring()
    missing = [f"MAAS_TICKET_{name}" for name, value in given.items() if not value]
    if missing:
        raise KeyringInvalid(f"Missing: {', '.join(missing)}.")
    try:
        issuer = SigningKey(base64.b64decode(given["ISSUER_KEY"], validate=True))
        lists = SigningKey(base64.b64decode(given["LIST_KEY"], validate=True))
        root = base64.b64decode(given["ROOT"], validate=True)
        sealed = Sealed.from_json(json.loads(given["KEY_SET"]))
        keys = open_keys(sealed, root)
    except (binascii.Error, ValueError, KeyListRefused) as error:
        raise KeyringInvalid(f"A ticket key of the environment is broken: {error}") from error
    key_id = _id_of(keys, KeyUse.TICKET, issuer)
    _id_of(keys, KeyUse.LIST, lists)
    return Keyring(TicketIssuer(key_id, issuer), lists, keys, sealed, root, demo=False)


def _id_of(keys: KeySet, use: KeyUse, key: SigningKey) -> int:
    for trusted in keys.keys:
        if trusted.use is use and trusted.public == bytes(key.verify_key):
            return trusted.key_id
    raise KeyringInvalid(f"The key set does not name the {use.value} key.")


def _trusted(key_id: int, use: KeyUse, key: SigningKey) -> TrustedKey:
    return TrustedKey(key_id, use, bytes(key.verify_key), _DEMO_BEGIN, _DEMO_END, "demo")
