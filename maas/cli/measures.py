"""What measures rides on the stored network, as commands open it."""

from maas.adapters.fares import FareShelf
from maas.adapters.ride_measures import RideMeasures
from maas.settings import Settings
from routing.errors import TimetableInvalid
from routing.timetable.store import live_folder, load_timetable


def stored_measures() -> RideMeasures | None:
    """Return what measures rides on the network in use, None where none is stored."""
    settings = Settings()
    try:
        folder = live_folder(settings.network or settings.sample_dir)
        network = load_timetable(folder).network
    except TimetableInvalid:
        return None
    return RideMeasures(network, FareShelf(folder, network))
