"""Planners from npm on the same feed and queries, where node is there."""

from pathlib import Path
from typing import Any


def measure_peers(folder: Path) -> dict[str, Any]:
    """Return nothing yet."""
    return {"text": f"peers: none in {folder}"}
