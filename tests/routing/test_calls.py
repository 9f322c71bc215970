"""The stops of a leg are made when somebody looks, and never differ from a plain tuple."""

import pickle
from datetime import UTC, datetime

from routing.itineraries.calls import Calls
from routing.model import StopCall


def call(name: str) -> StopCall:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    return StopCall(name, "", name, 33.0, 130.0, "Asia/Tokyo", noon, noon, noon, noon)


def test_the_ends_are_there_before_the_rest_is_made() -> None:
    made: list[int] = []

    def make(at: int) -> StopCall:
        made.append(at)
        return call("abcd"[at])

    calls = Calls(4, make)
    assert (calls[0].name, calls[-1].name, len(calls)) == ("a", "d", 4)
    assert made == [0, 3]


def test_all_stops_are_made_once() -> None:
    made: list[int] = []

    def make(at: int) -> StopCall:
        made.append(at)
        return call("abcd"[at])

    calls = Calls(4, make)
    assert [row.name for row in calls] == ["a", "b", "c", "d"]
    assert calls[1].name == "b"
    assert (calls[0].name, calls[-1].name) == ("a", "d")
    assert [row.name for row in calls[1:3]] == ["b", "c"]
    assert made == [0, 1, 2, 3]


def test_calls_are_equal_to_a_tuple_of_the_same_and_travel_between_processes() -> None:
    calls = Calls(3, lambda at: call("abc"[at]))
    plain = (call("a"), call("b"), call("c"))
    assert calls == plain
    assert hash(calls) == hash(plain)
    assert pickle.loads(pickle.dumps(calls)) == plain
    assert calls != (call("a"), call("c"))
