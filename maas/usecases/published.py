"""What was published: the report of a build, and how large it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gtfs_feeds.merge import MergeReport


@dataclass(frozen=True, slots=True)
class Published:
    """What was published."""

    report: MergeReport
    folder: Path | None
    """Version that is live now; None where no feed was usable and nothing was stored."""
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall time of each step."""
    synthetic: frozenset[str] = frozenset()
    """Tags of the feeds that are made up."""
    findings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many findings of each severity the validator has, by tag, where it was asked."""
