"""`maas network report`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from maas.cli.network_build import UNUSABLE, parse_feed


class Format(StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to `maas network`."""

    @app.command()
    def report(
        folder: Annotated[
            Path | None, typer.Argument(help="A network that `maas network build` stored.")
        ] = None,
        feed: Annotated[
            list[str] | None, typer.Option(help="TAG=FILE instead of a folder; may be repeated.")
        ] = None,
        form: Annotated[Format, typer.Option("--format", help="Of the report.")] = Format.TEXT,
        geojson: Annotated[Path | None, typer.Option(help="Write the graph here, too.")] = None,
        graphml: Annotated[Path | None, typer.Option(help="Write the graph here, too.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=10_000, help="Longest list.")] = 20,
    ) -> None:
        """Say what hangs together, what cuts it off, and what each feed connects."""
        import json

        from maas.cli.network_report_text import report_text
        from maas.core.errors import MaasError
        from maas.usecases.prepare_feeds import FeedSource
        from maas.usecases.survey_network import stored_network, survey, unstored_network
        from routing.network import write_geojson, write_graphml

        if (folder is None) == (not feed):
            raise typer.BadParameter("DIR か --feed の一方 / either DIR or --feed")
        try:
            if folder is not None:
                network = stored_network(folder)
            else:
                sources = [FeedSource(*parse_feed(text)) for text in feed or ()]
                network, outcomes = unstored_network(sources)
                for outcome in outcomes:
                    if outcome.quarantined:
                        typer.echo(
                            f"✗ {outcome.tag} [{outcome.quarantined}] {outcome.why('ja')} / "
                            f"{outcome.why('en')}",
                            err=True,
                        )
        except MaasError as error:
            typer.echo(error.detail, err=True)
            raise typer.Exit(UNUSABLE) from error
        if not len(network.feeds.tag):
            typer.echo("使えるフィードがありません。/ Not one feed is usable.", err=True)
            raise typer.Exit(UNUSABLE)
        found, graph = survey(network, limit=limit)
        try:
            if geojson is not None:
                write_geojson(graph, geojson)
            if graphml is not None:
                write_graphml(graph, graphml)
        except OSError as error:
            typer.echo(f"書き込めません / cannot be written: {error}", err=True)
            raise typer.Exit(UNUSABLE) from error
        if form is Format.JSON:
            typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
        else:
            typer.echo(report_text(found))
