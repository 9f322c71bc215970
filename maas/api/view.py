"""The network in the words of the API: places, routes, times, in one language and one version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import product
from typing import Final

import orjson

from maas.api.modes import mode_name
from maas.core.columns import Texts
from maas.core.network import Network
from maas.wiring import Shown
from routing.boards.index import MODES, BoardIndex
from routing.boards.live import LiveAlert
from routing.boards.runs import Run, Runs

Json = dict[str, object]

NORMAL: Final = "NORMAL"
NOT_ALLOWED: Final = "NOT_ALLOWED"


_WHO: Final = tuple(
    f',"pickupType":"{NORMAL if served and boards else NOT_ALLOWED}"'
    f',"dropoffType":"{NORMAL if served and alights else NOT_ALLOWED}"'
    f',"cancelled":{"true" if not served and (boards or alights) else "false"}'
    for served, alights, boards in product((False, True), repeat=3)
)
"""
What a call says of who may board, who may get off, and whether it is made: at 1 where travellers
board, plus 2 where they get off, plus 4 where the vehicle calls.
"""

SERVED: Final = _WHO[4:]
"""The same of a call that is made."""


@lru_cache(maxsize=65_536)
def stamp(epoch: int) -> str:
    """Return seconds since 1970 as the API writes times; an answer holds a thousand of them."""
    return datetime.fromtimestamp(epoch, UTC).isoformat()[:19] + "Z"


def stamp_of(moment: datetime) -> str:
    """Return an instant as the API writes times."""
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


@lru_cache(maxsize=4096)
def _mode_names(bits: int, version: int) -> tuple[str, ...]:
    return tuple(mode_name(mode, version) for code, mode in enumerate(MODES) if bits >> code & 1)


@dataclass(frozen=True, slots=True)
class View:
    """How one request wants to see the network."""

    runs: Runs
    languages: tuple[str, ...] = ()
    version: int = 6
    cache: Shown = field(default_factory=dict)
    """What was written of the timetable in these words, shared by the requests of a network."""

    @property
    def index(self) -> BoardIndex:
        """The lookups of the network."""
        return self.runs.index

    @property
    def network(self) -> Network:
        """The columns."""
        return self.runs.index.network

    def text(self, column: str, own: Texts, row: int, feed: int = -1) -> str:
        """Return a text in the first language that has it, else as the feed publishes it."""
        for language in self.languages:
            for tag in (language, language.split("-")[0]):
                translated = self.network.translations.get(f"{column}.{tag}")
                if translated is not None and (found := translated[row]):
                    return found
            if feed >= 0:
                published = self.network.feeds.language[feed].split("-")[0].lower()
                if published == language.split("-")[0].lower():
                    return own[row]
        return own[row]

    def stop_name(self, stop: int) -> str:
        """Return the name of a stop."""
        stops = self.network.stops
        return self.text("stops.name", stops.name, stop, int(stops.feed[stop]))

    def shared_text(self, row: int) -> str:
        """Return a headsign or short name; empty where there is none."""
        if row < 0:
            return ""
        found: str | None = self.cache.get(("text", row))
        if found is None:
            found = self.cache["text", row] = self.text("texts", self.network.texts, row)
        return found

    def place(
        self, stop: int, *, scheduled: int = -1, zone: str = "", own_name: bool = False
    ) -> Json:
        """
        Return a stop as the API's Place.

        The name is the station's, so that travellers see "Hakata" and not a pole; the stop's own
        is given where two stops of a station would read the same (`own_name`).

        Args:
            stop: Its row.
            scheduled: The stop that the timetable names for the call, where it is another.
            zone: That of the trip that calls.
            own_name: Whether it goes by the stop's own name.
        """
        key = ("place", stop, scheduled, zone, own_name)
        found: Json | None = self.cache.get(key)
        if found is None:
            found = self.cache[key] = self._place(stop, scheduled, zone, own_name=own_name)
        return found.copy()

    def place_text(
        self, stop: int, scheduled: int = -1, zone: str = "", *, own_name: bool = False
    ) -> str:
        """Return the same as JSON, still open: an answer holds hundreds."""
        key = (stop, scheduled if scheduled != stop else -1, zone, own_name)
        found: str | None = self.cache.get(key)
        if found is None:
            place = self._place(stop, scheduled, zone, own_name=own_name)
            found = self.cache[key] = orjson.dumps(place).decode()[:-1]
        return found

    def _place(self, stop: int, scheduled: int, zone: str, *, own_name: bool) -> Json:
        index, stops = self.index, self.network.stops
        root = index.root(stop)
        lat, lon = self.point(stop)
        result: Json = {
            "name": self.stop_name(stop if own_name else root),
            "stopId": stops.id[stop],
            "lat": lat,
            "lon": lon,
            "tz": index.zone_of_stop(stop, zone),
            "vertexType": "TRANSIT",
            "modes": self.modes_of_stop(stop),
        }
        if root != stop:
            result["parentId"] = stops.id[root]
        level = float(stops.level[stop])
        if level == level:  # noqa: PLR0124 (NaN means unknown)
            result["level"] = level
        elif self.version < 6:
            result["level"] = 0
        planned = stop if scheduled < 0 else scheduled
        for name, column, row in (
            ("track", stops.platform, stop),
            ("scheduledTrack", stops.platform, planned),
            ("stopCode", stops.code, planned),
            ("description", stops.description, planned),
        ):
            if found := column[row]:
                result[name] = found
        return result

    def point(self, stop: int) -> tuple[float, float]:
        """Return where a stop is; its station's or place's point where the feed gives none."""
        stops, places = self.network.stops, self.network.places
        for row in (stop, self.index.root(stop)):
            lat, lon = float(stops.lat[row]), float(stops.lon[row])
            if lat == lat and lon == lon:  # noqa: PLR0124 (NaN means unknown)
                return lat, lon
        place = int(stops.place[stop])
        if place >= 0:
            return float(places.lat[place]), float(places.lon[place])
        return float("nan"), float("nan")

    def modes_of_stop(self, stop: int) -> list[str]:
        """Return the modes that call at a stop, its station and its sisters."""
        index = self.index
        bits = int(index.modes_of_stop[stop])
        for child in index.children.get(stop, ()):
            bits |= int(index.modes_of_stop[child])
        return self.mode_names(bits)

    def mode_names(self, bits: int) -> list[str]:
        """Return the names of modes that are given as bits."""
        return list(_mode_names(bits, self.version))

    def spot(self, name: str, lat: float, lon: float, level: float | None, zone: str = "") -> Json:
        """Return a coordinate as the API's Place."""
        result: Json = {"name": name, "lat": lat, "lon": lon, "vertexType": "NORMAL"}
        if level is not None:
            result["level"] = level
        elif self.version < 6:
            result["level"] = 0
        if zone:
            result["tz"] = zone
        return result

    def call(self, run: Run, position: int, *, own_name: bool = False) -> Json:
        """Return a call as a Place: the stop, its tracks, and who may board and get off."""
        found = self.place(
            run.stop[position],
            scheduled=run.scheduled_stop[position],
            zone=self.index.zone_of_trip(run.key.trip),
            own_name=own_name,
        )
        boards, alights = run.boards(position), run.alights(position)
        served = run.serves(position)
        found["pickupType"] = NORMAL if served and boards else NOT_ALLOWED
        found["dropoffType"] = NORMAL if served and alights else NOT_ALLOWED
        found["cancelled"] = not served and (boards or alights)
        return found

    def call_text(self, run: Run, position: int, zone: str, *, own_name: bool = False) -> str:
        """Return the same as JSON, still open; `zone` is the trip's, the same for all its calls."""
        who = (run.pickup[position] != 1) + 2 * (run.drop_off[position] != 1)
        if not (run.cancelled or run.skipped[position]):
            who += 4
        stop, scheduled = run.stop[position], run.scheduled_stop[position]
        return self.place_text(stop, scheduled, zone, own_name=own_name) + _WHO[who]

    def timed(self, place: Json, run: Run, position: int, *, arrives: bool, leaves: bool) -> Json:
        """Add the times of a call to its Place."""
        if arrives:
            place["arrival"] = stamp(run.arrival[position])
            place["scheduledArrival"] = stamp(run.scheduled_arrival[position])
        if leaves:
            place["departure"] = stamp(run.departure[position])
            place["scheduledDeparture"] = stamp(run.scheduled_departure[position])
        return place

    def route(self, route: int) -> Json:
        """Return the fields that legs, boards and stops show of a route and its agency."""
        key = ("route", route)
        found: Json | None = self.cache.get(key)
        if found is None:
            found = self.cache[key] = self._route(route)
        return found

    def _route(self, route: int) -> Json:
        network = self.network
        if route < 0:
            empty = dict.fromkeys(
                ("routeId", "routeShortName", "routeLongName", "agencyId", "agencyName"), ""
            )
            return {**empty, "agencyUrl": ""}
        routes, agencies = network.routes, network.agencies
        agency = int(routes.agency[route])
        feed = int(agencies.feed[agency]) if agency >= 0 else -1
        result: Json = {
            "routeId": routes.id[route],
            "routeShortName": self.text("routes.short_name", routes.short_name, route, feed),
            "routeLongName": self.text("routes.long_name", routes.long_name, route, feed),
            "routeType": int(routes.type[route]),
            "agencyId": agencies.id[agency] if agency >= 0 else "",
            "agencyName": (
                self.text("agencies.name", agencies.name, agency, feed) if agency >= 0 else ""
            ),
            "agencyUrl": agencies.url[agency] if agency >= 0 else "",
        }
        for name, column in (
            ("routeColor", routes.color),
            ("routeTextColor", routes.text_color),
            ("routeUrl", routes.url),
        ):
            if found := column[route]:
                result[name] = found
        return result

    def alert(self, alert: LiveAlert) -> Json:
        """Return a notice in the caller's language, else in the first that it has."""
        result: Json = {
            "headerText": self._localized(alert.header),
            "descriptionText": self._localized(alert.description),
        }
        for name, value in (
            ("cause", alert.cause),
            ("effect", alert.effect),
            ("severityLevel", alert.severity.replace("UNKNOWN_SEVERITY", "")),
            ("url", self._localized(alert.url)),
        ):
            if value:
                result[name] = value
        if alert.periods:
            result["impactPeriod"] = [
                {
                    **({} if start is None else {"start": stamp(start)}),
                    **({} if end is None else {"end": stamp(end)}),
                }
                for start, end in alert.periods
            ]
        return result

    def alerts(self, alerts: Sequence[LiveAlert]) -> list[Json]:
        """Return notices."""
        return [self.alert(alert) for alert in alerts]

    def _localized(self, texts: Mapping[str, str]) -> str:
        if not texts:
            return ""
        for language in self.languages:
            for tag, text in texts.items():
                if tag.split("-")[0].lower() == language.split("-")[0].lower():
                    return text
        return texts.get("") or next(iter(texts.values()))
