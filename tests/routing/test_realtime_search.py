"""What a search finds when messages have changed the day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.core.live import Alert
from routing.config import ChangeRules, CompileOptions, SearchConfig
from routing.model import SearchFilters, SearchRequest, StopOffset
from routing.planner import JourneyPlanner
from routing.realtime import apply, delays
from routing.realtime.alerts import AlertIndex, NetworkAlert, Target
from routing.realtime.index import NetworkIndex
from routing.realtime.runs import LiveRun, Overlay, RunKey
from routing.timetable.compile import compile_timetable
from tests.support.networks import Spec, TripSpec, at, network_of, trip
from tests.support.random_networks import DAYS, STOPS, specs

DAY = datetime(2026, 1, 5, tzinfo=UTC)
BASE = int(DAY.timestamp())


def live(engine: JourneyPlanner, name: str, *calls: str, skipped: str = "", **more: object):
    """Return today's run of a trip from calls such as `A 8:00`; `skipped` names stops."""
    network = engine.timetable.network
    names = network.stops.name.tolist()
    stops, times = zip(*(call.split() for call in calls), strict=True)
    seconds = np.array([BASE + at(time) for time in times], np.int64)
    row = network.trips.id.tolist().index(f"t_{name}") if f"t_{name}" in network.trips.id else -1
    gone = np.array([stop in skipped for stop in stops], np.uint8)
    first = network.calls.departure_s[network.trips.call_start[row]] if row >= 0 else 0
    key = RunKey(row, DAY.toordinal(), int(first)) if row >= 0 else None
    return LiveRun(
        key=key,
        trip_id=f"t_{name}",
        day=DAY.toordinal(),
        template=row,
        route=0,
        stop=np.array([names.index(stop) for stop in stops], np.int32),
        arrival_s=seconds,
        departure_s=seconds,
        scheduled_arrival_s=seconds,
        scheduled_departure_s=seconds,
        pickup=gone.astype(np.int8),
        drop_off=gone.astype(np.int8),
        sequence=np.arange(len(stops), dtype=np.int32),
        skipped=gone,
        known=np.ones(len(stops), np.uint8),
        **more,
    )


def planner(*trips: TripSpec) -> JourneyPlanner:
    options = CompileOptions(changes=ChangeRules(default_change_s=120), cells=4, threads=1)
    timetable = compile_timetable(network_of(Spec(trips)), None, options)
    return JourneyPlanner(timetable, SearchConfig(fold=False))


def found(engine: JourneyPlanner, start: str, end: str, **more: object) -> list[str]:
    request = SearchRequest(
        (StopOffset(f"t_{start}", 0),),
        (StopOffset(f"t_{end}", 0),),
        DAY + timedelta(hours=7),
        **{"window_s": 4 * 3600, **more},
    )
    rows = []
    for one in engine.plan(request).itineraries:
        rides = "+".join(leg.trip.trip_id[2:] for leg in one.legs if leg.trip)
        rows.append(f"{one.departure:%H:%M:%S}-{one.arrival:%H:%M:%S} {rides}")
    return rows


FIRST = trip("first", "A 8:00", "B 8:10", "C 8:20")
SECOND = trip("second", "A 8:30", "B 8:40", "C 8:50")


def overlay(*runs: LiveRun) -> Overlay:
    return Overlay(
        {run.key: run for run in runs if run.key}, tuple(run for run in runs if not run.key)
    )


def test_a_late_vehicle_is_late_and_the_plain_planner_does_not_know() -> None:
    engine = planner(FIRST, SECOND)
    late = engine.with_overlay(overlay(live(engine, "first", "A 8:05", "B 8:15", "C 8:26")))

    assert found(late, "A", "C") == ["08:05:00-08:26:00 first", "08:30:00-08:50:00 second"]
    assert found(engine, "A", "C") == ["08:00:00-08:20:00 first", "08:30:00-08:50:00 second"]
    assert found(late, "A", "C", realtime=False) == found(engine, "A", "C")


def test_seconds_of_messages_stay_exact() -> None:
    engine = planner(FIRST, SECOND)
    late = engine.with_overlay(overlay(live(engine, "first", "A 8:05:20", "B 8:15", "C 8:26:40")))

    assert found(late, "A", "C")[0] == "08:05:20-08:26:40 first"


def test_a_vehicle_that_is_overtaken_leaves_after_the_next_one() -> None:
    engine = planner(FIRST, SECOND)
    late = engine.with_overlay(overlay(live(engine, "first", "A 8:45", "B 8:55", "C 9:05")))

    assert found(late, "A", "C") == ["08:30:00-08:50:00 second", "08:45:00-09:05:00 first"]


@pytest.mark.parametrize("arrive_by", [False, True])
def test_a_cancelled_vehicle_is_not_used(arrive_by: bool) -> None:
    engine = planner(FIRST, SECOND)
    calls = ("A 8:00", "B 8:10", "C 8:20")
    gone = engine.with_overlay(overlay(live(engine, "first", *calls, cancelled=True)))

    rows = found(gone, "A", "C", arrive_by=arrive_by, **({"window_s": 0} if arrive_by else {}))
    assert rows == ([] if arrive_by else ["08:30:00-08:50:00 second"])


def test_nobody_boards_or_leaves_at_a_skipped_stop_but_one_rides_past_it() -> None:
    engine = planner(FIRST, SECOND)
    calls = ("A 8:00", "B 8:10", "C 8:20")
    skip = engine.with_overlay(overlay(live(engine, "first", *calls, skipped="B")))

    assert found(skip, "A", "B") == ["08:30:00-08:40:00 second"]
    assert found(skip, "A", "C")[0] == "08:00:00-08:20:00 first"


def test_a_new_vehicle_that_is_faster_than_any_in_the_timetable_is_found() -> None:
    # C and D have no connection at all in the timetable, so every static bound says "never".
    engine = planner(FIRST, SECOND, trip("island", "D 9:00", "E 9:30"))
    extra = live(engine, "extra", "B 8:15", "D 8:16")
    new = engine.with_overlay(overlay(extra))

    assert found(engine, "A", "E") == []
    assert found(new, "A", "E") == ["08:00:00-09:30:00 first+extra+island"]


WHEELCHAIR = SearchFilters(wheelchair=True)
LIFT_DOWN = NetworkAlert(
    "t",
    Alert(
        "lift",
        effect="ACCESSIBILITY_ISSUE",
        periods=((BASE + at("8:05"), BASE + at("8:30")),),
    ),
    (Target(stop=1),),
)


def with_lifts(alert: NetworkAlert, *runs: LiveRun) -> JourneyPlanner:
    trips = [replace(one, wheelchair=1) for one in (FIRST, SECOND)]
    said = overlay(*runs)
    return planner(*trips).with_overlay(replace(said, alerts=AlertIndex.of([alert])))


def test_a_lift_that_is_out_of_order_closes_its_stop_for_wheelchairs_while_it_is() -> None:
    engine = with_lifts(LIFT_DOWN)

    assert found(engine, "A", "B", filters=WHEELCHAIR) == ["08:30:00-08:40:00 second"]
    assert found(engine, "B", "C", filters=WHEELCHAIR) == ["08:40:00-08:50:00 second"]
    # One rides through, and who needs no lift does not mind.
    assert found(engine, "A", "C", filters=WHEELCHAIR) == [
        "08:00:00-08:20:00 first",
        "08:30:00-08:50:00 second",
    ]
    assert found(engine, "A", "B") == ["08:00:00-08:10:00 first", "08:30:00-08:40:00 second"]


def test_a_lift_counts_at_the_time_at_which_the_vehicle_really_comes() -> None:
    late = live(with_lifts(LIFT_DOWN), "first", "A 8:25", "B 8:35", "C 8:45")

    engine = with_lifts(LIFT_DOWN, late)

    assert found(engine, "A", "B", filters=WHEELCHAIR) == [
        "08:25:00-08:35:00 first",
        "08:30:00-08:40:00 second",
    ]


def test_an_alert_that_names_no_period_closes_the_stop_until_it_is_gone() -> None:
    engine = with_lifts(replace(LIFT_DOWN, alert=replace(LIFT_DOWN.alert, periods=())))

    assert found(engine, "A", "B", filters=WHEELCHAIR) == []


def test_other_alerts_and_alerts_on_vehicles_close_nothing() -> None:
    other = replace(LIFT_DOWN, alert=replace(LIFT_DOWN.alert, effect="DETOUR"))
    vehicle = replace(LIFT_DOWN, targets=(Target(stop=1, route=0),))

    for alert in (other, vehicle):
        assert len(found(with_lifts(alert), "A", "B", filters=WHEELCHAIR)) == 2


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_delays_laid_in_at_once_are_those_laid_in_run_by_run(data: st.DataObject) -> None:
    """The search over times written in bulk finds what it finds over runs written one by one."""
    spec = data.draw(specs())
    network = network_of(spec)
    timetable = compile_timetable(network, None, CompileOptions(cells=4, threads=1))
    plain = JourneyPlanner(timetable, SearchConfig(fold=False, walk_from_stops=False))
    runs: list[LiveRun] = []
    index = NetworkIndex(network)
    for row in range(len(network.trips.id)):
        day = network.first_day.toordinal() + data.draw(st.integers(0, DAYS - 1))
        if not index.runs_on(row, day) or not data.draw(st.booleans()):
            continue
        calls = slice(*network.trips.call_start[row : row + 2].tolist())
        begin = index.day_start(row, day)
        late = np.array([data.draw(st.integers(-5, 30)) * 60 for _ in network.calls.stop[calls]])
        arrival, departure = (
            column[calls].astype(np.int64) + begin
            for column in (network.calls.arrival_s, network.calls.departure_s)
        )
        both = np.maximum.accumulate(np.ravel(np.column_stack((arrival + late, departure + late))))
        runs.append(
            LiveRun(
                key=RunKey(row, day, int(index.first_departures[row])),
                trip_id=network.trips.id[row],
                day=day,
                template=row,
                route=int(network.trips.route[row]),
                stop=network.calls.stop[calls],
                arrival_s=both[0::2],
                departure_s=both[1::2],
                scheduled_arrival_s=arrival,
                scheduled_departure_s=departure,
                pickup=network.calls.pickup[calls],
                drop_off=network.calls.drop_off[calls],
                sequence=network.calls.sequence[calls],
                skipped=np.zeros(len(arrival), np.uint8),
                known=np.ones(len(arrival), np.uint8),
            )
        )
    start, end = data.draw(st.permutations(STOPS))[:2]
    request = SearchRequest(
        (StopOffset(f"t_{start}", 0),),
        (StopOffset(f"t_{end}", 0),),
        datetime.fromtimestamp(index.day_start(0, network.first_day.toordinal()), UTC)
        + timedelta(minutes=data.draw(st.integers(400, 1700))),
        window_s=3 * 3600,
        arrive_by=data.draw(st.booleans()),
    )

    at_once = plain.with_overlay(overlay(*runs)).plan(request).itineraries
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            apply, "find_delays", lambda *_: (delays.no_delays(), dict(overlay(*runs).runs))
        )
        one_by_one = plain.with_overlay(overlay(*runs)).plan(request).itineraries

    assert at_once == one_by_one
