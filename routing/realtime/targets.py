"""What an alert is about, as rows of the network."""

from collections import Counter

from maas.core.live import Alert, LiveMessage
from routing.realtime.alerts import NetworkAlert, Target
from routing.realtime.index import NetworkIndex
from routing.realtime.match import match
from routing.realtime.runs import RunKey


def network_alert(
    index: NetworkIndex, message: LiveMessage, alert: Alert, counts: Counter[str]
) -> NetworkAlert:
    """Find an alert's targets; a target with an id that is unknown here concerns nobody."""
    targets: list[Target] = []
    for wanted in alert.targets:
        trip = day = None
        if wanted.trip is not None:
            found = match(index, message.tag, wanted.trip, message.unix_s)
            if isinstance(found, RunKey):
                trip, day = found.trip, found.day
            else:
                trip = index.trip(message.tag, wanted.trip.trip_id)
        rows = {
            "agency": index.agency(message.tag, wanted.agency_id) if wanted.agency_id else None,
            "route": index.route(message.tag, wanted.route_id) if wanted.route_id else None,
            "stop": index.stop(message.tag, wanted.stop_id) if wanted.stop_id else None,
            "trip": trip,
        }
        if -1 in rows.values():
            counts["alert-target-unknown"] += 1
            continue
        targets.append(
            Target(**rows, day=day, route_type=wanted.route_type, direction=wanted.direction)
        )
    return NetworkAlert(message.tag, alert, tuple(targets))
