"""The pages of the shop: safe headers, no secret on the server's side, every word in both languages."""

import re
from pathlib import Path
from typing import get_args

import pytest
from starlette.testclient import TestClient

from maas.app import create_app
from maas.core.clock import SystemClock
from maas.settings import Settings
from maas.trade import open_trade
from maas.web.catalogue import texts
from tests.support.feed_text import SMALL
from tests.support.served import served_of
from ticketing.orders.models import OrderStatus
from ticketing.products.definition import Loss, Proof, Refunds, RiderCategory
from ticketing.products.service import load_samples
from ticketing.refunds.models import RefundStatus
from ticketing.tickets.models import EntitlementStatus

SCRIPTS = Path(__file__).parents[3] / "maas" / "web" / "static" / "js" / "shop"
PATHS = ("/passes", "/passes/sample-city-24h", "/basket", "/orders/x", "/tickets/x", "/legal")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    settings = Settings(data_dir=tmp_path_factory.mktemp("shop"), stripe_key="", database="")
    trade = open_trade(settings, SystemClock(), environment={})
    served = served_of(SMALL)
    with TestClient(create_app(lambda: served, settings, trade=trade)) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_page_of_the_shop_runs_only_our_scripts_and_tells_no_address(
    client: TestClient, path: str, language: str
) -> None:
    answer = client.get(f"{path}?lang={language}")

    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not re.findall(r"\son\w+=", answer.text)
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert 'src="/static/' in tag or 'type="application/json"' in tag


def test_who_sells_is_on_a_page_of_its_own(client: TestClient) -> None:
    told = client.get("/legal?lang=ja").text

    for part in ("特定商取引法", "T5900000000012", "000-0000-0000", "見本 太郎"):
        assert part in told


def test_the_worker_keeps_only_tickets_and_files(client: TestClient) -> None:
    worker = client.get("/ticket-worker.js")

    assert worker.headers["content-type"].startswith("text/javascript")
    assert '"/tickets/"' in worker.text
    assert "/v1" not in worker.text


def test_every_text_that_the_shops_scripts_name_is_in_both_languages() -> None:
    named = {
        key
        for script in SCRIPTS.glob("*.js")
        for key in re.findall(
            r'"((?:shop|result)\.[A-Za-z0-9.-]+[A-Za-z0-9])"', script.read_text("utf-8")
        )
    }

    assert len(named) > 80
    for language in ("ja", "en"):
        assert named <= set(texts(language)), named - set(texts(language))


def test_every_state_rider_and_rule_has_words() -> None:
    """What scripts put together from data: `shop.status.` and an order's status, for example."""
    keys = {f"shop.status.{one.value}" for one in OrderStatus}
    keys |= {f"shop.ticket.{one.value}" for one in EntitlementStatus}
    keys |= {f"shop.state.{one.value}" for one in EntitlementStatus if one.value != "active"}
    keys |= {f"shop.refundStatus.{one.value}" for one in RefundStatus if one.value != "offered"}
    keys |= {f"shop.rider.{one.value}" for one in RiderCategory}
    keys |= {f"shop.proof.{one.value}" for one in Proof if one.value != "none"}
    keys |= {f"shop.loss.{one}" for one in get_args(Loss.model_fields["reissue"].annotation)}
    keys |= {
        f"shop.refund.after.{one}" for one in get_args(Refunds.model_fields["after_use"].annotation)
    }
    for product in load_samples():
        start = "chosen" if product.start == "chosen-day" else "first"
        keys.add(f"shop.valid.{product.counting.kind}.{start}")

    for language in ("ja", "en"):
        assert keys <= set(texts(language)), keys - set(texts(language))
