import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.core.money import Yen, split_largest_remainder


@given(
    total=st.integers(-(10**12), 10**12),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=60).filter(any),
)
def test_a_split_never_loses_a_yen_and_stays_within_one_yen_of_the_quota(
    total: int, weights: list[int]
) -> None:
    parts = split_largest_remainder(Yen(total), weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        # |part - quota| < 1, in integers: |part * W - total * w| < W.
        assert abs(part * sum(weights) - total * weight) < sum(weights)


def test_an_amount_that_belongs_to_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        split_largest_remainder(Yen(1), [0, 0])
