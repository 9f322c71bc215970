"""What whoever runs the search may set."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """How `transfers.txt` and footpaths become changes; fixed when the network is compiled."""

    default_change_s: int = 120
    """To change at one stop where `transfers.txt` says nothing (MOTIS has the same)."""
    extra_walk_s: int = 0
    """Added to every walk between two stops (the slack of OpenTripPlanner)."""
    both_ways: bool = True
    """A walk that is published in one direction is used in both; the shorter time holds."""
    close_walks: bool = True
    """Walks of `transfers.txt` are closed transitively, as MOTIS does …"""
    longest_closed_s: int = 900
    """… up to this long; a published walk may be longer."""
    walk_speed_mps: float = 1.2
    """For rules that give no time between two stops."""
    fastest_walk_mps: float = 0.0
    """Rules that would need a faster walk than this are dropped; 0 keeps all."""


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """How a network is compiled."""

    changes: ChangeRules = ChangeRules()
    join_elsewhere: bool = True
    """Trips of a block are one run also where the vehicle moves empty to another stop."""
    cells: int = 512
    """Target cells of the least minutes; memory is cells × stops × 2 bytes a direction."""
    ride_cells: int = 2048
    """Those of the fewest rides; memory is cells × stops bytes a direction."""
    threads: int = 2
    """For the lower bounds."""


@dataclass(frozen=True, slots=True)
class Switches:
    """
    Optimisations of the search, each on its own; results never depend on them.

    The gain of each is in `routing/raptor/README.md`.
    """

    bounds: bool = True
    """Drop labels that cannot beat the best known arrival, by static bounds to the target."""
    tails: bool = True
    """Leave a vehicle where the end is too far for the time left, and a last ride at the end."""
    both_sides: bool = True
    """Search for an instant from both sides, each lowering what the other must look at."""
    rides_left: bool = True
    """Count how many rides the other side needs: only what can still meet it is ridden."""
    target_events: bool = True
    """Lower the limit to the last instant at which a vehicle reaches the target."""
    guess: bool = True
    """First search with few rides, so that the full search starts with a good limit."""
    short_times: bool = True
    """Hold times of whole-minute networks in 16 bits."""


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """How requests are answered."""

    board_slack_s: int = 0
    """Between reaching the first stop and the first departure."""
    alight_slack_s: int = 0
    """Between the last arrival and the walk to the destination."""
    views: int = 8
    """Day views held in memory."""
    walk_from_stops: bool = True
    """A search from a stop or station may also begin at stops within walking reach of it."""
    fold: bool = True
    """Fold itineraries that a traveller would call the same."""
    switches: Switches = Switches()
    shelf: Path | None = None
    """Where the day views of the network are kept for all processes that search it; None: nowhere,
    each makes its own."""
