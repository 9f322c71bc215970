"""When to warn that a feed ends."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

LADDER: Final = (-90, -60, -30, -14, -7, 0, 14)
"""Days after the last day of a feed on which its publisher is told."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """A feed that reached a step of the ladder."""

    tag: str
    name: str
    contact: str
    last_day: date
    step: int
    """One of `LADDER`."""


def step_due(end: date, today: date, sent: Collection[int]) -> int | None:
    """
    Return the latest step that is reached and lies beyond all that were sent, or None.

    A feed that is first seen ten days before its end is told once, at step -14, and not three
    times.
    """
    reached = [step for step in LADDER if (today - end).days >= step]
    if not reached or any(step >= reached[-1] for step in sent):
        return None
    return reached[-1]
