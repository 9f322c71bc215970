"""GTFS Realtime messages, good and hostile."""

import contextlib
import json
from datetime import date

import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.realtime.decode import DecodeLimits, UnreadableMessage, decode, decode_json
from maas.core.live import Moment, StopRelation, TripRelation
from tests.support.shared import SHARED, needs_shared

LIVE = SHARED / "data" / "realtime"


def message(*entities: dict, **header: object) -> bytes:
    head = {"gtfsRealtimeVersion": "2.0", "timestamp": "1556701200"} | header
    return json.dumps({"header": head, "entity": list(entities)}).encode()


def delayed(entity: str, trip: str, **more: object) -> dict:
    return {"id": entity, "tripUpdate": {"trip": {"tripId": trip} | more}}


def reasons(data: bytes, **limits: int) -> list[str]:
    return [fault.reason for fault in decode(data, "t", DecodeLimits(**limits)).faults]


def test_protobuf_and_json_of_one_message_say_the_same() -> None:
    feed = pb.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = 1556701200
    entity = feed.entity.add(id="1")
    entity.trip_update.trip.trip_id = "ICE"
    entity.trip_update.trip.start_date = "20190501"
    stop = entity.trip_update.stop_time_update.add(stop_sequence=1, stop_id="FFM_12")
    stop.arrival.delay = 600
    stop.stop_time_properties.assigned_stop_id = "FFM_10"
    as_json = message(
        {
            "id": "1",
            "tripUpdate": {
                "trip": {"tripId": "ICE", "startDate": "20190501"},
                "stopTimeUpdate": [
                    {
                        "stopId": "FFM_12",
                        "stopSequence": 1,
                        "arrival": {"delay": 600},
                        "stopTimeProperties": {"assignedStopId": "FFM_10"},
                    }
                ],
            },
        }
    )

    assert decode(feed.SerializeToString(), "t") == decode(as_json, "t")
    [update] = decode(as_json, "t").trips
    assert update.trip.start_day == date(2019, 5, 1)
    assert update.stops[0].arrival == Moment(delay_s=600)
    assert update.stops[0].assigned_stop_id == "FFM_10"


def test_added_and_new_are_one_relation() -> None:
    data = message(
        delayed("1", "a", scheduleRelationship="ADDED"),
        delayed("2", "b", scheduleRelationship="NEW"),
    )

    assert [update.trip.relation for update in decode(data, "t").trips] == [TripRelation.NEW] * 2


def test_a_start_time_past_midnight_is_kept_as_published() -> None:
    [update] = decode(message(delayed("1", "a", startTime="42:00:00")), "t").trips

    assert update.trip.start_s == 42 * 3600


def test_a_broken_entity_costs_only_itself() -> None:
    data = message(
        delayed("1", "a", startDate="20191399"),
        delayed("2", "b", startTime="8 o'clock"),
        delayed("3", "c", scheduleRelationship="SOMETIMES"),
        {"id": "4", "tripUpdate": {"trip": "d"}},
        {"id": "5", "tripUpdate": {"trip": {}}},
        "entity",
        {"id": "6"},
        delayed("7", "g"),
        delayed("7", "h"),
    )

    decoded = decode(data, "t")

    assert [update.entity for update in decoded.trips] == ["7"]
    assert sorted(fault.reason for fault in decoded.faults) == [
        "bad-entity",
        "bad-entity",
        "bad-start-date",
        "bad-start-time",
        "empty-entity",
        "no-trip-id",
        "no-trip-id",
        "repeated-entity",
    ]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"delay": 2_000_000}, "delay-out-of-range"),
        ({"time": "1556701200000"}, "time-out-of-range"),
    ],
)
def test_times_in_milliseconds_are_refused(event: dict, reason: str) -> None:
    entity = delayed("1", "a")
    entity["tripUpdate"]["stopTimeUpdate"] = [{"stopSequence": 1, "arrival": event}]

    assert reasons(message(entity)) == [reason]


def test_limits_hold() -> None:
    crowd = [delayed(str(i), "a") for i in range(5)]
    long = delayed("1", "a")
    long["tripUpdate"]["stopTimeUpdate"] = [{"stopSequence": i} for i in range(5)]

    assert reasons(message(*crowd), entities=3) == ["too-many-entities"]
    assert reasons(message(long), stops=4) == ["too-many-stops"]
    with pytest.raises(UnreadableMessage):
        decode(message(), "t", DecodeLimits(bytes=10))


def test_an_alert_keeps_its_languages_and_targets() -> None:
    data = message(
        {
            "id": "2",
            "alert": {
                "informedEntity": [{"trip": {"tripId": "ICE"}, "stopId": "DA"}],
                "headerText": {
                    "translation": [
                        {"text": "運休", "language": "ja"},
                        {"text": "Cancelled", "language": "en"},
                    ]
                },
                "activePeriod": [{"start": "1556701200"}],
            },
        }
    )

    [alert] = decode(data, "t").alerts

    assert alert.header == {"ja": "運休", "en": "Cancelled"}
    assert (alert.targets[0].trip is not None, alert.targets[0].stop_id) == (True, "DA")
    assert alert.periods == ((1556701200, None),)


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>404</html>", b"{", b'{"header": 1}', b'{"header": {"timestamp": "x"}}',
     b'{"header": {}, "entity": 3}', b"{" * 100_000, b"[]", b"\xff\xfe\x00"],
)  # fmt: skip
def test_what_is_no_message_is_refused_with_a_reason(data: bytes) -> None:
    if data == b"":
        # An empty byte string is an empty protobuf message, so it says nothing: no fault either.
        assert decode(data, "t").trips == ()
        return
    with pytest.raises(UnreadableMessage) as refused:
        decode(data, "t")
    assert refused.value.facts["reason"]


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with contextlib.suppress(UnreadableMessage):
        decode(data, "t")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "tripUpdate",
                    "trip",
                    "tripId",
                    "alert",
                    "stopTimeUpdate",
                    "arrival",
                    "delay",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
@settings(max_examples=200)
def test_no_json_raises_anything_else(entities: list) -> None:
    decode_json({"header": {"gtfsRealtimeVersion": "2.0"}, "entity": entities}, "t")


@needs_shared
def test_a_real_message_is_read_whole() -> None:
    decoded = decode((LIVE / "bart_trip_updates_2019-08-07.pb").read_bytes(), "bart")

    # 91 entities of which 8 are ADDED, counted with the bindings alone.
    assert (len(decoded.trips), decoded.faults) == (91, ())
    assert sum(u.trip.relation is TripRelation.NEW for u in decoded.trips) == 8
    assert all(
        stop.relation is StopRelation.SCHEDULED for update in decoded.trips for stop in update.stops
    )


@needs_shared
def test_real_alerts_are_read() -> None:
    [alert] = decode((LIVE / "bart_alerts.pb").read_bytes(), "bart").alerts

    assert alert.effect == "SIGNIFICANT_DELAYS"
    assert alert.targets[0].agency_id == "BART"


@needs_shared
def test_a_file_that_is_no_protobuf_is_refused() -> None:
    with pytest.raises(UnreadableMessage):
        decode((LIVE / "not_protobuf.pb").read_bytes(), "bart")
