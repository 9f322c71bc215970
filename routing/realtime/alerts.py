"""Which alerts concern a run, a stop, a route or an agency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maas.core.live import Alert


@dataclass(frozen=True, slots=True)
class Target:
    """What one alert is about, as rows of the network; None = any, all that is given must fit."""

    agency: int | None = None
    route: int | None = None
    route_type: int | None = None
    direction: int | None = None
    trip: int | None = None
    day: int | None = None
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkAlert:
    """An alert of feed `tag` with its targets found in the network."""

    tag: str
    alert: Alert
    targets: tuple[Target, ...]

    def holds(self, unix_s: int | None) -> bool:
        """Whether it holds at an instant; None asks for no instant in particular."""
        if unix_s is None or not self.alert.periods:
            return True
        return any(
            (start is None or start <= unix_s) and (end is None or unix_s < end)
            for start, end in self.alert.periods
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What an answer shows; -1 where it does not matter."""

    agency: int = -1
    route: int = -1
    route_type: int = -1
    direction: int = -1
    trip: int = -1
    day: int = -1
    stops: frozenset[int] = frozenset()
    """The stop and its parent."""


@dataclass(frozen=True, slots=True)
class AlertIndex:
    """All alerts, found by the most particular thing that each target names."""

    by_trip: Mapping[int, tuple[NetworkAlert, ...]] = field(default_factory=dict)
    by_stop: Mapping[int, tuple[NetworkAlert, ...]] = field(default_factory=dict)
    by_route: Mapping[int, tuple[NetworkAlert, ...]] = field(default_factory=dict)
    others: tuple[NetworkAlert, ...] = ()
    alerts: tuple[NetworkAlert, ...] = ()

    @classmethod
    def of(cls, alerts: Iterable[NetworkAlert]) -> "AlertIndex":
        """Index alerts."""
        trips: dict[int, list[NetworkAlert]] = {}
        stops: dict[int, list[NetworkAlert]] = {}
        routes: dict[int, list[NetworkAlert]] = {}
        others: list[NetworkAlert] = []
        every = tuple(alerts)
        for alert in every:
            for target in alert.targets:
                if target.trip is not None:
                    place = trips.setdefault(target.trip, [])
                elif target.stop is not None:
                    place = stops.setdefault(target.stop, [])
                elif target.route is not None:
                    place = routes.setdefault(target.route, [])
                else:
                    place = others
                if alert not in place[-1:]:
                    place.append(alert)
        return cls(
            {key: tuple(rows) for key, rows in trips.items()},
            {key: tuple(rows) for key, rows in stops.items()},
            {key: tuple(rows) for key, rows in routes.items()},
            tuple(others),
            every,
        )

    def about(self, subject: Subject, unix_s: int | None = None) -> tuple[Alert, ...]:
        """Return the alerts that hold then and concern the subject, in the feeds' order."""
        near = [
            *self.by_trip.get(subject.trip, ()),
            *self.by_route.get(subject.route, ()),
            *(alert for stop in sorted(subject.stops) for alert in self.by_stop.get(stop, ())),
            *self.others,
        ]
        found: dict[tuple[str, str], Alert] = {}
        for candidate in near:
            if candidate.holds(unix_s) and any(_fits(t, subject) for t in candidate.targets):
                found[candidate.tag, candidate.alert.entity] = candidate.alert
        return tuple(found.values())


def _fits(target: Target, subject: Subject) -> bool:
    """
    Whether all that the target names is what the subject shows.

    A target that names nothing at all concerns nobody: it is what remains of one whose ids are
    unknown here.
    """
    pairs = (
        (target.agency, subject.agency),
        (target.route, subject.route),
        (target.route_type, subject.route_type),
        (target.direction, subject.direction),
        (target.trip, subject.trip),
        (target.day, subject.day),
    )
    if target.stop is None and all(wanted is None for wanted, _ in pairs):
        return False
    if target.stop is not None and target.stop not in subject.stops:
        return False
    return all(wanted is None or wanted == shown for wanted, shown in pairs)
