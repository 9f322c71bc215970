"""The differences for people and for programs."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from gtfs_feeds.diff.model import FareChange, FeedDiff, RouteChange, ServiceChange
from gtfs_feeds.validate.catalogue import Language
from gtfs_feeds.validate.report_text import printable

WORDS: Final[dict[str, dict[Language, str]]] = {
    "title": {"ja": "版の違い", "en": "What changed"},
    "nothing": {"ja": "違いはありません。", "en": "Nothing changed."},
    "valid": {"ja": "有効期間", "en": "Validity"},
    "per_day": {"ja": "一日の便数 (平日 / 土曜 / 日曜)", "en": "Trips a day (weekday/Sat/Sun)"},
    "stops_added": {"ja": "新しい停留所", "en": "Stops added"},
    "stops_removed": {"ja": "なくなった停留所", "en": "Stops removed"},
    "stops_renamed": {"ja": "名前が変わった停留所", "en": "Stops renamed"},
    "stops_moved": {"ja": "位置が動いた停留所", "en": "Stops moved"},
    "stops_renumbered": {"ja": "ID だけが変わった停留所", "en": "Stops under another id"},
    "routes": {"ja": "便の増減 (経路ごと)", "en": "Trips by route"},
    "services": {"ja": "運行日の変更", "en": "Days of service"},
    "fares": {"ja": "運賃の変更", "en": "Fares"},
    "added": {"ja": "増", "en": "added"},
    "removed": {"ja": "減", "en": "removed"},
    "changed": {"ja": "変更", "en": "changed"},
    "renumbered": {"ja": "ID のみ変更", "en": "new id only"},
    "raised": {"ja": "値上げ", "en": "raised"},
    "lowered": {"ja": "値下げ", "en": "lowered"},
    "days": {"ja": "日", "en": "days"},
    "more": {"ja": "ほか", "en": "and more:"},
    "none": {"ja": "なし", "en": "none"},
}
SHOWN: Final = 10


def _capped(lines: Iterable[str], total: int, language: Language, shown: int) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == shown:
            yield f"    {WORDS['more'][language]} {total - shown:,}"
            return
        yield f"    {printable(line)}"


def _route(change: RouteChange, language: Language) -> str:
    parts = [
        f"{WORDS[key][language]} {count}"
        for key, count in (
            ("added", change.added),
            ("removed", change.removed),
            ("changed", change.changed),
            ("renumbered", change.renumbered),
        )
        if count
    ]
    name = change.name or change.route_id
    return f"{name}: {change.trips_before} → {change.trips_now} ({', '.join(parts)})"


def _service(change: ServiceChange, language: Language) -> str:
    unit, none = WORDS["days"][language], WORDS["none"][language]
    before = f"{change.first_before}–{change.last_before}" if change.days_before else none
    now = f"{change.first_now}–{change.last_now}" if change.days_now else none
    return (
        f"{change.service_id}: {change.days_before} {unit} ({before}) → "
        f"{change.days_now} {unit} ({now})"
    )


def _price(value: float | None, language: Language) -> str:
    return WORDS["none"][language] if value is None else f"{value:g}"


def _fare(change: FareChange, language: Language) -> str:
    before, now = _price(change.price_before, language), _price(change.price_now, language)
    return f"{change.route_id} {change.origin} → {change.destination}: {before} → {now}"


def _fare_title(diff: FeedDiff, language: Language) -> str:
    pairs = [(fare.price_before, fare.price_now) for fare in diff.fares]
    counts = {
        "raised": sum(a is not None and b is not None and b > a for a, b in pairs),
        "lowered": sum(a is not None and b is not None and b < a for a, b in pairs),
        "added": sum(before is None for before, _ in pairs),
        "removed": sum(now is None for _, now in pairs),
    }
    return ", ".join(f"{WORDS[key][language]} {count}" for key, count in counts.items() if count)


def as_text(diff: FeedDiff, language: Language = "ja", shown: int = SHOWN) -> str:
    """Return the differences as lines of text; `shown` lines of each kind."""

    def word(key: str) -> str:
        return WORDS[key][language]

    head = f"{word('title')}: {diff.name_before} → {diff.name_now}"
    lines = [printable(head)]
    if diff.is_empty:
        return "\n".join([*lines, word("nothing")])
    if diff.valid_before != diff.valid_now:
        before, now = "–".join(diff.valid_before), "–".join(diff.valid_now)
        lines.append(printable(f"{word('valid')}: {before} → {now}"))
    before_day, now_day = diff.trips_per_day_before, diff.trips_per_day_now
    if before_day != now_day:
        days = " → ".join(
            f"{day.weekday} / {day.saturday} / {day.sunday}" for day in (before_day, now_day)
        )
        lines.append(f"{word('per_day')}: {days}")
    for key, entries in sections(diff, language).items():
        if entries:
            note = _fare_title(diff, language) if key == "fares" else ""
            lines.append(f"{word(key)}: {len(entries):,}" + (f" ({note})" if note else ""))
            lines.extend(_capped(entries, len(entries), language, shown))
    return "\n".join(lines)


def sections(diff: FeedDiff, language: Language) -> dict[str, list[str]]:
    """Return a line for each difference, by its kind (a key of `WORDS`)."""
    return {
        "stops_added": [f"{stop.name} ({stop.stop_id})" for stop in diff.stops_added],
        "stops_removed": [f"{stop.name} ({stop.stop_id})" for stop in diff.stops_removed],
        "stops_renamed": [
            f"{stop.name_before} → {stop.name} ({stop.stop_id})" for stop in diff.stops_renamed
        ],
        "stops_moved": [
            f"{stop.name} ({stop.stop_id}): {stop.metres:,.0f} m" for stop in diff.stops_moved
        ],
        "stops_renumbered": [
            f"{stop.name}: {stop.id_before} → {stop.id_now}" for stop in diff.stops_renumbered
        ],
        "routes": [_route(route, language) for route in diff.routes],
        "services": [_service(service, language) for service in diff.services],
        "fares": [_fare(fare, language) for fare in diff.fares],
    }


def as_json(diff: FeedDiff) -> bytes:
    """Return the differences as JSON: the fields of `FeedDiff`, dates in ISO form."""
    body: dict[str, Any] = dataclasses.asdict(diff) | {"is_empty": diff.is_empty}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)
