"""How commands say that something is no feed."""

from typing import NoReturn

import typer

from gtfs_feeds.read.errors import FeedUnreadable

UNREADABLE = 2


def refuse(unreadable: FeedUnreadable) -> NoReturn:
    """Say why, in Japanese and English, and end with the code of unreadable input."""
    file = unreadable.facts.get("file", "")
    typer.echo(f"{file}: {unreadable.detail_ja}\n{file}: {unreadable.detail}", err=True)
    raise typer.Exit(UNREADABLE)
