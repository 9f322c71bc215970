"""`maas council impact`: whose joining helps most, and what breaks when a company stops."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `maas council`."""

    @app.command()
    def impact(
        network: Annotated[
            Path | None, typer.Option(help="Folder of the network; default: the one in use.")
        ] = None,
        company: Annotated[
            list[str] | None,
            typer.Option(help="Name or id of an agency; may be repeated: all that would break."),
        ] = None,
        route: Annotated[
            list[str] | None,
            typer.Option(help="Id of a route instead; all that are given stop together."),
        ] = None,
        candidate: Annotated[
            list[str] | None,
            typer.Option(help="TAG=FILE, the feed of a candidate; it is merged with --feeds-in."),
        ] = None,
        stops: Annotated[
            Path | None,
            typer.Option(
                help="CSV company,line,mode,stop,lat,lon: lines of a candidate, sketched."
            ),
        ] = None,
        feeds_in: Annotated[
            Path | None, typer.Option(help="Zips of the network; default: `feeds` in its folder.")
        ] = None,
        at: Annotated[str, typer.Option(help="2026-12-01T08:00 (Japan)")] = "",
        origins: Annotated[int, typer.Option(min=1, max=2_000)] = 100,
        threads: Annotated[int, typer.Option(min=1, max=64)] = 2,
        top: Annotated[int, typer.Option(min=1)] = 20,
        form: Annotated[str, typer.Option("--format", help="text or json")] = "text",
    ) -> None:
        """
        Rank companies by what travellers gain from them; with --candidate, of those who may join.

        どの事業者の参加が最も役立つか、止まると何が失われるかを、経路検索で比べます。
        """
        import json
        import sys
        import time
        from tempfile import TemporaryDirectory

        from maas.cli.council_impact_run import (
            explain,
            instant,
            known_routes,
            merged,
            opened,
            sketched,
        )
        from maas.cli.network_build import UNUSABLE, parse_feed
        from maas.core.clock import SystemClock, japan_date
        from maas.settings import Settings
        from maas.usecases.impact import Question, companies_of, explain_weights, impacts
        from maas.usecases.impact import typical_morning as morning
        from maas.usecases.place_weights import place_weights
        from routing.planner import JourneyPlanner

        settings = Settings()
        folder = network or settings.network or settings.sample_dir
        fresh = [parse_feed(text) for text in candidate or ()]
        with TemporaryDirectory() as place, TemporaryDirectory() as sketches:
            if stops is not None:
                fresh.append(sketched(stops, Path(sketches), japan_date(SystemClock())))
            if fresh:
                folder = merged(feeds_in or folder / "feeds", fresh, Path(place))
            timetable = opened(folder)
            whole = timetable.network
            wanted = companies_of(whole, [tag for tag, _ in fresh] if fresh else None)
            if company:
                asked = set(company)
                wanted = {
                    name: ids for name, ids in wanted.items() if name in asked or asked & set(ids)
                }
            if route:
                wanted = {" + ".join(route): tuple(route)} if known_routes(whole, route) else {}
            if not wanted:
                print("該当する事業者がありません / no such company runs in the network")
                raise typer.Exit(UNUSABLE)
            when = instant(at) or morning(whole, japan_date(SystemClock()))
            begin = time.perf_counter()
            question = Question(when, origins, threads)
            found = impacts(whole, JourneyPlanner(timetable), question, wanted)
        spent = time.perf_counter() - begin
        if form == "json":
            print(json.dumps([row.as_json() for row in found[:top]], ensure_ascii=False, indent=1))
        else:
            for number, row in enumerate(found[:top], start=1):
                gains = " ".join(f"{minutes}分 {share:.2%}" for minutes, share in row.gain.items())
                print(f"{number:3} {row.name}  [{gains}]")
                explain(row, "joins" if fresh else "stops", whole=bool(company or route))
            print(explain_weights(place_weights(whole), "ja"))
        print(f"{len(found)} 社 / companies, {when:%Y-%m-%d %H:%M}, {spent:.1f} s", file=sys.stderr)
