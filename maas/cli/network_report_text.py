"""The report of a network for people, in Japanese and English."""

from collections.abc import Iterator
from typing import Final

from routing.network import NetworkReport

_HEADINGS: Final = {
    "size": "規模 / size",
    "parts": "つながっている部分 / parts that hang together",
    "bridges": "橋 (失うと切り離される区間) / bridges: links whose loss cuts something off",
    "points": "関節点 (失うと切り離される場所) / articulation points",
    "feeds": "フィードがつなぐもの / what each feed connects",
    "flows": "県から県への直通 / direct trips from prefecture to prefecture",
    "hubs": "結節点 / hubs",
}


def _minutes(seconds: int) -> str:
    """Return hours and minutes."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


def report_text(report: NetworkReport) -> str:
    """Return the report as text."""
    return "\n".join(_lines(report))


def _lines(report: NetworkReport) -> Iterator[str]:
    """Yield the report line by line."""
    yield f"# {_HEADINGS['size']}"
    yield (
        f"場所 / places {report.places:,}  区間 / ride edges {report.ride_edges:,}  "
        f"徒歩 / walks {report.walk_edges:,}"
    )
    yield f"\n# {_HEADINGS['parts']}: {report.part_count:,}"
    for part in report.parts:
        names = "、".join(part.names) + ("…" if part.places > len(part.names) else "")
        where = "・".join(part.prefectures)
        yield f"{part.places:6,}  {names}  {where}  [{', '.join(part.feeds[:6])}]"
    for heading, links, count in (
        ("bridges", report.bridges, report.bridge_count),
        ("points", report.articulation_points, report.articulation_count),
    ):
        yield f"\n# {_HEADINGS[heading]}: {count:,}"
        for link in links:
            yield (
                f"{' — '.join(link.names)}  切り離される場所 / cuts off {link.cut_off:,}  "
                f"{link.trips_a_day:g} 便/日 trips a day  {', '.join(link.modes)}  "
                f"{'、'.join(link.operators)}"
            )
    yield f"\n# {_HEADINGS['feeds']}"
    for feed in report.feeds:
        yield (
            f"{feed.tag}  {feed.publisher}  場所 / places {feed.places:,}  "
            f"ここだけ / only here {feed.only:,}  切り離される / cut off {feed.cut_off:,}  "
            f"部分 / parts +{max(feed.parts, 0)}"
        )
    yield f"\n# {_HEADINGS['flows']}"
    for flow in report.flows:
        yield (
            f"{flow.origin} → {flow.destination}  {flow.trips_a_day:g} 便/日 trips a day  "
            f"最速 / fastest {_minutes(flow.fastest_s)}"
        )
    yield f"\n# {_HEADINGS['hubs']}"
    for hub in report.hubs:
        yield (
            f"{hub.name}  {hub.departures_a_day:g} 便/日 departures a day  "
            f"{hub.operators} 社 / operators  {', '.join(hub.modes)}"
        )
