"""What is made and compiled before travellers come."""

from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from maas.cli import app
from maas.core.clock import FrozenClock
from maas.wiring import served_timetable
from routing.model import SearchRequest, SearchResult
from routing.planner import JourneyPlanner
from routing.reach import Reach
from routing.timetable.compile import compile_timetable
from routing.timetable.model import Timetable
from routing.timetable.store import save_timetable
from tests.support.served import NOON
from tests.support.towns import merged, town


class Watched:
    """A planner that notes what it is asked."""

    def __init__(self, planner: JourneyPlanner) -> None:
        self.planner = planner
        self.asked: list[SearchRequest] = []
        self.everywhere = 0

    def plan(self, request: SearchRequest) -> SearchResult:
        self.asked.append(request)
        return self.planner.plan(request)

    def reach(self, request: SearchRequest) -> Reach:
        self.everywhere += 1
        return self.planner.reach(request)


def small() -> Timetable:
    stops = {"X": (0.0, 0.0), "Y": (5000.0, 0.0), "Z": (9000.0, 0.0)}
    feed = town(stops, {"1": "XYZ", "2": "ZYX"})
    return compile_timetable(merged(feed).network)


def test_every_kind_of_question_is_asked_once_before_travellers_ask() -> None:
    timetable = small()
    served = served_timetable(timetable, FrozenClock(NOON))
    watched = Watched(JourneyPlanner(timetable))

    replace(served, planner=watched).warm()
    at_start = list(watched.asked)
    replace(served, planner=watched).warm_all()

    # What /plan asks by default is ready when a server starts …
    assert any(r.min_itineraries > 1 and not r.window_s for r in at_start)
    assert {(r.arrive_by, r.window_s > 0) for r in at_start} == {
        (False, False), (False, True), (True, False), (True, True),
    }  # fmt: skip
    assert not any(r.vias for r in at_start)
    # … and with `maas network warm` the rest, too.
    assert {r.window_s > 0 for r in watched.asked if r.vias} == {False, True}
    assert watched.everywhere == 1


def test_a_network_is_warmed_by_a_command_that_refuses_what_is_none(tmp_path: Path) -> None:
    save_timetable(small(), tmp_path / "net")
    assert CliRunner().invoke(app, ["network", "warm", str(tmp_path / "net")]).exit_code == 0
    refused = CliRunner().invoke(app, ["network", "warm", str(tmp_path)])
    assert refused.exit_code == 2
    assert refused.output
