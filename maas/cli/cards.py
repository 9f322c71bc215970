"""Journeys as cards in the terminal."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from maas.cli.words import has, say
from routing.model import Itinerary, Leg, Mode
from routing.places import PlaceIndex

COLOURS = {
    Mode.WALK: "bright_black",
    Mode.AIRPLANE: "magenta",
    Mode.HIGHSPEED_RAIL: "blue",
    Mode.LONG_DISTANCE: "red",
    Mode.FERRY: "cyan",
    Mode.BUS: "green",
    Mode.COACH: "dark_orange",
    Mode.TRAM: "yellow",
    Mode.SUBWAY: "medium_purple",
}


class Cards:
    """Draws itineraries of one network."""

    def __init__(self, places: PlaceIndex, zone: ZoneInfo, tag: str) -> None:
        self._network = places.network
        self._zone = zone
        self._tag = tag
        self._routes = {name: row for row, name in enumerate(self._network.routes.id)}
        self._stops = {name: row for row, name in enumerate(self._network.stops.id)}

    def draw(self, journeys: Iterable[Itinerary]) -> RenderableType:
        """Return one card a journey."""
        return Group(*(self._card(journey) for journey in journeys))

    def _card(self, journey: Itinerary) -> RenderableType:
        seconds = int((journey.arrival - journey.departure).total_seconds())
        title = Text.assemble(
            (f" {self._clock(journey.departure)} → {self._clock(journey.arrival)} ", "bold"),
            f" {length(seconds)}  {changes(journey.transfers)} ",
        )
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right")
        table.add_column()
        table.add_column()
        for leg in journey.legs:
            self._leg(table, leg)
        return Panel(table, title=title, title_align="left", border_style="blue", expand=False)

    def _leg(self, table: Table, leg: Leg) -> None:
        colour = COLOURS.get(leg.mode, "white")
        if leg.trip is None:
            minutes = round((leg.arrival - leg.departure).total_seconds() / 60)
            text = say("card.walk", min=minutes) if minutes else say("card.change")
            table.add_row("", Text("┊", colour), Text(text, colour))
            return
        first, last = leg.calls[0], leg.calls[-1]
        start = self._name(first.stop_id, first.name)
        if first.platform:
            start += f"  ({say('card.platform', n=first.platform)})"
        if leg.stays_seated:
            start += f"  ({say('card.seated')})"
        table.add_row(self._clock(leg.departure), Text("●", colour), start)
        line = Text(f"{self._line(leg)}", f"bold {colour}")
        if leg.headsign:
            line.append(f"  → {leg.headsign}", "default")
        table.add_row("", Text("┃", colour), line)
        table.add_row(
            self._clock(leg.arrival), Text("●", colour), self._name(last.stop_id, last.name)
        )

    def _line(self, leg: Leg) -> str:
        row = self._routes.get(leg.route_id)
        if row is None:
            return leg.mode.value
        routes, agencies = self._network.routes, self._network.agencies
        name = self._told("routes.short_name", row) or routes.short_name[row]
        name = name or self._told("routes.long_name", row) or routes.long_name[row]
        agency = int(routes.agency[row])
        company = self._told("agencies.name", agency) or agencies.name[agency]
        return f"{name}  {company}"

    def _name(self, stop_id: str, name: str) -> str:
        row = self._stops.get(stop_id)
        return (self._told("stops.name", row) if row is not None else "") or name

    def _told(self, column: str, row: int) -> str:
        texts = self._network.translations.get(f"{column}.{self._tag}")
        return texts[row] if texts is not None and row >= 0 else ""

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%H:%M}"


def length(seconds: int) -> str:
    """Return a duration in words."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return say("card.hm", h=hours, m=f"{minutes:02}") if hours else say("card.m", m=minutes)


def changes(count: int) -> str:
    """Return how many changes in words."""
    key = f"card.changes.{count}"
    return say(key) if has(key) else say("card.changes.n", n=count)
