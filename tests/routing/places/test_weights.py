"""What makes a place important."""

import pytest

from routing.places.weights import trip_scale
from tests.support.networks import Spec, network_of, trip

# Stops lie 0.05 degrees of longitude apart at 33 degrees north: 4.663 km each.
NAMES = [f"S{number}" for number in range(21)]


def calls(*names: str) -> list[str]:
    return [f"{name} 8:{minute:02}" for minute, name in enumerate(names)]


def test_who_crosses_the_land_weighs_more_than_who_stays_in_town() -> None:
    town, far = trip("town", *calls(*NAMES[:2])), trip("far", *calls(*NAMES))

    scale = trip_scale(network_of(Spec((town, far))))

    assert scale[0] == 1
    assert scale[1] == pytest.approx(20 * 4.663 / 10, rel=0.01)


def test_a_line_that_comes_back_to_where_it_began_went_far_too() -> None:
    there_and_back = trip("round", *calls(*NAMES, *NAMES[-2::-1]))

    scale = trip_scale(network_of(Spec((there_and_back,))))

    assert scale[0] == pytest.approx(20 * 4.663 / 10, rel=0.01)
