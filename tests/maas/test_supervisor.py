"""Supervised processes, each test in a process of its own: pytest's must not be forked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE_S = 30
PROGRAM = """
import os, signal, sys, threading
from maas.supervisor import Supervisor

def task(name):
    def run():
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        open(f"{sys.argv[1]}/{name}-{os.getpid()}", "w").close()
        ended.wait()
        open(f"{sys.argv[1]}/{name}-{os.getpid()}-ended", "w").close()
    return run

Supervisor({"a": task("a"), "b": task("b")}).run()
"""


def wait_for(done: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def pids(folder: Path, name: str) -> list[int]:
    """Return the processes that have run a task, the oldest first."""
    notes = sorted(folder.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime_ns)
    return [int(path.name.split("-")[1]) for path in notes if not path.name.endswith("ended")]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


@contextmanager
def supervised(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)])
    try:
        wait_for(lambda: pids(folder, "a") and pids(folder, "b"))
        yield program
    finally:
        program.kill()
        program.wait()


pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")


def test_a_process_that_is_killed_is_started_again_and_the_others_stay(tmp_path: Path) -> None:
    with supervised(tmp_path):
        other = pids(tmp_path, "b")
        os.kill(pids(tmp_path, "a")[0], signal.SIGKILL)

        wait_for(lambda: len(pids(tmp_path, "a")) == 2)

        assert is_running(pids(tmp_path, "a")[1])
        assert pids(tmp_path, "b") == other
        assert is_running(other[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_process_ends_in_peace_when_the_parent_is_asked_to(
    tmp_path: Path, number: signal.Signals
) -> None:
    with supervised(tmp_path) as program:
        program.send_signal(number)

        assert program.wait(PATIENCE_S) == 0
        assert len(list(tmp_path.glob("*-ended"))) == 2


def test_no_process_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    with supervised(tmp_path) as program:
        running = [*pids(tmp_path, "a"), *pids(tmp_path, "b")]
        program.kill()

        wait_for(lambda: not any(is_running(pid) for pid in running))
