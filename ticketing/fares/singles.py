"""A published single fare as a product: one ride, on the chosen day, for an adult."""

import hashlib
from typing import Final

from ticketing.fares.published import SingleFare
from ticketing.products.definition import (
    Area,
    AreaRule,
    Calendar,
    CheckPoint,
    Component,
    Definition,
    Localized,
    Loss,
    Refunds,
    RiderCategory,
    RiderPrice,
    Rides,
)

REFUNDS: Final = Refunds(before_use=True, deadline="first-use")
"""Until first use, without a fee; an operator with other rules passes its own."""


def single_product(fare: SingleFare, refunds: Refunds = REFUNDS) -> Definition:
    """
    Return the product of a fare; the same fare gives the same id.

    Feeds give the adult price only and operators halve it by rules of their own, so there is no
    child price: none is guessed. Number and version are given on publication
    (`ProductService.publish_single`).
    """
    names = f"{fare.origin_name}→{fare.destination_name}"
    route = Localized(ja=names, en=names)
    label = Localized(ja=fare.operator_name, en=fare.operator_name)
    rule = AreaRule(
        operators=(fare.operator_id,),
        routes=(fare.route_id,) if fare.route_id else (),
        zones=tuple(zone for zone in (fare.origin_zone, fare.destination_zone) if zone),
    )
    mark = "【見本】" if fare.sample else ""
    return Definition(
        id=product_id(fare),
        number=1,
        version=1,
        sample=fare.sample,
        kind="single",
        name=Localized(ja=f"{mark}片道 {names}", en=f"Single {names}"),
        summary=Localized(
            ja=f"{fare.operator_name} {names} 1回",
            en=f"One ride with {fare.operator_name}, {names}",
        ),
        area=Area(covers=(rule,), description=route),
        calendar=Calendar(sold_ahead_days=30),
        counting=Rides(rides=1, within_days=1),
        start="chosen-day",
        check=CheckPoint.ALIGHTING,
        riders=(RiderPrice(category=RiderCategory.ADULT, price=fare.yen),),
        refunds=refunds,
        loss=Loss(reissue="none"),
        components=(Component(operator_id=fare.operator_id, label=label, weight=1),),
        not_covered=Localized(
            ja="特急料金・座席指定料金は含みません。途中下車はできません。",
            en="Express and seat surcharges are not included. No break of journey.",
        ),
    )


def product_id(fare: SingleFare) -> str:
    """Return the id of a fare's product: of what it is for, not of its price."""
    ends = f"{fare.origin_zone}\n{fare.destination_zone}"
    what = f"{fare.feed}\n{fare.operator_id}\n{fare.route_id}\n{ends}"
    digest = hashlib.sha256(what.encode()).hexdigest()[:16]
    return f"{'sample-' if fare.sample else ''}single-{digest}"
