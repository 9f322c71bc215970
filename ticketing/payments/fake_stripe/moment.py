"""The fake's clock: a foreign service lives in the machine's time, whatever a test's clock says."""

from maas.core.clock import SystemClock


def unix_now() -> int:
    """Return whole seconds since 1970."""
    return int(SystemClock().now().timestamp())
