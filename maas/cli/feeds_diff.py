"""`maas feeds diff`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from maas.cli.feeds_validate import UNREADABLE, LanguageName, write


class Format(StrEnum):
    """How the differences are written."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to `maas feeds`."""

    @app.command()
    def diff(
        old: Annotated[Path, typer.Argument(help="The earlier version: a zip or folder.")],
        new: Annotated[Path, typer.Argument(help="The later version: a zip or folder.")],
        report_format: Annotated[Format, typer.Option("--format")] = Format.TEXT,
        out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
        lang: Annotated[LanguageName, typer.Option()] = LanguageName.JA,
        lines: Annotated[int, typer.Option(min=1, help="Lines shown of each kind.")] = 10,
    ) -> None:
        """
        Say what changed between two versions: stops, trips, ids, days, fares.

        Exit status: 0 compared, 2 one of them is unreadable.
        """
        from gtfs_feeds.diff import as_json, as_text, compare
        from gtfs_feeds.read import FeedUnreadable, read_feed

        try:
            before, now = read_feed(old), read_feed(new)
        except FeedUnreadable as error:
            message = error.detail_ja if lang is LanguageName.JA else error.detail
            typer.echo(f"{error.facts.get('file', '')}: {message}", err=True)
            raise typer.Exit(UNREADABLE) from None
        found = compare(before, now)
        if report_format is Format.JSON:
            write(as_json(found), out)
        else:
            write(as_text(found, lang.value, lines).encode(), out)
