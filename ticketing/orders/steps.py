"""The one table of allowed steps of an order."""

from typing import Final

from ticketing.orders.models import OrderStatus as S

STEPS: Final[dict[S, frozenset[S]]] = {
    S.AWAITING_PAYMENT: frozenset({S.PAYMENT_PENDING, S.PAID, S.EXPIRED, S.CANCELLED}),
    S.PAYMENT_PENDING: frozenset({S.AWAITING_PAYMENT, S.PAID, S.EXPIRED, S.CANCELLED}),
    S.PAID: frozenset({S.FULFILLED, S.DISPUTED}),
    S.FULFILLED: frozenset({S.PARTLY_REFUNDED, S.REFUNDED, S.DISPUTED}),
    S.PARTLY_REFUNDED: frozenset({S.REFUNDED, S.DISPUTED}),
    S.DISPUTED: frozenset({S.PAID, S.FULFILLED, S.PARTLY_REFUNDED, S.REFUNDED, S.CHARGED_BACK}),
    S.REFUNDED: frozenset({S.DISPUTED}),
    S.CHARGED_BACK: frozenset(),
    S.EXPIRED: frozenset(),
    S.CANCELLED: frozenset(),
}
"""From each state, the states that may follow. What is not here cannot happen."""

UNPAID: Final = frozenset({S.AWAITING_PAYMENT, S.PAYMENT_PENDING})
ENDED_UNPAID: Final = frozenset({S.EXPIRED, S.CANCELLED})
