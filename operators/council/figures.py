"""Sales, rides and refunds of a span of days, by product, mode, prefecture and origin of buyers."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from operators.council.records import Activity, Return, Ride, Sale


@dataclass(frozen=True, slots=True)
class SalesOf:
    """What was sold of one kind."""

    passes: int = 0
    persons: int = 0
    yen: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """
    The figures of a span of days.

    Every pass is in exactly one row of each `sales_by_…`, every ride in one row of each
    `rides_by_…`; what is not known is in the row `unknown`, so each table sums to the whole.
    """

    first: date
    last: date
    sales: SalesOf
    sales_by_product: Mapping[str, SalesOf]
    sales_by_language: Mapping[str, SalesOf]
    sales_by_month: Mapping[str, SalesOf]
    returned: int
    returned_yen: int
    return_fees_yen: int
    returned_yen_by_product: Mapping[str, int]
    rides: int
    passes_used: int
    rides_by_product: Mapping[str, int]
    rides_by_mode: Mapping[str, int]
    rides_by_prefecture: Mapping[str, int]
    rides_by_language: Mapping[str, int]
    rides_by_month: Mapping[str, int]
    rides_by_operator: Mapping[str, int]
    """For the entitled only: `as_json` leaves it out unless it is asked for."""
    product_names: Mapping[str, str]

    def as_json(self, *, operators: bool) -> dict[str, Any]:
        """Return the figures; `operators`: with the rides of each operator."""
        shown: dict[str, Any] = {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "sales": _sales(self.sales),
            "sales_by_product": _each(self.sales_by_product),
            "sales_by_language": _each(self.sales_by_language),
            "sales_by_month": _each(self.sales_by_month),
            "refunds": {
                "passes": self.returned,
                "yen": self.returned_yen,
                "fees_yen": self.return_fees_yen,
                "yen_by_product": dict(self.returned_yen_by_product),
            },
            "rides": self.rides,
            "passes_used": self.passes_used,
            "rides_by_product": dict(self.rides_by_product),
            "rides_by_mode": dict(self.rides_by_mode),
            "rides_by_prefecture": dict(self.rides_by_prefecture),
            "rides_by_language": dict(self.rides_by_language),
            "rides_by_month": dict(self.rides_by_month),
            "product_names": dict(self.product_names),
        }
        return shown | ({"rides_by_operator": dict(self.rides_by_operator)} if operators else {})


def figures(activity: Activity, first: date, last: date) -> Figures:
    """Count the days from first to last, both included."""
    sales = activity.sales(first, last)
    returns = activity.returns(first, last)
    rides = activity.rides(first, last)
    names = activity.product_names()
    used = {row.product for row in sales} | {row.product for row in rides}
    used |= {row.product for row in returns}
    return Figures(
        first=first,
        last=last,
        sales=_total(sales),
        sales_by_product=_sales_by(sales, lambda row: row.product),
        sales_by_language=_sales_by(sales, lambda row: row.language),
        sales_by_month=_sales_by(sales, lambda row: f"{row.day:%Y-%m}"),
        returned=len(returns),
        returned_yen=sum(row.yen for row in returns),
        return_fees_yen=sum(row.fee for row in returns),
        returned_yen_by_product=_returned(returns),
        rides=len(rides),
        passes_used=len({row.ticket for row in rides}),
        rides_by_product=_count(rides, lambda row: row.product),
        rides_by_mode=_count(rides, lambda row: row.mode),
        rides_by_prefecture=_count(rides, lambda row: row.prefecture),
        rides_by_language=_count(rides, lambda row: row.language),
        rides_by_month=_count(rides, lambda row: f"{row.day:%Y-%m}"),
        rides_by_operator=_count(rides, lambda row: row.operator),
        product_names={name: names[name] for name in sorted(used) if name in names},
    )


def _count(rows: Iterable[Ride], key: Callable[[Ride], str]) -> dict[str, int]:
    return dict(sorted(Counter(key(row) for row in rows).items()))


def _total(sales: Sequence[Sale]) -> SalesOf:
    return SalesOf(len(sales), sum(row.persons for row in sales), sum(row.yen for row in sales))


def _sales_by(sales: Iterable[Sale], key: Callable[[Sale], str]) -> dict[str, SalesOf]:
    parts: dict[str, list[Sale]] = defaultdict(list)
    for row in sales:
        parts[key(row)].append(row)
    return {name: _total(rows) for name, rows in sorted(parts.items())}


def _returned(returns: Iterable[Return]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for row in returns:
        sums[row.product] += row.yen
    return dict(sorted(sums.items()))


def _sales(row: SalesOf) -> dict[str, int]:
    return {"passes": row.passes, "persons": row.persons, "yen": row.yen}


def _each(rows: Mapping[str, SalesOf]) -> dict[str, dict[str, int]]:
    return {name: _sales(row) for name, row in rows.items()}
