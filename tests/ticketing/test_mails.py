"""Mails about an order: what they say, that they come once, and that their links open the order."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from maas.core.mail import Mail, MailRefused
from maas.db.outbox import Job, OutboxJob
from tests.support.shop import ALL_MODES, CITY, Shop, key
from ticketing.mails.compose import catalogue
from ticketing.mails.service import MOST_VOUCHERS, TO_BUYER, OrderMails
from ticketing.orders.models import Order, OrderKey
from ticketing.payments.models import Payment
from ticketing.products.definition import RiderCategory
from ticketing.refunds.models import RefundKind


def mails(shop: Shop, to: str = "taro@example.jp") -> list[EmailMessage]:
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(shop.mails.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    ]
    return [mail for mail in found if mail["To"] == to]


def link(mail: EmailMessage) -> tuple[str, str]:
    """The order and the key in a mail's link."""
    return re.search(r"https://maas\.example/orders/([0-9a-f-]{36})#(os_\S+)", body(mail)).groups()


def body(mail: EmailMessage) -> str:
    return mail.get_content()


def reads(shop: Shop, order: str, secret: str) -> int:
    headers = {"authorization": f"Bearer {secret}"}
    return shop.client.get(f"/orders/{order}", headers=headers).status_code


def test_nothing_is_mailed_before_money_has_come(shop: Shop) -> None:
    order = shop.order(CITY)
    shop.work()
    shop.pay(order, "pm_card_visa_chargeDeclined")
    shop.work()

    assert mails(shop) == []


def test_a_paid_order_is_confirmed_with_what_the_buyer_saw_and_a_link_that_opens_it(
    shop: Shop,
) -> None:
    order = shop.bought(ALL_MODES, adult=2, child=1)
    shop.work()

    (mail,) = mails(shop)
    number, said = order["number"], order["confirmation"]
    assert number in mail["Subject"]
    # Two adults at 12,000 and a child at 6,000 yen.
    for part in (number, "× 2  ¥24,000", "× 1  ¥6,000", "合計 ¥30,000", "/legal?lang=ja"):
        assert part in body(mail)
    for part in ("payment", "delivery", "withdrawal"):
        assert said[part]["ja"] in body(mail)
    for part in said["seller"].values():
        assert part in body(mail)
    opened, secret = link(mail)
    assert opened == order["id"]
    assert secret != order["secret"]
    assert reads(shop, opened, secret) == 200
    # What opens one order opens no other, and its tickets as well.
    assert reads(shop, shop.order(CITY)["id"], secret) == 404
    listed = shop.client.get(
        f"/tickets?order={opened}", headers={"authorization": f"Bearer {secret}"}
    )
    assert len(listed.json()) == 3
    assert "九州 太郎" not in mail.as_string() + body(mail)


def test_the_buyer_is_written_to_in_the_language_of_the_order(shop: Shop) -> None:
    buyer = {"email": "ann@example.com", "language": "en"}
    order = shop.place([shop.offer(CITY)["id"]], buyer=buyer).json()
    shop.pay(order)
    shop.work()

    (mail,) = mails(shop, "ann@example.com")
    assert mail["Subject"] == f"[Kyushu MaaS] Your order {order['number']}"
    assert "Total ¥1,500" in body(mail)
    assert not re.search(r"[ぁ-んァ-ン]", body(mail).split("Seller:")[0])


def test_jobs_that_run_again_send_nothing_again(shop: Shop) -> None:
    shop.bought(CITY)
    shop.work()
    before = [path.name for path in shop.mails.iterdir()]
    for path in shop.mails.iterdir():
        path.unlink()

    with shop.sessions.begin() as session:
        session.execute(update(OutboxJob).where(OutboxJob.kind == TO_BUYER).values(done_at=None))
    assert shop.work() == 1

    assert len(before) == 1
    assert list(shop.mails.iterdir()) == []


def by_voucher(shop: Shop, **changes):
    order = shop.order(ALL_MODES, **changes)
    return order, shop.pay(order, None, method="konbini").json()


def test_who_pays_at_a_shop_is_told_the_numbers_the_slip_and_the_deadline(shop: Shop) -> None:
    order, payment = by_voucher(shop)
    shop.deliver()
    shop.work()
    shop.work()

    (mail,) = mails(shop)
    # Three days from today, at the end of the day in Japan.
    deadline = f"{shop.tomorrow(3)} 23:59"
    slip = payment["next_action"]["konbini_display_details"]["hosted_voucher_url"]
    for part in (order["number"], deadline, "¥12,000", slip, "ファミリーマート", "1234567890"):
        assert part in body(mail)
    assert reads(shop, *link(mail)) == 200


def test_a_voucher_that_nobody_paid_ends_with_a_mail_and_an_order_by_card_without(
    shop: Shop,
) -> None:
    order, payment = by_voucher(shop)
    shop.work()
    with shop.sessions.begin() as session:
        session.execute(update(Payment).values(voucher_until=shop.clock.now()))
    shop.hand(f"till/{payment['client_secret'].split('_secret')[0]}", ok="0")
    shop.deliver()
    shop.work()
    by_card = shop.order(CITY)
    with shop.sessions.begin() as session:
        session.execute(
            update(Order).where(Order.id == UUID(by_card["id"])).values(hold_until=shop.clock.now())
        )
        session.execute(update(OutboxJob).values(run_after=shop.clock.now()))
    shop.work()

    assert shop.read(by_card)["status"] == shop.read(order)["status"] == "expired"
    told = [mail for mail in mails(shop) if "期限が過ぎ" in mail["Subject"]]
    assert [order["number"] in mail["Subject"] for mail in told] == [True]


def test_nobody_is_sent_mail_after_mail_by_vouchers_that_a_stranger_orders(shop: Shop) -> None:
    for _ in range(MOST_VOUCHERS + 2):
        by_voucher(shop)
    shop.work()

    assert len(mails(shop)) == MOST_VOUCHERS


class Refusing:
    """A mail server that refuses so many messages, and then takes them."""

    def __init__(self, times: int) -> None:
        self.times = times

    def send(self, mail: Mail) -> None:
        if self.times:
            self.times -= 1
            raise MailRefused(mail.id)

    def forget(self, address: str) -> None:
        """Nothing is kept."""


def test_attempts_that_the_mail_server_refused_leave_no_keys_behind(shop: Shop) -> None:
    order = shop.bought(CITY)
    sender = OrderMails(shop.sessions, shop.clock, Refusing(3), "https://maas.example")
    job = Job(1, TO_BUYER, "mail.buyer:again", {"order_id": order["id"]}, 1, shop.clock.now())

    def keys() -> int:
        with shop.sessions() as session:
            named = select(func.count()).select_from(OrderKey).where(OrderKey.mail == job.key)
            return session.scalar(named)

    for _ in range(3):
        with pytest.raises(MailRefused):
            sender.to_buyer(job)
    assert keys() == 0
    sender.to_buyer(job)
    assert keys() == 1


class Broken:
    """A mail server that takes the message, and then the line breaks."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)
        if len(self.sent) == 1:
            raise OSError("connection lost")

    def forget(self, address: str) -> None:
        """Nothing is kept."""


def test_a_mail_whose_fate_is_unknown_comes_again_under_the_same_name_and_both_links_open(
    shop: Shop,
) -> None:
    order = shop.bought(CITY)
    server = Broken()
    sender = OrderMails(shop.sessions, shop.clock, server, "https://maas.example")
    job = Job(1, TO_BUYER, "mail.buyer:again", {"order_id": order["id"]}, 1, shop.clock.now())

    with pytest.raises(OSError, match="connection lost"):
        sender.to_buyer(job)
    sender.to_buyer(job)
    sender.to_buyer(job)

    first, second = server.sent
    assert first.id == second.id == "mail-buyer-again"
    for mail in server.sent:
        secret = re.search(r"#(os_\S+)", mail.body)[1]
        assert reads(shop, order["id"], secret) == 200


def test_a_buyer_who_was_forgotten_gets_no_mail(shop: Shop) -> None:
    order = shop.bought(CITY)
    shop.client.post(f"/orders/{order['id']}/forget", headers=shop.auth(order) | key())

    shop.confirm(order, shop.refund(order).json())
    shop.work()

    assert list(shop.mails.iterdir()) == []


def test_money_that_goes_back_is_told_with_its_amount_fee_and_reason(shop: Shop) -> None:
    order = shop.bought(CITY)
    shop.confirm(order, shop.refund(order).json())
    shop.work()

    _, mail = mails(shop)
    # ¥1,500 less the handling fee of ¥110.
    assert "払戻額 ¥1,390（手数料 ¥110）" in body(mail)
    assert "お申し込みの払戻し" in body(mail)
    assert reads(shop, *link(mail)) == 200


def test_a_refund_that_fails_is_told_to_the_buyer_and_to_the_staff(shop: Shop) -> None:
    order = shop.bought(CITY)
    shop.faults(refund_fails=3)
    shop.confirm(order, shop.refund(order).json())
    for _ in range(4):
        shop.work()
        shop.deliver()
        shop.hurry()
    shop.work()

    told = [mail for mail in mails(shop) if "遅れて" in mail["Subject"]]
    staff = mails(shop, "staff@maas.example")

    assert len(told) == len(staff) == 1
    assert order["number"] in staff[0]["Subject"]
    assert "¥1,390" in body(staff[0])
    # Staff learn the order, not the person.
    assert "taro" not in staff[0].as_string()
    assert "os_" not in body(staff[0])


def test_every_reason_and_rider_has_words_in_both_languages() -> None:
    words = catalogue()
    reasons = ("all-attempts-failed", "bank-account-needed")
    for name in (
        *(f"why.{kind.value}" for kind in RefundKind),
        *(f"rider.{category.value}" for category in RiderCategory),
        *(f"late.{reason}" for reason in reasons),
    ):
        assert set(words[name]) == {"ja", "en"}
    assert {f"reason.{reason}" for reason in reasons} <= set(words)
