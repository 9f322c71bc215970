"""What no honest client sends is an answer with a reason, on both databases."""

import json

import pytest

from maas.rest.intake import MOST_BYTES
from tests.support.shop import key

NUL = "\x00"


def order_of(shop, **buyer: str):
    made = shop.offer(adult=1)
    body = {
        "offer_ids": [made["id"]],
        "buyer": {"email": "a@example.com", "language": "ja"} | buyer,
        "terms_accepted": True,
    }
    return shop.client.post("/orders", json=body, headers=key())


@pytest.mark.parametrize("buyer", [{"name": f"a{NUL}b"}, {"email": f"a@example.com{NUL}"}])
def test_a_text_that_postgresql_cannot_store_is_refused_on_every_database(shop, buyer):
    answer = order_of(shop, **buyer)

    assert (answer.status_code, answer.json()["code"]) == (422, "text-not-storable")


@pytest.mark.parametrize("name", ["a\nb", "a\r\nBcc: x@example.com", "\x1b[2J", "\x7f"])
def test_a_name_is_one_line_of_text(shop, name):
    assert order_of(shop, name=name).json()["code"] == "invalid-request"
    assert order_of(shop, name="長崎 はなこ 😀 <b>").status_code == 201


def test_a_backslash_before_u0000_is_a_text_like_any_other(shop):
    # In JSON: \\u0000, the six characters \u0000 after a backslash that is one of the text.
    assert json.dumps("\\u0000") == '"\\\\u0000"'
    assert order_of(shop, name="\\u0000").status_code == 201


@pytest.mark.parametrize("path", ["/products/x%00y", "/tickets?order=%00", "/refunds?status=%00"])
def test_addresses_with_nul_never_reach_the_database(shop, path):
    assert 400 <= shop.client.get(path).status_code < 500


@pytest.mark.parametrize("path", ["/offers", "/orders", "/inspections/batch", "/tomp/processes/x"])
def test_more_bytes_than_a_request_needs_are_not_taken_in(shop, path):
    sent = 0

    def endless():
        nonlocal sent
        while sent < 4 * MOST_BYTES:
            sent += 1 << 20
            yield b" " * (1 << 20)

    answer = shop.client.post(path, content=endless(), headers=key())

    assert answer.status_code in {404, 413}
    if answer.status_code == 413:
        assert answer.json()["code"] == "request-too-large"


def test_an_upload_of_500_scans_fits(shop):
    scan = {
        "nonce": "n" * 64,
        "text": "K" * 1000,
        "scanned_at": "2026-11-23T00:00:00+00:00",
        "place": dict.fromkeys(("route", "mode", "from_stop", "to_stop"), "あ" * 120),
        "device_verdict": "damaged",
    }
    answer = shop.client.post("/inspections/batch", json={"scans": [scan] * 500}, headers=key())

    assert answer.json()["code"] == "not-signed-in"  # it was read, and the caller is nobody


@pytest.mark.parametrize(
    "body",
    [
        b'{"items":[{"product_id":"x","riders":{"\\ud800":1}}]}',  # half a character as a name
        b'{"\\ud800":1}',
        b'{"items":[{"product_id":"\\ud800","riders":{"adult":1}}]}',
        b'{"items":' + b"[" * 20_000,
        b'{"items":1e400}',
        b'{"items":[{"product_id":"x","riders":{"adult":' + b"9" * 5_000 + b"}}]}",
        b"\xff\xfe{}",
    ],
)
@pytest.mark.parametrize(
    "path", ["/offers", "/inspections", "/tomp/processes/search-offers/execution"]
)
def test_broken_json_is_the_callers_error(shop, path, body):
    headers = key() | {"content-type": "application/json"}

    assert 400 <= shop.client.post(path, content=body, headers=headers).status_code < 500
