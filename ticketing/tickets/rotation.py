"""
Rotate keys: a new key joins the set that the offline root signs, old ones stay until their end.

Readers learn of a key only when they fetch the key set, so a new key is published first and signs
later. A ticket never outlives its key, so a key is due for change long before its end.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from nacl.signing import SigningKey

from ticketing.products.lint import PREPAID_DAYS
from ticketing.tickets.keyring import Keyring
from ticketing.tickets.keys import KeySet, KeyUse, TrustedKey

LONGEST_TICKET: Final = timedelta(days=PREPAID_DAYS)
"""No product is valid longer after its sale (`products.lint`)."""
LIST_MARGIN: Final = timedelta(days=14)
"""A list key must outlive the lists that it signs, and the time that readers may be offline."""
REMIND_DAYS: Final = frozenset({60, 30, 14, 7, 3, 1})
LAST_ID: Final = 255


class NoKeyId(ValueError):
    """All 255 ids are taken by keys that still hold."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A key that must be changed soon, in words for whoever runs the service."""

    use: KeyUse
    days: int
    """Until it must be changed; negative: so many days too late."""
    not_after: datetime
    ja: str
    en: str


def rotate(
    keys: KeySet | None,
    use: KeyUse,
    key: SigningKey,
    now: datetime,
    *,
    lasts: timedelta,
    issuer: str,
) -> KeySet:
    """
    Return the next version of a key set with one more key; keys that have ended leave it.

    Args:
        keys: The set in use; None makes the first one.
        use: What the new key will sign.
        key: The new key; only its public half goes into the set.
        now: When it begins to hold.
        lasts: How long it holds.
        issuer: Whose key it is.

    Raises:
        NoKeyId: 255 keys of this use hold already.

    """
    holding = [each for each in keys.keys if each.not_after > now] if keys else []
    taken = {each.key_id for each in holding}
    free = next((number for number in range(1, LAST_ID + 1) if number not in taken), None)
    if free is None:
        raise NoKeyId("Wait until a key has ended.")
    added = TrustedKey(free, use, bytes(key.verify_key), now, now + lasts, issuer)
    return KeySet((keys.version if keys else 0) + 1, now, (*holding, added))


def change_until(use: KeyUse, not_after: datetime) -> datetime:
    """Return the last instant at which a key of this end may still sign."""
    return not_after - (LONGEST_TICKET if use is KeyUse.TICKET else LIST_MARGIN)


def subject() -> str:
    """Return the subject of a mail with a reminder, in Japanese and English."""
    words = _words()["subject"]
    return f"{words['ja']} / {words['en']}"


def reminders(keyring: Keyring, now: datetime) -> list[Reminder]:
    """Return what is due on this day: 60, 30, 14, 7, 3 and 1 days ahead, then every day."""
    if keyring.demo:
        return []
    signing = {
        KeyUse.TICKET: keyring.holds_until(),
        KeyUse.LIST: max(
            key.not_after
            for key in keyring.keys.keys
            if key.use is KeyUse.LIST and key.public == bytes(keyring.lists.verify_key)
        ),
    }
    found = []
    for use, not_after in signing.items():
        days = (change_until(use, not_after) - now).days
        if days in REMIND_DAYS or days <= 0:
            found.append(_reminder(use, days, not_after))
    return found


def _reminder(use: KeyUse, days: int, not_after: datetime) -> Reminder:
    words = _words()[f"{use.value}.{'soon' if days > 0 else 'late'}"]
    facts = {"days": abs(days), "end": f"{not_after:%Y-%m-%d}"}
    return Reminder(use, days, not_after, words["ja"].format(**facts), words["en"].format(**facts))


@cache
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        files("ticketing.tickets").joinpath("reminders.json").read_text("utf-8")
    )
    return loaded
