"""How a process is started that does its work in one thread, because others work beside it."""

import os


def one_thread() -> None:
    """Keep polars to one thread; it must not be imported before (it reads this only then)."""
    os.environ["POLARS_MAX_THREADS"] = "1"
