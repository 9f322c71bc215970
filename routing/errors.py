"""What the search raises."""

from maas.core.errors import Kind, MaasError


class StopUnknown(MaasError):
    """A request names a stop, station or place that the network does not have."""

    code = "stop-unknown"
    title = "There is no such stop"
    kind = Kind.NOT_FOUND


class SearchLimit(MaasError):
    """A request asks for more than one search may cost."""

    code = "search-limit"
    title = "The search asks for too much"
    kind = Kind.INVALID


class TimetableInvalid(MaasError):
    """A stored timetable is damaged, incomplete or of another format."""

    code = "timetable-invalid"
    title = "The stored timetable cannot be used"
    kind = Kind.UNAVAILABLE
