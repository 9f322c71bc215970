"""What can go wrong with payments."""

from maas.core.errors import Kind, MaasError


class PaymentNotFound(MaasError):
    """There is no such payment, or the caller may not see it."""

    code = "payment-not-found"
    title = "There is no such payment"
    kind = Kind.NOT_FOUND


class OrderNotPayable(MaasError):
    """The order is paid, has ended, or its hold is over."""

    code = "order-not-payable"
    title = "The order cannot be paid any more"
    kind = Kind.CONFLICT


class PaymentUnknown(MaasError):
    """The gateway gave no answer; asking again with the same key is safe."""

    code = "payment-unknown"
    title = "The payment's outcome is not known yet"
    kind = Kind.UNAVAILABLE


class PaymentRefused(MaasError):
    """The gateway does not take such a payment."""

    code = "payment-refused"
    title = "The payment was refused"
    kind = Kind.INVALID


class WebhookOff(MaasError):
    """No secret is set, so the endpoint does not exist."""

    code = "webhook-off"
    title = "There is nothing here"
    kind = Kind.NOT_FOUND


class WebhookRefused(MaasError):
    """The message is not the gateway's, or not of this time."""

    code = "webhook-refused"
    title = "The signature is wrong"
    kind = Kind.UNAUTHENTICATED
