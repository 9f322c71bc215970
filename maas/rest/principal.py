"""Who is calling: nobody, the holder of an order's secret, or staff with rights."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request

from maas.core.clock import SystemClock
from maas.db.session import Sessions, read_session
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.models import AccessKey
from maas.rest.session import READS, SessionsDep

STAFF_PREFIX = "mk_"
BUYER_PREFIX = "os_"
SESSION_COOKIE = "maas_session"
"""Holds the access key of a browser that signed in."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request. `buyer_secret` opens one order; `rights` are a person's."""

    subject: str = ""
    operator_id: str | None = None
    rights: frozenset[str] = frozenset()
    buyer_secret: str = ""

    def may(self, right: str) -> bool:
        """Whether the caller has the right."""
        return right in self.rights

    def require(self, right: str) -> None:
        """
        Do nothing where the caller has the right.

        Raises:
            NotSignedIn: Nobody is calling.
            NotAllowed: The caller lacks the right.

        """
        if self.may(right):
            return
        if not self.subject:
            raise NotSignedIn("Send `Authorization: Bearer <access key>`.")
        raise NotAllowed(f"This needs the right `{right}`.", right=right)


def digest(secret: str) -> str:
    """Return what is stored of a secret: secrets are random and long, so one hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same_secret(secret: str, stored_digest: str) -> bool:
    """Whether the secret is the one whose digest is stored, in constant time."""
    return hmac.compare_digest(digest(secret), stored_digest)


def new_secret(prefix: str) -> str:
    """Return a fresh secret of 192 random bits."""
    return prefix + secrets.token_urlsafe(24)


def new_access_key(
    subject: str, rights: list[str], now: datetime, *, operator_id: str | None = None
) -> tuple[str, AccessKey]:
    """Return a secret to hand over once, and the row to store."""
    secret = new_secret(STAFF_PREFIX)
    row = AccessKey(
        digest=digest(secret),
        subject=subject,
        operator_id=operator_id,
        rights=rights,
        created_at=now,
    )
    return secret, row


def principal_of(sessions: Sessions, secret: str) -> Principal:
    """
    Return whose access key this is.

    Raises:
        NotSignedIn: It is not known, has ended or was taken back.

    """
    with read_session(sessions) as session:  # its own: the endpoint may call others meanwhile
        key = session.get(AccessKey, digest(secret))
    now = SystemClock().now()
    if key is None or key.revoked_at or (key.expires_at and key.expires_at <= now):
        raise NotSignedIn("This access key is not known, has ended or was taken back.")
    return Principal(key.subject, key.operator_id, frozenset(key.rights))


def get_principal(
    request: Request,
    sessions: SessionsDep,
    authorization: Annotated[str | None, Header(max_length=400)] = None,
) -> Principal:
    """
    Return who is calling; no header is nobody.

    The cookie of a signed-in browser only reads: what changes something needs the header, which
    no foreign page can make a browser send.

    Raises:
        NotSignedIn: A staff key that is not known, has ended or was taken back.

    """
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        cookie = request.cookies.get(SESSION_COOKIE, "") if request.method in READS else ""
        return principal_of(sessions, cookie) if cookie else Principal()
    if secret.startswith(BUYER_PREFIX):
        return Principal(buyer_secret=secret)
    return principal_of(sessions, secret)


PrincipalDep = Annotated[Principal, Depends(get_principal)]
