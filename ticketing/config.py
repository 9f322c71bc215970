"""What a deployment decides about selling."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells (特定商取引法に基づく表記) and whose number is on the receipt."""

    name: str = "九州MaaS 見本運営者 / Kyushu MaaS sample operator"
    address: str = "福岡市中央区(見本) / Chuo-ku, Fukuoka (sample)"
    phone: str = "000-0000-0000"
    responsible: str = "見本 太郎 / Taro Mihon"
    registration_number: str = "T5900000000012"
    """適格請求書発行事業者登録番号: T and 13 digits; the sample is made up, check digit and all."""


@dataclass(frozen=True, slots=True)
class TicketingConfig:
    """How long things are held, and who sells."""

    seller: Seller = field(default_factory=Seller)
    offer_holds: timedelta = timedelta(minutes=20)
    order_holds: timedelta = timedelta(minutes=30)
    """Time to pay by card, 3-D Secure included."""
    voucher_days: int = 3
    """It ends at that day's midnight, or earlier: on the day before what it pays begins."""
    least_voucher: timedelta = timedelta(hours=2)
    """Nobody is sent to a shop with less time than this."""
    voucher_grace: timedelta = timedelta(hours=1)
    """A konbini payment of the last minute is reported later than the voucher ends."""
    refund_offer_holds: timedelta = timedelta(minutes=30)
    buyer_kept: timedelta = timedelta(days=400)
    """After that e-mail and name of a buyer are removed: passes run out within half a year, a
    chargeback may come for four months."""
    sell_samples: bool = True
    """Whether products marked as samples may be sold; never with live money."""
    most_tickets: int = 50
    """Tickets in one order."""
