"""
Signing in without passwords.

The council invites a person of a company; the person opens the link from the mail, confirms what
is known of the company, and has an account. Later, whoever has an account asks for a link by mail.
Secrets exist in the mail and in the browser only: the database holds their digests, and mails are
written by outbox jobs that make the secret when they run.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.db.outbox import record
from maas.rest.models import AccessKey
from maas.rest.principal import digest, new_access_key, new_secret
from operators.access.errors import AddressInvalid, AddressTaken, LinkInvalid
from operators.access.models import SUBJECT, Invitation, Role, SignInLink, StaffAccount
from operators.registry.errors import CompanyNotFound
from operators.registry.models import Company
from operators.registry.service import Because, Confirmed, Registry
from operators.registry.states import State

INVITATION_LASTS: Final = timedelta(days=14)
LINK_LASTS: Final = timedelta(minutes=30)
SESSION_LASTS: Final = timedelta(days=14)
LINK_PREFIX: Final = "ml_"

MAIL_INVITATION: Final = "access.mail-invitation"
"""Outbox job: make the invitation's link and mail it."""
MAIL_SIGN_IN: Final = "access.mail-sign-in"
"""Outbox job: make a link to sign in with and mail it."""

_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]+\.[^\s@<>,;:\"().]+")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session; the secret is handed over once."""

    secret: str
    expires_at: datetime
    role: Role
    company: str
    """Short name of the company; empty for the council."""


def mail_address(text: str) -> str:
    """
    Return a mail address in small letters.

    Raises:
        AddressInvalid: It is none.
    """
    bare = text.strip().lower()
    if len(bare) > 200 or not bare.isprintable() or not _ADDRESS.fullmatch(bare):
        raise AddressInvalid("Write it like name@example.jp.")
    return bare


class Access:
    """Invites, signs in, and forgets."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def invite(self, slug: str, email: str, by: str) -> Invitation:
        """
        Ask a person of a company to join, and take a candidate to `invited`; the mail follows.

        Raises:
            CompanyNotFound: No company has this short name.
            AddressInvalid: It is no mail address.
            AddressTaken: The address signs in for somebody else already.
        """
        registry = Registry(self._session, self._clock)
        company = registry.find_by_slug(slug)
        if company is None:
            raise CompanyNotFound("No company has this short name.", slug=slug)
        address = mail_address(email)
        self._not_taken(address, company.id)
        if company.state is State.CANDIDATE:
            registry.move(company.id, State.INVITED, Because(by, "招待メール / invited by mail"))
        now = self._clock.now()
        invitation = Invitation(
            id=uuid4(),
            company_id=company.id,
            email=address,
            invited_by=by,
            created_at=now,
            expires_at=now + INVITATION_LASTS,
        )
        self._session.add(invitation)
        self._session.flush()
        key = f"{MAIL_INVITATION}:{invitation.id}"
        record(self._session, MAIL_INVITATION, key, {"invitation": str(invitation.id)}, now=now)
        return invitation

    def invitations(self, slug: str) -> Sequence[Invitation]:
        """Return the invitations of a company, the newest first."""
        return self._session.scalars(
            select(Invitation)
            .join(Company, Company.id == Invitation.company_id)
            .where(Company.slug == slug)
            .order_by(Invitation.created_at.desc())
        ).all()

    def revoke(self, invitation_id: UUID) -> bool:
        """Take an invitation back; False where none is open."""
        found = self._session.get(Invitation, invitation_id)
        if found is None or found.used_at or found.revoked_at:
            return False
        found.revoked_at, found.digest, found.email = self._clock.now(), None, ""
        return True

    def invitation_link(self, invitation_id: UUID) -> tuple[str, Invitation] | None:
        """Return a fresh secret for an open invitation, or None; the one before ends."""
        found = self._session.get(Invitation, invitation_id)
        if found is None or found.used_at or found.revoked_at:
            return None
        secret = new_secret(LINK_PREFIX)
        found.digest, found.sent_at = digest(secret), self._clock.now()
        self._session.flush()
        return secret, found

    def opened(self, secret: str) -> tuple[Invitation, Company]:
        """
        Return what an invitation's link is about; opening it does not use it up.

        Raises:
            LinkInvalid: It is not valid (any more).
        """
        found = self._session.scalar(select(Invitation).where(Invitation.digest == digest(secret)))
        if (
            found is None
            or found.used_at
            or found.revoked_at
            or found.expires_at <= self._clock.now()
        ):
            raise LinkInvalid("Ask the council for a new invitation.")
        company = self._session.get_one(Company, found.company_id)
        return found, company

    def accept(self, secret: str, confirmed: Confirmed) -> SignedIn:
        """
        Use an invitation: correct what is known of the company, make the account, sign in.

        Raises:
            LinkInvalid: The link is not valid (any more).
            CompanyInvalid: What was confirmed is not right; the link stays valid.
            AddressTaken: The address signs in for somebody else already.
        """
        invitation, company = self.opened(secret)
        address = invitation.email
        self._not_taken(address, company.id)
        now = self._clock.now()
        used = self._session.execute(
            update(Invitation)
            .where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
            .values(used_at=now, digest=None, email="")
            .returning(Invitation.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if used is None:
            raise LinkInvalid("Ask the council for a new invitation.")
        account = self._account(address) or self._enter(address, Role.OPERATOR, company.id)
        Registry(self._session, self._clock).confirm(
            company.id, confirmed, Because(account.subject, "会社情報の確認 / company confirmed")
        )
        return self._session_of(account)

    def add_council_member(self, email: str) -> StaffAccount:
        """
        Make an account of the council, or return the one that is there.

        Raises:
            AddressInvalid: It is no mail address.
            AddressTaken: A company's account has it.
        """
        address = mail_address(email)
        found = self._account(address)
        if found is not None and found.role is not Role.COUNCIL:
            raise AddressTaken("A company's account has this address.")
        return found or self._enter(address, Role.COUNCIL, None)

    def ask(self, email: str) -> None:
        """Mail a link to sign in with, if the address has an account; never says whether."""
        found = self._account(mail_address(email))
        if found is None:
            return
        payload = {"staff": str(found.id)}
        now = self._clock.now()
        record(self._session, MAIL_SIGN_IN, f"{MAIL_SIGN_IN}:{uuid4()}", payload, now=now)

    def sign_in_link(self, staff_id: UUID) -> tuple[str, StaffAccount] | None:
        """Return a fresh secret to sign in with, or None where the account is gone."""
        account = self._session.get(StaffAccount, staff_id)
        if account is None:
            return None
        now = self._clock.now()
        self._session.execute(delete(SignInLink).where(SignInLink.expires_at <= now))
        secret = new_secret(LINK_PREFIX)
        self._session.add(
            SignInLink(
                digest=digest(secret),
                staff_id=account.id,
                created_at=now,
                expires_at=now + LINK_LASTS,
            )
        )
        self._session.flush()
        return secret, account

    def sign_in(self, secret: str) -> SignedIn:
        """
        Open a session with the secret of a link, once.

        Raises:
            LinkInvalid: It is not valid (any more).
        """
        now = self._clock.now()
        staff_id = self._session.scalar(
            update(SignInLink)
            .where(
                SignInLink.digest == digest(secret),
                SignInLink.used_at.is_(None),
                SignInLink.expires_at > now,
            )
            .values(used_at=now)
            .returning(SignInLink.staff_id)
            .execution_options(synchronize_session=False)
        )
        account = None if staff_id is None else self._session.get(StaffAccount, staff_id)
        if account is None:
            raise LinkInvalid("Ask for a new link.")
        return self._session_of(account)

    def sign_out(self, secret: str) -> None:
        """End a session; one that is not there has ended already."""
        self._session.execute(delete(AccessKey).where(AccessKey.digest == digest(secret)))

    def staff(self, company_id: UUID | None) -> Sequence[StaffAccount]:
        """Return the accounts of a company, or of the council where None."""
        return self._session.scalars(
            select(StaffAccount)
            .where(StaffAccount.company_id == company_id)
            .order_by(StaffAccount.email)
        ).all()

    def forget(self, account: StaffAccount) -> None:
        """Delete a person: the account, its links and its sessions."""
        self._session.execute(delete(SignInLink).where(SignInLink.staff_id == account.id))
        self._session.execute(delete(AccessKey).where(AccessKey.subject == account.subject))
        self._session.delete(account)
        self._session.flush()

    def forget_expired(self) -> None:
        """Forget whom invitations were for that ended unused, and links that ended."""
        now = self._clock.now()
        self._session.execute(
            update(Invitation)
            .where(Invitation.expires_at <= now, Invitation.used_at.is_(None))
            .values(email="", digest=None)
        )
        self._session.execute(delete(SignInLink).where(SignInLink.expires_at <= now))

    def by_subject(self, subject: str) -> StaffAccount | None:
        """Return the account that steps and keys name so."""
        prefix, _, number = subject.partition("-")
        if f"{prefix}-" != SUBJECT:
            return None
        try:
            return self._session.get(StaffAccount, UUID(number))
        except ValueError:
            return None

    def _account(self, address: str) -> StaffAccount | None:
        return self._session.scalar(select(StaffAccount).where(StaffAccount.email == address))

    def _not_taken(self, address: str, company_id: UUID) -> None:
        found = self._account(address)
        if found is not None and found.company_id != company_id:
            raise AddressTaken("Invite another address; one address signs in for one company.")

    def _enter(self, address: str, role: Role, company_id: UUID | None) -> StaffAccount:
        account = StaffAccount(
            id=uuid4(),
            email=address,
            role=role,
            company_id=company_id,
            created_at=self._clock.now(),
        )
        self._session.add(account)
        self._session.flush()
        return account

    def _session_of(self, account: StaffAccount) -> SignedIn:
        slug = ""
        if account.company_id is not None:
            slug = self._session.get_one(Company, account.company_id).slug
        now = self._clock.now()
        secret, key = new_access_key(
            account.subject, [account.role.value], now, operator_id=slug or None
        )
        key.expires_at = now + SESSION_LASTS
        self._session.add(key)
        self._session.flush()
        return SignedIn(secret, key.expires_at, account.role, slug)
