"""
GTFS Realtime, as protobuf or JSON, to `LiveMessage`.

A producer's message may be broken, huge or hostile. What cannot be read at all raises
`UnreadableMessage`; an entity that cannot be used becomes a `LiveFault`, and the others count.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, Final

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as pb

from maas.core.errors import Kind, MaasError
from maas.core.live import (
    Alert,
    AlertTarget,
    LiveFault,
    LiveMessage,
    Moment,
    StopRelation,
    StopUpdate,
    TripRelation,
    TripSelector,
    TripUpdate,
)
from maas.core.servicetime import parse_seconds

MAX_DELAY_S: Final = 7 * 86_400
"""A delay beyond a week is a unit mistake (milliseconds, an instant in the delay's field)."""

MAX_UNIX_S: Final = 4_102_444_800
"""2100-01-01; beyond it an instant is a unit mistake."""


class UnreadableMessage(MaasError):
    """Nothing of the message can be used."""

    code: ClassVar[str] = "live-message-unreadable"
    title: ClassVar[str] = "The real-time message cannot be read"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """How much of a message is read; a message beyond the first two limits is refused whole."""

    bytes: int = 64 << 20
    entities: int = 200_000
    stops: int = 2_000
    """Stop updates of one trip; more make the trip a fault."""
    text: int = 10_000
    """Characters of an id or an alert's text; longer text is cut."""
    faults: int = 1_000
    """Faults that are kept; counting goes on in the reader's log of reasons."""


DEFAULT_LIMITS: Final = DecodeLimits()

_JSON_ERRORS: Final = (
    json_format.ParseError,
    RecursionError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
)
"""What the JSON reader of protobuf raises on values of the wrong kind."""

_RELATIONS: Final[Mapping[int, TripRelation]] = {
    pb.TripDescriptor.SCHEDULED: TripRelation.SCHEDULED,
    pb.TripDescriptor.ADDED: TripRelation.NEW,
    pb.TripDescriptor.NEW: TripRelation.NEW,
    pb.TripDescriptor.UNSCHEDULED: TripRelation.UNSCHEDULED,
    pb.TripDescriptor.CANCELED: TripRelation.CANCELED,
    pb.TripDescriptor.REPLACEMENT: TripRelation.REPLACEMENT,
    pb.TripDescriptor.DUPLICATED: TripRelation.DUPLICATED,
    pb.TripDescriptor.DELETED: TripRelation.DELETED,
}


def decode(data: bytes, tag: str, limits: DecodeLimits = DEFAULT_LIMITS) -> LiveMessage:
    """
    Return what a message of feed `tag` says; JSON is recognised by its first character.

    Raises:
        UnreadableMessage: It is too large, no protobuf, no JSON, or has no header.
    """
    if len(data) > limits.bytes:
        raise UnreadableMessage(
            f"The message has {len(data)} bytes; at most {limits.bytes} are read.",
            reason="too-large",
        )
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return decode_json(_load_json(data), tag, limits)
    message = pb.FeedMessage()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise UnreadableMessage(
            f"It is no protobuf message: {error}", reason="no-protobuf"
        ) from None
    return _decode_entities(message.header, message.entity, [], tag, limits)


def decode_json(document: object, tag: str, limits: DecodeLimits = DEFAULT_LIMITS) -> LiveMessage:
    """
    Return what a message in the JSON form of protobuf says; unknown fields are passed over.

    Each entity is read by itself, so one with a wrong type or an unknown word costs only itself.

    Raises:
        UnreadableMessage: It is no object with a header.
    """
    if not isinstance(document, dict) or not isinstance(document.get("header"), dict):
        raise UnreadableMessage("It is no object with a header.", reason="no-header")
    header = pb.FeedHeader()
    try:
        json_format.ParseDict(document["header"], header, ignore_unknown_fields=True)
    except _JSON_ERRORS as error:
        raise UnreadableMessage(f"The header cannot be read: {error}", reason="no-header") from None
    listed = document.get("entity") or []
    if not isinstance(listed, list):
        raise UnreadableMessage("`entity` is no list.", reason="no-entities")
    entities, faults = [], []
    for row in listed[: limits.entities + 1]:
        entity = pb.FeedEntity()
        if not isinstance(row, dict):
            faults.append(LiveFault("bad-entity", "", str(row)[:200]))
            continue
        try:
            json_format.ParseDict(row, entity, ignore_unknown_fields=True)
            _check_relation(row)
        except _JSON_ERRORS as error:
            faults.append(LiveFault("bad-entity", str(row.get("id", ""))[:80], str(error)[:200]))
            continue
        entities.append(entity)
    return _decode_entities(header, entities, faults, tag, limits)


def _check_relation(row: dict[str, object]) -> None:
    """Refuse a relation that protobuf would silently read as SCHEDULED: `CANCELLED`, say."""
    update = row.get("tripUpdate", row.get("trip_update"))
    trip = update.get("trip") if isinstance(update, dict) else None
    if not isinstance(trip, dict):
        return
    word = trip.get("scheduleRelationship", trip.get("schedule_relationship", 0))
    known = pb.TripDescriptor.ScheduleRelationship
    if word not in known.keys() and word not in known.values():  # noqa: SIM118  # no mapping
        raise ValueError(f"unknown relation {word!r:.40}")


def _load_json(data: bytes) -> object:
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableMessage(f"It is no JSON: {error}", reason="no-json") from None
    return document


def _decode_entities(
    header: pb.FeedHeader,
    entities: Iterable[pb.FeedEntity],
    faults: list[LiveFault],
    tag: str,
    limits: DecodeLimits,
) -> LiveMessage:
    trips: list[TripUpdate] = []
    alerts: list[Alert] = []
    deleted: list[str] = []
    seen: set[str] = set()
    vehicles = 0
    for count, entity in enumerate(entities):
        if count >= limits.entities:
            faults.append(LiveFault("too-many-entities", "", f"only {limits.entities} were read"))
            break
        name = entity.id[:80]
        if entity.id in seen:
            faults.append(LiveFault("repeated-entity", name))
            continue
        if entity.id:
            seen.add(entity.id)
        if entity.is_deleted:
            deleted.append(entity.id)
        elif entity.HasField("trip_update"):
            update = _trip_update(entity, limits)
            if isinstance(update, LiveFault):
                faults.append(update)
            else:
                trips.append(update)
        elif entity.HasField("alert"):
            alerts.append(_alert(entity, faults, limits))
        elif entity.HasField("vehicle"):
            vehicles += 1
        else:
            faults.append(LiveFault("empty-entity", name))
    stamp = header.timestamp
    return LiveMessage(
        tag=tag,
        unix_s=stamp if 0 < stamp <= MAX_UNIX_S else None,
        full=header.incrementality != pb.FeedHeader.DIFFERENTIAL,
        trips=tuple(trips),
        alerts=tuple(alerts),
        deleted=tuple(deleted),
        faults=tuple(faults[: limits.faults]),
        vehicles=vehicles,
    )


def _trip_update(entity: pb.FeedEntity, limits: DecodeLimits) -> TripUpdate | LiveFault:
    update = entity.trip_update
    name = entity.id[:80]
    trip = _selector(update.trip, limits)
    if isinstance(trip, str):
        return LiveFault(trip, name)
    if len(update.stop_time_update) > limits.stops:
        return LiveFault("too-many-stops", name, str(len(update.stop_time_update)))
    stops: list[StopUpdate] = []
    for row in update.stop_time_update:
        stop = _stop_update(row, limits)
        if isinstance(stop, str):
            return LiveFault(stop, name, f"stop {row.stop_sequence} {row.stop_id[:80]}")
        stops.append(stop)
    if update.HasField("delay") and abs(update.delay) > MAX_DELAY_S:
        return LiveFault("delay-out-of-range", name, str(update.delay))
    copy = update.trip_properties
    return TripUpdate(
        entity=entity.id[: limits.text],
        trip=trip,
        stops=tuple(stops),
        delay_s=update.delay if update.HasField("delay") else None,
        unix_s=update.timestamp if 0 < update.timestamp <= MAX_UNIX_S else None,
        headsign=copy.trip_headsign[: limits.text],
        short_name=copy.trip_short_name[: limits.text],
        copy_id=copy.trip_id[: limits.text],
        copy_day=_day(copy.start_date),
        copy_start_s=parse_seconds(copy.start_time),
    )


def _selector(trip: pb.TripDescriptor, limits: DecodeLimits) -> TripSelector | str:
    day, start_s = _day(trip.start_date), parse_seconds(trip.start_time)
    if trip.start_date and day is None:
        return "bad-start-date"
    if trip.start_time and start_s is None:
        return "bad-start-time"
    relation = _RELATIONS.get(trip.schedule_relationship)
    if relation is None:
        return "unknown-relation"
    if not trip.trip_id and not trip.route_id:
        return "no-trip-id"
    return TripSelector(
        trip_id=trip.trip_id[: limits.text],
        route_id=trip.route_id[: limits.text],
        direction=trip.direction_id if trip.HasField("direction_id") else None,
        start_day=day,
        start_s=start_s,
        relation=relation,
    )


def _stop_update(row: pb.TripUpdate.StopTimeUpdate, limits: DecodeLimits) -> StopUpdate | str:
    arrival = _moment(row.arrival) if row.HasField("arrival") else None
    departure = _moment(row.departure) if row.HasField("departure") else None
    for moment in (arrival, departure):
        if isinstance(moment, str):
            return moment
    if not row.HasField("stop_sequence") and not row.stop_id:
        return "stop-without-sequence-and-id"
    placed = row.stop_time_properties
    return StopUpdate(
        sequence=row.stop_sequence if row.HasField("stop_sequence") else None,
        stop_id=row.stop_id[: limits.text].strip(),
        arrival=arrival,  # type: ignore[arg-type]  # the loop above returned where it is a reason
        departure=departure,  # type: ignore[arg-type]
        relation=StopRelation(
            pb.TripUpdate.StopTimeUpdate.ScheduleRelationship.Name(row.schedule_relationship)
        ),
        assigned_stop_id=placed.assigned_stop_id[: limits.text],
        pickup=placed.pickup_type if placed.HasField("pickup_type") else None,
        drop_off=placed.drop_off_type if placed.HasField("drop_off_type") else None,
    )


def _moment(event: pb.TripUpdate.StopTimeEvent) -> Moment | str | None:
    delay = event.delay if event.HasField("delay") else None
    unix = event.time if event.HasField("time") and event.time != 0 else None
    if delay is not None and abs(delay) > MAX_DELAY_S:
        return "delay-out-of-range"
    if unix is not None and not 0 < unix <= MAX_UNIX_S:
        return "time-out-of-range"
    return None if delay is None and unix is None else Moment(unix, delay)


def _alert(entity: pb.FeedEntity, faults: list[LiveFault], limits: DecodeLimits) -> Alert:
    alert = entity.alert
    targets: list[AlertTarget] = []
    for row in alert.informed_entity[: limits.stops]:
        trip = _selector(row.trip, limits) if row.HasField("trip") else None
        if isinstance(trip, str):
            faults.append(LiveFault(trip, entity.id[:80], "informed entity"))
            continue
        targets.append(
            AlertTarget(
                agency_id=row.agency_id[: limits.text],
                route_id=row.route_id[: limits.text],
                route_type=row.route_type if row.HasField("route_type") else None,
                direction=row.direction_id if row.HasField("direction_id") else None,
                trip=trip,
                stop_id=row.stop_id[: limits.text].strip(),
            )
        )
    return Alert(
        entity=entity.id[: limits.text],
        header=_texts(alert.header_text, limits),
        description=_texts(alert.description_text, limits),
        url=_texts(alert.url, limits),
        cause=pb.Alert.Cause.Name(alert.cause),
        effect=pb.Alert.Effect.Name(alert.effect),
        severity=pb.Alert.SeverityLevel.Name(alert.severity_level),
        periods=tuple(
            (
                period.start if period.HasField("start") and period.start else None,
                period.end if period.HasField("end") and period.end else None,
            )
            for period in alert.active_period[: limits.stops]
        ),
        targets=tuple(targets),
    )


def _texts(text: pb.TranslatedString, limits: DecodeLimits) -> dict[str, str]:
    return {
        row.language[:35]: row.text[: limits.text] for row in text.translation[:100] if row.text
    }


def _day(text: str) -> date | None:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
