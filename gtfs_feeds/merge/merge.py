"""Any number of feeds to one network; what is broken stays outside and is reported."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from gtfs_feeds.merge.calendar import SHIFTED_DAYS
from gtfs_feeds.merge.combine import Offsets, join, join_days, join_translations
from gtfs_feeds.merge.duplicates import mark_duplicates
from gtfs_feeds.merge.empty import empty_network
from gtfs_feeds.merge.feed import FeedPart, convert
from gtfs_feeds.merge.options import TAG, FeedInput, MergeOptions
from gtfs_feeds.merge.places import MODE_BITS, Gathered, gather
from gtfs_feeds.merge.report import FeedOutcome, Findings, MergeReport, Quarantine
from maas.core.columns import Int32s, Texts
from maas.core.network import (
    Agencies,
    Calls,
    Feeds,
    Frequencies,
    Network,
    Pathways,
    Routes,
    Services,
    Shapes,
    StopGroups,
    Stops,
    TicketLinks,
    Transfers,
    Trips,
)

_LOG: Final = logging.getLogger(__name__)
BAD_TAG: Final = "bad-tag"
_MOST_DAYS: Final = 5000
"""A network spans 13 years at most; feeds further away are quarantined."""


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The network, and what became of every feed."""

    network: Network
    """Without a single feed when none is usable."""
    report: MergeReport


@dataclass(frozen=True, slots=True)
class ConvertedFeed:
    """A feed ready to be merged: alone, and the same whatever stands beside it."""

    outcome: FeedOutcome
    part: FeedPart | None
    """None where the feed stays outside."""


def merge(feeds: Iterable[FeedInput], options: MergeOptions | None = None) -> MergeResult:
    """
    Merge feeds into one network; they are taken one by one, so their texts need not all be held.

    Ids become `<tag>_<id>` and nothing else is rewritten. Rows that cannot be used are left out and
    reported by file and line; a feed of which nothing can be used is quarantined. Neither raises.
    """
    options = options or MergeOptions()
    return merge_converted((convert_feed(feed, options) for feed in feeds), options)


def merge_converted(feeds: Iterable[ConvertedFeed], options: MergeOptions) -> MergeResult:
    """Merge feeds that `convert_feed` converted with the same options; as `merge`."""
    outcomes: list[FeedOutcome] = []
    parts: list[FeedPart] = []
    tags: set[str] = set()
    for feed in feeds:
        outcome = feed.outcome
        if outcome.unreadable is not None:
            outcomes.append(outcome)
            continue
        if outcome.tag in tags and outcome.quarantined != BAD_TAG:
            outcomes.append(FeedOutcome(outcome.tag, outcome.name, "tag-twice"))
        else:
            outcomes.append(outcome)
            if feed.part is not None:
                parts.append(feed.part)
        tags.add(outcome.tag)
    first, last, parts = _window(parts, options, outcomes)
    if not parts:
        day = date.fromordinal(first) if first else options.today or date(1970, 1, 1)
        return MergeResult(empty_network(day), MergeReport(tuple(outcomes)))
    network, gathered = _network(parts, first, last, options)
    found = Findings()
    found.add(
        "override-unknown",
        "places_overrides.csv",
        "stop_id",
        np.zeros(len(gathered.unknown_overrides), np.int64),
    )
    report = MergeReport(
        tuple(outcomes),
        len(network.places.id),
        int((network.trips.duplicate_of >= 0).sum()),
        found.done(),
    )
    return MergeResult(network, report)


def convert_feed(feed: FeedInput, options: MergeOptions) -> ConvertedFeed:
    """Convert a feed, or say why it stays outside; `options.overrides` are not looked at."""
    found = Findings()
    reason = ""
    part: FeedPart | None = None
    if not TAG.fullmatch(feed.tag):
        reason = BAD_TAG
    else:
        try:
            part = convert(feed, options, found)
        except Quarantine as quarantine:
            reason = quarantine.code
            if quarantine.file:
                found.add(reason, quarantine.file, "", [0])
        except Exception:  # noqa: BLE001 — see the next line
            # One feed, however strange, must not stop the others; the log has what to mend here.
            _LOG.exception("Converting the feed %s failed.", feed.tag)
            reason = "internal-error"
    if part is None:
        outcome = FeedOutcome(feed.tag, feed.tables.name, reason, findings=found.done())
        return ConvertedFeed(outcome, None)
    outcome = FeedOutcome(
        feed.tag,
        feed.tables.name,
        "",
        part.publisher,
        part.start_day,
        part.end_day,
        part.days.looped_since,
        len(part.stops.id),
        len(part.routes.id),
        len(part.trips.id),
        len(part.calls.stop),
        found.done(),
    )
    return ConvertedFeed(outcome, part)


def _window(
    parts: list[FeedPart], options: MergeOptions, outcomes: list[FeedOutcome]
) -> tuple[int, int, list[FeedPart]]:
    """Return the first and last day of the network and the feeds that have service in it."""
    if options.service_days is not None:
        first, last = (day.toordinal() for day in options.service_days)
        return first, last, parts
    if not parts:
        return 0, 0, parts
    if options.shift_to is not None:
        begin = options.shift_to.toordinal() - 1
        until = options.extend_until.toordinal() if options.extend_until else 0
        return begin, max(begin + SHIFTED_DAYS, until), parts
    starts = np.array([part.days.first for part in parts])
    ends = np.array([part.days.last for part in parts])
    best, most = int(starts.min()), -1
    for start in sorted(starts.tolist()):
        held = int(((starts >= start) & (ends < start + _MOST_DAYS)).sum())
        if held >= most:
            best, most = start, held
    inside = (starts >= best) & (ends < best + _MOST_DAYS)
    kept = [part for part, good in zip(parts, inside.tolist(), strict=True) if good]
    gone = {part.tag for part in parts} - {part.tag for part in kept}
    for at, outcome in enumerate(outcomes):
        if outcome.tag in gone and not outcome.quarantined:
            outcomes[at] = FeedOutcome(
                outcome.tag, outcome.name, "far-from-the-others", findings=outcome.findings
            )
    return best, int(ends[inside].max()), kept


def _network(
    parts: list[FeedPart], first: int, last: int, options: MergeOptions
) -> tuple[Network, Gathered]:
    """Put the feeds behind each other and gather the places."""
    offsets = Offsets(parts)
    stops = join(Stops, [part.stops for part in parts], offsets)
    routes = join(Routes, [part.routes for part in parts], offsets)
    trips = join(Trips, [part.trips for part in parts], offsets)
    calls = join(Calls, [part.calls for part in parts], offsets)
    gathered = gather(stops, stop_modes(stops, routes, trips, calls), options.overrides)
    stops.place[:] = gathered.place_of
    groups = join(StopGroups, [part.groups for part in parts], offsets)
    _put_groups_amid_members(gathered, stops, groups)
    agencies = join(Agencies, [part.agencies for part in parts], offsets)
    frequencies = join(Frequencies, [part.frequencies for part in parts], offsets)
    runs = join_days(parts, first, last)
    feeds = _feeds(parts)
    families = np.array([_family(kind) for kind in routes.type.tolist()], np.int32)
    texts = list(offsets.texts)
    mark_duplicates(
        feeds, agencies, stops, routes, trips, calls, runs, frequencies, texts, families
    )
    translations = dict(join_translations(parts, offsets))
    translations |= _place_names(gathered, translations)
    network = Network(
        date.fromordinal(first),
        feeds,
        agencies,
        gathered.places,
        stops,
        routes,
        trips,
        calls,
        Services(
            Texts.of(text for part in parts for text in part.service_ids),
            runs,
        ),
        frequencies,
        join(Transfers, [part.transfers for part in parts], offsets),
        join(Pathways, [part.pathways for part in parts], offsets),
        join(Shapes, [part.shapes for part in parts], offsets),
        Texts.of(texts),
        translations,
        groups,
        join(TicketLinks, [part.tickets for part in parts], offsets),
    )
    return network, gathered


def _put_groups_amid_members(gathered: Gathered, stops: Stops, groups: StopGroups) -> None:
    """Give the place of a group that has no coordinate the middle of its members, in place."""
    places = gathered.places
    named = stops.place[groups.group]
    known = ~np.isnan(stops.lat[groups.stop])
    for row in np.unique(named[np.isnan(places.lat[named]) & known]).tolist():
        members = groups.stop[(named == row) & known]
        places.lat[row], places.lon[row] = stops.lat[members].mean(), stops.lon[members].mean()


def _feeds(parts: Sequence[FeedPart]) -> Feeds:
    """Return the row of each feed."""
    return Feeds(
        Texts.of(part.tag for part in parts),
        Texts.of(part.publisher for part in parts),
        Texts.of(part.version for part in parts),
        Texts.of(part.start_day for part in parts),
        Texts.of(part.end_day for part in parts),
        Texts.of(part.days.looped_since for part in parts),
        np.array([part.synthetic for part in parts], np.uint8),
        Texts.of(part.licence for part in parts),
        Texts.of(part.attribution for part in parts),
        Texts.of(part.language for part in parts),
    )


def _family(route_type: int) -> int:
    """Return the bit of a GTFS route_type, extended types included."""
    if route_type in {0, 5} or 900 <= route_type < 1000:
        return MODE_BITS["tram"]
    if route_type in {1, 2, 7, 12} or 100 <= route_type < 200 or 400 <= route_type < 500:
        return MODE_BITS["rail"]
    if route_type in {3, 11} or 200 <= route_type < 300 or 700 <= route_type < 900:
        return MODE_BITS["bus"]
    if route_type == 4 or 1000 <= route_type < 1100 or route_type == 1200:
        return MODE_BITS["ferry"]
    if 1100 <= route_type < 1200:
        return MODE_BITS["air"]
    return MODE_BITS["other"]


def stop_modes(stops: Stops, routes: Routes, trips: Trips, calls: Calls) -> Int32s:
    """Return `MODE_BITS` of the vehicles that call at each stop."""
    bits = np.array([_family(kind) for kind in routes.type.tolist()], np.int32)
    per_call = np.repeat(bits[trips.route], np.diff(trips.call_start))
    modes = np.zeros(len(stops.lat), np.int32)
    for bit in MODE_BITS.values():
        modes[calls.stop[(per_call & bit) != 0]] |= bit
    return modes


def _place_names(gathered: Gathered, translations: dict[str, Texts]) -> dict[str, Texts]:
    """Return the translations of the places: those of the stop that names each, or by hand."""
    result: dict[str, Texts] = {}
    by_hand = {"ja-Hrkt": "kana", "en": "english"}
    languages = {
        name.removeprefix("stops.name.") for name in translations if name.startswith("stops.name.")
    }
    if any(place is not None for place in gathered.hand):
        languages |= set(by_hand)
    for language in sorted(languages):
        stops = translations.get(f"stops.name.{language}")
        texts = stops.tolist() if stops is not None else []
        rows = []
        for named_by, place in zip(gathered.named_by.tolist(), gathered.hand, strict=True):
            if place is not None:
                rows.append(str(getattr(place, by_hand[language])) if language in by_hand else "")
            else:
                rows.append(texts[named_by] if texts else "")
        result[f"places.name.{language}"] = Texts.of(rows)
    return result
