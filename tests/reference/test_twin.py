"""The twin itself, on networks small enough to check by eye."""

import dataclasses
from datetime import date

from tests.reference.search import Found, Twin, TwinQuery, TwinVia, at_instant
from tests.support.networks import FrequencySpec, Spec, TransferSpec, at, trip

DAY = date(2026, 1, 5)


def ask(spec: Spec, start: str, end: str, first: str, last: str, **more: object) -> list[str]:
    query = TwinQuery(((start, 0),), ((end, 0),), moment(first), moment(last), **more)
    return sorted(text(row) for row in Twin(spec).best(query))


def moment(clock: str) -> int:
    return at_instant(DAY, at(clock))


def text(row: Found) -> str:
    def clock(unix: int) -> str:
        minutes = (unix - moment("0:00")) // 60
        return f"{minutes // 60}:{minutes % 60:02}"

    return f"{clock(row.departure)}-{clock(row.arrival)} {row.transfers}x"


SLOW = trip("slow", "A 8:00", "B 8:20", "C 9:00")
FAST = trip("fast", "B 8:22", "C 8:35")


def test_a_faster_way_with_a_change_and_a_slower_one_without_are_both_found() -> None:
    assert ask(Spec((SLOW, FAST)), "A", "C", "8:00", "8:00") == ["8:00-8:35 1x", "8:00-9:00 0x"]


def test_a_change_takes_its_time() -> None:
    missed = dataclasses.replace(Spec((SLOW, FAST)), transfers=(TransferSpec("B", "B", 180),))

    assert ask(missed, "A", "C", "8:00", "8:00") == ["8:00-9:00 0x"]


def test_a_range_keeps_every_departure_that_pays() -> None:
    later = trip("later", "A 8:30", "C 9:00")

    found = ask(Spec((SLOW, FAST, later)), "A", "C", "8:00", "8:59")

    assert found == ["8:00-8:35 1x", "8:30-9:00 0x"]


def test_trips_of_yesterday_run_after_midnight() -> None:
    night = trip("night", "A 24:10", "B 24:30")

    assert ask(Spec((night,), services=((1, 0),)), "A", "B", "24:00", "25:00") == ["24:10-24:30 0x"]


def test_a_block_is_no_change_and_a_broken_one_is() -> None:
    block = Spec(
        (trip("one", "A 8:00", "B 8:10", block=1), trip("two", "B 8:15", "C 8:20", block=1))
    )
    broken = dataclasses.replace(
        block, transfers=(TransferSpec("", "", type=5, from_trip="one", to_trip="two"),)
    )

    assert ask(block, "A", "C", "8:00", "8:00") == ["8:00-8:20 0x"]
    assert ask(broken, "A", "C", "8:00", "8:00") == ["8:00-8:20 1x"]


def test_a_frequency_runs_until_its_end_without_it() -> None:
    spec = Spec(
        (trip("tram", "A 8:00", "B 8:10"),),
        frequencies=(FrequencySpec("tram", at("9:00"), at("9:20"), 600),),
    )

    assert ask(spec, "A", "B", "8:00", "10:00") == ["9:00-9:10 0x", "9:10-9:20 0x"]


def test_a_rule_for_two_lines_is_stronger_than_one_for_the_stop() -> None:
    spec = Spec(
        (
            dataclasses.replace(SLOW, route="L1"),
            dataclasses.replace(FAST, route="L2"),
        ),
        transfers=(
            TransferSpec("B", "B", 0),
            TransferSpec("B", "B", type=3, from_route="L1", to_route="L2"),
        ),
    )

    assert ask(spec, "A", "C", "8:00", "8:00") == ["8:00-9:00 0x"]


def test_a_via_is_met_by_riding_through_unless_one_must_get_off() -> None:
    spec = Spec((SLOW, trip("next", "B 8:40", "C 9:10")))

    ride = ask(spec, "A", "C", "8:00", "8:00", vias=(TwinVia("B"),))
    visit = ask(spec, "A", "C", "8:00", "8:00", vias=(TwinVia("B", ride_through=False),))
    stay = ask(spec, "A", "C", "8:00", "8:00", vias=(TwinVia("B", stay_s=19 * 60),))

    assert (ride, visit, stay) == (["8:00-9:00 0x"], ["8:00-9:10 1x"], [])
