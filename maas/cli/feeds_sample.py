"""`maas feeds sample`: write the synthetic Kyushu."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `maas feeds`."""

    @app.command()
    def sample(
        out: Annotated[Path, typer.Option(help="Folder for one zip a company.")],
        first_day: Annotated[
            str, typer.Option("--from", help="First day, YYYY-MM-DD; today in Japan if not given.")
        ] = "",
        days: Annotated[int, typer.Option(min=1, max=1100, help="How many days to serve.")] = 400,
    ) -> None:
        """Write the synthetic sample Kyushu: made-up timetables, real places."""
        from datetime import date
        from zoneinfo import ZoneInfo

        from gtfs_feeds.sample import write_sample
        from maas.core.clock import SystemClock

        try:
            day = (
                date.fromisoformat(first_day)
                if first_day
                else SystemClock().now().astimezone(ZoneInfo("Asia/Tokyo")).date()
            )
        except ValueError as error:
            raise typer.BadParameter(
                f"{first_day}: 日付は YYYY-MM-DD で。 / A date is written YYYY-MM-DD."
            ) from error
        try:
            feeds = write_sample(
                out, day, days=days, progress=lambda n, of, tag: print(f"{n:3}/{of} {tag}")
            )
        except OSError as error:
            print(f"{out}: 書き込めません。 / Cannot write there. {error}")
            raise typer.Exit(2) from error
        size = sum(feed.path.stat().st_size for feed in feeds)
        print(f"{len(feeds)} 社 / companies, {size / 1e6:.1f} MB, {day} + {days} days: {out}")
