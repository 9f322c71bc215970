"""Route types of GTFS become the modes that clients of the MOTIS API know."""

import pytest

from routing.model import Mode
from routing.modes import TRANSIT_MODES, mode_of


@pytest.mark.parametrize(
    ("route_type", "mode"),
    [
        (0, Mode.TRAM),
        (1, Mode.SUBWAY),
        (2, Mode.REGIONAL_RAIL),
        (3, Mode.BUS),
        (4, Mode.FERRY),
        (5, Mode.FUNICULAR),
        (6, Mode.AERIAL_LIFT),
        (7, Mode.FUNICULAR),
        (11, Mode.BUS),
        (12, Mode.OTHER),
        (101, Mode.HIGHSPEED_RAIL),
        (109, Mode.SUBURBAN),
        (202, Mode.COACH),
        (402, Mode.SUBWAY),
        (715, Mode.ODM),
        (1133, Mode.AIRPLANE),
        (1299, Mode.FERRY),
    ],
)
def test_a_route_type_has_the_mode_of_its_class(route_type: int, mode: Mode) -> None:
    assert mode_of(route_type) is mode


@pytest.mark.parametrize("route_type", [-1, 8, 99, 118, 1799, 10_000])
def test_a_type_without_a_class_is_other(route_type: int) -> None:
    assert mode_of(route_type) is Mode.OTHER


def test_no_route_can_be_a_walk() -> None:
    assert Mode.WALK not in TRANSIT_MODES
    assert mode_of(3) in TRANSIT_MODES
