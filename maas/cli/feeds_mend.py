"""`maas feeds mend`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from maas.cli.output import write_file


class Format(StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to `maas feeds`."""

    @app.command()
    def mend(
        file: Annotated[Path, typer.Argument(help="A zip or folder.")],
        out: Annotated[Path, typer.Option(help="Where the mended zip is written.")],
        form: Annotated[Format, typer.Option("--format", help="Of the diff.")] = Format.TEXT,
    ) -> None:
        """Write a zip with every safe repair made, and show the diff."""
        import json

        from gtfs_feeds.mend import as_json, as_text, mend_feed
        from gtfs_feeds.read import FeedUnreadable
        from maas.cli.refusal import refuse

        try:
            mended = mend_feed(file)
        except FeedUnreadable as unreadable:
            refuse(unreadable)
        write_file(out, mended.data)
        if form is Format.JSON:
            typer.echo(json.dumps(as_json(mended), ensure_ascii=False, indent=1))
        else:
            typer.echo(as_text(mended), nl=False)
