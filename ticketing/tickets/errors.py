"""What can go wrong with tickets."""

from maas.core.errors import Kind, MaasError


class TicketNotFound(MaasError):
    """No ticket has this id, or the caller is not its holder: the two look alike."""

    code = "ticket-not-found"
    title = "There is no such ticket"
    kind = Kind.NOT_FOUND


class TicketEnded(MaasError):
    """It was refunded, revoked or used up."""

    code = "ticket-ended"
    title = "The ticket no longer holds"
    kind = Kind.CONFLICT


class TicketBound(MaasError):
    """It is shown by another phone or on paper."""

    code = "ticket-bound"
    title = "The ticket is on another phone or on paper"
    kind = Kind.CONFLICT


class NotReissued(MaasError):
    """The product's rule does not allow a reissue in this way."""

    code = "ticket-not-reissued"
    title = "The ticket is not reissued"
    kind = Kind.CONFLICT


class NotTransferable(MaasError):
    """The product's rule does not allow giving the ticket to a companion, or it is too late."""

    code = "ticket-not-transferable"
    title = "The ticket cannot be given to a companion"
    kind = Kind.CONFLICT


class HandoverInvalid(MaasError):
    """The code was never made, was taken, was called back or is too old."""

    code = "handover-invalid"
    title = "The code for taking the ticket is not valid"
    kind = Kind.EXPIRED


class DeviceKeyInvalid(MaasError):
    """What the phone sent is no public key."""

    code = "device-key-invalid"
    title = "The phone's key is not right"
    kind = Kind.INVALID
