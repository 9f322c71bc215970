"""The receipt and the return invoice, as a buyer downloads and reads them."""

import pypdfium2

from tests.support.shop import ALL_MODES, CITY, Shop


def shown(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def get(shop: Shop, order, path: str):
    return shop.client.get(path, headers=shop.auth(order))


def test_the_receipt_shows_number_recipient_tax_and_how_it_was_paid(shop: Shop) -> None:
    order = shop.bought(CITY, adult=2)  # 2 × ¥1,500; 10/110 of ¥3,000 is 272.7: ¥272

    answer = get(shop, order, f"/orders/{order['id']}/receipt.pdf")

    assert answer.headers["content-type"] == "application/pdf"
    text = shown(answer.content)
    for part in (
        "適格簡易請求書",
        "T5900000000012",
        "九州 太郎 様",
        order["number"],
        "¥3,000",
        "¥272",
        "クレジットカード",
        "見本",
    ):
        assert part in text, part


def test_nobody_prints_the_receipt_of_another(shop: Shop) -> None:
    order, other = shop.bought(CITY), shop.bought(CITY)

    answer = get(shop, other, f"/orders/{order['id']}/receipt.pdf")

    assert answer.status_code == 404


def test_the_return_invoice_keeps_the_price_and_the_fee_apart(shop: Shop) -> None:
    order = shop.bought("sample-bus-pass-all-3", adult=2)
    refund = shop.refund(order).json()
    early = get(shop, order, f"/refunds/{refund['id']}/invoice")
    assert shop.confirm(order, refund).status_code == 200
    shop.work()

    invoice = get(shop, order, f"/refunds/{refund['id']}/invoice").json()

    # 2 × ¥11,000 go back; 22000·10/110 = ¥2,000 tax. 2 × ¥110 handling fee is a taxed service: ¥20.
    assert early.status_code == 409
    assert invoice["by_rate"] == [{"tax_percent": 10, "total": 22_000, "tax": 2_000}]
    assert invoice["fees_by_rate"] == [{"tax_percent": 10, "total": 220, "tax": 20}]
    assert (invoice["returned"], invoice["amount"], invoice["needed"]) == (22_000, 21_780, True)
    assert [line["quantity"] for line in invoice["lines"]] == [2]
    text = shown(get(shop, order, f"/refunds/{refund['id']}/invoice.pdf").content)
    for part in ("適格返還請求書", "T5900000000012", "¥21,780", "¥2,000", "払戻手数料", "-220"):
        assert part in text, part


def test_a_refund_of_one_of_two_lines_returns_that_line_only(shop: Shop) -> None:
    order = shop.bought(ALL_MODES, adult=1, child=1)
    child = next(row for row in shop.rights(order) if row["rider_category"] == "child")
    refund = shop.refund(order, [child["id"]]).json()
    shop.confirm(order, refund)

    invoice = get(shop, order, f"/refunds/{refund['id']}/invoice").json()

    assert [(line["quantity"], line["returned"]) for line in invoice["lines"]] == [(1, 6_000)]
    assert invoice["returned"] - sum(fee["yen"] for fee in invoice["fees"]) == invoice["amount"]
