"""
Endpoints of the registry.

Everybody may read who takes part. The council (`council`) enters and moves companies; a company's
own staff (their key's operator is its short name) see its history and keep its contacts.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends
from sqlalchemy import select

from maas.core.clock import SystemClock
from maas.core.errors import Kind as ErrorKind
from maas.core.errors import MaasError
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import Principal, PrincipalDep
from maas.rest.session import SessionDep
from operators.registry.catalogue import import_catalogue
from operators.registry.errors import CompanyInvalid, CompanyNotFound
from operators.registry.models import Company, CompanyContact
from operators.registry.schemas import (
    AgreementCreate,
    CompanyCreate,
    CompanyRead,
    ContactCreate,
    ContactRead,
    ImportRead,
    SpanCreate,
    StepCreate,
    StepRead,
)
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import Kind, State

MAX_IMPORT = 4 << 20

router = APIRouter(prefix="/companies", tags=["companies"], route_class=IdempotentRoute)


def registry_of(session: SessionDep) -> Registry:
    """Wire the service for one request."""
    return Registry(session, SystemClock())


RegistryDep = Annotated[Registry, Depends(registry_of)]


def _company(registry: Registry, slug: str) -> Company:
    company = registry.find_by_slug(slug)
    if company is None:
        raise CompanyNotFound("No company has this short name.", slug=slug)
    return company


def own(registry: Registry, slug: str, principal: Principal) -> Company:
    """
    Return a company to the council or to its own staff.

    Raises:
        NotSignedIn: Nobody is calling.
        NotAllowed: The caller belongs to another company.

    """
    if not principal.subject:
        raise NotSignedIn("Send `Authorization: Bearer <access key>`.")
    if not principal.may("council") and principal.operator_id != slug:
        raise NotAllowed("This is another company's.")
    return _company(registry, slug)


@router.get("")
def list_companies(
    registry: RegistryDep, state: State | None = None, kind: Kind | None = None
) -> list[CompanyRead]:
    """List companies in order of their short names."""
    return [CompanyRead.of(company) for company in registry.list(state=state, kind=kind)]


@router.get("/{slug}")
def read_company(slug: str, registry: RegistryDep) -> CompanyRead:
    """Read one company."""
    return CompanyRead.of(_company(registry, slug))


@router.post("", status_code=201)
def enter_company(
    body: CompanyCreate, registry: RegistryDep, principal: PrincipalDep
) -> CompanyRead:
    """Enter a candidate."""
    principal.require("council")
    new = NewCompany(
        slug=body.slug,
        name=body.name,
        kind=body.kind,
        corporate_number=body.corporate_number,
        registration_number=body.registration_number,
        name_kana=body.name_kana,
        name_en=body.name_en,
        modes=tuple(body.modes),
        prefectures=tuple(body.prefectures),
        brands=tuple(body.brands),
    )
    return CompanyRead.of(registry.enter(new, Because(principal.subject, body.why)))


class CatalogueTooLarge(MaasError):
    """A catalogue of more than 4 MiB."""

    code = "catalogue-too-large"
    title = "The catalogue is too large"
    kind = ErrorKind.TOO_LARGE


@router.post("/import", status_code=201)
def import_companies(
    body: Annotated[bytes, Body(media_type="text/csv")],
    session: SessionDep,
    registry: RegistryDep,
    principal: PrincipalDep,
) -> ImportRead:
    """Enter the services of a CSV catalogue as candidates; again, it changes nothing."""
    principal.require("council")
    if len(body) > MAX_IMPORT:
        raise CatalogueTooLarge("At most 4 MiB.", bytes=len(body))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CompanyInvalid("The catalogue is not UTF-8.") from error
    done = import_catalogue(session, registry, text, Because(principal.subject, "catalogue"))
    return ImportRead(
        companies=done.companies, sources=done.sources, known=done.known, refused=done.refused
    )


@router.post("/{slug}/steps", status_code=201)
def take_step(
    slug: str, body: StepCreate, registry: RegistryDep, principal: PrincipalDep
) -> StepRead:
    """Take a step; taking the last one again changes nothing."""
    principal.require("council")
    because = Because(principal.subject, body.why, body.document or "")
    return StepRead.model_validate(registry.move(_company(registry, slug).id, body.to, because))


@router.get("/{slug}/steps")
def read_steps(slug: str, registry: RegistryDep, principal: PrincipalDep) -> list[StepRead]:
    """Read the company's history."""
    return [StepRead.model_validate(step) for step in own(registry, slug, principal).steps]


@router.post("/{slug}/agreements", status_code=201)
def sign_agreement(
    slug: str, body: AgreementCreate, registry: RegistryDep, principal: PrincipalDep
) -> dict[str, str]:
    """Keep a signed agreement."""
    principal.require("council")
    agreement = registry.sign(
        _company(registry, slug).id,
        title=body.title,
        document=body.document,
        signed_on=body.signed_on,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        terms=body.terms,
    )
    return {"id": str(agreement.id)}


@router.post("/{slug}/feeds", status_code=201)
def note_feed(
    slug: str, body: SpanCreate, registry: RegistryDep, principal: PrincipalDep
) -> dict[str, str]:
    """Note the days on which a published feed of the company is valid."""
    principal.require("council")
    span = registry.publish_feed(
        _company(registry, slug).id,
        tag=body.name,
        source=body.source,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )
    return {"id": str(span.id)}


@router.post("/{slug}/products", status_code=201)
def accept_product(
    slug: str, body: SpanCreate, registry: RegistryDep, principal: PrincipalDep
) -> dict[str, str]:
    """Note the days on which the company accepts a product; its own staff may, too."""
    company = own(registry, slug, principal)
    span = registry.accept_product(
        company.id, product=body.name, valid_from=body.valid_from, valid_until=body.valid_until
    )
    return {"id": str(span.id)}


@router.get("/{slug}/contacts")
def read_contacts(slug: str, registry: RegistryDep, principal: PrincipalDep) -> list[ContactRead]:
    """Read the company's contact persons."""
    company = own(registry, slug, principal)
    return [ContactRead.model_validate(contact) for contact in registry.contacts(company.id)]


@router.post("/{slug}/contacts", status_code=201)
def add_contact(
    slug: str, body: ContactCreate, registry: RegistryDep, principal: PrincipalDep
) -> ContactRead:
    """Keep a contact person."""
    company = own(registry, slug, principal)
    contact = registry.add_contact(
        company.id, role=body.role, name=body.name, email=body.email, phone=body.phone
    )
    return ContactRead.model_validate(contact)


@router.delete("/{slug}/contacts/{contact_id}", status_code=204)
def forget_contact(
    slug: str,
    contact_id: UUID,
    registry: RegistryDep,
    session: SessionDep,
    principal: PrincipalDep,
) -> None:
    """Delete a contact person; one who is not there is deleted already."""
    company = own(registry, slug, principal)
    theirs = session.scalar(
        select(CompanyContact.id).where(
            CompanyContact.id == contact_id, CompanyContact.company_id == company.id
        )
    )
    if theirs is not None:
        registry.forget_contact(theirs)
