"""Issue 5 §6.1: from an empty database to companies that count, over HTTP, with every bad feed."""

from collections import defaultdict
from itertools import pairwise

import pytest

from maas.cli.onboarding_story import Step, tell


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    return list(tell(tmp_path_factory.mktemp("house")))


def named(steps: list[Step], key: str) -> Step:
    return next(step for step in steps if step.key == key)


def test_the_count_rises_by_one_with_each_company_that_goes_live(steps: list[Step]) -> None:
    counts = [step.counted for step in steps]

    assert counts[0] == 0
    assert [step.counted for step in steps if step.key == "live"] == [1, 2, 3]
    # Nothing else changes it: neither an invitation nor data in test counts.
    rises = [
        (steps[n].key, after - before)
        for n, (before, after) in enumerate(pairwise(counts), start=1)
        if after != before
    ]
    assert rises == [("live", 1)] * 3


def test_an_invitation_works_once(steps: list[Step]) -> None:
    assert named(steps, "joined").facts["status"] == 201
    assert named(steps, "joined").facts["again"] == 410


def test_an_unclear_cell_is_refused_with_its_address_and_the_sheet_then_taken(
    steps: list[Step],
) -> None:
    refused, taken = named(steps, "sheet-refused"), named(steps, "sheet")

    assert refused.facts["status"] == 422
    # The story writes 9時半ごろ into C8 of the timetable.
    assert "時刻表 沖島航路!C8" in refused.facts["cells"]
    assert taken.facts["status"] == 201
    assert taken.facts["findings"]["ERROR"] == 0
    # The template has 4 trips out and 3 back, and two stops without an English name.
    assert taken.facts["trips"] == 7
    assert taken.facts["suggestions"] == 2


def test_travellers_see_departures_and_journeys_before_it_is_live(steps: list[Step]) -> None:
    for step in (step for step in steps if step.key == "preview"):
        assert step.facts["departures"] > 0
        assert step.facts["journeys"] > 0


def test_a_good_feed_is_never_replaced_by_a_bad_one(steps: list[Step]) -> None:
    outcomes = {
        step.key.removeprefix("url-"): (step.facts["outcome"], step.facts["goodOneKept"])
        for step in steps
        if step.key.startswith("url-")
    }

    assert outcomes == {
        "replaced": ("replaced", True),
        "expired": ("held", True),
        "html": ("rejected", True),
        "hostile": ("rejected", True),
        "broken": ("rejected", True),
    }
    assert named(steps, "rolled-back").facts["toAnother"]


def test_a_zip_with_errors_goes_live_only_after_its_mends_were_accepted(
    steps: list[Step],
) -> None:
    came, mended = named(steps, "zip"), named(steps, "mended")

    assert came.facts["findings"]["ERROR"] > 0
    assert came.facts["mends"] == ["encoding", "folder", "time"]
    assert mended.facts["before"] == 409
    assert mended.facts["findings"]["ERROR"] == 0
    assert mended.facts["left"] == 0


def test_no_answer_is_a_failure_of_the_server(steps: list[Step]) -> None:
    by_status = defaultdict(list)
    for step in steps:
        by_status[step.facts.get("status", 200)].append(step.key)

    assert max(by_status) < 500, by_status
