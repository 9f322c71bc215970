"""
Random histories of sales, rides, refunds and chargebacks, closed month by month.

`MAAS_HISTORIES=1000` asks for as many; the suite runs a few.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from operators.settlement.statement import verify
from tests.simulation import year
from tests.support.database import fresh_engine

HISTORIES = int(os.environ.get("MAAS_HISTORIES", "10"))
SHAPES = st.tuples(
    st.integers(0, 60), st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**32 - 1)
)


@pytest.mark.timeout(300 if HISTORIES <= 10 else 0)
@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(SHAPES)
def test_every_history_keeps_the_invariants(
    tmp_path: Path, shape: tuple[int, int, int, int]
) -> None:
    orders, operators, products, seed = shape
    books, terms = year.simulate(orders, operators, products, seed)

    with fresh_engine("sqlite", tmp_path) as engine, Session(engine) as session:
        closed = year.close_all(session, books, terms, 16)

    paid: Counter[str] = Counter()
    last: dict[str, str] = {}
    for month in closed:
        # The statements of each month are its pool, to the yen.
        assert sum(int(row["total"]) for row in month.statements.values()) == month.pool
        for operator, document in month.statements.items():
            # Each can be recomputed from itself, and follows the one before.
            checks = verify(
                json.loads(json.dumps(dict(document))), previous_hash=last.get(operator, "")
            )
            assert all(check.passed for check in checks)
            last[operator] = document["hash"]
            paid[operator] += int(document["total"])
    # All that was ever sold and not returned, less fees and commission, belongs to somebody.
    assert sum(paid.values()) == books.balance
