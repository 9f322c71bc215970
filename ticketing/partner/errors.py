"""What can go wrong with a partner's request."""

from maas.core.errors import Kind, MaasError


class PackageNotFound(MaasError):
    """There is no such package, or it is another partner's."""

    code = "package-not-found"
    title = "There is no such package"
    kind = Kind.NOT_FOUND


class PackageExpired(MaasError):
    """The purchase was not confirmed in time, or was rolled back."""

    code = "package-expired"
    title = "The purchase has ended"
    kind = Kind.EXPIRED


class PackageConfirmed(MaasError):
    """The purchase is confirmed: what goes back from now on is a redress."""

    code = "package-confirmed"
    title = "The purchase is confirmed"
    kind = Kind.CONFLICT


class NoMoreTime(MaasError):
    """Places are not held longer than this."""

    code = "no-more-time"
    title = "The purchase is held no longer"
    kind = Kind.CONFLICT


class RedressUnknown(MaasError):
    """The package has no such redress option."""

    code = "redress-unknown"
    title = "There is no such redress option"
    kind = Kind.NOT_FOUND
