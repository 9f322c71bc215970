"""What can go wrong when somebody signs in."""

from maas.core.errors import Kind, MaasError


class LinkInvalid(MaasError):
    """The link is not known, was used, was taken back or has ended; which one is not said."""

    code = "link-invalid"
    title = "This link is not valid (any more)"
    kind = Kind.EXPIRED


class AddressInvalid(MaasError):
    """What was given is no mail address."""

    code = "mail-address-invalid"
    title = "This is no mail address"
    kind = Kind.INVALID


class AddressTaken(MaasError):
    """Another company's account, or the council's, has this address."""

    code = "mail-address-taken"
    title = "This mail address belongs to another account"
    kind = Kind.CONFLICT
