"""What the endpoints in the shape of the MOTIS API answer when they cannot do what was asked."""


class ApiError(Exception):
    """A failure with its HTTP status; the body is `{"error": message}`."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ApiError):
    """A parameter is missing or cannot be read."""


class NotFound(ApiError):
    """A stop, trip or feed is not in the network."""

    status = 404


class TooMuch(ApiError):
    """A parameter can be read but asks for more than the server gives."""

    status = 422


class Unavailable(ApiError):
    """There is no network to search yet."""

    status = 503
