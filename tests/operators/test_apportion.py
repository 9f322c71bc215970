"""The split of a cohort, judged by exact fractions and by what the parties were promised."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.core.money import Yen
from operators.settlement.agreement import Agreement, Method, Part, Party, WhenUnknown, flaws
from operators.settlement.apportion import CannotApportion, CohortFacts, gather, split
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord

DAY = date(2026, 12, 1)


def an_agreement(*parties: Party, parts: tuple[Part, ...], **terms: int | bool) -> Agreement:
    return Agreement("P@1", "P", DAY, None, parties, parts, **terms)  # type: ignore[arg-type]


def sale(number: int, amount: int = 10_000, fee: int = 360) -> SaleRecord:
    return SaleRecord(f"s{number}", "P", "P@1", DAY, Yen(amount), Yen(fee))


def use(number: int, operator: str, fare: int | None = 200, sold: int = 1) -> UsageRecord:
    return UsageRecord(f"u{number}", f"s{sold}", operator, DAY, None if fare is None else Yen(fare))


FARES = (Part(Method.NOMINAL_FARE, 10_000),)
THREE = (Party("bus", 1), Party("ferry", 1), Party("rail", 1))


def test_rides_are_paid_by_their_single_fares_after_commission_and_card_fees() -> None:
    agreement = an_agreement(*THREE, parts=FARES, commission=500)
    uses = [use(1, "bus", 100), use(2, "rail", 300), use(3, "rail", 300), use(4, "ferry", 200)]

    facts = gather(agreement, [sale(1)], [], uses)
    result = split(agreement, facts)

    # 10,000 - 5 % commission 500 - card fee 360 = 9,140; weights 100 : 200 : 600 of 900.
    # Quotas 1015.56, 2031.11, 6093.33: floors leave 1 yen, the largest remainder is the bus's.
    assert result.pool == 9_140
    assert result.shares == {"bus": 1_016, "ferry": 2_031, "rail": 6_093}


def test_half_fixed_half_rides() -> None:
    parts = (Part(Method.FIXED, 5_000), Part(Method.RIDES, 5_000))
    agreement = an_agreement(Party("a", 3), Party("b", 1), parts=parts, card_fee_from_pool=False)

    facts = gather(agreement, [sale(1, 1_000)], [], [use(1, "b"), use(2, "b")])

    # 500 fixed as 375 : 125, 500 by rides all to b.
    assert split(agreement, facts).shares == {"a": 375, "b": 625}


def test_a_pass_that_nobody_used_goes_by_the_fixed_shares() -> None:
    agreement = an_agreement(Party("a", 3), Party("b", 1), parts=FARES, card_fee_from_pool=False)

    assert split(agreement, gather(agreement, [sale(1, 1_000)], [], [])).shares == {
        "a": 750,
        "b": 250,
    }


def test_an_unknown_fare_is_not_zero() -> None:
    agreement = an_agreement(*THREE, parts=FARES)

    with pytest.raises(CannotApportion) as refused:
        gather(agreement, [sale(1)], [], [use(1, "bus", None), use(2, "rail", 300)])

    assert refused.value.uses == ("u1",)


def test_an_agreed_fare_stands_in_and_is_counted() -> None:
    parts = (Part(Method.NOMINAL_FARE, 10_000, WhenUnknown.AGREED),)
    agreement = an_agreement(Party("bus", 1, agreed_fare=150), Party("rail", 1), parts=parts)

    facts = gather(agreement, [sale(1)], [], [use(1, "bus", None), use(2, "rail", 300)])

    assert facts.weights[Method.NOMINAL_FARE] == {"bus": 150, "rail": 300}
    assert facts.stand_ins[Method.NOMINAL_FARE] == {"bus": 1}


def test_a_use_by_a_stranger_is_named() -> None:
    agreement = an_agreement(*THREE, parts=FARES)

    with pytest.raises(CannotApportion) as refused:
        gather(agreement, [sale(1)], [], [use(7, "taxi")])

    assert refused.value.uses == ("u7",)


def test_an_upload_that_is_repeated_counts_once() -> None:
    agreement = an_agreement(*THREE, parts=(Part(Method.RIDES, 10_000),))
    once = [use(1, "bus"), use(2, "rail")]

    assert gather(agreement, [sale(1)], [], once * 3) == gather(agreement, [sale(1)], [], once)


def test_a_guarantee_is_paid_by_the_others() -> None:
    agreement = an_agreement(
        Party("ferry", 1, minimum=3_000),
        Party("bus", 1),
        Party("rail", 1),
        parts=FARES,
        card_fee_from_pool=False,
    )
    facts = gather(agreement, [sale(1)], [], [use(1, "bus", 100), use(2, "rail", 300)])

    # 7,000 are left for bus and rail, who had 2,500 and 7,500: 1 : 3.
    assert split(agreement, facts).shares == {"bus": 1_750, "ferry": 3_000, "rail": 5_250}


def test_what_lies_above_a_cap_goes_to_the_others() -> None:
    agreement = an_agreement(
        Party("bus", 1),
        Party("ferry", 1),
        Party("rail", 1, maximum=4_000),
        parts=FARES,
        card_fee_from_pool=False,
    )
    facts = gather(
        agreement, [sale(1)], [], [use(1, "bus", 100), use(2, "ferry", 100), use(3, "rail", 800)]
    )

    assert split(agreement, facts).shares == {"bus": 3_000, "ferry": 3_000, "rail": 4_000}


def test_a_refunded_sale_leaves_its_card_fee_to_be_borne() -> None:
    agreement = an_agreement(Party("a", 3), Party("b", 1), parts=FARES)
    back = [RefundRecord("r1", "s1", DAY, Yen(10_000))]

    # 10,000 - 10,000 - 360: nobody gains from a sale that was undone.
    assert split(agreement, gather(agreement, [sale(1)], back, [])).shares == {"a": -270, "b": -90}


@pytest.mark.parametrize(
    ("agreement", "code"),
    [
        (an_agreement(parts=FARES), "parties"),
        (an_agreement(Party("a", 1), parts=(Part(Method.RIDES, 9_999),)), "parts"),
        (an_agreement(Party("a"), parts=FARES), "fixed"),
        (an_agreement(Party("a", 1), parts=FARES, commission=10_001), "commission"),
        (an_agreement(Party("a", 1, minimum=5, maximum=4), Party("b", 1), parts=FARES), "bounds"),
        (an_agreement(Party("a", 1, maximum=4), parts=FARES), "caps"),
    ],
)
def test_an_agreement_that_could_leave_a_yen_over_is_not_signed(
    agreement: Agreement, code: str
) -> None:
    assert code in [flaw.code for flaw in flaws(agreement)]


names = st.sampled_from(["a", "b", "c", "d", "e"])
parties = st.lists(names, min_size=2, max_size=5, unique=True).flatmap(
    lambda chosen: st.tuples(
        *(
            st.builds(
                Party,
                st.just(name),
                st.integers(1, 9),
                st.just(150),
                st.just(1_000),
                st.just(600),
                st.one_of(st.just(0), st.integers(0, 3_000)),
                st.none() if name == chosen[0] else st.one_of(st.none(), st.integers(3_000, 9_000)),
            )
            for name in chosen
        )
    )
)


def sums_to_whole(cuts: list[int], methods: list[Method]) -> tuple[Part, ...]:
    bounds = [0, *sorted(cuts), 10_000]
    return tuple(
        Part(method, high - low, WhenUnknown.AGREED)
        for method, low, high in zip(methods, bounds, bounds[1:], strict=False)
        if high > low
    )


agreements = st.builds(
    lambda chosen, cuts, methods, commission, fees: Agreement(
        "P@1", "P", DAY, None, chosen, sums_to_whole(cuts, methods), commission, None, fees
    ),
    parties,
    st.lists(st.integers(1, 9_999), min_size=2, max_size=2, unique=True),
    st.permutations(list(Method)),
    st.integers(0, 2_000),
    st.booleans(),
)


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[Agreement, CohortFacts]:
    agreement = draw(agreements)
    count = draw(st.integers(1, 6))
    sales = [
        sale(number, draw(st.integers(1, 30_000)), draw(st.integers(0, 900)))
        for number in range(count)
    ]
    refunds = [
        RefundRecord(f"r{row.sale_id}", row.sale_id, DAY, Yen(draw(st.integers(0, row.amount))))
        for row in sales
        if draw(st.booleans())
    ]
    uses = [
        UsageRecord(
            f"u{number}",
            f"s{draw(st.integers(0, count - 1))}",
            draw(st.sampled_from(agreement.operators)),
            DAY + timedelta(days=draw(st.integers(0, 2))),
            draw(st.one_of(st.none(), st.integers(1, 3_000).map(Yen))),
            draw(st.one_of(st.none(), st.integers(1, 90_000))),
            draw(st.one_of(st.none(), st.integers(1, 9_000))),
        )
        for number in range(draw(st.integers(0, 12)))
    ]
    return agreement, gather(agreement, sales, refunds, uses)


@settings(max_examples=300, deadline=None)
@given(cohorts())
def test_no_yen_is_lost_and_promises_are_kept(cohort: tuple[Agreement, CohortFacts]) -> None:
    agreement, facts = cohort
    assert flaws(agreement) == []

    result = split(agreement, facts)

    assert sum(result.shares.values()) == result.pool
    fees = facts.card_fees if agreement.card_fee_from_pool else 0
    assert result.pool == facts.gross - facts.refunded - facts.commission - fees
    promised = sum(party.minimum for party in agreement.parties)
    if result.pool >= promised:
        for party in agreement.parties:
            assert result.shares[party.operator] >= party.minimum
            if party.maximum is not None and result.pool >= 0:
                assert result.shares[party.operator] <= party.maximum


@settings(max_examples=200, deadline=None)
@given(cohorts())
def test_without_bounds_each_share_is_within_a_yen_a_method_of_the_exact_fraction(
    cohort: tuple[Agreement, CohortFacts],
) -> None:
    agreement, facts = cohort
    free = Agreement(
        agreement.id,
        agreement.product,
        DAY,
        None,
        tuple(Party(party.operator, party.fixed_share) for party in agreement.parties),
        agreement.parts,
    )
    result = split(free, facts)
    if result.pool < 0:
        return
    for party in free.parties:
        exact = Fraction(0)
        for part in free.parts:
            weights = facts.weights[part.method]
            whole = sum(weights.values())
            mine = weights.get(party.operator, 0)
            if not whole:
                whole = sum(row.fixed_share for row in free.parties)
                mine = party.fixed_share
            exact += Fraction(result.pool * part.share * mine, 10_000 * whole)
        # Two roundings a part (its amount, then its shares), each less than one yen.
        assert abs(result.shares[party.operator] - exact) < 2 * len(free.parts)
