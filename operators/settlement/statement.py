"""
The statement: what one operator is paid for one period, with all that it takes to recompute it.

`verify` needs the file alone. It carries, for every cohort that moved in the period, the agreement
(with its fingerprint), the summed facts now and at the last statement, and the operator's own
uses line by line; the shares follow from them by `apportion.split`. A chain of hashes over one
operator's statements shows that none was changed or left out.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from maas.core.money import Yen
from operators.settlement import agreement as agreements
from operators.settlement.agreement import Agreement, Method
from operators.settlement.apportion import CohortFacts, split
from operators.settlement.records import UsageRecord

FORMAT: Final = "kyushu-maas-statement/1"
MEASURES: Final = {
    Method.NOMINAL_FARE: ("nominal_fare", "agreed_fare"),
    Method.DISTANCE: ("distance_m", "agreed_distance_m"),
    Method.DURATION: ("duration_s", "agreed_duration_s"),
}
"""What each method sums up of the uses, and what the agreement puts where a use lacks it."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """One cohort as a statement sees it."""

    id: str
    """`PRODUCT/AGREEMENT/YYYY-MM` of the sale."""
    agreement: Agreement
    now: CohortFacts
    before: CohortFacts | None
    """Facts at the last statement; None the first time."""
    own_uses: tuple[UsageRecord, ...] = ()


def amount_of(cohort: Cohort, operator: str) -> Yen:
    """Return what the period brings the operator: the split now less the split stated before."""
    now = split(cohort.agreement, cohort.now).shares.get(operator, 0)
    if cohort.before is None:
        return Yen(now)
    return Yen(now - split(cohort.agreement, cohort.before).shares.get(operator, 0))


@dataclass(frozen=True, slots=True)
class Party:
    """Who pays or is paid: the head of an invoice."""

    id: str
    name: str
    registration: str = ""
    """登録番号 T + 13 digits; empty where the company is not registered for qualified invoices."""
    address: str = ""


def build(
    *,
    number: str,
    period: str,
    issued_on: str,
    operator: Party,
    platform: Party,
    cohorts: Sequence[Cohort],
    previous_hash: str,
    tax_rate_percent: int = 10,
) -> dict[str, Any]:
    """
    Build one operator's statement for one period.

    The tax is what is contained in the amount, rounded down once for the statement and rate
    (適格請求書: one rounding per invoice and rate). A statement may be negative.
    """
    lines = [_line(cohort, operator.id) for cohort in sorted(cohorts, key=lambda row: row.id)]
    total = sum(line["amount"] for line in lines)
    document: dict[str, Any] = {
        "format": FORMAT,
        "number": number,
        "period": period,
        "issued_on": issued_on,
        "operator": _head(operator),
        "platform": _head(platform),
        "intermediary_rule": bool(operator.registration and platform.registration),
        "lines": lines,
        "total": total,
        "tax": [
            {
                "rate_percent": tax_rate_percent,
                "base_with_tax": total,
                "tax": _tax(total, tax_rate_percent),
            }
        ],
        "previous_hash": previous_hash,
    }
    document["hash"] = digest(document)
    return document


def digest(document: Mapping[str, Any]) -> str:
    """Return SHA-256 of the canonical JSON of everything but the hash itself."""
    bare = {key: value for key, value in document.items() if key != "hash"}
    text = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `verify` looked at."""

    passed: bool
    ja: str
    en: str


def verify(document: Mapping[str, Any], *, previous_hash: str | None = None) -> list[Check]:
    """
    Recompute a statement from itself alone.

    `previous_hash` is the hash of the operator's last statement, where the operator has it.
    Never raises: a broken document is a failed check.
    """
    if document.get("format") != FORMAT:
        return [Check(False, "精算書の形式ではありません。", "Not a statement of this format.")]
    checks = [
        Check(
            document.get("hash") == digest(document),
            "ハッシュ値が内容と一致します。",
            "The hash fits the content.",
        )
    ]
    if previous_hash is not None:
        checks.append(
            Check(
                document.get("previous_hash") == previous_hash,
                "前回の精算書に続いています。",
                "It follows the previous statement.",
            )
        )
    try:
        lines = document["lines"]
        checks += [check for line in lines for check in _verify_line(line, document)]
        total = sum(int(line["amount"]) for line in lines)
        checks.append(
            Check(
                total == document["total"],
                "明細の合計が総額です。",
                "The lines add up to the total.",
            )
        )
        for row in document["tax"]:
            fits = row["base_with_tax"] == total and row["tax"] == _tax(total, row["rate_percent"])
            checks.append(Check(fits, "消費税額が一致します。", "The tax is right, rounded once."))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        checks.append(Check(False, f"読めない項目があります: {error}", f"Cannot read: {error}"))
    return checks


def _verify_line(line: Mapping[str, Any], document: Mapping[str, Any]) -> list[Check]:
    name = line["cohort"]
    agreement = agreements.from_json(line["agreement"])
    operator = document["operator"]["id"]
    cohort = Cohort(
        id=name,
        agreement=agreement,
        now=facts_from_json(line["now"]),
        before=facts_from_json(line["before"]) if line["before"] else None,
    )
    amount = amount_of(cohort, operator)
    checks = [
        Check(
            agreements.fingerprint(agreement) == line["agreement_fingerprint"],
            f"{name}: 協定の指紋が一致します。",
            f"{name}: the agreement's fingerprint fits.",
        ),
        Check(
            amount == line["amount"],
            f"{name}: 再計算 {amount:,}円、記載 {line['amount']:,}円。",
            f"{name}: recomputed {amount:,} yen, stated {line['amount']:,} yen.",
        ),
    ]
    return checks + _verify_uses(line, cohort, operator)


def _verify_uses(line: Mapping[str, Any], cohort: Cohort, operator: str) -> list[Check]:
    """Check the operator's own weights against the uses that it can compare with its records."""
    name, uses, checks = cohort.id, line["uses"], []
    for method, weights in cohort.now.weights.items():
        stated = weights.get(operator, 0)
        if method is Method.RIDES:
            checks.append(
                Check(
                    len(uses) == stated,
                    f"{name}: 自社の利用明細は{len(uses)}件です。",
                    f"{name}: {len(uses)} uses of your own are listed.",
                )
            )
        elif method in MEASURES:
            own, agreed = MEASURES[method]
            lacking = sum(use[own] is None for use in uses)
            instead = getattr(cohort.agreement.party(operator), agreed) if lacking else None
            measured = sum(use[own] for use in uses if use[own] is not None)
            measured += lacking * (instead or 0)
            stood_in = cohort.now.stand_ins.get(method, {}).get(operator, 0)
            checks.append(
                Check(
                    (measured, lacking) == (stated, stood_in),
                    f"{name}: 自社の利用明細の{method.value}は{measured:,}、記載 {stated:,}。",
                    f"{name}: your uses weigh {measured:,} by {method.value}, {stated:,} stated.",
                )
            )
    return checks


def _line(cohort: Cohort, operator: str) -> dict[str, Any]:
    return {
        "cohort": cohort.id,
        "agreement": agreements.to_json(cohort.agreement),
        "agreement_fingerprint": agreements.fingerprint(cohort.agreement),
        "now": facts_to_json(cohort.now),
        "before": facts_to_json(cohort.before) if cohort.before else None,
        "amount": int(amount_of(cohort, operator)),
        "uses": [
            {
                "id": use.usage_id,
                "used_on": use.used_on.isoformat(),
                "nominal_fare": use.nominal_fare,
                "distance_m": use.distance_m,
                "duration_s": use.duration_s,
            }
            for use in sorted(cohort.own_uses, key=lambda row: row.usage_id)
        ],
    }


def facts_to_json(facts: CohortFacts) -> dict[str, Any]:
    """Return a cohort's facts as statements carry them."""
    return {
        "sales": facts.sales,
        "gross": int(facts.gross),
        "refunded": int(facts.refunded),
        "card_fees": int(facts.card_fees),
        "commission": int(facts.commission),
        "weights": {m.value: dict(sorted(w.items())) for m, w in sorted(facts.weights.items())},
        "stand_ins": {m.value: dict(sorted(w.items())) for m, w in sorted(facts.stand_ins.items())},
    }


def facts_from_json(row: Mapping[str, Any]) -> CohortFacts:
    """Read a cohort's facts."""
    return CohortFacts(
        sales=int(row["sales"]),
        gross=Yen(int(row["gross"])),
        refunded=Yen(int(row["refunded"])),
        card_fees=Yen(int(row["card_fees"])),
        commission=Yen(int(row["commission"])),
        weights={Method(m): {k: int(v) for k, v in w.items()} for m, w in row["weights"].items()},
        stand_ins={Method(m): dict(w) for m, w in row["stand_ins"].items()},
    )


def _head(party: Party) -> dict[str, str]:
    return {
        "id": party.id,
        "name": party.name,
        "registration": party.registration,
        "address": party.address,
    }


def _tax(with_tax: int, percent: int) -> int:
    """Return the tax contained in an amount, towards zero."""
    tax = abs(with_tax) * percent // (100 + percent)
    return tax if with_tax >= 0 else -tax
