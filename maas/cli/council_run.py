"""What the commands of the council share: the books of the service, and saying what is wrong."""

from datetime import date
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy.orm import Session

from gtfs_feeds.bundle import Publisher
from gtfs_feeds.watch import FeedStore
from maas.adapters.activity import SqlActivity
from maas.cli.database import open_database
from maas.core.clock import SystemClock, japan_date
from maas.core.errors import MaasError
from maas.council import CouncilWork
from maas.settings import Settings
from maas.usecases.live_network import live_feeds, network_sources
from maas.usecases.municipalities import StopZones
from maas.usecases.open_data import OpenData, open_data
from maas.usecases.workshop import Workshop
from routing.errors import TimetableInvalid
from routing.timetable.store import load_timetable
from ticketing.config import TicketingConfig


def activity(session: Session) -> SqlActivity:
    """Return what the figures are counted from, with zones where a network is stored."""
    settings = Settings()
    try:
        network = load_timetable(settings.network or settings.sample_dir).network
    except TimetableInvalid:
        return SqlActivity(session)
    return SqlActivity(session, StopZones(network))


def day_of(text: str) -> date:
    """Return the day of an option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text}: 2026-12-31") from None


def refused(subject: str, error: Exception) -> NoReturn:
    """Say why something was not done, and end."""
    print(f"{subject}: {error.detail if isinstance(error, MaasError) else error}")
    raise typer.Exit(1) from error


def open_bundle(network: Path | None) -> OpenData:
    """Return the open feed of a network: its own feeds and those of companies that are live."""
    settings, clock = Settings(), SystemClock()
    store = FeedStore(settings.data_dir / "feeds")
    folder = network or settings.network or settings.sample_dir
    try:
        with open_database()() as session:
            sources = network_sources(folder, live_feeds(session, store), store)
    except MaasError as error:
        refused(str(folder), error)
    today = japan_date(clock)
    seller = TicketingConfig().seller
    url = settings.public_url or f"http://{settings.host}:{settings.port}/"
    return open_data(sources, Publisher(seller.name, url, f"{today:%Y%m%d}"), today)


def study_now(network: Path | None) -> str:
    """Do the council's jobs in this process, and say what became of them."""
    settings, clock, sessions = Settings(), SystemClock(), open_database()
    folder = network or settings.network or settings.sample_dir
    store = FeedStore(settings.data_dir / "feeds")
    work = CouncilWork(sessions, clock, folder, store, Workshop(beside=False))
    done = work.study()
    return f"{folder}: {done} 件を計算しました / pieces of work done"
