"""`maas feeds describe`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from maas.cli.feeds_mend import Format
from maas.cli.output import write_file

LABELS = {
    "edition": "形式 / edition",
    "agencies": "事業者 / agencies",
    "timezone": "時間帯 / time zone",
    "start_date": "開始日 / first day",
    "end_date": "終了日 / last day",
    "num_routes": "経路 / routes",
    "num_trips": "便 / trips",
    "num_stops": "標柱 / stops",
    "num_shapes": "描画 / shapes",
    "sample_date": "集計日 / day of the counts below",
    "num_routes_active_on_sample_date": "運行する経路 / routes on that day",
    "num_trips_active_on_sample_date": "運行する便 / trips on that day",
    "num_stops_active_on_sample_date": "停車する標柱 / stops served on that day",
}


def register(app: typer.Typer) -> None:
    """Add the command to `maas feeds`."""

    @app.command()
    def describe(
        file: Annotated[Path, typer.Argument(help="A zip or folder.")],
        day: Annotated[
            datetime | None,
            typer.Option("--date", formats=["%Y-%m-%d"], help="Day of the route statistics."),
        ] = None,
        geojson: Annotated[
            Path | None, typer.Option(help="Where routes and stops are written as GeoJSON.")
        ] = None,
        form: Annotated[Format, typer.Option("--format")] = Format.TEXT,
    ) -> None:
        """Count what a feed holds, by route on one day, and draw its map."""
        import json

        from gtfs_feeds.read import FeedUnreadable, detect_edition, read_feed
        from gtfs_feeds.statistics import FeedStatistics, StatisticsImpossible
        from maas.cli.refusal import refuse

        try:
            feed = read_feed(file)
        except FeedUnreadable as unreadable:
            refuse(unreadable)
        try:
            statistics = FeedStatistics(feed)
        except StatisticsImpossible as impossible:
            typer.echo(f"{impossible.facts['detail_ja']}\n{impossible.detail}", err=True)
            raise typer.Exit(1) from impossible
        chosen = day.date() if day else statistics.busiest_day()
        counts = {"edition": detect_edition(feed).edition.value} | statistics.describe(chosen)
        routes = statistics.routes(chosen)
        if geojson:
            text = json.dumps(statistics.geojson(), ensure_ascii=False)
            write_file(geojson, text.encode())
        if form is Format.JSON:
            left_out = dict(statistics.cleaning.left_out)
            values = {"feed": counts, "routes": routes, "left_out": left_out}
            typer.echo(json.dumps(values, ensure_ascii=False, indent=1))
            return
        show(counts, routes)
        for table, rows in statistics.cleaning.left_out.items():
            typer.echo(f"数えていない行 / rows left out: {table}.txt {rows}")


def show(counts: dict[str, Any], routes: list[dict[str, Any]]) -> None:
    """Print the counts and one line per route."""
    for name, value in counts.items():
        shown = "、".join(map(str, value)) if isinstance(value, list) else value
        typer.echo(f"{LABELS.get(name, name)}: {shown}")
    typer.echo("\n経路 / route | 便 / trips | 始発-終発 / first-last | km | km/h")
    for route in routes:
        name = route["route_short_name"] or route["route_id"]
        distance, speed = (
            "-" if value is None else f"{value:.1f}"
            for value in (route["service_distance"], route["service_speed"])
        )
        hours = f"{route['start_time']}-{route['end_time']}"
        typer.echo(f"{name} | {route['num_trips']} | {hours} | {distance} | {speed}")
