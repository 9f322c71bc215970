"""What must be true of every network that a merge returns."""

import dataclasses

import numpy as np

from maas.core.columns import Texts
from maas.core.network import Network


def assert_sound(network: Network) -> None:
    """Assert the invariants that `maas.core.network` promises."""
    sizes = {
        "feeds": len(network.feeds.tag),
        "agencies": len(network.agencies.id),
        "places": len(network.places.id),
        "stops": len(network.stops.id),
        "routes": len(network.routes.id),
        "trips": len(network.trips.id),
        "services": len(network.services.id),
        "shapes": len(network.shapes.id),
        "texts": len(network.texts),
    }
    pointers = [
        (network.agencies.feed, "feeds", 0),
        (network.stops.parent, "stops", -1),
        (network.stops.place, "places", 0),
        (network.stops.feed, "feeds", 0),
        (network.routes.agency, "agencies", 0),
        (network.trips.route, "routes", 0),
        (network.trips.service, "services", 0),
        (network.trips.headsign, "texts", -1),
        (network.trips.short_name, "texts", -1),
        (network.trips.shape, "shapes", -1),
        (network.trips.duplicate_of, "trips", -1),
        (network.calls.stop, "stops", 0),
        (network.calls.headsign, "texts", -1),
        (network.frequencies.trip, "trips", 0),
        (network.pathways.from_stop, "stops", 0),
        (network.pathways.to_stop, "stops", 0),
        (network.groups.group, "stops", 0),
        (network.groups.stop, "stops", 0),
        (network.tickets.agency, "agencies", -1),
        (network.tickets.route, "routes", -1),
        (network.tickets.trip, "trips", -1),
        (network.tickets.stop, "stops", -1),
    ]
    pointers += [
        (getattr(network.transfers, name), group, -1)
        for name, group in (
            ("from_stop", "stops"),
            ("to_stop", "stops"),
            ("from_route", "routes"),
            ("to_route", "routes"),
            ("from_trip", "trips"),
            ("to_trip", "trips"),
        )
    ]
    for column, group, low in pointers:
        assert ((column >= low) & (column < sizes[group])).all(), group
    for part in (network.agencies, network.places, network.stops, network.routes, network.trips):
        rows = {len(getattr(part, f.name)) for f in dataclasses.fields(part)} - {len(part.id) + 1}
        assert rows <= {len(part.id)}
        assert len(set(part.id)) == len(part.id)
    assert len(network.trips.call_start) == sizes["trips"] + 1
    assert network.trips.call_start[-1] == len(network.calls.stop)
    assert (np.diff(network.trips.call_start) >= 2).all()
    inside = np.ones(max(len(network.calls.stop) - 1, 0), np.bool_)
    inside[network.trips.call_start[1:-1] - 1] = False
    arrival, departure = network.calls.arrival_s, network.calls.departure_s
    assert (arrival >= 0).all()
    assert (departure >= arrival).all()
    assert (arrival[1:][inside] >= departure[:-1][inside]).all()
    assert (np.diff(network.calls.sequence)[inside] > 0).all()
    assert network.services.runs.shape[0] == sizes["services"]
    assert set(np.unique(network.services.runs)) <= {0, 1}
    for name, texts in network.translations.items():
        assert isinstance(texts, Texts)
        assert len(texts) == sizes[name.partition(".")[0]]
