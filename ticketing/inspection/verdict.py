"""The verdict on a ticket, in words that a conductor can read out."""

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from ticketing.tickets.payload import TicketBody


class Light(StrEnum):
    """What the screen shows."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Words:
    """A verdict's colour and text."""

    light: Light
    ja: str
    en: str


CATALOGUE: Final[dict[str, Words]] = {
    reason: Words(Light(row["light"]), row["ja"], row["en"])
    for reason, row in json.loads(
        files("ticketing.inspection").joinpath("verdict.json").read_text(encoding="utf-8")
    ).items()
}
"""Every reason; the same file is served to the reader in the browser."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one scan. Red means: do not accept on the strength of this code."""

    reason: str
    ticket: TicketBody | None = None
    """None where no signature held, so that nothing of a forged code is shown."""
    product_ja: str = ""
    product_en: str = ""
    also: tuple[str, ...] = ()
    """Further reasons, less grave than `reason`."""

    @property
    def light(self) -> Light:
        """Return the colour."""
        return CATALOGUE[self.reason].light

    @property
    def accepted(self) -> bool:
        """Tell whether the holder may ride on it; amber needs the conductor's eyes."""
        return self.light is not Light.RED

    @property
    def words(self) -> Words:
        """Return the text to read out."""
        return CATALOGUE[self.reason]
