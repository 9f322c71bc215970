"""The stops of a leg are made when somebody looks, and never differ from a plain tuple."""

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime

from routing.itineraries.calls import Calls
from routing.model import StopCall


def call(name: str) -> StopCall:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    return StopCall(name, "", name, 33.0, 130.0, "Asia/Tokyo", noon, noon, noon, noon)


def test_the_ends_are_there_before_the_rest_is_made() -> None:
    def never() -> Iterator[StopCall]:
        raise AssertionError("nobody asked for the stops between")

    calls = Calls(call("a"), call("d"), 4, never)
    assert (calls[0].name, calls[-1].name, len(calls)) == ("a", "d", 4)


def test_the_stops_between_are_made_once() -> None:
    made: list[str] = []

    def between() -> Iterator[StopCall]:
        for name in "bc":
            made.append(name)
            yield call(name)

    calls = Calls(call("a"), call("d"), 4, between)
    assert [row.name for row in calls] == ["a", "b", "c", "d"]
    assert calls[1].name == "b"
    assert [row.name for row in calls[1:3]] == ["b", "c"]
    assert made == ["b", "c"]


def test_calls_are_equal_to_a_tuple_of_the_same_and_travel_between_processes() -> None:
    calls = Calls(call("a"), call("c"), 3, lambda: iter([call("b")]))
    plain = (call("a"), call("b"), call("c"))
    assert calls == plain
    assert hash(calls) == hash(plain)
    assert pickle.loads(pickle.dumps(calls)) == plain
    assert calls != (call("a"), call("c"))
