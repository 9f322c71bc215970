"""`maas feeds watch`, `versions`, `rollback`, `accept`, `snooze`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from maas.cli.feeds_validate import UNREADABLE, LanguageName, date_of

Store = Annotated[Path, typer.Option(help="The folder that keeps every version.")]
Lang = Annotated[LanguageName, typer.Option()]


def sources_of(path: Path) -> list[Any]:
    """Return the sources of a CSV file with the columns tag, url, and if wanted contact, name."""
    import csv

    from gtfs_feeds.watch import Source

    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeError, csv.Error) as error:
        typer.echo(f"{path}: 読めません / cannot be read ({type(error).__name__})", err=True)
        raise typer.Exit(UNREADABLE) from None
    found = []
    for number, row in enumerate(rows, start=2):
        values = {key: (row.get(key) or "").strip() for key in ("tag", "url", "contact", "name")}
        if not values["tag"] or not values["url"]:
            message = f"{path}:{number}: tag と url が必要です / tag and url are needed"
            typer.echo(message, err=True)
            raise typer.Exit(UNREADABLE)
        found.append(Source(**values))
    return found


def watcher_of(store: Path, *, allow_private: bool = False) -> Any:
    """Return a watcher over HTTP with the keys of the environment."""
    import os

    from gtfs_feeds.watch import FeedStore, Watcher
    from maas.adapters.http_fetch import HttpFetch
    from maas.core.clock import SystemClock
    from maas.house import feed_keys

    fetch = HttpFetch(allow_private=allow_private)
    return Watcher(FeedStore(store), fetch, SystemClock(), feed_keys(os.environ))


def outbox_of(folder: Path | None) -> Any:
    """Return where mail goes: a folder, the server of the environment, or None."""
    import os

    from maas.adapters.file_outbox import FileOutbox
    from maas.adapters.smtp import SmtpOutbox

    if folder is not None:
        return FileOutbox(folder)
    url = os.environ.get("MAAS_SMTP_URL", "")
    if not url:
        return None
    try:
        return SmtpOutbox(url, os.environ.get("MAAS_MAIL_FROM", "feeds@localhost"))
    except ValueError as error:
        typer.echo(f"MAAS_SMTP_URL: {error}", err=True)
        raise typer.Exit(UNREADABLE) from None


def refuse(error: Any) -> None:
    """Say what is wrong with a tag or version and end."""
    typer.echo(f"{error.title}: {error.detail}", err=True)
    raise typer.Exit(UNREADABLE)


def register(app: typer.Typer) -> None:
    """Add the commands to `maas feeds`."""

    @app.command()
    def watch(
        sources: Annotated[Path, typer.Argument(help="CSV: tag,url,contact,name.")],
        store: Store,
        outbox: Annotated[
            Path | None, typer.Option(help="Write warnings about feeds that end here, as mail.")
        ] = None,
        allow_private: Annotated[
            bool, typer.Option(help="Also fetch from this machine and private networks.")
        ] = False,
        lang: Lang = LanguageName.JA,
    ) -> None:
        """
        Visit every feed once: fetch what changed, keep it, use it only if it is good.

        Warnings go to --outbox, or through MAAS_SMTP_URL from MAAS_MAIL_FROM where those are set.
        """
        from gtfs_feeds.watch.words import OUTCOMES
        from maas.core.errors import MaasError

        listed = sources_of(sources)
        watcher = watcher_of(store, allow_private=allow_private)
        for source in listed:
            try:
                result = watcher.visit(source)
            except MaasError as error:
                typer.echo(f"{source.tag}: {error.title}", err=True)
                continue
            print(f"{result.tag}: {OUTCOMES[result.outcome][lang.value]} {result.detail}".rstrip())
        sending = outbox_of(outbox)
        if sending is not None:
            for mail in watcher.warn(listed, sending):
                print(f"{mail.to}: {mail.subject}")

    @app.command()
    def versions(
        tag: Annotated[str, typer.Argument()], store: Store, lang: Lang = LanguageName.JA
    ) -> None:
        """List every version of a feed; * is the one in use."""
        from gtfs_feeds.watch import FeedStore
        from gtfs_feeds.watch.words import VERDICTS
        from maas.core.errors import MaasError

        try:
            current = FeedStore(store).state(tag).current
            for version in FeedStore(store).versions(tag):
                mark = "*" if version.sha256 == current else " "
                print(
                    f"{mark} {version.sha256[:12]} {version.fetched_at} "
                    f"{VERDICTS[version.verdict][lang.value]} {version.trips:,} "
                    f"{version.last_day or '-'} {version.reason}".rstrip()
                )
        except MaasError as error:
            refuse(error)

    @app.command()
    def rollback(
        tag: Annotated[str, typer.Argument()],
        store: Store,
        to: Annotated[str, typer.Option(help="Begin of its digest; the one before if empty.")] = "",
    ) -> None:
        """Use an earlier version again and refuse the present one from now on."""
        from maas.core.errors import MaasError

        try:
            print(watcher_of(store).roll_back(tag, to).sha256)
        except MaasError as error:
            refuse(error)

    @app.command()
    def accept(
        tag: Annotated[str, typer.Argument()],
        version: Annotated[str, typer.Argument(help="Begin of its digest.")],
        store: Store,
    ) -> None:
        """Use a version that was held or rejected."""
        from maas.core.errors import MaasError

        try:
            print(watcher_of(store).accept(tag, version).sha256)
        except MaasError as error:
            refuse(error)

    @app.command()
    def snooze(
        tag: Annotated[str, typer.Argument()],
        until: Annotated[str, typer.Argument(help="YYYY-MM-DD")],
        store: Store,
    ) -> None:
        """Send no warnings about a seasonal feed before a date."""
        from maas.core.errors import MaasError

        try:
            watcher_of(store).snooze(tag, date_of(until))
        except MaasError as error:
            refuse(error)
