"""
Endpoints of access: invite, open, accept, ask for a link, sign in and out, forget.

None of them keeps its answer for a repeated key, since answers hold secrets; links work once.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header

from maas.core.clock import SystemClock
from maas.rest.errors import NotSignedIn
from maas.rest.intake import CheckedRoute
from maas.rest.principal import PrincipalDep
from maas.rest.ratelimit import RateLimit
from maas.rest.session import SessionDep
from operators.access.models import StaffAccount
from operators.access.schemas import (
    InvitationAccept,
    InvitationCreate,
    InvitationRead,
    LinkUse,
    SessionRead,
    SignInAsk,
    StaffRead,
)
from operators.access.service import Access
from operators.registry.api import RegistryDep, own
from operators.registry.schemas import CompanyRead

router = APIRouter(tags=["access"], route_class=CheckedRoute)


def access_of(session: SessionDep) -> Access:
    """Wire the service for one request."""
    return Access(session, SystemClock())


AccessDep = Annotated[Access, Depends(access_of)]
SLOWLY = Depends(RateLimit("sign-in", 20, 20))
"""Nobody guesses 192 random bits, but nobody needs to try often either."""


@router.post("/companies/{slug}/invitations", status_code=201)
def invite(
    slug: str, body: InvitationCreate, access: AccessDep, principal: PrincipalDep
) -> InvitationRead:
    """Invite a person of a company; the mail goes out in the background."""
    principal.require("council")
    return InvitationRead.model_validate(access.invite(slug, body.email, principal.subject))


@router.get("/companies/{slug}/invitations")
def read_invitations(slug: str, access: AccessDep, principal: PrincipalDep) -> list[InvitationRead]:
    """List the invitations of a company, the newest first."""
    principal.require("council")
    return [InvitationRead.model_validate(row) for row in access.invitations(slug)]


@router.delete("/invitations/{invitation_id}", status_code=204)
def revoke_invitation(invitation_id: UUID, access: AccessDep, principal: PrincipalDep) -> None:
    """Take an invitation back; one that is not open needs no taking back."""
    principal.require("council")
    access.revoke(invitation_id)


@router.post("/invitations/open", dependencies=[SLOWLY])
def open_invitation(body: LinkUse, access: AccessDep) -> CompanyRead:
    """Show which company an invitation is for; that does not use it up."""
    return CompanyRead.of(access.opened(body.token)[1])


@router.post("/invitations/accept", status_code=201, dependencies=[SLOWLY])
def accept_invitation(body: InvitationAccept, access: AccessDep) -> SessionRead:
    """Confirm the company and sign in; the invitation is used up."""
    return SessionRead.of(access.accept(body.token, body.confirmed()))


@router.post("/sign-in", status_code=202, dependencies=[SLOWLY])
def ask_for_link(body: SignInAsk, access: AccessDep) -> dict[str, str]:
    """Mail a link to an address that has an account; the answer is the same for all others."""
    access.ask(body.email)
    return {"status": "accepted"}


@router.post("/sign-in/confirm", status_code=201, dependencies=[SLOWLY])
def confirm_link(body: LinkUse, access: AccessDep) -> SessionRead:
    """Open a session with the secret of a mailed link, once."""
    return SessionRead.of(access.sign_in(body.token))


@router.post("/sign-out", status_code=204)
def sign_out(
    access: AccessDep,
    principal: PrincipalDep,
    authorization: Annotated[str, Header(max_length=400)] = "",
) -> None:
    """End the session whose key is sent."""
    _account(access, principal.subject)
    access.sign_out(authorization.partition(" ")[2])


@router.delete("/me", status_code=204)
def forget_me(access: AccessDep, principal: PrincipalDep) -> None:
    """Delete the caller's own account, links and sessions."""
    access.forget(_account(access, principal.subject))


@router.get("/companies/{slug}/staff")
def read_staff(
    slug: str, access: AccessDep, registry: RegistryDep, principal: PrincipalDep
) -> list[StaffRead]:
    """List who signs in for a company."""
    return [
        StaffRead.model_validate(row) for row in access.staff(own(registry, slug, principal).id)
    ]


@router.delete("/companies/{slug}/staff/{staff_id}", status_code=204)
def forget_staff(
    slug: str,
    staff_id: UUID,
    access: AccessDep,
    registry: RegistryDep,
    principal: PrincipalDep,
) -> None:
    """Delete a person of a company; one who is not there is deleted already."""
    company = own(registry, slug, principal)
    for account in access.staff(company.id):
        if account.id == staff_id:
            access.forget(account)


def _account(access: Access, subject: str) -> StaffAccount:
    account = access.by_subject(subject) if subject else None
    if account is None:
        raise NotSignedIn("No account is signed in.")
    return account
