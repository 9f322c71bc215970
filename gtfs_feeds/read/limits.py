"""How much a feed may ask of this machine."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """
    Limits that keep a hostile or mistaken upload from filling memory or time.

    The largest Japanese feeds unpack to about 100 MB, and GTFS packs at most about 60 to 1.
    """

    total_bytes: int = 1024 * MIB
    """Of all files after unpacking; more is no feed."""
    ratio: int = 250
    """Unpacked to packed bytes; judged only above `ratio_floor_bytes`."""
    ratio_floor_bytes: int = 32 * MIB
    files: int = 1000
    """Entries of the zip or folder; more is no feed."""
    rows: int = 20_000_000
    """Of one table; the rest is left out and reported."""
    columns: int = 500
    """Of one table; the rest is left out and reported."""
    cell_chars: int = 4096
    """Longer cells are kept and reported (the limit of the canonical validator)."""
    lines_per_record: int = 100
    """A quoted cell that spans more lines has lost its closing quote."""
    listed_faults: int = 100
    """Faults listed one by one per (code, file, field); the rest is counted in one more."""
