"""
The TOMP-API 2.0 under `/v1/tomp`.

search-offers → purchase → confirm or roll back; travel documents; redress options.

A partner signs in with an access key that has the right `partner`, as bearer token or through
`/oauth/token` (client credentials: the key's subject and the key) for a token of an hour.
"""

import base64
from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from maas.core.clock import JAPAN
from maas.core.errors import Kind, MaasError
from maas.db.session import read_session
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.intake import take_in
from maas.rest.models import AccessKey
from maas.rest.principal import Principal, PrincipalDep, digest, new_access_key
from maas.rest.problems import STATUS
from maas.rest.session import SessionDep, SessionsDep
from ticketing.edge import DeskDep, buying
from ticketing.fares.singles import FareUnknown, RouteNeeded, SinglesOff, SingleTickets
from ticketing.offers.errors import OfferNotFound
from ticketing.offers.models import Offer
from ticketing.offers.service import OfferService, Wish
from ticketing.orders.service import Buyer
from ticketing.partner import wire
from ticketing.partner.service import Package, PartnerDesk
from ticketing.products.definition import Definition
from ticketing.products.service import ProductService
from ticketing.products.validity import service_day
from ticketing.tickets.errors import TicketNotFound
from ticketing.tickets.models import EntitlementStatus
from ticketing.tickets.render import png
from ticketing.tickets.runtime import KeyringDep
from ticketing.tickets.service import TicketService

RIGHT: Final = "partner"
TOKEN_LASTS: Final = timedelta(hours=1)
MEDIA_TYPE: Final = "application/geo+json"
MOST_OFFERS: Final = 50

_CATEGORY: Final = {
    Kind.INVALID: (1, "INVALID"),
    Kind.NOT_FOUND: (2, "NOT_FOUND"),
    Kind.CONFLICT: (3, "CONFLICT"),
    Kind.EXPIRED: (4, "EXPIRED"),
    Kind.UNAUTHENTICATED: (5, "AUTH"),
    Kind.FORBIDDEN: (6, "FORBIDDEN"),
    Kind.TOO_LARGE: (7, "TOO_LARGE"),
    Kind.TOO_MANY: (8, "TOO_MANY"),
    Kind.UNAVAILABLE: (9, "LATER"),
}
"""`errorcode` (0 to 10 by the specification's schema) and `type` (at most ten characters)."""

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class TompRoute(APIRoute):
    """A route that says its failures as the specification does."""

    def get_route_handler(self) -> Endpoint:
        """Wrap the endpoint."""
        endpoint = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await endpoint(await take_in(request))
            except MaasError as error:
                code, kind = _CATEGORY[error.kind]
                return _refusal(STATUS[error.kind], code, kind, error.title, error.detail)
            except RequestValidationError as error:
                said = "; ".join(
                    f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                    for fault in error.errors()[:10]
                )
                return _refusal(400, 1, "INVALID", "The request does not fit", said)

        return told


router = APIRouter(
    prefix="/tomp", tags=["tomp"], route_class=TompRoute, dependencies=[Depends(buying)]
)


def _refusal(status: int, code: int, kind: str, title: str, detail: str) -> Response:
    error = {"errorcode": code, "type": kind, "title": title[:75], "detail": detail[:1000]}
    headers = {"Version": wire.VERSION, "Content-Language": "en-US"}
    body = orjson.dumps({"errors": [error]})
    return Response(body, status, headers, media_type="application/json")


class Caller:
    """A partner's request: who asks, in which language, and what he may do."""

    def __init__(
        self,
        request: Request,
        session: SessionDep,
        desk: DeskDep,
        principal: PrincipalDep,
        accept_language: Annotated[str, Header(max_length=75)] = "ja",
    ) -> None:
        principal.require(RIGHT)
        self.session = session
        self.desk = desk
        self.principal = principal
        self.language = "en" if accept_language.strip().lower().startswith("en") else "ja"
        self.base = str(request.base_url).rstrip("/") + "/tomp"
        self.packages = PartnerDesk(session, desk, principal.subject.removesuffix("@token"))

    def answer(self, body: wire.Json, *, expires: Any = None) -> Response:
        """Return GeoJSON with the headers that the specification asks for."""
        headers = {
            "Version": wire.VERSION,
            "Content-Language": "en-US" if self.language == "en" else "ja-JP",
        }
        if expires is not None:
            headers["Expires"] = format_datetime(expires, usegmt=True)
        return Response(orjson.dumps(body), 200, headers, media_type=MEDIA_TYPE)

    def package(self, package: Package) -> Response:
        """Return a package; while it is not bought, with its end."""
        pending = package.status == "PENDING"
        body = wire.package_of(package, self.language, self.base)
        return self.answer(body, expires=package.order.hold_until if pending else None)


CallerDep = Annotated[Caller, Depends(Caller)]
PackageId = Annotated[str, Query(alias="packageId", max_length=200)]


@router.get("/health")
def ping() -> dict[str, str]:
    """Say that the interface is up."""
    return {"status": "up", "version": wire.VERSION}


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body())[:4000].decode("utf-8", "replace")))


@router.post("/oauth/token")
def token(
    form: Annotated[dict[str, str], Depends(_form)], sessions: SessionsDep, desk: DeskDep
) -> dict[str, str | int]:
    """Give a partner a token of an hour for his key (`client_id`, `client_secret`)."""
    now = desk.clock.now()
    with read_session(sessions) as session:
        key = session.get(AccessKey, digest(form.get("client_secret", "")))
    known = (
        key is not None
        and key.revoked_at is None
        and (key.expires_at is None or key.expires_at > now)
        and key.subject == form.get("client_id", "")
    )
    if key is None or not known:
        raise NotSignedIn("Send client_id and client_secret as they were given to you.")
    if RIGHT not in key.rights:
        raise NotAllowed("This key is not a partner's.", right=RIGHT)
    secret, row = new_access_key(f"{key.subject}@token", [RIGHT], now, operator_id=None)
    row.expires_at = min(now + TOKEN_LASTS, key.expires_at or now + TOKEN_LASTS)
    with sessions.begin() as session:
        session.add(row)
    seconds = int((row.expires_at - now).total_seconds())
    return {"access_token": secret, "token_type": "Bearer", "expires_in": seconds}


@router.get("/collections/datasources/items")
def data_sources(request: Request) -> list[wire.Json]:
    """Say where the ids of stops and places come from."""
    href = str(request.base_url).split("/v1")[0] + "/api/v1/geocode"
    return [
        {
            "rel": wire.STOP.rstrip(":"),
            "href": href,
            "description": "Ids of stops and places, as our search and map give them.",
        }
    ]


@router.post("/processes/search-offers/execution")
def search_offers(
    body: wire.Search,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=MOST_OFFERS)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """Return offers for a day and these travellers: the ride's single ticket, then passes."""
    riders = body.riders()
    when = body.inputs.specification.startTime or caller.desk.clock.now()
    offers: list[Offer] = []
    products: list[Definition] = _single(body, caller) if offset == 0 and riders else []
    found = ProductService(caller.session, caller.desk.clock).on_sale() if riders else []
    products += found[offset : offset + limit - len(products)]
    service = OfferService(caller.session, caller.desk.clock, caller.desk.config)
    for product in products:
        try:
            with caller.session.begin_nested():
                offers.append(service.make([Wish(product.id, riders, _first_day(product, when))]))
        except MaasError:
            continue  # not for these travellers or not for this day
    now = caller.desk.clock.now()
    shown = wire.collection(
        "OfferCollection",
        "offers",
        [wire.feature(str(offer.id), wire.offer_properties(offer, now)) for offer in offers],
        definitions=wire.definitions(offers, caller.language),
    )
    return caller.answer(shown, expires=now + caller.desk.config.offer_holds)


def _single(body: wire.Search, caller: Caller) -> list[Definition]:
    """Return the product of the ride that is asked for, where it has one known fare."""
    where = body.inputs.specification
    ends = (where.origin, where.to)
    if not all(each.startswith(wire.STOP) for each in ends):
        return []
    tickets = SingleTickets(caller.session, caller.desk.clock, caller.desk.fares)
    try:
        product = tickets.publish(*(each.removeprefix(wire.STOP) for each in ends))
    except (FareUnknown, RouteNeeded, SinglesOff):
        return []
    return [product]


def _first_day(product: Definition, when: datetime) -> date:
    """Return the service day of a ride, and the calendar day for a pass: midnight is its first."""
    if product.kind == "single":
        return service_day(product.calendar, when)
    return when.astimezone(JAPAN).date()


@router.get("/collections/offers/items")
def read_offer(
    offer_id: Annotated[str, Query(alias="offerId", max_length=200)], caller: CallerDep
) -> Response:
    """Return an offer."""
    identity = wire.uuid_or_none(offer_id)
    if identity is None:
        raise OfferNotFound("Check the id.")
    service = OfferService(caller.session, caller.desk.clock, caller.desk.config)
    offer = service.get(identity)
    properties = wire.offer_properties(offer, caller.desk.clock.now())
    shown = wire.collection("offer", str(offer.id), [])
    shown["properties"] |= properties | {"definitions": wire.definitions([offer], caller.language)}
    return caller.answer(shown, expires=offer.expires_at)


@router.post("/processes/purchase-offers/execution")
def purchase_offers(body: wire.Purchase, caller: CallerDep) -> Response:
    """Take the places of an offer: PENDING until `confirm-purchase`, at most as `Expires` says."""
    identity = wire.uuid_or_none(body.inputs.offer)
    if identity is None:
        raise OfferNotFound("Check the id.")
    given = body.inputs.customer
    name = f"{given.lastName} {given.firstName}".strip()
    buyer = Buyer(given.email or "unknown@partner.invalid", caller.language, name or None)
    return caller.package(caller.packages.purchase(identity, buyer))


@router.get("/collections/packages/items")
def read_package(package_id: PackageId, caller: CallerDep) -> Response:
    """Return a package of the partner."""
    return caller.package(caller.packages.get(package_id))


@router.post("/processes/confirm-purchase/execution")
def confirm_purchase(body: wire.PackageRequest, caller: CallerDep) -> Response:
    """Buy the package on the partner's account."""
    return caller.package(caller.packages.confirm(body.inputs.package))


@router.post("/processes/rollback-purchase/execution")
def rollback_purchase(body: wire.PackageRequest, caller: CallerDep) -> Response:
    """Give the places of an unconfirmed package back."""
    return caller.package(caller.packages.roll_back(body.inputs.package))


@router.post("/processes/extend-expiry-time/execution")
def extend_expiry_time(body: wire.PackageRequest, caller: CallerDep) -> Response:
    """Hold an unconfirmed package longer."""
    return caller.package(caller.packages.extend(body.inputs.package))


@router.post("/processes/start-leg/execution")
def start_leg(body: wire.LegRequest, caller: CallerDep, keyring: KeyringDep) -> Response:
    """Begin the use of a ticket: its clock starts, and its code is among the travel documents."""
    package = caller.packages.get(body.inputs.package, lock=True)
    leg = wire.uuid_or_none(body.inputs.leg)
    if leg not in {right.id for right in package.rights} or leg is None:
        raise TicketNotFound("The package has no such leg.")
    _tickets(caller, keyring).activate(leg, _holder(caller), None)
    return caller.package(caller.packages.get(body.inputs.package))


@router.get("/collections/travel-documents/items")
def travel_documents(package_id: PackageId, caller: CallerDep, keyring: KeyringDep) -> Response:
    """Return a document for every living ticket of a confirmed package."""
    package = caller.packages.get(package_id)
    tickets = _tickets(caller, keyring)
    features: list[wire.Json] = []
    for right in package.rights:
        if right.status not in {EntitlementStatus.ISSUED, EntitlementStatus.ACTIVE}:
            continue
        signed = tickets.current(right.id)
        picture = (signed, _picture(signed.text)) if signed is not None else None
        span = tickets.window_of(right)
        window = (span.begin, span.end)
        identity = str(package.order.id)
        features.append(wire.document_of(right, identity, window, picture, caller.base))
    return caller.answer(wire.collection("travelDocuments", str(package.order.id), features))


def _picture(text: str) -> str:
    return base64.b64encode(png(text)).decode()


def _tickets(caller: Caller, keyring: KeyringDep) -> TicketService:
    return TicketService(caller.session, caller.desk.clock, caller.desk.config, keyring)


def _holder(caller: Caller) -> Principal:
    """Return the partner as the holder of what he bought: `PartnerDesk` has checked that."""
    return Principal(caller.principal.subject, rights=frozenset({"tickets:read"}))


@router.get("/collections/redress-options/items")
def redress_options(package_id: PackageId, caller: CallerDep) -> Response:
    """Return what would go back now by the product's rule; none where nothing would."""
    package = caller.packages.get(package_id)
    refund = caller.packages.redress(package_id)
    options: Sequence[wire.Json] = [wire.redress_of(refund, package)] if refund else []
    identity = str(package.order.id)
    shown = wire.collection("redressOptions", identity, options, package=identity)
    return caller.answer(shown, expires=refund.expires_at if refund else None)


@router.post("/processes/claim-redress-option/execution")
def claim_redress_option(body: wire.RedressRequest, caller: CallerDep) -> Response:
    """Return the package as it stands; the option holds until its end."""
    package, _ = caller.packages.redress_option(body.inputs.package, body.inputs.option)
    return caller.package(package)


@router.post("/processes/confirm-redress-option/execution")
def confirm_redress_option(body: wire.RedressRequest, caller: CallerDep) -> Response:
    """Give the tickets back; the partner's account is credited."""
    return caller.package(caller.packages.confirm_redress(body.inputs.package, body.inputs.option))
