"""What a traveller does on the phone: buy with 3-D Secure, show the ticket, ride without a network."""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select

from maas.core.clock import SystemClock
from tests.e2e.test_sell_and_ride import House
from tests.support.browser import Page, needs_browser, open_page
from ticketing.inspection.coverage import Place, open_rules
from ticketing.inspection.inspect import ReaderState, inspect
from ticketing.orders.models import Order
from ticketing.tickets.keys import Sealed, open_keys, open_revocations

pytestmark = needs_browser
SUBWAY = Place("fukuoka-subway", mode="subway", vehicle_class="local")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "data")
    yield house
    house.stop()


def address(house: House) -> str:
    return str(house.client.base_url).removesuffix("/v1/").removesuffix("/v1")


def reader(house: House) -> ReaderState:
    """What a conductor's device downloads in the morning."""
    told, now = house.client.get("/keys").json(), SystemClock().now()
    keys = open_keys(Sealed.from_json(told["keys"]), base64.b64decode(told["root"]))
    return ReaderState(
        keys=keys,
        revoked=open_revocations(Sealed.from_json(told["revocations"]), keys, now),
        rules=open_rules(Sealed.from_json(told["rules"]), keys, now),
        seen={},
        clock_checked=now,
        test=told["test"],
    )


def choose(page: Page, house: House, product: str) -> None:
    page.open(f"{address(house)}/passes?lang=ja")
    page.click(f"a.button[href='/passes/{product}']")
    page.click("#add")
    page.until("document.querySelector('#total')")


def order(page: Page, house: House, product: str = "sample-city-24h") -> None:
    choose(page, house, product)
    page.type("#email", "taro@example.jp")
    page.click("#accept")
    page.click("#order")
    page.until("document.querySelector('#pay-card')")


def pay(page: Page, card: str = "pm_card_threeDSecure2Required") -> None:
    page.type("#card", card)
    page.click("#pay-card")


def buy(page: Page, house: House) -> None:
    order(page, house)
    pay(page)
    page.click("button[name=ok][value='1']")  # on the bank's page
    page.until("document.querySelector('#order')?.dataset.status === 'fulfilled'")


def scanned(page: Page) -> str:
    """What a camera reads off the screen."""
    return zxingcpp.read_barcode(Image.open(BytesIO(page.picture("#code")))).text


def test_buy_with_3ds_show_the_ticket_and_ride_without_a_network(
    house: House, tmp_path: Path
) -> None:
    with open_page(tmp_path / "phone") as page:
        buy(page, house)
        knows = reader(house)
        page.click("a.ticket-link")
        page.click("#activate")
        page.until("document.querySelector('#pass')?.dataset.state === 'valid'")
        page.until("document.querySelector('#code svg')")

        first = scanned(page)
        assert inspect(first, SystemClock().now(), SUBWAY, knows).reason == "valid"
        # No secret is left in the address, and the key cannot be read out of the browser.
        assert page.run("location.hash") == ""
        page.until(
            "caches.open('tickets-1').then((kept) => kept.keys()).then((all) => all.length >= 8)"
        )
        ticket = page.run("location.href")

        house.stop()
        page.open(ticket)

        page.until("document.querySelector('#offline') && document.querySelector('#code svg')")
        # The phone goes on signing: the code of a later moment is another, and as good.
        page.until(f"document.querySelector('#code').dataset.text !== {first!r}")
        assert inspect(scanned(page), SystemClock().now(), SUBWAY, knows).reason == "valid"
        shown = page.run("document.querySelector('#clock').textContent")
        page.until(f"document.querySelector('#clock').textContent !== {shown!r}")


def test_a_declined_card_is_said_and_another_may_be_tried(house: House, tmp_path: Path) -> None:
    with open_page(tmp_path / "phone") as page:
        order(page, house)
        pay(page, "pm_card_visa_chargeDeclinedInsufficientFunds")
        page.until("document.querySelector('.pay .problem')?.innerText.includes('残高')")

        pay(page)
        page.click("button[name=ok][value='0']")  # the bank's page: refused
        page.until("document.querySelector('.pay .problem')?.innerText.includes('本人認証')")

        pay(page, "pm_card_visa")
        page.until("document.querySelector('#order')?.dataset.status === 'fulfilled'")


def test_several_products_and_riders_make_one_order(house: House, tmp_path: Path) -> None:
    prices = {
        (product["id"], price["category"]): price["price"]
        for product in house.client.get("/products").json()["products"]
        for price in product["prices"]
    }
    city, both = "sample-city-24h", "sample-all-modes-2"
    with open_page(tmp_path / "phone") as page:
        choose(page, house, city)
        choose(page, house, both)
        page.click(f"[data-product='{both}'] .rider-row:nth-child(2) .stepper button:last-child")
        # The same once more is the same row.
        choose(page, house, city)
        total = 2 * prices[city, "adult"] + prices[both, "adult"] + prices[both, "child"]
        page.until(f"document.querySelector('#total')?.textContent === '¥{total:,}'")
        assert page.run("document.querySelectorAll('.basket-row').length") == 2
        assert page.run("document.querySelector('#basket-count').textContent") == "2"

        page.type("#email", "taro@example.jp")
        page.click("#accept")
        page.click("#order")
        pay(page, "pm_card_visa")
        page.until("document.querySelector('#order')?.dataset.status === 'fulfilled'")

        assert page.run("document.querySelectorAll('a.ticket-link').length") == 4
        # Ordered is out of the basket.
        page.open(f"{address(house)}/basket")
        page.until("document.querySelector('#basket')?.innerText.includes('空')")


def test_a_choice_is_kept_although_the_page_is_left_in_the_same_moment(
    house: House, tmp_path: Path
) -> None:
    with open_page(tmp_path / "phone") as page:
        choose(page, house, "sample-all-modes-2")
        more = ".rider-row:nth-child(2) .stepper button:last-child"
        # A slow phone: what the click began and did not end is not done before the next page comes.
        slow = "const end = performance.now() + 1000; while (performance.now() < end);"
        page.run(
            f"{{ document.querySelector('{more}').click(); location.assign('/passes'); {slow} }}"
        )
        page.until("location.pathname === '/passes' && document.readyState === 'complete'")

        page.open(f"{address(house)}/basket")
        page.until("document.querySelector('.rider-row:nth-child(2) output')?.textContent === '1'")


OTHER_TAB = """(() => {
  const rows = JSON.parse(localStorage.getItem("kyushu-maas.basket"));
  rows.push(4, null, {product_id: "sample-all-modes-2", riders: {adult: 1}, first_day: null});
  localStorage.setItem("kyushu-maas.basket", JSON.stringify(rows));
  return localStorage.getItem("kyushu-maas.basket");
})()"""


def test_another_tab_and_a_lost_answer_cost_no_row_and_no_second_order(
    house: House, tmp_path: Path
) -> None:
    with open_page(tmp_path / "phone") as page:
        choose(page, house, "sample-city-24h")
        page.type("#email", "taro@example.jp")
        page.click("#accept")
        # The server takes the order, but its answer is lost on the way.
        page.run(
            "{ const real = window.fetch; window.fetch = async (...asked) => {"
            " const told = await real(...asked); window.fetch = real; throw new TypeError('lost');"
            " }; document.querySelector('#order').click(); }"
        )
        page.until("document.querySelector('.confirm .problem, .offer .problem')")
        assert page.run("location.pathname") == "/basket"
        # Meanwhile another tab put something in, beside what is no row at all.
        page.run(OTHER_TAB)

        page.click("#order")
        page.until("document.querySelector('#pay-card')")

        with house.trade.desk.sessions.begin() as session:
            assert session.scalar(select(func.count(Order.id))) == 1
        kept = page.run("JSON.parse(localStorage.getItem('kyushu-maas.basket')).length")
        assert kept == 1


def test_what_cannot_be_had_is_shown_in_its_row_and_can_be_taken_out(
    house: House, tmp_path: Path
) -> None:
    with open_page(tmp_path / "phone") as page:
        choose(page, house, "sample-all-modes-2")
        # A basket of last month: its first day is over.
        page.type(".first-day input", "2020-02-29")
        page.until("document.querySelector('.refused[data-product=sample-all-modes-2]')")
        assert "この日は販売していません" in page.text()

        page.click(".refused .remove")
        page.until("document.querySelector('#basket')?.innerText.includes('空')")


OLD_BROWSER = """
const modern = crypto.subtle.generateKey.bind(crypto.subtle);
crypto.subtle.generateKey = (kind, ...more) => kind.name === "Ed25519"
  ? Promise.reject(new DOMException("no Ed25519", "NotSupportedError")) : modern(kind, ...more);
"""


def test_a_browser_without_ed25519_shows_a_ticket_that_is_as_good(
    house: House, tmp_path: Path
) -> None:
    with open_page(tmp_path / "phone") as page:
        page.before_pages(OLD_BROWSER)
        buy(page, house)
        page.click("a.ticket-link")
        page.click("#activate")
        page.until("document.querySelector('#code svg')")

        verdict = inspect(scanned(page), SystemClock().now(), SUBWAY, reader(house))

        assert verdict.reason == "valid"


def test_a_companion_takes_a_ticket_and_the_giver_no_longer_has_it(
    house: House, tmp_path: Path
) -> None:
    with open_page(tmp_path / "giver") as giver:
        order(giver, house, "sample-all-modes-2")
        pay(giver)
        giver.click("button[name=ok][value='1']")
        giver.click("a.ticket-link")
        giver.click("#give")
        giver.until("document.querySelector('#give-link')")
        link = giver.run("document.querySelector('#give-link').href")

        with open_page(tmp_path / "companion") as companion:
            companion.open(link)
            companion.click("#take")
            companion.click("#activate")
            companion.until("document.querySelector('#code svg')")

        giver.run("location.reload()")
        giver.until("document.querySelector('#ticket .problem')?.innerText.includes('渡した')")


def test_a_ticket_goes_back_for_the_amount_that_was_shown(house: House, tmp_path: Path) -> None:
    with open_page(tmp_path / "phone") as page:
        buy(page, house)
        page.click("#refund")
        page.until("document.querySelector('#refund-amount')")
        shown = page.run("document.querySelector('#refund-amount').textContent")
        page.click("#refund-confirm")

        page.until("document.querySelector('#order').dataset.status === 'refunded'")
        # ¥1,500 less the handling fee of ¥110.
        assert shown == "¥1,390"
        page.until("document.querySelector('.refund-row')?.innerText.includes('¥1,390')")
        page.click("#erase")
        page.until("document.querySelector('.privacy .tag.good')")
