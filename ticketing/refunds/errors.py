"""What can go wrong with refunds."""

from maas.core.errors import Kind, MaasError


class RefundNotFound(MaasError):
    """There is no such refund, or the caller may not see it."""

    code = "refund-not-found"
    title = "There is no such refund"
    kind = Kind.NOT_FOUND


class NotRefundable(MaasError):
    """The product's rule or the ticket's state allows no refund; `reason` says which."""

    code = "not-refundable"
    title = "This cannot be refunded"
    kind = Kind.CONFLICT


class RefundOfferExpired(MaasError):
    """The refund offer held its amount only until its deadline."""

    code = "refund-offer-expired"
    title = "The refund offer has expired"
    kind = Kind.EXPIRED


class RefundNotFailed(MaasError):
    """It is paid, or the gateway is still paying it."""

    code = "refund-not-failed"
    title = "The refund has not failed"
    kind = Kind.CONFLICT
