"""What can go wrong with orders."""

from maas.core.errors import Kind, MaasError


class OrderNotFound(MaasError):
    """There is no such order, or the caller may not see it: both look the same."""

    code = "order-not-found"
    title = "There is no such order"
    kind = Kind.NOT_FOUND


class OfferTaken(MaasError):
    """An offer becomes one order."""

    code = "offer-taken"
    title = "The offer was ordered already"
    kind = Kind.CONFLICT


class StepNotAllowed(MaasError):
    """The order's state does not allow this."""

    code = "step-not-allowed"
    title = "The order's state does not allow this"
    kind = Kind.CONFLICT


class TermsNotAccepted(MaasError):
    """The buyer must confirm what he buys (特商法 最終確認画面)."""

    code = "terms-not-accepted"
    title = "The terms were not accepted"
    kind = Kind.INVALID
