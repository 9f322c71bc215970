"""The shared folder of real data, where it is there."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MAAS_SHARED", Path(__file__).parents[2].parent / "shared"))

needs_shared = pytest.mark.skipif(
    not (SHARED / "data").is_dir(), reason=f"the shared data is not at {SHARED} (MAAS_SHARED)"
)
