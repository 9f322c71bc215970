"""The search index on disk, beside the timetable that it belongs to."""

import os
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from maas.core.columns import Texts
from maas.core.network import Network
from routing.places.index import IndexColumns

FILE: Final = "places.npz"
FORMAT: Final = 1


def save_index(columns: IndexColumns, folder: Path) -> Path:
    """Write the columns into a folder, whole or not at all, and return the file."""
    target = folder / FILE
    partial = folder / f".{FILE}-{os.getpid()}"
    with partial.open("wb") as file:
        np.savez(
            file,
            format=np.array([FORMAT]),
            key_start=columns.keys.start,
            key_data=columns.keys.data,
            place=columns.place,
            source=columns.source,
            importance=columns.importance,
            modes=columns.modes,
            stop=columns.stop,
        )
    partial.replace(target)
    return target


def load_index(folder: Path, network: Network) -> IndexColumns | None:
    """Return the stored columns, or None where there are none that fit the network."""
    try:
        with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if stored["format"].tolist() != [FORMAT]:
                return None
            columns = IndexColumns(
                Texts(stored["key_start"], stored["key_data"]),
                stored["place"],
                stored["source"],
                stored["importance"],
                stored["modes"],
                stored["stop"],
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    places = len(network.places.id)
    fits = (
        len(columns.importance) == len(columns.modes) == len(columns.stop) == places
        and len(columns.keys) == len(columns.place) == len(columns.source)
        and int(columns.place.max(initial=0)) < max(places, 1)
        and int(columns.stop.max(initial=0)) < max(len(network.stops.id), 1)
    )
    return columns if fits else None
