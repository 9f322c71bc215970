"""What each source's engine takes for granted, as settings of ours (README of the cases)."""

from dataclasses import dataclass

from tests.acceptance.cases import Case

NEVER_S = 1 << 30
"""A change that nobody can make: the source allows only changes that the feed names."""

SETTINGS = frozenset(
    {
        "default_transfer_minutes",
        "default_transfer_seconds",
        "transfer_slack_seconds",
        "board_slack_seconds",
        "alight_slack_seconds",
        "same_stop_transfer_seconds",
        # Said to the reader: what every search here does.
        "range",
        "pareto",
        "precision",
    }
)
"""The settings that are known."""


@dataclass(frozen=True)
class Style:
    """How a case wants to be compiled and searched."""

    change_s: int = 120
    walk_slack_s: int = 0
    board_slack_s: int = 0
    alight_slack_s: int = 0
    closed_walks: bool = True
    """Walks of transfers.txt are closed transitively and used both ways."""
    walk_at_ends: bool = True
    """A search from or to a stop may begin or end with a walk of transfers.txt."""
    ride_through: bool = True
    """A via without a stay is met by riding through."""


def style_of(case: Case) -> Style:
    """Return the style that a case's settings tell; without settings it is that of MOTIS."""
    settings = case.settings
    if "transfer_slack_seconds" in settings:
        board = int(settings.get("board_slack_seconds", 0))
        alight = int(settings.get("alight_slack_seconds", 0))
        change = int(settings["transfer_slack_seconds"]) + board + alight
        return Style(
            change_s=change,
            walk_slack_s=change,
            board_slack_s=board,
            alight_slack_s=alight,
            closed_walks=False,
            walk_at_ends=False,
            ride_through=False,
        )
    if "same_stop_transfer_seconds" in settings:
        given = settings["same_stop_transfer_seconds"]
        change = int(given) if isinstance(given, int | float) else NEVER_S
        return Style(change_s=change, closed_walks=False, walk_at_ends=False)
    minutes = settings.get("default_transfer_minutes", 2)
    seconds = settings.get("default_transfer_seconds", float(minutes) * 60)
    return Style(change_s=int(seconds))
