"""
What the TOMP-API 2.0 sends and gets (github.com/TOMP-WG/TOMP-API, version 2.0.0).

Requests may hold more than we look at (the specification has many optional parts), so unknown
fields are let pass. Answers are GeoJSON as the specification wants it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ticketing.offers.models import Offer
from ticketing.partner.service import Package
from ticketing.products.definition import RiderCategory
from ticketing.refunds.models import Refund
from ticketing.tickets.issued import SignedTicket
from ticketing.tickets.models import Entitlement, EntitlementStatus

VERSION: Final = "2.0.0"
STOP: Final = "kq:"
"""Prefix of our stops and places, as `/collections/datasources/items` lists it."""
CHILD_FROM, ADULT_FROM = 6, 12
"""Ages of the Japanese fare classes: 小児 from 6, 大人 from 12 (鉄道・バス運賃の年齢区分)."""

Json = dict[str, Any]
Reference = Annotated[str, Field(max_length=200)]


class Given(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Characteristics(Given):
    """Who travels."""

    age: Annotated[int, Field(ge=0, le=130)] | None = None


class Traveller(Given):
    """A traveller, or a group of equal ones."""

    characteristics: Characteristics = Characteristics()
    groupSize: Annotated[int, Field(ge=1, le=50)] = 1  # noqa: N815  # the specification's name


class Specification(Given):
    """From where to where, and when."""

    origin: Annotated[Reference, Field(alias="from")] = ""
    to: Reference = ""
    startTime: AwareDatetime | None = None  # noqa: N815  # the specification's name


class SearchInputs(Given):
    """What is looked for."""

    type: Annotated[str, Field(pattern="^searchOffer$")]
    specification: Specification
    travellers: Annotated[tuple[Traveller, ...], Field(max_length=50)] = ()


class Search(Given):
    """`/processes/search-offers/execution`."""

    inputs: SearchInputs

    def riders(self) -> dict[RiderCategory, int]:
        """Return how many tickets of which kind; who is under six rides free and needs none."""
        counts: Counter[RiderCategory] = Counter()
        for traveller in self.inputs.travellers or (Traveller(),):
            age = traveller.characteristics.age
            if age is not None and age < CHILD_FROM:
                continue
            adult = age is None or age >= ADULT_FROM
            kind = RiderCategory.ADULT if adult else RiderCategory.CHILD
            counts[kind] += traveller.groupSize
        return dict(counts)


class Customer(Given):
    """Who buys, as far as the partner tells."""

    email: Annotated[str, Field(max_length=200)] = ""
    firstName: Annotated[str, Field(max_length=75)] = ""  # noqa: N815
    lastName: Annotated[str, Field(max_length=75)] = ""  # noqa: N815


class PurchaseInputs(Given):
    """Which offer."""

    offer: Reference
    customer: Customer = Customer()


class Purchase(Given):
    """`/processes/purchase-offers/execution`."""

    inputs: PurchaseInputs


class PackageInputs(Given):
    """Which package."""

    package: Reference


class PackageRequest(Given):
    """What asks for a package only."""

    inputs: PackageInputs


class RedressInputs(Given):
    """Which option of which package."""

    package: Reference
    option: Reference


class RedressRequest(Given):
    """`/processes/claim-redress-option/execution` and `…/confirm-…`."""

    inputs: RedressInputs


class LegInputs(Given):
    """Which leg of which package; a leg is one ticket."""

    package: Reference
    leg: Reference


class LegRequest(Given):
    """`/processes/start-leg/execution`."""

    inputs: LegInputs


def money(yen: int) -> Json:
    """Return an amountOfMoney; yen have no decimals."""
    return {
        "amount": yen,
        "currencyCode": "JPY",
        "taxPercentageUsed": 10,
        "vatCountryCode": "JP",
    }


def link(base: str, rel: str, *, body: Json | None = None, query: str = "") -> Json:
    """Return a link to one of our processes or collections."""
    if body is None:
        return {"rel": rel, "href": f"{base}/collections/{rel}/items?{query}", "method": "GET"}
    href = f"{base}/processes/{rel}/execution"
    return {"rel": rel, "href": href, "method": "POST", "body": body}


def offer_properties(offer: Offer, now: datetime) -> Json:
    """Return an offer as the properties of a feature or a package."""
    return {
        "type": "offer",
        "id": str(offer.id),
        "status": "OFFERED" if offer.expires_at > now else "EXPIRED",
        "price": money(offer.total) | {"elements": [_element(line) for line in offer.lines]},
        "estimatedPrice": False,
        "products": sorted({line.product_id for line in offer.lines}),
        "customFields": {"expires": offer.expires_at.isoformat()},
    }


def _element(line: Any) -> Json:
    return money(line.price) | {"type": "FIXED", "priceCondition": "DEFAULT"}


def definitions(offers: Sequence[Offer], language: str) -> Json:
    """Return what offers refer to: their products by name."""
    named: dict[str, Json] = {}
    for offer in offers:
        for line in offer.lines:
            details: Mapping[str, Any] = line.details
            named[line.product_id] = {
                "type": "product",
                "id": line.product_id,
                "name": details["name"][language][:200],
                "description": f"{details['covers'][language]} {details['not_covered'][language]}",
                "conditions": ["UPFRONT_PAYMENT", "PURCHASE_TO_BE_CONFIRMED"],
            }
    return {"products": list(named.values())}


def collection(kind: str, identity: str, features: Sequence[Json], **properties: Any) -> Json:
    """Return a GeoJSON collection with its counts."""
    return {
        "type": "FeatureCollection",
        "features": list(features),
        "properties": {"type": kind, "id": identity, **properties},
        "numberMatched": len(features),
        "numberReturned": len(features),
        "links": [],
    }


def feature(identity: str, properties: Json, links: Sequence[Json] = ()) -> Json:
    """
    Return a feature without a place: a right has none.

    GeoJSON would say `geometry: null`, which the specification's schema does not allow.
    """
    return {
        "type": "Feature",
        "id": identity,
        "properties": properties,
        "links": list(links),
    }


def package_of(package: Package, language: str, base: str) -> Json:
    """Return a package: its state, its price, a leg for every ticket, and what may be done."""
    order = package.order
    identity = str(order.id)
    shown = collection(
        "package",
        identity,
        [],
        status=package.status,
        price=money(order.total) | {"elements": [_element(line) for line in order.lines]},
        summary={"id": identity, "price": money(order.total), "estimatedPrice": False},
        legs=[_leg(right) for right in package.rights],
        customFields={"number": order.number, "expires": order.hold_until.isoformat()},
        definitions=_products(order, language),
    )
    body = {"inputs": {"package": identity}}
    if package.status == "PENDING":
        steps = ("confirm-purchase", "rollback-purchase", "extend-expiry-time")
        shown["links"] = [link(base, name, body=body) for name in steps]
    elif package.status in {"CONFIRMED", "STARTED"}:
        names = ("travel-documents", "redress-options")
        shown["links"] = [link(base, name, query=f"packageId={identity}") for name in names]
    return shown


def _products(order: Any, language: str) -> Json:
    names = {line.product_id: line.details["name"][language] for line in order.lines}
    return {
        "products": [
            {"type": "product", "id": each, "name": name[:200]} for each, name in names.items()
        ]
    }


_LEG: Final = {
    EntitlementStatus.ISSUED: "NOT_STARTED",
    EntitlementStatus.ACTIVE: "IN_USE",
    EntitlementStatus.USED: "ENDED",
    EntitlementStatus.REFUNDED: "CANCELLED",
    EntitlementStatus.REVOKED: "CANCELLED",
}


def _leg(right: Entitlement) -> Json:
    return {
        "type": "leg",
        "id": str(right.id),
        "specification": {"type": "travelSpecification"},
        "status": _LEG[right.status],
        "products": [right.product_id],
    }


def document_of(
    right: Entitlement,
    package_id: str,
    window: tuple[datetime, datetime],
    signed: tuple[SignedTicket, str] | None,
    base: str,
) -> Json:
    """Return a travel document: the code once use has begun, before that how to begin."""
    properties: Json = {
        "type": "travelDocument",
        "id": str(right.id),
        "package": package_id,
        "leg": str(right.id),
        "validity": [each.isoformat() for each in window],
    }
    if signed is None:
        body = {"inputs": {"package": package_id, "leg": str(right.id)}}
        properties |= {"travelDocumentType": "REMOTE", "customFields": {"start": "start-leg"}}
        return feature(str(right.id), properties, [link(base, "start-leg", body=body)])
    ticket, picture = signed
    properties |= {
        "travelDocumentType": "QRCODE",
        "contentType": "image/png",
        "base64": picture,
        "customFields": {"text": ticket.text},
    }
    return feature(str(right.id), properties)


def redress_of(refund: Refund, package: Package) -> Json:
    """Return a refund offer as a redress option."""
    identity = str(refund.id)
    fee = [{**money(-refund.fee), "category": "OTHER", "state": "TO_INVOICE"}] if refund.fee else []
    whole = len(refund.quote["items"]) == len(package.rights)
    properties = {
        "type": "RedressOption",
        "id": identity,
        "packageState": package.status,
        "redressType": "PACKAGE_REFUND" if whole else "OFFER_REFUND",
        "reason": {"id": identity, "type": "REFUND_WHEN_CANCELLED"},
        "compensations": [
            {
                **money(refund.gross),
                "category": "REFUND",
                "state": "TO_INVOICE",
                "expirationDate": refund.expires_at.isoformat(),
            },
            *fee,
        ],
        "customFields": {"amount": refund.amount, "fee": refund.fee},
    }
    return feature(identity, properties)


def uuid_or_none(text: str) -> UUID | None:
    """Return the id, or None where the text is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
