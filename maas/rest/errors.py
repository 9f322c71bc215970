"""What can go wrong with a request before any domain sees it."""

from maas.core.errors import Kind, MaasError


class IdempotencyKeyMissing(MaasError):
    """A POST that moves money or seats came without its key."""

    code = "idempotency-key-missing"
    title = "An Idempotency-Key header is needed"
    kind = Kind.INVALID


class IdempotencyKeyReused(MaasError):
    """The key was first used with another body."""

    code = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    kind = Kind.CONFLICT


class RequestInProgress(MaasError):
    """The first request with this key is still at work."""

    code = "request-in-progress"
    title = "The first request with this Idempotency-Key is still at work"
    kind = Kind.CONFLICT


class NotSignedIn(MaasError):
    """No credentials, or none that are known."""

    code = "not-signed-in"
    title = "Credentials are needed"
    kind = Kind.UNAUTHENTICATED


class NotAllowed(MaasError):
    """The credentials lack the right."""

    code = "not-allowed"
    title = "These credentials do not allow this"
    kind = Kind.FORBIDDEN


class TooManyRequests(MaasError):
    """The caller asked more often than the limit."""

    code = "too-many-requests"
    title = "Too many requests"
    kind = Kind.TOO_MANY
