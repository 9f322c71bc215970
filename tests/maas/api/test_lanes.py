"""Long questions wait for each other; short ones do not wait for them."""

import threading

import anyio
import pytest
from starlette.responses import Response

from maas.api.lanes import Lanes, is_long

ANSWERED, BUSY = Response("answered"), Response("busy", 503)


def busy() -> Response:
    return BUSY


@pytest.mark.parametrize(
    ("pairs", "long"),
    [
        ([("searchWindow", "900")], False),
        ([("searchWindow", "86400")], True),
        ([("numItineraries", "5")], False),
        ([("numItineraries", "256")], True),
        ([("numItineraries", "many"), ("searchWindow", "")], False),
        ([("searchWindow", "9" * 5000)], True),
        ([("via", "x_stop"), ("viaMinimumStay", "10")], True),
        ([("via", " ")], False),
        ([("numLegAlternatives", "2")], False),
        ([("numLegAlternatives", "20")], True),
        ([("numLegAlternatives", "5"), ("numItineraries", "40")], True),
        ([("numItineraries", "40"), ("pageCursor", "EARLIER|1795500000")], True),
        ([("numItineraries", "5"), ("pageCursor", "LATER|1795500000")], False),
        ([("searchWindow", "21600"), ("slowDirect", "true")], True),
        ([("searchWindow", "86400"), ("searchWindow", "-86400")], True),
        ([("preTransitModes", "WALK,car")], True),
        ([("preTransitModes", "WALK,BIKE"), ("maxPreTransitTime", "900")], False),
        ([("searchWindow", "nan")], False),
        ([("radius", "500")], False),
        ([("radius", "100000")], True),
        ([], False),
    ],
)
def test_what_asks_for_much_is_long(pairs: list[tuple[str, str]], long: bool) -> None:
    assert is_long(pairs) is long


def test_thousands_of_ways_of_ones_own_are_long() -> None:
    assert is_long([], body=200_000)
    assert not is_long([], body=2_000)


def test_a_short_question_is_answered_while_long_ones_fill_their_lane() -> None:
    lanes, end = Lanes(1, waiting=1), threading.Event()

    def waits() -> Response:
        end.wait(30)
        return ANSWERED

    async def asked() -> tuple[Response, Response, list[Response]]:
        found: list[Response] = []

        async def long() -> None:
            found.append(await lanes.run(waits, busy, long=True))

        async with anyio.create_task_group() as group:
            # One is being answered, one waits; the third is told to come again.
            group.start_soon(long)
            group.start_soon(long)
            await anyio.wait_all_tasks_blocked()
            third = await lanes.run(waits, busy, long=True)
            short = await lanes.run(lambda: ANSWERED, busy, long=False)
            end.set()
        return third, short, found

    third, short, found = anyio.run(asked)
    assert third is BUSY
    assert short is ANSWERED
    assert found == [ANSWERED, ANSWERED]


def test_who_has_waited_too_long_is_told_so_and_leaves_the_lane_as_it_was() -> None:
    lanes, end = Lanes(1, waiting=4, patience_s=0.01), threading.Event()

    def waits() -> Response:
        end.wait(30)
        return ANSWERED

    async def asked() -> tuple[Response, Response]:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: lanes.run(waits, busy, long=True))
            await anyio.wait_all_tasks_blocked()
            late = await lanes.run(waits, busy, long=True)
            end.set()
        return late, await lanes.run(lambda: ANSWERED, busy, long=True)

    late, after = anyio.run(asked)
    assert late is BUSY
    assert after is ANSWERED
