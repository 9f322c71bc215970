"""`maas council quality`: how good the network is in each municipality."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `maas council`."""

    @app.command()
    def quality(
        network: Annotated[
            Path | None, typer.Option(help="Folder of the network; default: the one in use.")
        ] = None,
        at: Annotated[str, typer.Option(help="2026-12-01T08:00 (Japan)")] = "",
        form: Annotated[str, typer.Option("--format", help="text, csv or geojson")] = "text",
        out: Annotated[Path | None, typer.Option()] = None,
    ) -> None:
        """
        Count stops, departures, first and last service and reach by municipality.

        市町村ごとの停留所数・便数・始発終発・到達圏をGTFSから数えます。
        """
        import json

        from maas.cli.council_impact_run import instant, opened
        from maas.cli.output import write_file
        from maas.core.clock import SystemClock, japan_date
        from maas.settings import Settings
        from maas.usecases.impact import typical_morning
        from maas.usecases.quality import quality as measure
        from maas.usecases.quality import to_csv, to_geojson
        from routing.planner import JourneyPlanner

        settings = Settings()
        timetable = opened(network or settings.network or settings.sample_dir)
        when = instant(at) or typical_morning(timetable.network, japan_date(SystemClock()))
        rows = measure(timetable.network, JourneyPlanner(timetable), when)
        if form == "csv":
            text = to_csv(rows)
        elif form == "geojson":
            text = json.dumps(to_geojson(rows), ensure_ascii=False)
        else:
            text = "\n".join(
                f"{row.prefecture} {row.municipality}: {row.stops} 停留所, "
                f"平日 {row.departures} 便 / 日曜 {row.departures_sunday} 便, "
                f"{row.first or '―'} – {row.last or '―'}, "
                f"60分 {'―' if row.reach_60 is None else row.reach_60} / "
                f"120分 {'―' if row.reach_120 is None else row.reach_120} 市町村"
                for row in rows
            )
        if out:
            write_file(out, text.encode())
            print(out)
        else:
            print(text)
