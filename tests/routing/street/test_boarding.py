import numpy as np
import pytest

from routing.street.boarding import BoardingRules, change_seconds
from routing.street.footpaths import WalkTable
from tests.support.networks import RouteSpec, Spec, network_of, trip

NETWORK = network_of(
    Spec(
        trips=(
            trip("train", "Station 8:00", "Airport 8:10", route="rail"),
            trip("flight", "Gate 9:00", "Far 10:00", route="air"),
            trip("boat", "Pier 9:00", "Island 10:00", route="sea"),
        ),
        routes=(RouteSpec("rail", type=2), RouteSpec("air", type=1100), RouteSpec("sea", type=4)),
    )
)
ROW = {name.partition("_")[2]: row for row, name in enumerate(NETWORK.stops.id)}


def change(start, end, metres, rules=None) -> int:
    table = WalkTable(
        np.array([ROW[start]], np.int32),
        np.array([ROW[end]], np.int32),
        np.array([metres], np.float32),
    )
    return int(change_seconds(NETWORK, table, rules)[0])


@pytest.mark.parametrize(
    ("start", "end", "metres", "seconds"),
    [
        ("Airport", "Station", 0.0, 120),
        ("Airport", "Station", 600.0, 500),  # 600 m at 1.2 m/s
        ("Airport", "Gate", 60.0, 1200),
        ("Airport", "Gate", 1800.0, 1500),  # the walk itself is longer
        ("Gate", "Airport", 60.0, 600),
        ("Station", "Pier", 60.0, 300),
        ("Pier", "Station", 60.0, 120),
    ],
)
def test_a_change_counts_for_more_than_its_walk(start, end, metres, seconds) -> None:
    assert change(start, end, metres) == seconds


def test_the_rules_may_be_set() -> None:
    assert change("Airport", "Gate", 60.0, BoardingRules(flight_s=2400)) == 2400
