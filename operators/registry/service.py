"""What can be done with companies. Nothing is overwritten: every step is a row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.db.outbox import record
from operators.registry.errors import (
    CompanyExists,
    CompanyInvalid,
    CompanyNotFound,
    StepNotAllowed,
)
from operators.registry.identity import (
    NotACorporateNumber,
    corporate_number,
    registration_number,
)
from operators.registry.models import (
    Company,
    CompanyAgreement,
    CompanyChange,
    CompanyContact,
    CompanyFeed,
    CompanyProduct,
    CompanyStep,
    FeedRegistration,
    RealtimeEndpoint,
)
from operators.registry.states import PREFECTURES, STEPS, Kind, Mode, State

LIVE_CHANGED: Final = "registry.live-changed"
"""Outbox job: a company was suspended, came back or left, so the network changes."""


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What is said of a company when it is entered."""

    slug: str
    name: str
    kind: Kind = Kind.OPERATOR
    corporate_number: str = ""
    registration_number: str = ""
    name_kana: str = ""
    name_en: str = ""
    modes: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """Who takes a step, why, and on which paper."""

    by: str
    why: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A company as its own staff says it is; empty numbers stay as they were."""

    name: str
    name_kana: str = ""
    name_en: str = ""
    corporate_number: str = ""
    registration_number: str = ""
    modes: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()


class Registry:
    """Enters companies and moves them."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def get(self, company_id: UUID) -> Company:
        """
        Return the company.

        Raises:
            CompanyNotFound: There is none.

        """
        company = self._session.get(Company, company_id)
        if company is None:
            raise CompanyNotFound("No company has this id.", id=str(company_id))
        return company

    def find_by_slug(self, slug: str) -> Company | None:
        """Return the company with this short name, or None."""
        return self._session.scalar(select(Company).where(Company.slug == slug))

    def list(self, *, state: State | None = None, kind: Kind | None = None) -> Sequence[Company]:
        """Return companies in order of their short names."""
        query = select(Company).order_by(Company.slug)
        if state:
            query = query.where(Company.state == state)
        if kind:
            query = query.where(Company.kind == kind)
        return self._session.scalars(query).all()

    def enter(self, new: NewCompany, because: Because, *, at: datetime | None = None) -> Company:
        """
        Enter a candidate.

        Raises:
            CompanyInvalid: A number, mode or prefecture is not right.
            CompanyExists: Its corporate number or short name is registered.

        """
        now = self._clock.now()
        company = Company(
            slug=_slug(new.slug),
            corporate_number=_checked(corporate_number, new.corporate_number),
            registration_number=_checked(registration_number, new.registration_number),
            kind=new.kind,
            name=_named(new.name),
            name_kana=new.name_kana,
            name_en=new.name_en,
            modes=_known(new.modes, [mode.value for mode in Mode], "mode"),
            prefectures=_known(new.prefectures, PREFECTURES, "prefecture"),
            brands=list(new.brands),
            state=State.CANDIDATE,
            created_at=now,
            notes=new.notes,
        )
        try:
            with self._session.begin_nested():
                self._session.add(company)
        except IntegrityError as error:
            raise CompanyExists(
                "A company with this corporate number or short name is registered.", slug=new.slug
            ) from error
        self._record(company, None, State.CANDIDATE, because, at or now)
        return company

    def move(
        self, company_id: UUID, to: State, because: Because, *, at: datetime | None = None
    ) -> CompanyStep:
        """
        Take a step; taking the one that was taken last again changes nothing.

        Raises:
            CompanyNotFound: There is no such company.
            StepNotAllowed: The state does not allow it, a paper is missing, or it would come
                before the last step.

        """
        company = self._session.get(Company, company_id, with_for_update=True)
        if company is None:
            raise CompanyNotFound("No company has this id.", id=str(company_id))
        when = at or self._clock.now()
        last = company.steps[-1]
        if company.state is to:
            return last
        if to not in STEPS[company.state]:
            raise StepNotAllowed(
                "This state does not lead there.", state=company.state.value, to=to.value
            )
        if when < last.at:
            raise StepNotAllowed("The step would come before the last one.", at=last.at.isoformat())
        if to is State.AGREED and not (because.document and company.agreements):
            raise StepNotAllowed("Enter the signed agreement first.", to=to.value)
        if to is State.LIVE and not (company.feeds or company.products):
            raise StepNotAllowed("Without a valid feed or a product nobody is live.", to=to.value)
        before = company.state
        company.state = to
        if State.SUSPENDED in {before, to} or before is State.LIVE:
            key = f"{LIVE_CHANGED}:{uuid4()}"
            record(self._session, LIVE_CHANGED, key, {"company": company.slug}, now=when)
        return self._record(company, before, to, because, when)

    def confirm(self, company_id: UUID, said: Confirmed, because: Because) -> Company:
        """
        Correct what is known of a company; what was known before is kept (`company_changes`).

        Raises:
            CompanyNotFound: There is no such company.
            CompanyInvalid: A number, mode or prefecture is not right.
            CompanyExists: Another company has this corporate number.
        """
        company = self.get(company_id)
        number = _checked(corporate_number, said.corporate_number)
        registration = _checked(registration_number, said.registration_number)
        after = {
            "name": _named(said.name),
            "name_kana": said.name_kana.strip(),
            "name_en": said.name_en.strip(),
            "corporate_number": number or company.corporate_number,
            "registration_number": registration or company.registration_number,
            "modes": _known(said.modes, [mode.value for mode in Mode], "mode"),
            "prefectures": _known(said.prefectures, PREFECTURES, "prefecture"),
        }
        before = {name: getattr(company, name) for name in after}
        try:
            with self._session.begin_nested():
                for name, value in after.items():
                    setattr(company, name, value)
        except IntegrityError as error:
            raise CompanyExists(
                "Another company has this corporate number.", number=number or ""
            ) from error
        self._session.add(
            CompanyChange(
                company_id=company.id,
                at=self._clock.now(),
                by=because.by,
                why=because.why,
                before=before,
                after=after,
            )
        )
        self._session.flush()
        return company

    def register_feed(
        self, company_id: UUID, *, tag: str, kind: str, url: str, by: str
    ) -> FeedRegistration:
        """
        Note how a feed of the company comes now.

        Raises:
            CompanyExists: Another company has a feed with this tag, or the tag as its short name.
        """
        found = self._session.get(FeedRegistration, tag)
        if found is None:
            namesake = self.find_by_slug(tag)
            if namesake is not None and namesake.id != company_id:
                # Its feed will have this tag by itself, and takes the sample's place by it.
                raise CompanyExists("The tag is another company's short name.", tag=tag)
            found = FeedRegistration(
                tag=tag,
                company_id=company_id,
                kind=kind,
                url=url,
                created_at=self._clock.now(),
                created_by=by,
            )
            self._session.add(found)
        elif found.company_id != company_id:
            raise CompanyExists("Another company has a feed with this tag.", tag=tag)
        else:
            found.kind, found.url = kind, url
        self._session.flush()
        return found

    def registered_feeds(self, company_id: UUID | None = None) -> Sequence[FeedRegistration]:
        """Return the feeds that a company brings (or all), by tag."""
        query = select(FeedRegistration).order_by(FeedRegistration.tag)
        if company_id is not None:
            query = query.where(FeedRegistration.company_id == company_id)
        return self._session.scalars(query).all()

    def register_realtime(
        self, company_id: UUID, *, tag: str, url: str, by: str
    ) -> RealtimeEndpoint:
        """Note an address of realtime messages about a feed; the same again changes nothing."""
        found = self._session.scalar(
            select(RealtimeEndpoint).where(RealtimeEndpoint.tag == tag, RealtimeEndpoint.url == url)
        )
        if found is None:
            found = RealtimeEndpoint(
                id=uuid4(),
                tag=tag,
                company_id=company_id,
                url=url,
                created_at=self._clock.now(),
                created_by=by,
            )
            self._session.add(found)
            self._session.flush()
        return found

    def realtime(self, company_id: UUID | None = None) -> Sequence[RealtimeEndpoint]:
        """Return the realtime addresses of a company (or all), by tag."""
        query = select(RealtimeEndpoint).order_by(RealtimeEndpoint.tag, RealtimeEndpoint.url)
        if company_id is not None:
            query = query.where(RealtimeEndpoint.company_id == company_id)
        return self._session.scalars(query).all()

    def sign(
        self,
        company_id: UUID,
        *,
        title: str,
        document: str,
        signed_on: date,
        valid_from: date,
        valid_until: date | None = None,
        terms: dict[str, Any] | None = None,
    ) -> CompanyAgreement:
        """
        Keep a signed agreement.

        Raises:
            CompanyInvalid: The document's hash is not SHA-256, or it ends before it begins.

        """
        company = self.get(company_id)
        if not re.fullmatch(r"[0-9a-f]{64}", document):
            raise CompanyInvalid("`document` is the SHA-256 of the signed file.")
        if valid_until is not None and valid_until < valid_from:
            raise CompanyInvalid("The agreement ends before it begins.")
        agreement = CompanyAgreement(
            company_id=company.id,
            title=title,
            document=document,
            signed_on=signed_on,
            valid_from=valid_from,
            valid_until=valid_until,
            terms=terms or {},
        )
        company.agreements.append(agreement)
        self._session.flush()
        return agreement

    def publish_feed(
        self, company_id: UUID, *, tag: str, source: str, valid_from: date, valid_until: date | None
    ) -> CompanyFeed:
        """
        Note that a valid feed covers these days; it ends the span of the same tag before it.

        A new version of a feed replaces the rest of the old span, so days are never counted
        twice and the past stays as it was.
        """
        company = self.get(company_id)
        for feed in company.feeds:
            if feed.tag == tag and (feed.valid_until is None or feed.valid_until >= valid_from):
                feed.valid_until = date.fromordinal(valid_from.toordinal() - 1)
        span = CompanyFeed(
            company_id=company.id,
            tag=tag,
            source=source,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        company.feeds.append(span)
        self._session.flush()
        return span

    def accept_product(
        self, company_id: UUID, *, product: str, valid_from: date, valid_until: date | None = None
    ) -> CompanyProduct:
        """Note that the company accepts a product on these days."""
        company = self.get(company_id)
        span = CompanyProduct(
            company_id=company.id,
            product=product,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        company.products.append(span)
        self._session.flush()
        return span

    def add_contact(
        self, company_id: UUID, *, role: str, name: str, email: str, phone: str = ""
    ) -> CompanyContact:
        """Keep a contact person."""
        contact = CompanyContact(
            company_id=self.get(company_id).id, role=role, name=name, email=email, phone=phone
        )
        self._session.add(contact)
        self._session.flush()
        return contact

    def contacts(self, company_id: UUID) -> Sequence[CompanyContact]:
        """Return the company's contact persons."""
        return self._session.scalars(
            select(CompanyContact)
            .where(CompanyContact.company_id == company_id)
            .order_by(CompanyContact.role, CompanyContact.id)
        ).all()

    def forget_contact(self, contact_id: UUID) -> bool:
        """Delete a person; False where there is none. Nothing else refers to it."""
        contact = self._session.get(CompanyContact, contact_id)
        if contact is None:
            return False
        self._session.delete(contact)
        return True

    def _record(
        self,
        company: Company,
        before: State | None,
        after: State,
        because: Because,
        at: datetime,
    ) -> CompanyStep:
        if not because.by or not because.why:
            raise CompanyInvalid("A step names who takes it and why.")
        step = CompanyStep(
            company_id=company.id,
            before=before,
            after=after,
            at=at,
            recorded_at=self._clock.now(),
            by=because.by,
            why=because.why,
            document=because.document,
        )
        company.steps.append(step)
        self._session.flush()
        return step


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) or len(text) > 80:
        raise CompanyInvalid("A short name has small letters, digits and hyphens.", slug=text)
    return text


def _named(text: str) -> str:
    if not text.strip() or len(text) > 255:
        raise CompanyInvalid("A company has a name of at most 255 characters.")
    return text.strip()


def _checked(parse: Any, text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return str(parse(text))
    except NotACorporateNumber as error:
        raise CompanyInvalid(str(error)) from error


def _known(values: Sequence[str], allowed: Sequence[str], name: str) -> list[str]:
    for value in values:
        if value not in allowed:
            raise CompanyInvalid(f"There is no {name} {value!r}.", allowed=", ".join(allowed))
    return list(dict.fromkeys(values))
