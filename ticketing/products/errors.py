"""What can go wrong with products."""

from maas.core.errors import Kind, MaasError


class ProductNotFound(MaasError):
    """There is no such product, or it is not published."""

    code = "product-not-found"
    title = "There is no such product"
    kind = Kind.NOT_FOUND


class ProductUnsound(MaasError):
    """The definition is incomplete or contradicts itself."""

    code = "product-unsound"
    title = "The product is incomplete or contradicts itself"
    kind = Kind.INVALID


class VersionExists(MaasError):
    """The version was published with other rules; published versions never change."""

    code = "product-version-exists"
    title = "This version is published with other rules"
    kind = Kind.CONFLICT


class NumbersUsedUp(MaasError):
    """A signed ticket has no number left for one more product or version."""

    code = "numbers-used-up"
    title = "No number is free for another single ticket"
    kind = Kind.UNAVAILABLE
