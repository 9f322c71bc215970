"""What products call companies and zones, on the sample's network."""

import pytest

from gtfs_feeds.sample.tables import operators
from maas.adapters.product_area import _groups, _zones, operators_of, zones_at
from ticketing.products.service import load_samples


def test_every_company_of_a_group_is_one_of_the_sample() -> None:
    tags = set(operators())

    assert {tag for group in _groups().values() for tag in group} <= tags


def test_every_operator_and_zone_that_a_sample_product_names_is_somewhere() -> None:
    known = set(operators()) | set(_groups())
    for product in load_samples():
        for rule in (*product.area.covers, *product.area.excludes):
            assert set(rule.operators) <= known, product.id
            assert set(rule.zones) <= set(_zones()), product.id


def test_a_company_is_known_by_its_own_tag_first() -> None:
    assert operators_of("kyushu-kyuko") == ("kyushu-kyuko", "highway-bus")
    assert operators_of("nobody-knows") == ("nobody-knows",)


@pytest.mark.parametrize(
    ("where", "point", "zones"),
    [
        ("Hakata station", (33.590, 130.421), {"fukuoka-city", "north", "bus-north"}),
        ("Nagasaki station", (32.752, 129.870), {"north", "bus-north"}),
        (
            "Kumamoto station",
            (32.790, 130.689),
            {"kumamoto-centre", "north", "bus-north", "bus-south"},
        ),
        ("Miyazaki station", (31.916, 131.432), {"bus-south"}),
        ("Kagoshima-Chuo station", (31.584, 130.541), {"bus-south"}),
        ("Oita station", (33.233, 131.606), {"north", "bus-north"}),
        ("Naha", (26.21, 127.68), set()),
    ],
)
def test_a_point_lies_in_the_zones_around_it(where, point, zones) -> None:
    assert zones_at(*point) == zones, where
