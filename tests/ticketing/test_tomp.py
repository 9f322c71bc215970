"""The partner interface, after the TOMP-API 2.0.0: what it asks for is what comes out."""

import base64
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from sqlalchemy import text

from maas.core.clock import JAPAN
from maas.rest.principal import new_access_key
from tests.support.shop import ALL_MODES, frozen, open_shop
from ticketing.ledger.models import LedgerTransaction
from ticketing.partner.service import partner_owes

JPY = {"currencyCode": "JPY", "vatCountryCode": "JP"}


class Partner:
    """A MaaS provider that sells through us."""

    def __init__(self, shop, name: str = "app-a", rights: tuple[str, ...] = ("partner",)) -> None:
        self.shop = shop
        self.secret, row = new_access_key(name, list(rights), shop.clock.now())
        with shop.sessions.begin() as session:
            session.add(row)
        self.headers = {"authorization": f"Bearer {self.secret}", "accept-language": "en"}

    def do(self, process: str, **inputs: Any):
        path = f"/tomp/processes/{process}/execution"
        return self.shop.client.post(path, json={"inputs": inputs}, headers=self.headers)

    def read(self, collection: str, **query: str):
        path = f"/tomp/collections/{collection}/items"
        return self.shop.client.get(path, params=query, headers=self.headers)

    def search(self, *ages: int, days: int = 5, **where: str):
        when = self.shop.clock.now().astimezone(JAPAN) + timedelta(days=days)
        travellers = [
            {"type": "traveller", "id": f"t{n}", "characteristics": {"age": age}}
            for n, age in enumerate(ages)
        ]
        return self.do(
            "search-offers",
            type="searchOffer",
            specification={"type": "travelSpecification", "startTime": when.isoformat()} | where,
            travellers=travellers,
        )

    def offer(self, *ages: int, product: str = ALL_MODES) -> str:
        features = self.search(*(ages or (30,))).json()["features"]
        return next(f["id"] for f in features if f["properties"]["products"] == [product])

    def purchase(self, *ages: int) -> str:
        bought = self.do("purchase-offers", offer=self.offer(*ages), customer={"id": "c1"})
        assert bought.status_code == 200, bought.text
        return bought.json()["properties"]["id"]

    def bought(self, *ages: int) -> str:
        package = self.purchase(*ages)
        assert self.do("confirm-purchase", package=package).status_code == 200
        self.shop.work()
        return package


@pytest.fixture
def partner(shop):
    return Partner(shop)


def error_of(answer) -> tuple[int, str]:
    [error] = answer.json()["errors"]
    # The schema of errors: at most 10, `errorcode` 0 to 10, `type` of at most 10 characters.
    assert 0 <= error["errorcode"] <= 10
    assert len(error["type"]) <= 10
    assert len(error["title"]) <= 75
    return answer.status_code, error["type"]


def test_a_search_gives_offers_as_geojson_with_price_and_expiry(partner):
    answer = partner.search(40, 8)

    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["version"] == "2.0.0"
    assert answer.headers["content-language"] == "en-US"
    assert parsedate_to_datetime(answer.headers["expires"]) > partner.shop.clock.now()
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    assert found["numberReturned"] == len(found["features"]) > 3
    named = {product["id"]: product for product in found["properties"]["definitions"]["products"]}
    for feature in found["features"]:
        assert feature["type"] == "Feature"
        assert feature["properties"]["type"] == "offer"
        assert feature["properties"]["price"].items() >= JPY.items()
        assert set(feature["properties"]["products"]) <= set(named)
    [two_day] = [f for f in found["features"] if f["properties"]["products"] == [ALL_MODES]]
    # The sample costs ¥12,000 for an adult and half of it for a child.
    assert two_day["properties"]["price"]["amount"] == 18_000


def test_an_infant_needs_no_ticket(partner):
    features = partner.search(30, 4).json()["features"]
    [two_day] = [f for f in features if f["properties"]["products"] == [ALL_MODES]]

    assert two_day["properties"]["price"]["amount"] == 12_000


def test_purchase_holds_the_places_and_confirm_sells_them_on_account(shop, partner):
    package = partner.purchase(30)
    pending = partner.read("packages", packageId=package)
    assert pending.json()["properties"]["status"] == "PENDING"
    assert "expires" in pending.headers
    rels = {each["rel"] for each in pending.json()["links"]}
    assert rels == {"confirm-purchase", "rollback-purchase", "extend-expiry-time"}
    bucket = f"{ALL_MODES}@{shop.tomorrow(5)}"
    assert shop.sold(bucket) == 1

    answers = [partner.do("confirm-purchase", package=package) for _ in range(2)]
    shop.work()

    assert [answer.json()["properties"]["status"] for answer in answers] == ["CONFIRMED"] * 2
    [leg] = answers[0].json()["properties"]["legs"]
    assert leg["status"] == "NOT_STARTED"
    assert shop.balances() == {"partner_receivable": 12_000, "pass_liability": -12_000}
    with shop.sessions() as session:
        assert partner_owes(session) == {"app-a": 12_000}
    assert shop.audit() == []


def test_the_same_offer_bought_twice_is_one_package(partner):
    offer = partner.offer()
    answers = [partner.do("purchase-offers", offer=offer) for _ in range(2)]

    assert len({answer.json()["properties"]["id"] for answer in answers}) == 1


def test_a_rollback_frees_the_places_and_nothing_is_owed(shop, partner):
    package = partner.purchase()
    answers = [partner.do("rollback-purchase", package=package) for _ in range(2)]

    assert [answer.json()["properties"]["status"] for answer in answers] == ["ROLLBACK"] * 2
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 0
    assert error_of(partner.do("confirm-purchase", package=package)) == (410, "EXPIRED")
    assert shop.balances() == {}
    assert shop.audit() == []


def test_a_confirmed_package_is_not_rolled_back(partner):
    package = partner.bought()

    assert error_of(partner.do("rollback-purchase", package=package)) == (409, "CONFLICT")


def test_an_unconfirmed_package_expires_unless_it_is_extended(tmp_path):
    clock = frozen("2026-05-01T10:00")
    with open_shop("sqlite", tmp_path, clock) as shop:
        partner = Partner(shop)
        kept, left = partner.purchase(), partner.purchase()
        clock.move(timedelta(minutes=20))
        assert partner.do("extend-expiry-time", package=kept).status_code == 200
        clock.move(timedelta(minutes=15))  # 35 minutes: more than the 30 of a hold
        late = partner.do("confirm-purchase", package=left)
        in_time = partner.do("confirm-purchase", package=kept)
        shop.work()

        assert error_of(late) == (410, "EXPIRED")
        assert in_time.json()["properties"]["status"] == "CONFIRMED"
        assert partner.read("packages", packageId=left).json()["properties"]["status"] == "EXPIRED"
        assert shop.audit() == []


def test_a_package_is_not_held_longer_than_two_hours(tmp_path):
    clock = frozen("2026-05-01T10:00")
    with open_shop("sqlite", tmp_path, clock) as shop:
        partner = Partner(shop)
        package = partner.purchase()
        for _ in range(5):
            clock.move(timedelta(minutes=20))
            assert partner.do("extend-expiry-time", package=package).status_code == 200
        clock.move(timedelta(minutes=15))

        assert error_of(partner.do("extend-expiry-time", package=package)) == (409, "CONFLICT")


def test_a_document_tells_how_to_start_and_is_a_code_afterwards(shop, partner):
    package = partner.bought()
    [before] = partner.read("travel-documents", packageId=package).json()["features"]
    assert before["properties"]["travelDocumentType"] == "REMOTE"
    assert before["links"][0]["rel"] == "start-leg"

    started = partner.do("start-leg", package=package, leg=before["id"])
    [after] = partner.read("travel-documents", packageId=package).json()["features"]

    assert started.json()["properties"]["status"] == "STARTED"
    assert after["properties"]["travelDocumentType"] == "QRCODE"
    assert base64.b64decode(after["properties"]["base64"]).startswith(b"\x89PNG")
    begin, end = (datetime.fromisoformat(each) for each in after["properties"]["validity"])
    assert begin < end


def test_redress_is_offered_claimed_and_confirmed_to_the_partners_account(shop, partner):
    package = partner.bought(30)
    [option] = partner.read("redress-options", packageId=package).json()["features"]
    amount = option["properties"]["customFields"]["amount"]
    assert amount == 12_000 - 110  # the handling fee of the product's rule

    claimed = partner.do("claim-redress-option", package=package, option=option["id"])
    done = partner.do("confirm-redress-option", package=package, option=option["id"])
    shop.work()

    assert claimed.json()["properties"]["status"] == "CONFIRMED"
    assert done.json()["properties"]["status"] == "CANCELLED"
    assert shop.balances() == {"partner_receivable": 110, "refund_handling_fee": -110}
    assert shop.fake.state.of_kind("refund") == []  # the gateway has nothing to do with it
    with shop.sessions() as session:
        assert partner_owes(session) == {"app-a": 110}
        noted = {row.note for row in session.query(LedgerTransaction) if row.kind == "refund-paid"}
    assert noted == {"app-a"}
    assert shop.audit() == []


def test_where_nothing_goes_back_there_is_no_option(partner):
    package = partner.bought()
    [leg] = partner.read("packages", packageId=package).json()["properties"]["legs"]
    partner.do("start-leg", package=package, leg=leg["id"])

    found = partner.read("redress-options", packageId=package).json()

    # The two-day pass gives unused days back after first use only where its rule says so.
    assert (found["numberReturned"], found["features"]) == (0, [])


def test_a_partner_sees_only_its_own_packages(shop, partner):
    package = partner.purchase()
    other = Partner(shop, "app-b")

    for process in ("confirm-purchase", "rollback-purchase", "extend-expiry-time"):
        assert error_of(other.do(process, package=package)) == (404, "NOT_FOUND")
    for collection in ("packages", "travel-documents", "redress-options"):
        assert error_of(other.read(collection, packageId=package)) == (404, "NOT_FOUND")
    own = shop.order()
    assert error_of(partner.read("packages", packageId=own["id"])) == (404, "NOT_FOUND")


def test_strangers_and_other_staff_are_refused(shop, partner):
    staff = Partner(shop, "inspector", ("inspect",))
    assert error_of(staff.search(30)) == (403, "FORBIDDEN")
    partner.headers = {}
    assert error_of(partner.search(30)) == (401, "AUTH")


def test_a_token_of_an_hour_comes_from_the_key(shop, partner):
    form = {"grant_type": "client_credentials", "client_id": "app-a"}
    given = shop.client.post("/tomp/oauth/token", data=form | {"client_secret": partner.secret})
    wrong = shop.client.post("/tomp/oauth/token", data=form | {"client_secret": "mk_wrong"})
    package = partner.purchase()
    token = given.json()
    partner.headers = {"authorization": f"{token['token_type']} {token['access_token']}"}

    assert 3_500 < token["expires_in"] <= 3_600
    assert error_of(wrong) == (401, "AUTH")
    assert partner.read("packages", packageId=package).status_code == 200
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE access_keys SET expires_at = created_at"))
    assert error_of(partner.read("packages", packageId=package)) == (401, "AUTH")


@pytest.mark.parametrize(
    "inputs",
    [{}, {"type": "x", "specification": {}}, {"type": "searchOffer"}, {"type": "searchOffer",
     "specification": {"startTime": "tomorrow"}}],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_the_specifications_words(partner, inputs):
    assert error_of(partner.do("search-offers", **inputs)) == (400, "INVALID")


def test_ids_of_nothing_are_not_found(partner):
    assert error_of(partner.do("purchase-offers", offer="nonsense")) == (404, "NOT_FOUND")
    assert error_of(partner.read("packages", packageId="nonsense")) == (404, "NOT_FOUND")
    package = partner.bought()
    assert error_of(partner.do("confirm-redress-option", package=package, option="x")) == (
        404,
        "NOT_FOUND",
    )
    assert error_of(partner.do("start-leg", package=package, leg="x")) == (404, "NOT_FOUND")


def test_buyers_cannot_pay_by_a_partners_account(shop):
    order = shop.order()

    assert shop.pay(order, None, method="partner").status_code == 422
