import copy
import json
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from maas.core.money import Yen
from operators.settlement.agreement import Agreement, Method, Part, Party, WhenUnknown
from operators.settlement.apportion import CohortFacts, gather, split
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord
from operators.settlement.statement import Cohort, build, digest, verify
from operators.settlement.statement import Party as Head

SOLD = date(2026, 12, 5)
AGREEMENT = Agreement(
    "KYUSHU2D@1",
    "KYUSHU2D",
    date(2026, 4, 1),
    None,
    (Party("bus", 2, 200), Party("ferry", 1, 1_500, minimum=500), Party("rail", 5, 400)),
    (
        Part(Method.FIXED, 4_000),
        Part(Method.NOMINAL_FARE, 4_000, WhenUnknown.AGREED),
        Part(Method.RIDES, 2_000),
    ),
    commission=500,
)
PLATFORM = Head("platform", "九州MaaS協議会（見本）", "T1234567890123")


def statement(
    operator: str,
    period: str,
    now: CohortFacts,
    before: CohortFacts | None,
    uses: list[UsageRecord],
    previous: str,
) -> dict[str, Any]:
    own = tuple(use for use in uses if use.operator == operator)
    return build(
        number=f"{period}-{operator}",
        period=period,
        issued_on="2027-01-10",
        operator=Head(operator, operator),
        platform=PLATFORM,
        cohorts=[Cohort("KYUSHU2D/KYUSHU2D@1/2026-12", AGREEMENT, now, before, own)],
        previous_hash=previous,
    )


def sale(number: int, amount: int) -> SaleRecord:
    return SaleRecord(
        f"s{number}", "KYUSHU2D", "KYUSHU2D@1", SOLD, Yen(amount), Yen(amount * 36 // 1000)
    )


@st.composite
def histories(
    draw: st.DrawFn,
) -> list[tuple[list[SaleRecord], list[RefundRecord], list[UsageRecord]]]:
    """What is known of one cohort at each of several month ends; facts only ever arrive."""
    sales = [
        sale(number, draw(st.integers(100, 30_000))) for number in range(draw(st.integers(1, 5)))
    ]
    refunds: list[RefundRecord] = []
    uses: list[UsageRecord] = []
    months = []
    for month in range(draw(st.integers(1, 4))):
        for row in sales:
            if draw(st.integers(0, 3)) == 0 and not any(r.sale_id == row.sale_id for r in refunds):
                refunds.append(
                    RefundRecord(
                        f"r{row.sale_id}", row.sale_id, SOLD, Yen(draw(st.integers(1, row.amount)))
                    )
                )
            for _ in range(draw(st.integers(0, 2))):
                fare = draw(st.one_of(st.none(), st.integers(100, 2_000).map(Yen)))
                operator = draw(st.sampled_from(AGREEMENT.operators))
                uses.append(UsageRecord(f"u{month}-{len(uses)}", row.sale_id, operator, SOLD, fare))
        months.append((sales, list(refunds), list(uses)))
    return months


@settings(max_examples=150, deadline=None)
@given(histories())
def test_all_statements_together_are_the_pool_and_each_recomputes_itself(
    months: list[tuple[list[SaleRecord], list[RefundRecord], list[UsageRecord]]],
) -> None:
    before: CohortFacts | None = None
    paid = 0
    hashes = dict.fromkeys(AGREEMENT.operators, "")
    for number, (sales, refunds, uses) in enumerate(months):
        now = gather(AGREEMENT, sales, refunds, uses)
        for operator in AGREEMENT.operators:
            document = statement(
                operator, f"2027-{number + 1:02}", now, before, uses, hashes[operator]
            )
            reread = json.loads(json.dumps(document, ensure_ascii=False))
            assert [
                c.en for c in verify(reread, previous_hash=hashes[operator]) if not c.passed
            ] == []
            hashes[operator] = document["hash"]
            paid += document["total"]
        # To the yen at every month end, whatever arrived late.
        assert paid == split(AGREEMENT, now).pool
        before = now


def a_statement() -> dict[str, Any]:
    uses = [
        UsageRecord(f"u{n}", "s1", op, SOLD, Yen(500))
        for n, op in enumerate(["bus", "rail", "rail", "ferry"])
    ]
    now = gather(AGREEMENT, [sale(1, 10_000), sale(2, 5_000)], [], uses)
    return statement("rail", "2026-12", now, None, uses, "")


def resealed(document: dict[str, Any]) -> dict[str, Any]:
    document["hash"] = digest(document)
    return document


def test_the_true_statement_passes() -> None:
    assert all(check.passed for check in verify(a_statement()))


def test_every_kind_of_tampering_shows() -> None:
    def amount(d: dict[str, Any]) -> None:
        d["lines"][0]["amount"] += 1
        d["total"] += 1

    def weight(d: dict[str, Any]) -> None:
        d["lines"][0]["now"]["weights"]["nominal-fare"]["rail"] += 100

    def agreed(d: dict[str, Any]) -> None:
        d["lines"][0]["agreement"]["parties"][0]["fixed_share"] += 1

    def use(d: dict[str, Any]) -> None:
        d["lines"][0]["uses"].pop()

    def tax(d: dict[str, Any]) -> None:
        d["tax"][0]["tax"] += 1

    def total(d: dict[str, Any]) -> None:
        d["total"] += 1

    for change in (amount, weight, agreed, use, tax, total):
        document = copy.deepcopy(a_statement())
        change(document)
        assert not all(check.passed for check in verify(document)), change.__name__
        # Even when the forger makes the hash fit again, the content contradicts itself.
        assert not all(check.passed for check in verify(resealed(document))), change.__name__


def test_a_statement_that_was_left_out_shows_in_the_chain() -> None:
    assert not all(check.passed for check in verify(a_statement(), previous_hash="0" * 64))


def test_the_tax_is_rounded_once_for_the_statement() -> None:
    document = a_statement()

    assert document["tax"] == [
        {
            "rate_percent": 10,
            "base_with_tax": document["total"],
            "tax": document["total"] * 10 // 110,
        }
    ]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["format", "lines", "total", "hash", "tax", "operator", "cohort", "now"]
                ),
                x,
                max_size=6,
            )
        ),
    )
)
def test_a_broken_document_is_a_failed_check(junk: object) -> None:
    document = junk if isinstance(junk, dict) else {"lines": junk}
    for candidate in (document, {**document, "format": "kyushu-maas-statement/1"}):
        assert not all(check.passed for check in verify(candidate))


def test_weights_that_are_not_those_of_the_own_uses_are_told_even_if_all_else_was_made_to_fit() -> (
    None
):
    # Two rides of 700 yen: somebody who writes 1,300 into the weights, and computes everything
    # else from that, is found out by the uses.
    sales = [sale(1, 10_000)]
    uses = [UsageRecord(f"u{n}", "s1", "rail", SOLD, 700) for n in range(2)]
    uses.append(UsageRecord("u9", "s1", "bus", SOLD, 300))
    now = gather(AGREEMENT, sales, [], uses)
    assert now.weights[Method.NOMINAL_FARE] == {"rail": 1_400, "bus": 300}
    weights = now.weights | {Method.NOMINAL_FARE: {"rail": 1_300, "bus": 300}}
    forged = statement("rail", "2026-12", replace(now, weights=weights), None, uses, "")

    assert all(check.passed for check in verify(statement("rail", "2026-12", now, None, uses, "")))
    assert [check.en for check in verify(forged) if not check.passed] == [
        "KYUSHU2D/KYUSHU2D@1/2026-12: your uses weigh 1,400 by nominal-fare, 1,300 stated."
    ]


def test_a_use_without_a_fare_counts_as_agreed_in_the_check_too() -> None:
    uses = [UsageRecord("u1", "s1", "rail", SOLD, None), UsageRecord("u2", "s1", "rail", SOLD, 700)]
    now = gather(AGREEMENT, [sale(1, 10_000)], [], uses)
    few = replace(now, stand_ins={Method.NOMINAL_FARE: {}})

    assert all(check.passed for check in verify(statement("rail", "2026-12", now, None, uses, "")))
    assert not all(
        check.passed for check in verify(statement("rail", "2026-12", few, None, uses, ""))
    )
