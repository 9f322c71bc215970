"""What messages do to runs: matching, propagation, cancelled, added and moved runs."""

import dataclasses
from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.core.live import (
    Alert,
    AlertTarget,
    LiveMessage,
    Moment,
    StopRelation,
    StopUpdate,
    TripRelation,
    TripSelector,
    TripUpdate,
)
from routing.realtime.alerts import Subject
from routing.realtime.index import NetworkIndex
from routing.realtime.match import match
from routing.realtime.overlay import build_overlay
from routing.realtime.propagate import Progress, propagate
from routing.realtime.runs import LiveRun, Overlay, RunKey
from routing.realtime.said import Said, said_row
from tests.support.networks import TAG, FrequencySpec, Spec, TransferSpec, at, network_of, trip
from tests.support.random_networks import FIRST_DAY, STOPS, specs, without

DAY = date(2026, 1, 5)
MIDNIGHT = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())


def selector(name: str, **more: object) -> TripSelector:
    return TripSelector(trip_id=name, **({"start_day": DAY} | more))


def late(call: int, seconds: int, **more: object) -> StopUpdate:
    return StopUpdate(sequence=call, arrival=Moment(delay_s=seconds), **more)


def overlay(
    spec: Spec, *updates: TripUpdate, unix_s: int | None = MIDNIGHT, alerts: tuple[Alert, ...] = ()
) -> Overlay:
    message = LiveMessage(TAG, unix_s, trips=updates, alerts=alerts)
    return build_overlay(NetworkIndex(network_of(spec)), [message])


def only(found: Overlay) -> LiveRun:
    [run] = found.runs.values()
    return run


def clock(run: LiveRun) -> list[str]:
    def text(unix: int) -> str:
        return f"{(unix - MIDNIGHT) // 3600}:{(unix - MIDNIGHT) // 60 % 60:02}"

    pairs = zip(run.arrival_s.tolist(), run.departure_s.tolist(), strict=True)
    return [text(a) if a == d else f"{text(a)}/{text(d)}" for a, d in pairs]


def of_one(
    arrivals: list[int],
    departures: list[int],
    updates: dict[int, StopUpdate],
    delay_s: int | None = None,
) -> Progress:
    start = np.array([0, len(arrivals)])
    planned = np.array([arrivals, departures], np.int64).reshape(2, -1)
    rows = [said_row(row, lambda _: -1) for row in updates.values()]
    table = np.array(rows, np.int64).reshape(-1, 10)
    said = Said(np.array([0, len(rows)]), table, np.array(list(updates), np.int64))
    late = np.array([delay_s is not None], np.uint8)
    return propagate(start, planned[0], planned[1], said, late, np.array([delay_s or 0]))


BUS = trip("bus", "A 8:00", "B 8:10/8:12", "C 8:30", "D 8:50")


def test_the_golden_case_of_the_reference() -> None:
    # GTFS Realtime reference, "Trip updates": 20 stops, 300 s at stop 3, 60 s at stop 8, NO_DATA at
    # stop 10: stops 1-2 unknown, 3-7 delayed by 300 s, 8-9 by 60 s, 10-20 unknown.
    scheduled = [600 * call for call in range(20)]
    updates = {
        2: StopUpdate(3, arrival=Moment(delay_s=300)),
        7: StopUpdate(8, arrival=Moment(delay_s=60)),
        9: StopUpdate(10, relation=StopRelation.NO_DATA),
    }

    progress = of_one(scheduled, scheduled, updates)

    delays = [a - s for a, s in zip(progress.arrival_s, scheduled, strict=True)]
    assert delays == [0] * 2 + [300] * 5 + [60] * 2 + [0] * 11
    assert progress.known.tolist() == [0] * 2 + [1] * 7 + [0] * 11


def test_a_skipped_stop_does_not_end_a_delay() -> None:
    run = only(
        overlay(
            Spec((BUS,)),
            TripUpdate(
                "1",
                selector("bus"),
                (late(1, 300), StopUpdate(2, relation=StopRelation.SKIPPED)),
            ),
        )
    )

    assert clock(run) == ["8:05", "8:15/8:17", "8:35", "8:55"]
    assert run.skipped.tolist() == [0, 1, 0, 0]
    assert (run.pickup.tolist(), run.drop_off.tolist()) == ([0, 1, 0, 0], [0, 1, 0, 0])


def test_a_departure_delay_leaves_the_arrival_before_it_alone() -> None:
    run = only(
        overlay(
            Spec((BUS,)),
            TripUpdate("1", selector("bus"), (StopUpdate(2, departure=Moment(delay_s=240)),)),
        )
    )

    assert clock(run) == ["8:00", "8:10/8:16", "8:34", "8:54"]
    assert run.known.tolist() == [0, 1, 1, 1]


def test_an_early_vehicle_leaves_earlier_stops_early_too() -> None:
    # Being at B at 7:55 means that A, scheduled for 8:00, was left by then.
    run = only(overlay(Spec((BUS,)), TripUpdate("1", selector("bus"), (late(2, -900),))))

    assert clock(run) == ["7:55", "7:55/7:57", "8:15", "8:35"]


def test_a_vehicle_does_not_leave_a_quarter_of_an_hour_early_where_nothing_is_known() -> None:
    # D at 8:10 would need C, scheduled for 8:30, to be left by then: 20 minutes early. C stands, and
    # D is lifted to it.
    run = only(overlay(Spec((BUS,)), TripUpdate("1", selector("bus"), (late(4, -2400),))))

    assert clock(run) == ["8:00", "8:10/8:12", "8:30", "8:30"]


def test_an_instant_counts_more_than_a_delay() -> None:
    moment = Moment(unix_s=MIDNIGHT + at("8:20"), delay_s=5)
    update = TripUpdate("1", selector("bus"), (StopUpdate(2, arrival=moment),))

    assert clock(only(overlay(Spec((BUS,)), update))) == ["8:00", "8:20/8:22", "8:40", "9:00"]


def test_with_one_stop_left_a_run_is_cancelled() -> None:
    skipped = tuple(StopUpdate(n, relation=StopRelation.SKIPPED) for n in (1, 2, 4))

    assert only(overlay(Spec((BUS,)), TripUpdate("1", selector("bus"), skipped))).cancelled


@pytest.mark.parametrize(
    ("relation", "hidden"), [(TripRelation.CANCELED, False), (TripRelation.DELETED, True)]
)
def test_a_cancelled_run(relation: TripRelation, hidden: bool) -> None:
    run = only(overlay(Spec((BUS,)), TripUpdate("1", selector("bus", relation=relation))))

    assert (run.cancelled, run.hidden) == (True, hidden)
    assert clock(run) == ["8:00", "8:10/8:12", "8:30", "8:50"]


NIGHT = trip("night", "A 24:15", "B 24:40")


@pytest.mark.parametrize(
    ("day", "start"),
    [(date(2026, 1, 5), "24:15"), (date(2026, 1, 6), "0:15"), (date(2026, 1, 6), None)],
)
def test_a_run_after_midnight_may_be_named_by_either_day(day: date, start: str | None) -> None:
    named = selector("night", start_day=day, start_s=at(start) if start else None)

    run = only(overlay(Spec((NIGHT,)), TripUpdate("1", named, (late(1, 60),))))

    assert date.fromordinal(run.day) == date(2026, 1, 5)
    assert clock(run) == ["24:16", "24:41"]


def test_a_run_after_midnight_of_a_daily_trip_is_that_of_the_named_day() -> None:
    spec = Spec((NIGHT,), services=((1, 1, 1),))
    by_service_day = selector("night", start_day=date(2026, 1, 6), start_s=at("24:15"))
    by_calendar_day = selector("night", start_day=date(2026, 1, 6), start_s=at("0:15"))

    days = [
        date.fromordinal(only(overlay(spec, TripUpdate("1", named, (late(1, 60),)))).day).day
        for named in (by_service_day, by_calendar_day)
    ]

    assert days == [6, 5]


def test_a_run_named_by_its_line_and_start_is_found_where_the_feed_names_no_direction() -> None:
    index = NetworkIndex(network_of(Spec((BUS, trip("later", "A 9:00", "B 9:10")))))
    line = index.network.routes.id[0].removeprefix(f"{TAG}_")
    named = TripSelector(route_id=line, direction=0, start_day=date(2026, 1, 5), start_s=at("9:00"))

    found = match(index, TAG, named, None)

    assert isinstance(found, RunKey)
    assert (found.trip, found.start_s) == (1, at("9:00"))


def refused(spec: Spec, named: TripSelector, unix_s: int | None = MIDNIGHT) -> str:
    found = overlay(spec, TripUpdate("1", named, (late(1, 60),)), unix_s=unix_s)
    assert found.empty
    [reason] = [key for key, count in found.counts.items() if count]
    return reason


def test_updates_that_fit_no_run_are_refused_with_the_reason() -> None:
    spec = Spec((BUS,))

    assert refused(spec, selector("tram")) == "unknown-trip"
    assert refused(spec, selector("bus", start_day=date(2026, 1, 9))) == "not-running-that-day"
    assert refused(spec, selector("bus", start_s=at("9:00"))) == "start-time-differs"


def test_without_a_day_the_run_around_the_message_is_meant() -> None:
    spec = Spec((BUS,), services=((1, 1, 1),), zone="Asia/Tokyo")
    # 8:15 in Japan on the 6th is 23:15 UTC on the 5th.
    moment = int(datetime(2026, 1, 5, 23, 15, tzinfo=UTC).timestamp())
    unnamed = TripSelector(trip_id="bus")

    run = only(overlay(spec, TripUpdate("1", unnamed, (late(1, 60),)), unix_s=moment))

    assert date.fromordinal(run.day) == date(2026, 1, 6)
    # Twelve hours later it may be the run that is over or tomorrow's: the former cannot change.
    # Early on the first day, that day's and the next one's are both to come.
    assert refused(spec, unnamed, MIDNIGHT - 9 * 3600) == "several-days-possible"
    assert refused(spec, unnamed, None) == "no-start-day-and-no-timestamp"


def test_without_a_day_a_trip_that_runs_once_is_meant_whenever_it_is_spoken_of() -> None:
    update = TripUpdate("1", TripSelector(trip_id="bus"), (late(1, 60),))
    other = TripSelector(trip_id="bus", start_s=at("9:00"))

    for spoken in (MIDNIGHT, MIDNIGHT + 40 * 86_400, MIDNIGHT - 40 * 86_400, None):
        assert clock(only(overlay(Spec((BUS,)), update, unix_s=spoken)))[0] == "8:01"
        assert refused(Spec((BUS,)), other, spoken)


SHUTTLE = Spec(
    (trip("shuttle", "A 6:00", "B 6:20"),),
    frequencies=(FrequencySpec("shuttle", at("6:00"), at("8:00"), 1800),),
)


def test_a_run_of_a_frequency_is_named_by_its_start() -> None:
    named = selector("shuttle", start_s=at("7:30"))

    run = only(overlay(SHUTTLE, TripUpdate("1", named, (late(1, 120),))))

    assert clock(run) == ["7:32", "7:52"]
    assert run.key is not None
    assert run.key.start_s == at("7:30")
    assert refused(SHUTTLE, selector("shuttle")) == "frequency-without-start-time"
    assert refused(SHUTTLE, selector("shuttle", start_s=at("7:31"))) == "no-such-start"


def test_where_headways_are_not_exact_the_nearest_nominal_run_gives_way() -> None:
    loose = dataclasses.replace(
        SHUTTLE, frequencies=(dataclasses.replace(SHUTTLE.frequencies[0], exact=0),)
    )
    named = selector("shuttle", start_s=at("7:21"), relation=TripRelation.UNSCHEDULED)
    stops = (
        StopUpdate(1, departure=Moment(unix_s=MIDNIGHT + at("7:21"))),
        StopUpdate(2, arrival=Moment(unix_s=MIDNIGHT + at("7:44"))),
    )

    run = only(overlay(loose, TripUpdate("1", named, stops)))

    assert run.key is not None
    assert run.key.start_s == at("7:30")
    assert clock(run)[1] == "7:44"


def new(*calls: tuple[str, str], **more: object) -> TripUpdate:
    stops = tuple(
        StopUpdate(stop_id=stop, departure=Moment(unix_s=MIDNIGHT + at(time)))
        for stop, time in calls
    )
    return TripUpdate("1", selector("extra", relation=TripRelation.NEW, **more), stops)


def test_a_new_run_brings_its_own_calls() -> None:
    [run] = overlay(Spec((BUS,)), new(("A", "9:00"), ("D", "9:40"), route_id="R")).added

    assert (run.trip_id, run.key, run.route) == ("t_extra", None, 0)
    assert clock(run) == ["9:00", "9:40"]


def test_a_feed_adds_copies_and_replaces_no_more_runs_than_can_be_laid_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("routing.realtime.overlay.MOST_NEW", 2)
    extra = new(("A", "9:00"), ("D", "9:40"))
    other = dataclasses.replace(extra, trip=selector("bus", relation=TripRelation.REPLACEMENT))
    copy = TripUpdate(
        "1",
        selector("bus", relation=TripRelation.DUPLICATED),
        copy_id="again",
        copy_start_s=at("10:00"),
    )

    found = overlay(Spec((BUS,)), extra, other, copy, TripUpdate("1", selector("bus"), delay_s=60))

    assert len(found.added) == 1
    assert (found.counts["replaced"], found.counts["too-many-new-runs"]) == (1, 1)
    assert clock(only(found))[0] == "8:01"


def test_a_new_run_that_cannot_be_is_refused() -> None:
    spec = Spec((BUS,))

    assert overlay(spec, new(("A", "9:00"), ("X", "9:40"))).counts["new-run-unknown-stop"] == 1
    assert overlay(spec, new(("A", "9:00"))).counts["new-run-too-short"] == 1
    assert overlay(spec, new(("A", "9:40"), ("D", "9:00"))).counts["new-run-times-fall"] == 1
    timeless = TripUpdate("1", selector("x", relation=TripRelation.NEW), (late(1, 5, stop_id="A"),))
    assert overlay(spec, timeless).counts["new-run-without-times"] == 1


def test_a_new_run_that_leaves_a_stop_before_it_is_there_leaves_when_it_is_there() -> None:
    def moment(time: str) -> Moment:
        return Moment(unix_s=MIDNIGHT + at(time))

    stops = (
        StopUpdate(stop_id="A", departure=moment("9:00")),
        StopUpdate(stop_id="B", arrival=moment("9:20"), departure=moment("9:10")),
        StopUpdate(stop_id="D", arrival=moment("9:40")),
    )
    named = selector("extra", relation=TripRelation.NEW)

    [run] = overlay(Spec((BUS,)), TripUpdate("1", named, stops)).added

    assert clock(run) == ["9:00", "9:20", "9:40"]


def test_a_duplicated_run_is_a_shifted_copy() -> None:
    update = TripUpdate(
        "1",
        selector("bus", relation=TripRelation.DUPLICATED),
        copy_id="bus2",
        copy_day=DAY,
        copy_start_s=at("8:20"),
    )

    [run] = overlay(Spec((BUS,)), update).added

    assert (run.trip_id, run.key) == ("t_bus2", None)
    assert clock(run) == ["8:20", "8:30/8:32", "8:50", "9:10"]


def test_a_replacement_takes_the_place_of_the_run() -> None:
    update = dataclasses.replace(
        new(("A", "8:05"), ("C", "8:25")), trip=selector("bus", relation=TripRelation.REPLACEMENT)
    )

    run = only(overlay(Spec((BUS,)), update))

    assert clock(run) == ["8:05", "8:25"]
    assert run.scheduled_departure_s.tolist()[0] == MIDNIGHT + at("8:00")


STATION = Spec(
    (trip("train", "P1 8:00", "Q 8:30"),), parents={"P1": "P", "P2": "P"}, stops=("far",)
)


def test_another_platform_of_the_station_is_taken_over_and_a_far_stop_is_not() -> None:
    def moved(to: str) -> Overlay:
        stop = StopUpdate(1, arrival=Moment(delay_s=0), assigned_stop_id=to)
        return overlay(STATION, TripUpdate("1", selector("train"), (stop,)))

    network = network_of(STATION)
    assert network.stops.id[int(only(moved("P2")).stop[0])] == "t_P2"
    assert network.stops.id[int(only(moved("far")).stop[0])] == "t_P1"
    assert moved("far").counts["platform-too-far"] == 1
    assert moved("nowhere").counts["unknown-platform"] == 1


def test_a_near_stop_at_a_numbered_call_takes_its_place_and_a_far_one_does_not() -> None:
    def told(stop_id: str, sequence: int | None = 1) -> Overlay:
        network = network_of(dataclasses.replace(STATION, parents={}, stops=("far", "near")))
        lat, lon = network.stops.lat.copy(), network.stops.lon.copy()
        ids = list(network.stops.id)
        lat[ids.index("t_near")], lon[ids.index("t_near")] = (
            lat[ids.index("t_P1")] + 0.001,  # 111 m to the north
            lon[ids.index("t_P1")],
        )
        near = dataclasses.replace(
            network, stops=dataclasses.replace(network.stops, lat=lat, lon=lon)
        )
        stops = (StopUpdate(sequence, stop_id, arrival=Moment(delay_s=60)),)
        message = LiveMessage(TAG, MIDNIGHT, trips=(TripUpdate("1", selector("train"), stops),))
        return build_overlay(NetworkIndex(near), [message])

    stops = network_of(dataclasses.replace(STATION, parents={}, stops=("far", "near"))).stops
    assert stops.id[int(only(told("near")).stop[0])] == "t_near"
    assert clock(only(told("near"))) == ["8:01", "8:31"]
    assert told("far").counts["stop-not-on-trip"] == 1
    assert told("near", None).counts["stop-not-on-trip"] == 1
    # An id that no stop has says nothing, and the number is enough.
    assert clock(only(told("nowhere"))) == ["8:01", "8:31"]
    assert stops.id[int(only(told("nowhere")).stop[0])] == "t_P1"


BLOCK = (
    trip("first", "A 8:00", "B 8:10", block=1),
    trip("second", "B 8:15", "C 8:25", block=1),
    trip("third", "C 8:26", "D 8:40", block=1),
)


def test_a_late_vehicle_starts_its_next_trips_late() -> None:
    found = overlay(Spec(BLOCK), TripUpdate("1", selector("first"), (late(1, 600),)))

    # first: 10 min late, B 8:20; second leaves B then, 5 min late; C 8:30, so third 4 min late.
    assert {run.trip_id: clock(run) for run in found.runs.values()} == {
        "t_first": ["8:10", "8:20"],
        "t_second": ["8:20", "8:30"],
        "t_third": ["8:30", "8:44"],
    }


def test_a_delay_of_the_second_trip_of_a_block_leaves_the_first_alone() -> None:
    found = overlay(
        Spec(BLOCK[:2]),
        TripUpdate("1", selector("second"), (StopUpdate(1, departure=Moment(delay_s=300)),)),
    )

    assert [run.trip_id for run in found.runs.values()] == ["t_second"]


def test_a_joined_train_waits_for_its_part() -> None:
    spec = Spec(
        (trip("part", "A 25:00", "C 25:59"), trip("whole", "C 2:00", "D 3:00")),
        services=((1, 0), (0, 1)),
        transfers=(TransferSpec("", "", type=4, from_trip="part", to_trip="whole"),),
    )
    spec = dataclasses.replace(
        spec, trips=(spec.trips[0], dataclasses.replace(spec.trips[1], service=1))
    )

    found = overlay(spec, TripUpdate("1", selector("part"), (late(1, 3600),)))

    assert {run.trip_id: clock(run) for run in found.runs.values()} == {
        "t_part": ["26:00", "26:59"],
        "t_whole": ["26:59", "27:59"],
    }


def test_a_stop_that_is_not_on_the_trip_costs_only_itself() -> None:
    stops = (late(1, 60), StopUpdate(9, "Z", arrival=Moment(delay_s=3)), late(3, 120))

    found = overlay(Spec((BUS,)), TripUpdate("1", selector("bus"), stops))

    assert clock(only(found)) == ["8:01", "8:11/8:13", "8:32", "8:52"]
    assert found.counts["stop-not-on-trip"] == 1


def test_a_renumbered_stop_is_found_by_its_id() -> None:
    stops = (StopUpdate(0, "B", arrival=Moment(delay_s=60)),)

    run = only(overlay(Spec((BUS,)), TripUpdate("1", selector("bus"), stops)))

    assert clock(run) == ["8:00", "8:11/8:13", "8:31", "8:51"]


def test_an_alert_concerns_only_what_it_names() -> None:
    alerts = (
        Alert("stop", targets=(AlertTarget(stop_id="B", trip=selector("bus")),)),
        Alert("trip", targets=(AlertTarget(trip=selector("bus")),)),
        Alert("agency", targets=(AlertTarget(agency_id="A"),)),
        Alert("unknown", targets=(AlertTarget(stop_id="nowhere"),)),
        Alert("over", targets=(AlertTarget(agency_id="A"),), periods=((None, MIDNIGHT),)),
    )
    found = overlay(Spec((BUS,)), alerts=alerts)
    subject = Subject(agency=0, trip=0, day=DAY.toordinal(), stops=frozenset({0}))

    here = [alert.entity for alert in found.alerts.about(subject, MIDNIGHT + 60)]
    there = found.alerts.about(dataclasses.replace(subject, stops=frozenset({1})), MIDNIGHT + 60)

    assert here == ["trip", "agency"]
    assert {alert.entity for alert in there} == {"stop", "trip", "agency"}
    assert found.counts["alert-target-unknown"] == 1


MOMENTS = st.none() | st.builds(Moment, st.none(), st.integers(-4000, 4000))


@given(
    st.lists(st.integers(0, 2000), min_size=4, max_size=12),
    st.dictionaries(
        st.integers(0, 5),
        st.builds(
            StopUpdate,
            arrival=MOMENTS,
            departure=MOMENTS,
            relation=st.sampled_from(StopRelation),
        ),
        max_size=6,
    ),
    st.none() | st.integers(-500, 500),
)
@settings(max_examples=200)
def test_times_never_fall_whatever_a_message_says(
    steps: list[int], updates: dict[int, StopUpdate], delay: int | None
) -> None:
    times = [sum(steps[: n + 1]) for n in range(len(steps) // 2 * 2)]
    arrivals, departures = times[0::2], times[1::2]

    progress = of_one(arrivals, departures, updates, delay)

    row = [t for pair in zip(progress.arrival_s, progress.departure_s, strict=True) for t in pair]
    assert row == sorted(row)


UPDATES = st.builds(
    TripUpdate,
    entity=st.just("1"),
    trip=st.builds(
        TripSelector,
        start_day=st.sampled_from((FIRST_DAY, FIRST_DAY, None)),
        relation=st.sampled_from((*[TripRelation.SCHEDULED] * 5, *TripRelation)),
    ),
    stops=st.lists(
        st.builds(
            StopUpdate,
            sequence=st.none() | st.integers(0, 6),
            stop_id=st.sampled_from(("", "", *STOPS, "nowhere")),
            arrival=MOMENTS,
            departure=MOMENTS,
            relation=st.sampled_from((*[StopRelation.SCHEDULED] * 5, *StopRelation)),
            assigned_stop_id=st.sampled_from(("", "", "", *STOPS, "nowhere")),
            pickup=st.sampled_from((None, None, 0, 1)),
        ),
        max_size=5,
    ).map(tuple),
    delay_s=st.sampled_from((None, 60, -60, 1000)),
    unix_s=st.none() | st.integers(MIDNIGHT, MIDNIGHT + 86_400 * 90),
    copy_id=st.sampled_from(("", "copy")),
    copy_start_s=st.none() | st.integers(0, 90_000),
)


def plainly(run: LiveRun) -> list[object]:
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in run]


@given(specs(), st.data())
@settings(max_examples=60, deadline=None)
def test_updates_of_a_message_mean_what_each_means_alone(spec: Spec, data: st.DataObject) -> None:
    # Nothing joins trips, so that no update says anything of another one's run.
    trips = tuple(dataclasses.replace(one, block=-1) for one in spec.trips)
    spec = without(spec, trips=trips, transfers=())
    updates = [
        dataclasses.replace(drawn, trip=dataclasses.replace(drawn.trip, trip_id=one.id))
        for one in spec.trips
        if (drawn := data.draw(UPDATES))
    ]

    together = overlay(spec, *updates)
    alone = [overlay(spec, update) for update in updates]

    runs = {key: plainly(run) for one in alone for key, run in one.runs.items()}
    assert {key: plainly(run) for key, run in together.runs.items()} == runs
    assert list(map(plainly, together.added)) == [plainly(r) for one in alone for r in one.added]
    assert together.counts == sum((Counter(one.counts) for one in alone), Counter())
