"""
Sign tickets for entitlements, move them between phones, and take them back.

Activation needs the network once: it binds the phone's key, fixes the days and ends
refundability; from then on the phone shows the ticket without a network.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nacl.bindings import crypto_core_ed25519_is_valid_point
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.rest.principal import BUYER_PREFIX, Principal, digest, new_secret, same_secret
from ticketing.config import TicketingConfig
from ticketing.orders.access import opens
from ticketing.orders.models import Order
from ticketing.products.definition import Definition
from ticketing.products.service import ProductService
from ticketing.products.validity import Usage, Window, window
from ticketing.tickets.entitlements import LIVE, EntitlementService
from ticketing.tickets.errors import (
    DeviceKeyInvalid,
    HandoverInvalid,
    NotReissued,
    NotTransferable,
    TicketBound,
    TicketEnded,
    TicketNotFound,
)
from ticketing.tickets.issued import Handover, RevokedSerial, SignedTicket, TicketForm
from ticketing.tickets.keyring import Keyring
from ticketing.tickets.keys import Sealed, seal_revocations, version_at
from ticketing.tickets.models import Entitlement, EntitlementStatus
from ticketing.tickets.payload import BOUND, KEY_BYTES, SERIAL_BYTES, STATIC, TicketBody
from ticketing.tickets.payload import RiderCategory as SignedCategory

HANDOVER_LASTS: Final = timedelta(hours=24)
LIST_LASTS: Final = timedelta(days=8)
_CATEGORIES: Final = {
    "adult": SignedCategory.ADULT,
    "child": SignedCategory.CHILD,
    "concession": SignedCategory.CONCESSION,
    "group": SignedCategory.GROUP,
}


class TicketService:
    """The only writer of signed tickets."""

    def __init__(
        self, session: Session, clock: Clock, config: TicketingConfig, keyring: Keyring
    ) -> None:
        self._session = session
        self._clock = clock
        self._keyring = keyring
        self._products = ProductService(session, clock)
        self._entitlements = EntitlementService(session, clock, config)

    def of_order(self, order_id: UUID, principal: Principal) -> list[Entitlement]:
        """Return the order's entitlements that the caller holds."""
        return [
            entitlement
            for entitlement in self._entitlements.of_order(order_id)
            if self._holds(entitlement, principal)
        ]

    def get(self, entitlement_id: UUID, principal: Principal, *, lock: bool = False) -> Entitlement:
        """
        Return an entitlement to its holder, or to staff with `tickets:read`.

        Raises:
            TicketNotFound: There is none, or the caller does not hold it.

        """
        entitlement = self._session.get(Entitlement, entitlement_id, with_for_update=lock or None)
        if entitlement is None or not self._holds(entitlement, principal):
            raise TicketNotFound("No ticket of yours has this id.")
        return entitlement

    def definition(self, entitlement: Entitlement) -> Definition:
        """Return the product version that was bought."""
        return self._products.get(entitlement.product_id, entitlement.product_version)

    def current(self, entitlement_id: UUID) -> SignedTicket | None:
        """Return the signed ticket that holds, or None before activation and after the end."""
        return self._session.scalar(
            select(SignedTicket).where(
                SignedTicket.entitlement_id == entitlement_id, SignedTicket.ended_at.is_(None)
            )
        )

    def window_of(self, entitlement: Entitlement) -> Window:
        """Return when it may be used; before first use, when first use must happen."""
        order = self._session.get_one(Order, entitlement.order_id)
        return window(
            self.definition(entitlement),
            Usage(
                sold_at=order.paid_at or order.created_at,
                first_day=entitlement.first_day,
                activated_at=entitlement.activated_at,
            ),
        )

    def activate(
        self, entitlement_id: UUID, principal: Principal, device_key: bytes | None
    ) -> SignedTicket:
        """
        Start the clock and sign the ticket: for a phone, or on paper where there is no key.

        Doing it again from the same phone returns the same ticket.

        Raises:
            TicketNotFound: The caller does not hold it.
            DeviceKeyInvalid: The key is not a point of Ed25519.
            TicketEnded: It was refunded, revoked or its time is over.
            TicketBound: Another phone or a paper shows it.

        """
        key = _device_key(device_key)
        entitlement = self.get(entitlement_id, principal, lock=True)
        signed = self.current(entitlement_id)
        if signed is not None and entitlement.status in LIVE:
            if signed.device_key == key:
                return signed
            raise TicketBound("Ask for a reissue; the old phone's ticket will stop being valid.")
        if entitlement.status not in LIVE:
            raise TicketEnded("It was refunded, revoked or used.", status=entitlement.status.value)
        if self.window_of(entitlement).end <= self._clock.now():
            raise TicketEnded("Its time is over.", status="expired")
        self._call_back(entitlement_id)
        self._entitlements.activate(entitlement_id)
        return self._sign(entitlement, key)

    def reissue(
        self,
        entitlement_id: UUID,
        principal: Principal,
        device_key: bytes | None,
        *,
        why: str = "lost",
    ) -> SignedTicket:
        """
        Sign a new ticket and revoke the old, by the product's loss rule.

        The holder does it alone where the rule says free; where it costs a fee, staff with
        `tickets:reissue` do it at a counter that takes the fee.

        Raises:
            NotReissued: The rule says never, or that staff must do it.
            TicketNotFound, TicketEnded, DeviceKeyInvalid: As for `activate`.

        """
        key = _device_key(device_key)
        entitlement = self.get(entitlement_id, principal, lock=True)
        signed = self.current(entitlement_id)
        if signed is None or entitlement.status not in LIVE:
            raise TicketEnded("There is no ticket to replace.", status=entitlement.status.value)
        rule = self.definition(entitlement).loss
        staff = principal.may("tickets:reissue")
        if rule.reissue == "none":
            raise NotReissued("This product is not reissued when lost.", rule=rule.reissue)
        if rule.reissue == "for-fee" and not staff:
            raise NotReissued("A counter reissues it for a fee.", rule=rule.reissue, fee=rule.fee)
        self._end_ticket(signed, why)
        return self._sign(entitlement, key)

    def hand_over(self, entitlement_id: UUID, principal: Principal) -> tuple[str, datetime]:
        """
        Make a code with which a companion takes the ticket; a new code ends the one before.

        Raises:
            NotTransferable: The rule forbids it, or the ticket is in use.
            TicketNotFound, TicketEnded: As for `activate`.

        """
        entitlement = self.get(entitlement_id, principal, lock=True)
        if entitlement.status not in LIVE:
            raise TicketEnded("It was refunded, revoked or used.", status=entitlement.status.value)
        rule = self.definition(entitlement).transfer
        if not rule.allowed:
            raise NotTransferable("This product is personal.")
        if entitlement.status is EntitlementStatus.ACTIVE and rule.before_activation_only:
            raise NotTransferable("Its use has begun.")
        self._call_back(entitlement_id)
        now = self._clock.now()
        code = new_secret("hc_")
        expires = now + HANDOVER_LASTS
        self._session.add(
            Handover(
                entitlement_id=entitlement_id,
                code_digest=digest(code),
                made_at=now,
                expires_at=expires,
            )
        )
        self._session.flush()
        return code, expires

    def take(self, code: str) -> tuple[Entitlement, str]:
        """
        Take a ticket with its code; return it and the secret by which the companion holds it.

        The one who gave it holds it no longer; a ticket that a phone shows is revoked there.

        Raises:
            HandoverInvalid: The code is not known, was used, was called back or is too old.

        """
        now = self._clock.now()
        secret = new_secret(BUYER_PREFIX)
        given = self._session.scalar(
            select(Handover.entitlement_id).where(Handover.code_digest == digest(code))
        )
        if given is not None:  # waits for a giver who starts to use it, or gives it back, just now
            self._session.get(Entitlement, given, with_for_update=True, populate_existing=True)
        taken = self._session.execute(
            update(Handover)
            .where(
                Handover.code_digest == digest(code),
                Handover.taken_at.is_(None),
                Handover.cancelled_at.is_(None),
                Handover.expires_at > now,
            )
            .values(taken_at=now, holder_digest=digest(secret))
            .returning(Handover.entitlement_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if taken is None:
            raise HandoverInvalid("Ask the giver for a new code.")
        entitlement = self._session.get_one(Entitlement, taken.entitlement_id)
        if entitlement.status not in LIVE:
            raise HandoverInvalid("The ticket no longer holds.")
        signed = self.current(entitlement.id)
        if signed is not None:
            self._end_ticket(signed, "given to a companion")
        return entitlement, secret

    def end(self, entitlement_id: UUID, why: str) -> None:
        """Revoke the signed ticket of an entitlement that was refunded or revoked."""
        if self._session.get_one(Entitlement, entitlement_id, with_for_update=True).status in LIVE:
            return  # a won chargeback was faster, and has ended the old ticket itself
        signed = self.current(entitlement_id)
        if signed is not None:
            self._end_ticket(signed, why)
        self._call_back(entitlement_id)

    def restore(self, entitlement_id: UUID) -> None:
        """
        Sign a new ticket for a right that holds again, for the phone that showed the last one.

        The old serial stays on the revocation list: readers never take a serial off. A right whose
        use had not begun has shown no ticket, so there is nothing to sign.
        """
        entitlement = self._session.get_one(Entitlement, entitlement_id, with_for_update=True)
        last = self._session.scalar(
            select(SignedTicket)
            .where(SignedTicket.entitlement_id == entitlement_id)
            .order_by(SignedTicket.signed_at.desc())
            .limit(1)
        )
        if last is None or entitlement.status not in LIVE:
            return
        if last.ended_at is None:  # the news of its end is still on its way
            self._end_ticket(last, "chargeback")
        self._sign(entitlement, last.device_key)

    def revocations(self) -> Sealed:
        """Return the signed list of serials that were taken back and have not expired."""
        now = self._clock.now()
        serials = self._session.scalars(
            select(RevokedSerial.serial).where(RevokedSerial.valid_until > now)
        ).all()
        return seal_revocations(
            serials,
            version=version_at(now),
            issued=now,
            not_after=now + LIST_LASTS,
            key=self._keyring.lists,
        )

    def _sign(self, entitlement: Entitlement, key: bytes) -> SignedTicket:
        self._session.refresh(entitlement)
        definition = self.definition(entitlement)
        span = self.window_of(entitlement)
        body = TicketBody(
            kind=BOUND if key else STATIC,
            key_id=self._keyring.issuer.key_id,
            product=definition.number,
            product_version=definition.version,
            valid_from=span.begin.replace(second=0, microsecond=0),
            valid_until=_up_to_minute(span.end),
            category=_CATEGORIES[entitlement.rider_category],
            riders=entitlement.persons,
            serial=secrets.token_bytes(SERIAL_BYTES),
            device_key=key,
        )
        signed = SignedTicket(
            entitlement_id=entitlement.id,
            serial=body.serial,
            form=TicketForm.PHONE if key else TicketForm.PAPER,
            device_key=key,
            text=self._keyring.issuer.issue(body),
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            signed_at=self._clock.now(),
        )
        self._session.add(signed)
        self._session.flush()
        return signed

    def _end_ticket(self, signed: SignedTicket, why: str) -> None:
        now = self._clock.now()
        signed.ended_at = now
        signed.ended_why = why
        self._session.add(
            RevokedSerial(
                serial=signed.serial, valid_until=signed.valid_until, revoked_at=now, why=why
            )
        )
        self._session.flush()

    def _call_back(self, entitlement_id: UUID) -> None:
        """End codes on their way: whoever activates or makes a new code keeps the ticket."""
        self._session.execute(
            update(Handover)
            .where(
                Handover.entitlement_id == entitlement_id,
                Handover.taken_at.is_(None),
                Handover.cancelled_at.is_(None),
            )
            .values(cancelled_at=self._clock.now())
            .execution_options(synchronize_session=False)
        )

    def _holds(self, entitlement: Entitlement, principal: Principal) -> bool:
        """Tell whether the caller is the last one to whom it was given, or the buyer."""
        if principal.may("tickets:read") or principal.may("tickets:reissue"):
            return True
        if not principal.buyer_secret:
            return False
        taken = self._taken(entitlement.id)
        if taken:
            return same_secret(principal.buyer_secret, taken[-1].holder_digest or "")
        order = self._session.get_one(Order, entitlement.order_id)
        return opens(self._session, principal.buyer_secret, order)

    def _taken(self, entitlement_id: UUID) -> Sequence[Handover]:
        return self._session.scalars(
            select(Handover)
            .where(Handover.entitlement_id == entitlement_id, Handover.taken_at.is_not(None))
            .order_by(Handover.taken_at)
        ).all()


def _device_key(key: bytes | None) -> bytes:
    if key is None:
        return b""
    if len(key) != KEY_BYTES or not crypto_core_ed25519_is_valid_point(key):
        raise DeviceKeyInvalid("Send the 32 bytes of an Ed25519 public key.")
    return key


def _up_to_minute(instant: datetime) -> datetime:
    """Return the next whole minute: a pass of 24 hours must not end seconds early."""
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=1)
