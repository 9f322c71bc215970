"""`maas network build`."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

UNUSABLE = 2


def parse_day(text: str, option: str) -> date | None:
    """Return the day of an option, None where it is not given."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{option} {text}: 日付は YYYY-MM-DD で。 / A date is written YYYY-MM-DD."
        ) from None


def parse_days(text: str) -> tuple[date, date] | None:
    """Return the days of `A..B`, both included."""
    if not text:
        return None
    first, dots, last = text.partition("..")
    begin, end = parse_day(first, "--service-days"), parse_day(last, "--service-days")
    if not dots or begin is None or end is None or end < begin or (end - begin).days > 3660:
        raise typer.BadParameter(
            f"--service-days {text}: 開始日..終了日 (十年以内) / FIRST..LAST, at most ten years"
        )
    return begin, end


def parse_feed(text: str) -> tuple[str, Path]:
    """Return tag and file of `TAG=FILE`; the tag is the file's name where none is given."""
    tag, equals, file = text.partition("=")
    path = Path(file if equals else text)
    return (tag if equals else path.stem.replace("_", "-").replace(".", "-")), path


def register(app: typer.Typer) -> None:
    """Add the command to `maas network`."""

    @app.command()
    def build(
        out: Annotated[Path, typer.Option(help="Folder of the network.")],
        feed: Annotated[
            list[str] | None, typer.Option(help="TAG=FILE, a zip or folder; may be repeated.")
        ] = None,
        feeds_in: Annotated[
            Path | None, typer.Option(help="Folder: every zip in it, tagged by its name.")
        ] = None,
        sample: Annotated[bool, typer.Option(help="Add the synthetic sample Kyushu.")] = False,
        service_days: Annotated[str, typer.Option(help="FIRST..LAST: only these days.")] = "",
        extend_until: Annotated[
            str, typer.Option(help="Repeat the typical week of feeds that end before this day.")
        ] = "",
        shift_to: Annotated[
            str, typer.Option(help="Run feeds of other years from this day, for demonstrations.")
        ] = "",
        places_overrides: Annotated[
            Path | None, typer.Option(help="CSV stop_id,place: joins and splits places.")
        ] = None,
        expire: Annotated[bool, typer.Option(help="Quarantine feeds that have expired.")] = False,
        validate: Annotated[
            bool, typer.Option(help="Validate the feeds; the report says what was found.")
        ] = False,
    ) -> None:
        """Merge feeds into one network and store it; broken feeds stay outside."""
        from tempfile import TemporaryDirectory

        from gtfs_feeds.merge import MergeOptions
        from maas.cli.network_texts import print_published, progress_printer
        from maas.core.clock import SystemClock, japan_date
        from maas.core.errors import MaasError
        from maas.usecases.place_overrides import read_overrides
        from maas.usecases.prepare_feeds import FeedSource
        from maas.usecases.publish_network import publish_network
        from maas.usecases.sample_feeds import sample_sources

        today = japan_date(SystemClock())
        sources = [FeedSource(*parse_feed(text)) for text in feed or ()]
        if feeds_in is not None:
            sources += [
                FeedSource(*parse_feed(str(zip_))) for zip_ in sorted(feeds_in.glob("*.zip"))
            ]
        if not sources and not sample:
            raise typer.BadParameter("--feed / --feeds-in / --sample: どれか一つ / one of them")
        window, shift = parse_days(service_days), parse_day(shift_to, "--shift-to")
        try:
            overrides = read_overrides(places_overrides) if places_overrides else {}
        except MaasError as error:
            typer.echo(error.detail, err=True)
            raise typer.Exit(UNUSABLE) from error
        options = MergeOptions(
            service_days=window,
            extend_until=parse_day(extend_until, "--extend-until"),
            shift_to=shift,
            today=today if expire else None,
            overrides=overrides,
        )
        with TemporaryDirectory() as folder:
            if sample:
                first = window[0] if window else min(shift, today) if shift else today
                sources += sample_sources(Path(folder), first)
            try:
                published = publish_network(
                    sources,
                    out,
                    options,
                    good_on=today if validate else None,
                    progress=progress_printer(),
                )
            except OSError as error:
                typer.echo(f"{out}: 書き込めません / cannot be written: {error}", err=True)
                raise typer.Exit(UNUSABLE) from error
        print_published(published, out)
        if published.folder is None:
            raise typer.Exit(UNUSABLE)
