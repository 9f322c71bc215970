"""
Who is owed what, to the last yen: pure functions.

A cohort is everything sold of one product, under one agreement version, in one month. Its split
is always computed on the cohort's total (never per ride, where rounding would add up), by largest
remainders. Facts that arrive later (a ride uploaded late, a refund) change the cohort; what an
operator gets in a later month is the difference between the split after and the split already
stated, so the stated ones never change and the sum is right at every moment.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maas.core.money import Yen, split_largest_remainder
from operators.settlement.agreement import WHOLE, Agreement, Method, Part, Party, WhenUnknown
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord


class CannotApportion(ValueError):
    """The facts do not suffice for the agreement; `uses` names those that lack one."""

    def __init__(self, message: str, uses: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.uses = tuple(uses)


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """All that the split of a cohort depends on, summed up so that a statement can carry it."""

    sales: int
    gross: Yen
    refunded: Yen
    card_fees: Yen
    commission: Yen
    weights: Mapping[Method, Mapping[str, int]]
    """Per method of the agreement, per operator."""
    stand_ins: Mapping[Method, Mapping[str, int]]
    """How many uses of each operator had no fact of their own and took the agreed value."""


@dataclass(frozen=True, slots=True)
class Split:
    """What a cohort gives."""

    pool: Yen
    """What the parties share; negative where more went back than was paid and kept."""
    commission: Yen
    card_fees: Yen
    shares: Mapping[str, Yen]
    """Sums to `pool`."""


def gather(
    agreement: Agreement,
    sales: Sequence[SaleRecord],
    refunds: Sequence[RefundRecord],
    uses: Iterable[UsageRecord],
) -> CohortFacts:
    """
    Sum up a cohort.

    Refunds and uses of other sales are not looked at; the same id given twice counts once.

    Raises:
        CannotApportion: A use lacks a fact, or names an operator who is no party.
    """
    own = {sale.sale_id: sale for sale in sales}
    back: dict[str, int] = defaultdict(int)
    for refund in {refund.refund_id: refund for refund in refunds}.values():
        if refund.sale_id in own:
            back[refund.sale_id] += refund.amount
    commission = sum(
        _commission(agreement, sale.amount - back[sale.sale_id]) for sale in own.values()
    )
    rides = {use.usage_id: use for use in uses if use.sale_id in own}.values()
    strangers = [use.usage_id for use in rides if use.operator not in agreement.operators]
    if strangers:
        raise CannotApportion("A use names an operator who is no party.", strangers)
    weights: dict[Method, Mapping[str, int]] = {}
    stand_ins: dict[Method, Mapping[str, int]] = {}
    for part in agreement.parts:
        weights[part.method], stand_ins[part.method] = _weigh(agreement, part, list(rides))
    return CohortFacts(
        sales=len(own),
        gross=Yen(sum(sale.amount for sale in own.values())),
        refunded=Yen(sum(back.values())),
        card_fees=Yen(sum(sale.card_fee for sale in own.values())),
        commission=Yen(commission),
        weights=weights,
        stand_ins=stand_ins,
    )


def split(agreement: Agreement, facts: CohortFacts) -> Split:
    """
    Split a cohort.

    The order is fixed: commission, card fees, methods, minimums, caps. The parts of the pool
    are themselves made by largest remainders, so they sum to the pool. A part that nobody
    used, and a negative pool, are split by the fixed shares.
    """
    fees = facts.card_fees if agreement.card_fee_from_pool else Yen(0)
    pool = Yen(facts.gross - facts.refunded - facts.commission - fees)
    operators = agreement.operators
    fixed = [agreement.party(operator).fixed_share for operator in operators]
    if pool < 0:
        shares = dict(zip(operators, split_largest_remainder(pool, fixed), strict=True))
        return Split(pool, facts.commission, facts.card_fees, shares)
    sums: Counter[str] = Counter(dict.fromkeys(operators, 0))
    amounts = split_largest_remainder(pool, [part.share for part in agreement.parts])
    for part, amount in zip(agreement.parts, amounts, strict=True):
        weights = [facts.weights[part.method].get(operator, 0) for operator in operators]
        parts = split_largest_remainder(amount, weights if any(weights) else fixed)
        for operator, share in zip(operators, parts, strict=True):
            sums[operator] += share
    shares = _bounded(agreement, {operator: Yen(sums[operator]) for operator in operators})
    return Split(pool, facts.commission, facts.card_fees, shares)


def _commission(agreement: Agreement, kept: int) -> int:
    """Return the commission on what the buyer has paid in the end, in whole yen, floored."""
    commission = max(kept, 0) * agreement.commission // WHOLE
    cap = agreement.commission_cap
    return commission if cap is None else min(commission, cap)


def _weigh(
    agreement: Agreement, part: Part, uses: list[UsageRecord]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the weight of each operator, and how many uses took the agreed value."""
    if part.method is Method.FIXED:
        return {party.operator: party.fixed_share for party in agreement.parties}, {}
    if part.method is Method.RIDES:
        return Counter(use.operator for use in uses), {}
    if part.method is Method.ACTIVE_DAYS:
        return Counter(operator for _, _, operator in _days(uses)), {}
    weights: Counter[str] = Counter()
    stood_in: Counter[str] = Counter()
    lacking = []
    for use in uses:
        value = _fact(part.method, use)
        if value is None:
            value = _agreed(part.method, agreement.party(use.operator))
            if part.unknown is WhenUnknown.REFUSE or value is None:
                lacking.append(use.usage_id)
                continue
            stood_in[use.operator] += 1
        weights[use.operator] += value
    if lacking:
        raise CannotApportion(f"A use lacks what {part.method.value} weighs.", lacking)
    return weights, stood_in


def _days(uses: Iterable[UsageRecord]) -> set[tuple[str, object, str]]:
    return {(use.sale_id, use.used_on, use.operator) for use in uses}


def _fact(method: Method, use: UsageRecord) -> int | None:
    if method is Method.NOMINAL_FARE:
        return use.nominal_fare
    return use.distance_m if method is Method.DISTANCE else use.duration_s


def _agreed(method: Method, party: Party) -> int | None:
    if method is Method.NOMINAL_FARE:
        return party.agreed_fare
    return party.agreed_distance_m if method is Method.DISTANCE else party.agreed_duration_s


def _bounded(agreement: Agreement, shares: dict[str, Yen]) -> dict[str, Yen]:
    """
    Meet minimums and caps; the sum stays what it was.

    Each round fixes whoever is outside the bounds and splits the rest among the others in
    proportion to what they have; at most one round an operator. Where the pool cannot carry
    all minimums, the minimums themselves are the weights.
    """
    total = Yen(sum(shares.values()))
    minimums = {party.operator: party.minimum for party in agreement.parties}
    maximums = {party.operator: party.maximum for party in agreement.parties}
    operators = agreement.operators
    if total <= sum(minimums.values()) and any(minimums.values()):
        parts = split_largest_remainder(total, [minimums[operator] for operator in operators])
        return dict(zip(operators, parts, strict=True))
    settled: dict[str, Yen] = {}
    open_shares = dict(shares)
    for _ in operators:
        low = {o: Yen(minimums[o]) for o, s in open_shares.items() if s < minimums[o]}
        high = {
            o: Yen(cap)
            for o, s in open_shares.items()
            if (cap := maximums[o]) is not None and s > cap
        }
        if not low and not high:
            break
        # What is missing below is met before what is too much above: a guarantee is a promise.
        fixed = low or high
        settled |= fixed
        rest = [operator for operator in operators if operator not in settled]
        left = Yen(total - sum(settled.values()))
        weights = [int(open_shares[operator]) for operator in rest]
        if not any(weights):
            weights = [agreement.party(operator).fixed_share or 1 for operator in rest]
        open_shares = (
            dict(zip(rest, split_largest_remainder(left, weights), strict=True)) if rest else {}
        )
    return _without_rest(agreement, total, settled | open_shares)


def _without_rest(agreement: Agreement, total: Yen, shares: dict[str, Yen]) -> dict[str, Yen]:
    """Give what lies above all caps to those who have none."""
    above = Yen(total - sum(shares.values()))
    free = [o for o in agreement.operators if agreement.party(o).maximum is None]
    weights = [agreement.party(operator).fixed_share or 1 for operator in free]
    more = dict(zip(free, split_largest_remainder(above, weights), strict=True)) if above else {}
    return {o: Yen(shares[o] + more.get(o, 0)) for o in agreement.operators}
