"""A feed with what several rules need of it, each computed once."""

from functools import cached_property

from gtfs_feeds.validate.calls import Calls, calls_of
from gtfs_feeds.validate.feed import CheckedFeed
from gtfs_feeds.validate.service_days import ServiceDays


class Inspection(CheckedFeed):
    """What every rule takes."""

    @cached_property
    def calls(self) -> Calls:
        """The calls in the order of their trips."""
        return calls_of(self)

    @cached_property
    def service_days(self) -> ServiceDays:
        """On which days each service runs."""
        return ServiceDays(self)

    @cached_property
    def stop_places(self) -> dict[str, tuple[str | None, float | None, float | None]]:
        """Name, latitude and longitude of each stop, for reports."""
        rows = self.stops.select("stop_id", "stop_name", "lat", "lon").rows()
        return {stop: (name, lat, lon) for stop, name, lat, lon in rows}
