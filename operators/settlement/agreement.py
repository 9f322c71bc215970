"""
What operators agreed on: a rule as data, versioned, that everybody can recompute.

An agreement takes a cohort (the sales of one product in one month), keeps commission and card
fees first, and splits what is left by one or more methods, each for a part of it in
ten-thousandths. Then minimums and caps are met. Everything is integers.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

WHOLE: Final = 10_000
"""Parts are given in ten-thousandths, so that 33.33 % is exact."""


class Method(StrEnum):
    """How a part of the pool is weighed."""

    FIXED = "fixed"
    """Shares that were agreed in advance."""
    NOMINAL_FARE = "nominal-fare"
    """The single fares of the rides that were checked (みなし運賃)."""
    RIDES = "rides"
    DISTANCE = "distance"
    DURATION = "duration"
    ACTIVE_DAYS = "active-days"
    """On each day of each pass, the operators used share that day equally by count of days."""


class WhenUnknown(StrEnum):
    """What to do where a use lacks the fact that a method weighs."""

    REFUSE = "refuse"
    """The close stops and names the uses."""
    AGREED = "agreed"
    """The agreement's own value for that operator stands in, and the statement says how often."""


@dataclass(frozen=True, slots=True)
class Part:
    """One method and how much of the pool it splits."""

    method: Method
    share: int
    """Ten-thousandths of the pool; all parts together are `WHOLE`."""
    unknown: WhenUnknown = WhenUnknown.REFUSE


@dataclass(frozen=True, slots=True)
class Party:
    """One operator in the agreement."""

    operator: str
    fixed_share: int = 0
    """Weight in `Method.FIXED`, and of every cohort or part that nobody used."""
    agreed_fare: int | None = None
    agreed_distance_m: int | None = None
    agreed_duration_s: int | None = None
    minimum: int = 0
    """Guaranteed yen a cohort, financed by the others in proportion to what they have."""
    maximum: int | None = None
    """Cap in yen a cohort; what is above goes to the others in proportion."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement. It is never edited; a change is a new version."""

    id: str
    """`NAME@VERSION`; a sale keeps the one under which it was sold."""
    product: str
    valid_from: date
    valid_until: date | None
    parties: tuple[Party, ...]
    parts: tuple[Part, ...]
    commission: int = 0
    """Seller's commission in ten-thousandths of the amount paid."""
    commission_cap: int | None = None
    """Highest commission in yen a sale."""
    card_fee_from_pool: bool = True
    """True: the pool bears card fees. False: the seller bears them out of the commission."""
    legal_basis: str = ""
    """The approval or notification that permits the pool."""

    @property
    def operators(self) -> tuple[str, ...]:
        """Return the parties in the order that breaks ties: by operator id."""
        return tuple(sorted(party.operator for party in self.parties))

    def party(self, operator: str) -> Party:
        """Return one party's terms."""
        return next(party for party in self.parties if party.operator == operator)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an agreement cannot be signed, in both languages."""

    code: str
    ja: str
    en: str


def flaws(agreement: Agreement) -> list[Flaw]:
    """Return everything that keeps the agreement from splitting every possible cohort."""
    found = []
    names = [party.operator for party in agreement.parties]
    if not names or len(set(names)) != len(names):
        found.append(
            Flaw("parties", "事業者が無いか重複しています。", "No operator, or one twice.")
        )
    if sum(part.share for part in agreement.parts) != WHOLE or any(
        part.share <= 0 for part in agreement.parts
    ):
        found.append(
            Flaw(
                "parts",
                "配分方法の割合の合計が10000分の10000ではありません。",
                "The shares of the methods do not add up to 10000 of 10000.",
            )
        )
    if any(party.fixed_share < 0 for party in agreement.parties) or not any(
        party.fixed_share > 0 for party in agreement.parties
    ):
        found.append(
            Flaw(
                "fixed",
                "固定配分が無いため、利用のない券の収入の行き先が決まりません。",
                "No fixed share: the income of passes that nobody used would belong to nobody.",
            )
        )
    if not 0 <= agreement.commission <= WHOLE:
        found.append(Flaw("commission", "販売手数料率が範囲外です。", "Commission out of range."))
    if any(
        party.minimum < 0 or (party.maximum is not None and party.maximum < party.minimum)
        for party in agreement.parties
    ):
        found.append(
            Flaw("bounds", "最低保証と上限が矛盾しています。", "A minimum lies above its maximum.")
        )
    if agreement.parties and all(party.maximum is not None for party in agreement.parties):
        found.append(
            Flaw(
                "caps",
                "全事業者に上限があるため、上限を超えた収入の行き先が決まりません。",
                "Everybody has a cap: income above all caps would belong to nobody.",
            )
        )
    if agreement.valid_until is not None and agreement.valid_until < agreement.valid_from:
        found.append(Flaw("validity", "有効期間が逆です。", "It ends before it begins."))
    return found


def to_json(agreement: Agreement) -> dict[str, Any]:
    """Return the agreement as it is written into every statement."""
    return {
        "id": agreement.id,
        "product": agreement.product,
        "valid_from": agreement.valid_from.isoformat(),
        "valid_until": agreement.valid_until.isoformat() if agreement.valid_until else None,
        "parties": [
            {
                "operator": party.operator,
                "fixed_share": party.fixed_share,
                "agreed_fare": party.agreed_fare,
                "agreed_distance_m": party.agreed_distance_m,
                "agreed_duration_s": party.agreed_duration_s,
                "minimum": party.minimum,
                "maximum": party.maximum,
            }
            for party in agreement.parties
        ],
        "parts": [
            {"method": part.method.value, "share": part.share, "unknown": part.unknown.value}
            for part in agreement.parts
        ],
        "commission": agreement.commission,
        "commission_cap": agreement.commission_cap,
        "card_fee_from_pool": agreement.card_fee_from_pool,
        "legal_basis": agreement.legal_basis,
    }


def from_json(document: dict[str, Any]) -> Agreement:
    """
    Read an agreement.

    Raises:
        ValueError: The document does not have the form; the message names the field.
    """
    try:
        until = document["valid_until"]
        return Agreement(
            id=str(document["id"]),
            product=str(document["product"]),
            valid_from=date.fromisoformat(document["valid_from"]),
            valid_until=date.fromisoformat(until) if until else None,
            parties=tuple(
                Party(
                    operator=str(row["operator"]),
                    fixed_share=_integer(row, "fixed_share", 0),
                    agreed_fare=_optional(row, "agreed_fare"),
                    agreed_distance_m=_optional(row, "agreed_distance_m"),
                    agreed_duration_s=_optional(row, "agreed_duration_s"),
                    minimum=_integer(row, "minimum", 0),
                    maximum=_optional(row, "maximum"),
                )
                for row in document["parties"]
            ),
            parts=tuple(
                Part(
                    Method(row["method"]),
                    _integer(row, "share"),
                    WhenUnknown(row.get("unknown", "refuse")),
                )
                for row in document["parts"]
            ),
            commission=_integer(document, "commission", 0),
            commission_cap=_optional(document, "commission_cap"),
            card_fee_from_pool=bool(document.get("card_fee_from_pool", True)),
            legal_basis=str(document.get("legal_basis", "")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The agreement lacks or breaks {error}.") from error


def fingerprint(agreement: Agreement) -> str:
    """Return SHA-256 of the agreement's canonical JSON: what both sides sign."""
    text = json.dumps(to_json(agreement), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _integer(row: dict[str, Any], key: str, default: int | None = None) -> int:
    value = row[key] if default is None else row.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key}: a whole number")
    return value


def _optional(row: dict[str, Any], key: str) -> int | None:
    return None if row.get(key) is None else _integer(row, key)
