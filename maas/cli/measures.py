"""What measures rides on the stored network, as commands open it."""

from maas.adapters.fares import FareShelf
from maas.adapters.ride_measures import RideMeasures
from maas.settings import Settings
from routing.errors import TimetableInvalid
from routing.timetable.store import POINTER, load_timetable


def stored_measures() -> RideMeasures | None:
    """Return what measures rides on the network in use, None where none is stored."""
    settings = Settings()
    directory = settings.network or settings.sample_dir
    try:
        timetable = load_timetable(directory)
        version = (directory / POINTER).read_text(encoding="utf-8").strip()
    except (TimetableInvalid, OSError):
        return None
    network = timetable.network
    return RideMeasures(network, FareShelf(directory / version, network))
