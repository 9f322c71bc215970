"""The wall clock is read in one place, so that every rule about time can be tested."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = {"now", "today", "utcnow", "time"}


def calls_of_the_clock(source: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "time"}
        and not (node.func.value.id == "time" and node.func.attr != "time")
        and not (node.func.value.id == "datetime" and node.func.attr == "time")
    ]


def test_only_the_clock_reads_the_wall_clock() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for package in ("maas", "gtfs_feeds", "routing", "ticketing", "operators")
        for path in (ROOT / package).rglob("*.py")
        if path.relative_to(ROOT).as_posix() != "maas/core/clock.py"
        for line in calls_of_the_clock(path.read_text(encoding="utf-8"))
    }

    assert found == set()


def test_the_check_sees_a_reader() -> None:
    assert calls_of_the_clock("from datetime import datetime\ndatetime.now()\n") == [2]
