"""Fares of a feed (`fare_attributes.txt`, `fare_rules.txt`) as `ticketing.fares` asks for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gtfs_feeds.read.tables import ROW, FeedTables
from maas.core.ids import feed_scoped
from maas.core.money import Yen
from ticketing.fares.published import SingleFare

Rows = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule that cannot be sold as a ticket, and why."""

    line: int
    """Of fare_rules.txt."""
    reason: str
    """`no-such-fare`, `not-yen`, `no-price`, `no-zones`."""


@dataclass(slots=True)
class FeedFares:
    """A feed as a `FareSource`; what it leaves out is said, not dropped."""

    tag: str
    feed: FeedTables
    sample: bool = False
    left_out: list[LeftOut] = field(default_factory=list)

    def single_fares(self) -> Sequence[SingleFare]:
        """Return the fare of every rule that names two zones and a whole price in yen."""
        self.left_out.clear()
        return list(self._fares())

    def _fares(self) -> Iterator[SingleFare]:
        fares = self._by("fare_attributes", "fare_id")
        agencies = self._by("agency", "agency_id")
        routes = self._by("routes", "route_id")
        zones = self._zone_names()
        rules = self.feed.table("fare_rules")
        for rule in [] if rules is None else rules.iter_rows(named=True):
            fare = fares.get(rule["fare_id"])
            reason = _reason(fare, rule)
            if fare is None or reason:
                self.left_out.append(LeftOut(int(rule[ROW]), reason))
                continue
            route = str(rule.get("route_id") or "")
            agency_id = fare.get("agency_id") or routes.get(route, {}).get("agency_id", "")
            agency = agencies.get(agency_id) or next(iter(agencies.values()), {})
            origin, destination = str(rule["origin_id"]), str(rule["destination_id"])
            yield SingleFare(
                feed=self.tag,
                fare_id=feed_scoped(self.tag, fare["fare_id"]),
                operator_id=feed_scoped(self.tag, agency.get("agency_id") or "operator"),
                operator_name=agency.get("agency_name") or self.tag,
                origin_zone=feed_scoped(self.tag, origin),
                origin_name=zones.get(origin, origin),
                destination_zone=feed_scoped(self.tag, destination),
                destination_name=zones.get(destination, destination),
                yen=Yen(_whole(fare["price"]) or 0),
                route_id=feed_scoped(self.tag, route) if route else "",
                sample=self.sample,
            )

    def _by(self, table: str, key: str) -> Rows:
        frame = self.feed.table(table)
        if frame is None:
            return {}
        if key not in frame.columns:  # one agency needs no id
            return dict.fromkeys([""], next(frame.iter_rows(named=True), {}))
        return {row[key]: row for row in frame.iter_rows(named=True)}

    def _zone_names(self) -> dict[str, str]:
        """Return the name of the first stop of every zone."""
        frame = self.feed.table("stops")
        names: dict[str, str] = {}
        if frame is not None and "zone_id" in frame.columns:
            for row in frame.iter_rows(named=True):
                if row["zone_id"] and row.get("stop_name"):
                    names.setdefault(row["zone_id"], row["stop_name"])
        return names


def _reason(fare: dict[str, str] | None, rule: dict[str, str]) -> str:
    if fare is None:
        return "no-such-fare"
    if fare.get("currency_type", "").upper() != "JPY":
        return "not-yen"
    if _whole(fare.get("price", "")) is None:
        return "no-price"
    if not rule.get("origin_id") or not rule.get("destination_id"):
        return "no-zones"
    return ""


def _whole(text: str) -> int | None:
    """Return a price in whole yen: `170`, or `170.00` as some feeds write it."""
    whole, _, fraction = text.partition(".")
    if not whole.isascii() or not whole.isdigit() or fraction.strip("0"):
        return None
    return int(whole) or None
