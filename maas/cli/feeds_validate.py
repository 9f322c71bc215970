"""`maas feeds validate`."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class ProfileName(StrEnum):
    """The names of `gtfs_feeds.validate.profiles.Profile`, without importing it at start-up."""

    GTFS = "gtfs"
    JP3 = "gtfs-jp-v3"
    JP4 = "gtfs-jp-v4"
    GOOGLE = "google-ready"


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class LanguageName(StrEnum):
    """The language of the report."""

    JA = "ja"
    EN = "en"


UNREADABLE = 2


def write(content: bytes, out: Path | None) -> None:
    """Write to a file, or to the terminal where none is named."""
    if out is None:
        import sys

        sys.stdout.buffer.write(content + b"\n")
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        typer.echo(f"書き込めません / cannot write: {out}: {error.strerror}", err=True)
        raise typer.Exit(UNREADABLE) from None


def date_of(text: str) -> date:
    """Return a date of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("YYYY-MM-DD") from None


def trips_of_messages(paths: list[Path]) -> set[str]:
    """Return the ids of the trips of the timetable that realtime messages speak of."""
    from gtfs_feeds.realtime.decode import UnreadableMessage, decode
    from maas.core.live import TripRelation

    own = {TripRelation.NEW, TripRelation.UNSCHEDULED}
    seen: set[str] = set()
    for path in paths:
        try:
            message = decode(path.read_bytes(), "feed")
        except (OSError, UnreadableMessage) as error:
            typer.echo(f"{path}: 読めません / cannot be read: {error}", err=True)
            raise typer.Exit(UNREADABLE) from None
        seen |= {
            update.trip.trip_id
            for update in message.trips
            if update.trip.trip_id and update.trip.relation not in own
        }
    return seen


def register(app: typer.Typer) -> None:
    """Add the command to `maas feeds`."""

    @app.command()
    def validate(
        file: Annotated[Path, typer.Argument(help="A zip or folder of GTFS or GTFS-JP.")],
        profile: Annotated[
            ProfileName, typer.Option(help="Whose severities hold; never guessed from the feed.")
        ] = ProfileName.JP4,
        report_format: Annotated[Format, typer.Option("--format")] = Format.TEXT,
        out: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
        lang: Annotated[LanguageName, typer.Option()] = LanguageName.JA,
        previous: Annotated[
            Path | None, typer.Option(help="The version before, to find ids that changed.")
        ] = None,
        realtime: Annotated[
            list[Path] | None,
            typer.Option(help="GTFS Realtime message whose trips the feed must have; repeatable."),
        ] = None,
        on: Annotated[
            str | None, typer.Option("--date", help="YYYY-MM-DD; today in Japan by default.")
        ] = None,
        lines: Annotated[int, typer.Option(min=1, max=20, help="Lines shown per finding.")] = 5,
        timing: Annotated[bool, typer.Option("--timing", help="Say how long it took.")] = False,
    ) -> None:
        """
        Judge a feed: what is wrong, why, and how to put it right.

        Exit status: 0 valid, 1 invalid (an ERROR was found), 2 unreadable.
        """
        import io
        import time

        from gtfs_feeds.read import FeedUnreadable, read_feed
        from gtfs_feeds.validate import Profile, as_html, as_json, as_text, as_timing
        from gtfs_feeds.validate import validate as check
        from maas.core.clock import SystemClock, japan_date

        clock = SystemClock()
        today = japan_date(clock) if on is None else date_of(on)
        begin = time.perf_counter()
        try:
            tables = read_feed(file)
            before = None if previous is None else read_feed(previous)
        except FeedUnreadable as error:
            message = error.detail_ja if lang is LanguageName.JA else error.detail
            typer.echo(f"{error.facts.get('file', file.name)}: {message}", err=True)
            raise typer.Exit(UNREADABLE) from None
        seen = None if not realtime else trips_of_messages(realtime)
        read_s = time.perf_counter() - begin
        report = check(
            tables,
            today=today,
            profile=Profile(profile.value),
            previous=before,
            realtime_trip_ids=seen,
        )
        if report_format is Format.TEXT:
            from rich.console import Console

            if out is None:
                Console(soft_wrap=True).print(as_text(report, lang.value, lines))
            else:
                plain = io.StringIO()
                Console(file=plain, width=200).print(as_text(report, lang.value, lines))
                write(plain.getvalue().encode(), out)
        elif report_format is Format.JSON:
            write(as_json(report, clock.now(), file.name), out)
        else:
            write(as_html(report, lang.value).encode(), out)
        if timing:
            from rich.console import Console

            errors = Console(stderr=True, soft_wrap=True)
            errors.print(f"read {read_s:.3f} s")
            errors.print(as_timing(report, lang.value))
        raise typer.Exit(0 if report.is_valid else 1)
