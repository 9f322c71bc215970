"""What a command loads before it does anything: compiled kernels take seconds, so not those."""

import subprocess
import sys

import pytest

HEAVY = ("numba", "networkx", "pandas", "routing.kernel.jit", "routing.planner")


def loaded(module: str) -> set[str]:
    """Return the modules that a fresh process has after importing one."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["maas.worker", "maas.tasks.outbox", "maas.trade", "maas.cli"])
def test_nothing_that_searches_is_loaded_before_it_is_needed(module: str) -> None:
    found = loaded(module)

    assert module in found
    assert found.isdisjoint(HEAVY)


def test_the_command_line_loads_neither_tables_nor_the_database() -> None:
    assert loaded("maas.cli").isdisjoint({"polars", "numpy", "sqlalchemy", "fastapi", "stripe"})


def test_what_searches_does_load_kernels() -> None:
    # Else the names above were wrong, and the tests could not fail.
    assert loaded("routing.planner") >= {"numba", "routing.kernel.jit", "routing.planner"}
