"""
Tables of the registry.

Contacts are the registry's only personal data: `company_contacts`, deletable row by row. The
history (`company_steps`) is append-only and names staff accounts, not persons.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maas.db.base import Base, RowNumber
from operators.registry.states import Kind, State


class Company(Base):
    """
    A company that takes part or could.

    Keyed by 法人番号: one agency file may hold several companies, and one company may appear in
    several feeds, so an agency id says nothing. A candidate whose number is not known yet has none.
    """

    __tablename__ = "companies"
    __table_args__ = (UniqueConstraint("corporate_number"), UniqueConstraint("slug"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str]
    """Short name in addresses and ids: `jr-kyushu`."""
    corporate_number: Mapped[str | None]
    registration_number: Mapped[str | None]
    """T-number for qualified invoices."""
    kind: Mapped[Kind]
    name: Mapped[str]
    name_kana: Mapped[str]
    name_en: Mapped[str]
    modes: Mapped[list[str]]
    prefectures: Mapped[list[str]]
    brands: Mapped[list[str]]
    state: Mapped[State]
    """The last step's; kept in the same transaction."""
    created_at: Mapped[datetime]
    notes: Mapped[str]

    steps: Mapped[list["CompanyStep"]] = relationship(order_by="CompanyStep.number")
    feeds: Mapped[list["CompanyFeed"]] = relationship(order_by="CompanyFeed.valid_from")
    products: Mapped[list["CompanyProduct"]] = relationship(order_by="CompanyProduct.valid_from")
    sources: Mapped[list["CompanySource"]] = relationship(order_by="CompanySource.url")
    agreements: Mapped[list["CompanyAgreement"]] = relationship(
        order_by="CompanyAgreement.valid_from"
    )


class CompanyStep(Base):
    """One step of a company, never edited or deleted."""

    __tablename__ = "company_steps"
    __table_args__ = (Index("ix_company_steps_company", "company_id", "at"),)

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    before: Mapped[State | None]
    after: Mapped[State]
    at: Mapped[datetime]
    """When it took effect."""
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    why: Mapped[str]
    document: Mapped[str]
    """SHA-256 of the paper it rests on; empty where there is none."""


class CompanyContact(Base):
    """A person at a company: the registry's only personal data."""

    __tablename__ = "company_contacts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    role: Mapped[str]
    """data, finance, inspection, incident, contract."""
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]


class CompanyAgreement(Base):
    """A signed agreement and its validity; a change is a new row."""

    __tablename__ = "company_agreements"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    title: Mapped[str]
    document: Mapped[str]
    """SHA-256 of the signed document."""
    signed_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    terminated_on: Mapped[date | None]
    """Ended before its time; the last day on which it held."""
    terms: Mapped[dict[str, Any]]


class CompanySource(Base):
    """Where a feed of the company can be had, as a catalogue lists it."""

    __tablename__ = "company_sources"
    __table_args__ = (UniqueConstraint("company_id", "url"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    name: Mapped[str]
    url: Mapped[str] = mapped_column(Text)
    realtime_urls: Mapped[list[str]]
    licence: Mapped[str]
    needs_key: Mapped[bool]
    catalogue: Mapped[str]


class CompanyFeed(Base):
    """A span of days on which a feed of the company was valid and published."""

    __tablename__ = "company_feeds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    tag: Mapped[str]
    source: Mapped[str]
    """`url`, `zip`, `sheet`, `sample`."""
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class CompanyProduct(Base):
    """A span of days on which the company accepted a product."""

    __tablename__ = "company_products"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    product: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class CompanyChange(Base):
    """What was known of a company before and after somebody corrected it; never edited."""

    __tablename__ = "company_changes"

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    why: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class FeedRegistration(Base):
    """A feed that a company brings: how it comes, and where from. Its versions are files."""

    __tablename__ = "feed_registrations"

    tag: Mapped[str] = mapped_column(primary_key=True)
    """Letters, digits and hyphens; the feed's name in the network."""
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), index=True)
    kind: Mapped[str]
    """`url`, `zip`, `sheet` or `sample`: how the last version came."""
    url: Mapped[str] = mapped_column(Text)
    """Visited again and again; empty where files are uploaded. May hold `{NAME}` for a key."""
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class RealtimeEndpoint(Base):
    """An address with GTFS Realtime messages about a feed."""

    __tablename__ = "realtime_endpoints"
    __table_args__ = (UniqueConstraint("tag", "url"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tag: Mapped[str]
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), index=True)
    url: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
