"""Point-to-point tickets, from a feed's fares to the conductor's verdict."""

import base64
from pathlib import Path
from uuid import uuid4

import pytest
from nacl.signing import SigningKey

from maas.adapters.fares import FareShelf
from maas.adapters.singles import SingleFares
from maas.core.clock import FrozenClock
from maas.rest.principal import new_access_key
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.wiring import NetworkHolder
from operators.registry.models import Company, CompanyFeed
from operators.registry.states import Kind, State
from tests.gtfs_feeds.sheets.books import convert
from tests.support.feed_text import with_rows, write_feed
from tests.support.served import NOON
from tests.support.shop import key
from ticketing.products.lint import Severity, lint
from ticketing.products.service import ProductService
from ticketing.tickets.signing import present

FARES = "fare_id,price,currency_type\nf,{yen},{currency}\n"
ZONED_STOPS = (
    "stop_id,stop_name,stop_lat,stop_lon,zone_id\n"
    "s1,中央,33.5900,130.4000,z1\ns2,本町,33.6000,130.4100,z2\ns3,港,33.6100,130.4200,z3\n"
)


def source_of(folder: Path, shop, *, synthetic: bool = False, **files: str) -> SingleFares:
    """A network of one feed as it is published and served, and its fares."""
    folder = folder / uuid4().hex
    folder.mkdir()
    write_feed(folder / "f.zip", **files)
    return source_of_zip(folder, shop, synthetic=synthetic)


def source_of_zip(folder: Path, shop, *, synthetic: bool = False) -> SingleFares:
    """The fares of the feed `f.zip` in this folder, as it is published and served."""
    sources = [FeedSource("f", folder / "f.zip", synthetic=synthetic)]
    published = publish_network(sources, folder / "net")
    holder = NetworkHolder(folder / "net", FrozenClock(NOON))
    holder.look()
    assert FareShelf(published.folder, holder.current().network) is not None
    return SingleFares(holder.current, shop.sessions)


def flat(yen: str = "180", currency: str = "JPY") -> str:
    return FARES.format(yen=yen, currency=currency)


def ask(shop, origin: str, destination: str):
    return shop.client.get("/products/singles", params={"from": origin, "to": destination})


def offer(shop, origin: str, destination: str, route: str = ""):
    single = {"from": origin, "to": destination, "route": route}
    item = {"single": single, "riders": {"adult": 2}, "first_day": shop.service_day()}
    return shop.client.post("/offers", json={"items": [item]}, headers=key())


def test_a_ride_between_two_stops_costs_what_the_feed_says(shop, tmp_path):
    shop.desk.fares = source_of(tmp_path, shop, fare_attributes=flat())

    [fare] = ask(shop, "f_s1", "f_s3").json()["singles"]

    assert (fare["yen"], fare["routes"], fare["operator_id"]) == (180, [], "f_A1")
    assert (fare["origin_name"]["ja"], fare["destination_name"]["ja"]) == ("中央", "港")
    assert fare["operator_name"]["ja"] == "みなとバス"


@pytest.mark.parametrize(
    "fares",
    [
        "",  # the feed publishes none
        flat("180.5"),  # half a yen
        flat("x"),
        flat(currency="USD"),
        flat("0"),  # free, or forgotten: nobody knows
        flat() + "child,90,JPY\n",  # two prices, and v1 cannot say which is whose
    ],
)
def test_an_unknown_fare_stays_unknown(shop, tmp_path, fares):
    shop.desk.fares = source_of(tmp_path, shop, fare_attributes=fares)

    answer = offer(shop, "f_s1", "f_s3")

    assert (answer.status_code, answer.json()["code"]) == (404, "fare-unknown")


CATEGORIES = (
    "rider_category_id,rider_category_name,is_default_fare_category\n"
    "a,大人,1\nc,小児,\nd,小児（障がい者割引）,\ns,シニア,\n"
)
ONE_PRODUCT = "leg_group_id,fare_product_id\ng,p\n"


def by_category(**yen: str) -> dict[str, str]:
    rows = "".join(f"p,{amount},JPY,{category}\n" for category, amount in yen.items())
    return {
        "rider_categories": CATEGORIES,
        "fare_leg_rules": ONE_PRODUCT,
        "fare_products": f"fare_product_id,amount,currency,rider_category_id\n{rows}",
    }


def family(shop, **riders: int):
    item = {"single": {"from": "f_s1", "to": "f_s3"}, "riders": riders}
    item["first_day"] = shop.service_day()
    return shop.client.post("/offers", json={"items": [item]}, headers=key())


def test_children_pay_what_the_feed_publishes_for_children(shop, tmp_path):
    # 370 halved is 185, and the feed says 190: the operator's own rounding, not ours.
    shop.desk.fares = source_of(tmp_path, shop, **by_category(a="370", c="190", d="100", s="200"))

    [fare] = ask(shop, "f_s1", "f_s3").json()["singles"]
    made = family(shop, adult=1, child=2).json()

    assert (fare["yen"], fare["child_yen"]) == (370, 190)
    assert made["total"] == 370 + 2 * 190
    assert {line["rider_category"]: line["persons"] for line in made["lines"]} == {
        "adult": 1,
        "child": 1,
    }
    order = shop.place([made["id"]]).json()
    assert shop.pay(order).json()["status"] == "succeeded"
    shop.work()
    assert sorted(row["rider_category"] for row in shop.rights(order)) == [
        "adult",
        "child",
        "child",
    ]


def test_a_childs_ticket_comes_from_the_timetable_sheet_of_its_company(shop, tmp_path):
    made = convert(
        {
            "時刻表": (
                ("路線名", "大島航路"),
                ("運航日", "毎日"),
                ("便名", "1便"),
                ("神湊", "7:40"),
                ("地島", "7:55"),
                ("大島港", "8:05"),
            ),
            "運賃表": (("大人(小児)",), ("神湊",), (370, "地島"), ("570(290)", 200, "大島港")),
        }
    )
    (tmp_path / "f.zip").write_bytes(made.data)
    shop.desk.fares = source_of_zip(tmp_path, shop)

    prices = [
        [(fare["yen"], fare["child_yen"]) for fare in ask(shop, *ends).json()["singles"]]
        for ends in (("f_神湊", "f_大島港"), ("f_神湊", "f_地島"))
    ]

    assert prices == [[(570, 290)], [(370, None)]]


@pytest.mark.parametrize(
    "prices",
    [
        {"a": "370"},
        {"a": "370", "s": "190"},  # another concession is none for children
        {"a": "370", "d": "100"},  # only of disabled children
        {"a": "370", "c": "0"},  # free, or forgotten: nobody knows
        {"a": "370", "c": "400"},  # dearer than an adult
    ],
)
def test_a_child_fare_that_nobody_publishes_is_not_guessed_and_said(shop, tmp_path, prices):
    shop.desk.fares = source_of(tmp_path, shop, **by_category(**prices))

    [fare] = ask(shop, "f_s1", "f_s3").json()["singles"]
    adult = family(shop, adult=1).json()

    assert (fare["yen"], fare["child_yen"], adult["total"]) == (370, None, 370)
    told = adult["lines"][0]["details"]["not_covered"]
    assert "小児運賃は公表されていない" in told["ja"]
    assert "no child fare" in told["en"]
    refused = family(shop, child=1).json()
    assert (refused["code"], refused["reason"]) == ("not-for-sale", "no-such-category")


def test_a_small_child_fare_is_sold_with_an_adults(shop, tmp_path):
    shop.desk.fares = source_of(tmp_path, shop, **by_category(a="80", c="40"))

    # The gateway takes 50 yen or more: one child alone cannot pay, and hears why.
    assert family(shop, child=1).json()["reason"] == "amount-too-small"
    assert family(shop, adult=1, child=1).json()["total"] == 120


def test_what_no_vehicle_runs_is_not_sold(shop, tmp_path):
    shop.desk.fares = source_of(tmp_path, shop, fare_attributes=flat())

    assert ask(shop, "f_s3", "f_s1").json()["code"] == "fare-unknown"  # the other way round
    assert ask(shop, "f_s1", "f_s1").json()["code"] == "fare-unknown"
    assert ask(shop, "f_s1", "nowhere").json()["code"] == "stop-unknown"


def test_without_a_timetable_no_single_tickets_are_sold(shop):
    assert ask(shop, "a", "b").json()["code"] == "singles-off"


def test_a_fare_that_depends_on_the_route_asks_for_the_route(shop, tmp_path):
    shop.desk.fares = source_of(
        tmp_path,
        shop,
        routes=with_rows("routes", "r2,A1,2,3"),
        trips=with_rows("trips", "r2,daily,t2"),
        stop_times=with_rows(
            "stop_times", "t2,09:00:00,09:00:00,s1,1", "t2,09:05:00,09:05:00,s3,2"
        ),
        fare_attributes="fare_id,price,currency_type\nslow,180,JPY\nfast,400,JPY\n",
        fare_rules="fare_id,route_id\nslow,r1\nfast,r2\n",
    )

    assert [(f["yen"], f["routes"]) for f in ask(shop, "f_s1", "f_s3").json()["singles"]] == [
        (180, ["f_r1"]),
        (400, ["f_r2"]),
    ]
    assert offer(shop, "f_s1", "f_s3").json()["code"] == "route-needed"
    assert offer(shop, "f_s1", "f_s3", "f_r2").json()["total"] == 800
    assert offer(shop, "f_s1", "f_s3", "f_r9").json()["code"] == "fare-unknown"


def test_zones_decide_where_the_feed_has_zones(shop, tmp_path):
    shop.desk.fares = source_of(
        tmp_path,
        shop,
        stops=ZONED_STOPS,
        fare_attributes="fare_id,price,currency_type\nnear,150,JPY\nfar,210,JPY\n",
        fare_rules="fare_id,origin_id,destination_id\nnear,z1,z2\nfar,z1,z3\n",
    )

    prices = [ask(shop, "f_s1", end).json()["singles"][0]["yen"] for end in ("f_s2", "f_s3")]

    assert prices == [150, 210]
    assert ask(shop, "f_s2", "f_s3").json()["code"] == "fare-unknown"  # no rule names it


def test_a_changed_fare_is_the_next_version_of_the_same_ticket(shop, tmp_path):
    shop.desk.fares = source_of(tmp_path, shop, fare_attributes=flat("180"))
    first, again = (offer(shop, "f_s1", "f_s3").json()["lines"][0] for _ in range(2))
    shop.desk.fares = source_of(tmp_path, shop, fare_attributes=flat("200"))
    dearer = offer(shop, "f_s1", "f_s3").json()["lines"][0]

    assert again["product_version"] == first["product_version"] == 1
    assert (dearer["product_id"], dearer["product_version"]) == (first["product_id"], 2)
    assert (first["unit_price"], dearer["unit_price"]) == (180, 200)
    with shop.sessions() as session:
        product = ProductService(session, shop.clock).get(first["product_id"])
    assert [found for found in lint(product) if found.severity is Severity.ERROR] == []


def test_an_item_is_either_a_product_or_a_ride(shop):
    for item in ({}, {"product_id": "x", "single": {"from": "a", "to": "b"}}):
        wish = item | {"riders": {"adult": 1}}
        answer = shop.client.post("/offers", json={"items": [wish]}, headers=key())
        assert answer.status_code == 422


def registered(shop, slug: str) -> None:
    with shop.sessions.begin() as session:
        company = Company(
            slug=slug,
            kind=Kind.OPERATOR,
            name="みなとバス",
            name_kana="",
            name_en="",
            modes=["bus"],
            prefectures=[],
            brands=[],
            state=State.LIVE,
            created_at=shop.clock.now(),
            notes="",
        )
        session.add(company)
        session.flush()
        day = shop.clock.now().date()
        session.add(CompanyFeed(company_id=company.id, tag="f", source="zip", valid_from=day))


def inspected(shop, secret: str, ticket_text: str, phone: SigningKey, stop: str) -> str:
    now = shop.clock.now()
    body = {
        "nonce": uuid4().hex,
        "text": present(ticket_text, phone, now),
        "scanned_at": now.isoformat(),
        "place": {"route": "f_r1", "from_stop": stop},
    }
    headers = key() | {"authorization": f"Bearer {secret}"}
    return shop.client.post("/inspections", json=body, headers=headers).json()["reason"]


def test_from_offer_to_inspection_between_these_two_stops_on_that_operator(shop, tmp_path):
    shop.desk.fares = source_of(tmp_path, shop, fare_attributes=flat())
    registered(shop, "minato-bus")
    made = offer(shop, "f_s1", "f_s2").json()
    order = shop.place([made["id"]]).json()
    assert shop.pay(order).json()["status"] == "succeeded"
    shop.work()
    right = shop.rights(order)[0]
    phone = SigningKey.generate()
    device_key = base64.b64encode(bytes(phone.verify_key)).decode()
    active = shop.client.post(
        f"/tickets/{right['id']}/activate",
        json={"device_key": device_key},
        headers=shop.auth(order) | key(),
    ).json()["signed"]
    readers = {}
    for operator in ("minato-bus", "another-bus"):
        secret, row = new_access_key("gate", ["inspect"], shop.clock.now(), operator_id=operator)
        row.subject = f"gate-{operator}"
        with shop.sessions.begin() as session:
            session.add(row)
        readers[operator] = secret

    reason = [
        inspected(shop, readers["minato-bus"], active["text"], phone, "f_s1"),
        inspected(shop, readers["minato-bus"], active["text"], phone, "f_s3"),
        inspected(shop, readers["another-bus"], active["text"], phone, "f_s1"),
    ]

    # s3 is behind the end of the ride 中央→本町, and the other company takes no part.
    assert reason == ["valid", "not-here", "not-here"]


def test_of_two_companies_on_the_same_way_the_route_says_whose_ticket_it_is(shop, tmp_path):
    shop.desk.fares = source_of(
        tmp_path,
        shop,
        agency=with_rows("agency", "A2,べつのバス,https://b.example/,Asia/Tokyo"),
        routes=with_rows("routes", "r2,A2,2,3"),
        trips=with_rows("trips", "r2,daily,t2"),
        stop_times=with_rows(
            "stop_times", "t2,09:00:00,09:00:00,s1,1", "t2,09:05:00,09:05:00,s3,2"
        ),
        fare_attributes="fare_id,price,currency_type\nslow,180,JPY\nfast,400,JPY\n",
        fare_rules="fare_id,route_id\nslow,r1\nfast,r2\n",
    )

    asked = offer(shop, "f_s1", "f_s3").json()

    assert (asked["code"], asked["routes"]) == ("route-needed", "f_r1 f_r2")
    assert offer(shop, "f_s1", "f_s3", "f_r1").json()["total"] == 360
    assert offer(shop, "f_s1", "f_s3", "f_r2").json()["total"] == 800
