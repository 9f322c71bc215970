"""Companies on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from operators.registry.models import Company
from operators.registry.states import WORDS, Kind, State

Short = Annotated[str, Field(min_length=1, max_length=255)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Read(BaseModel):
    """Shown as its row has it: `model_validate(row)`."""

    model_config = ConfigDict(from_attributes=True)


class Strict(BaseModel):
    """A body in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class CompanyCreate(Strict):
    """A new candidate."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
    name: Short
    kind: Kind = Kind.OPERATOR
    corporate_number: Annotated[str, Field(max_length=40)] = ""
    registration_number: Annotated[str, Field(max_length=40)] = ""
    name_kana: Annotated[str, Field(max_length=255)] = ""
    name_en: Annotated[str, Field(max_length=255)] = ""
    modes: Annotated[list[str], Field(max_length=10)] = []
    prefectures: Annotated[list[str], Field(max_length=20)] = []
    brands: Annotated[list[Short], Field(max_length=50)] = []
    why: Short


class StepCreate(Strict):
    """A step to take."""

    to: State
    why: Short
    document: Sha256 | None = None


class AgreementCreate(Strict):
    """A signed agreement."""

    title: Short
    document: Sha256
    signed_on: date
    valid_from: date
    valid_until: date | None = None
    terms: dict[str, Any] = {}


class SpanCreate(Strict):
    """Days on which a feed is valid or a product accepted."""

    name: Short
    """Tag of the feed, or id of the product."""
    source: Annotated[str, Field(pattern=r"^(url|zip|sheet|sample)$")] = "zip"
    valid_from: date
    valid_until: date | None = None


class ContactCreate(Strict):
    """A contact person."""

    role: Annotated[str, Field(pattern=r"^(data|finance|inspection|incident|contract)$")]
    name: Short
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255)]
    phone: Annotated[str, Field(max_length=40)] = ""


class CompanyRead(BaseModel):
    """A company as everybody may see it."""

    slug: str
    corporate_number: str | None
    kind: Kind
    name: str
    name_kana: str
    name_en: str
    modes: list[str]
    prefectures: list[str]
    brands: list[str]
    state: State
    state_ja: str

    @classmethod
    def of(cls, company: Company) -> "CompanyRead":
        """Return what everybody may see of a company."""
        return cls(
            slug=company.slug,
            corporate_number=company.corporate_number,
            kind=company.kind,
            name=company.name,
            name_kana=company.name_kana,
            name_en=company.name_en,
            modes=company.modes,
            prefectures=company.prefectures,
            brands=company.brands,
            state=company.state,
            state_ja=WORDS[company.state][0],
        )


class StepRead(Read):
    """One step of a company's history."""

    before: State | None
    after: State
    at: datetime
    by: str
    why: str
    document: str


class ContactRead(Read):
    """A contact person."""

    id: UUID
    role: str
    name: str
    email: str
    phone: str


class ImportRead(BaseModel):
    """What an import did."""

    companies: int
    sources: int
    known: int
    refused: list[tuple[int, str]]
