"""Where the open feed lies: for who writes it and for who gives it out."""

from typing import Final

OPEN_FOLDER: Final = "open"
"""In the data folder."""
FEED: Final = "gtfs.zip"
LICENCES: Final = "gtfs.licences.csv"
"""Every feed of the network with its licence, and why it is not in where it is not."""
