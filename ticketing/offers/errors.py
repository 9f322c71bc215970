"""What can go wrong with offers."""

from maas.core.errors import Kind, MaasError


class OfferNotFound(MaasError):
    """There is no such offer."""

    code = "offer-not-found"
    title = "There is no such offer"
    kind = Kind.NOT_FOUND


class OfferExpired(MaasError):
    """The offer held its price only until its deadline."""

    code = "offer-expired"
    title = "The offer has expired"
    kind = Kind.EXPIRED


class NotForSale(MaasError):
    """The product cannot be sold for this day or these riders."""

    code = "not-for-sale"
    title = "This cannot be sold as asked"
    kind = Kind.INVALID


class SoldOut(MaasError):
    """The quota has no place left."""

    code = "sold-out"
    title = "Sold out"
    kind = Kind.CONFLICT
