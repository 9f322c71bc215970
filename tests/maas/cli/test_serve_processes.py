"""`maas serve --processes 2` as people run it: answers, kill -9, a new network, the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from tests.support.feed_text import write_feed

PATIENCE_S = 240
PROCESSES = 2

pytestmark = [
    pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc"),
    pytest.mark.timeout(600),  # the first start on a machine compiles
]


def wait_for(done: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


class Service:
    """The command, running."""

    def __init__(self, folder: Path, processes: int = PROCESSES, port: int = 0) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = port or probe.getsockname()[1]
        command = "from maas.cli import main; main()"
        self.program = subprocess.Popen(
            [
                sys.executable, "-c", command, "serve", "--network", str(folder / "net"),
                "--port", str(self.port), "--processes", str(processes),
            ],
            env=os.environ | {"MAAS_DATA_DIR": str(folder / "data"), "MAAS_RELOAD_S": "0.2"},
        )  # fmt: skip

    def ask(self, path: str) -> object:
        """Ask over a connection of its own, so that any of the processes may answer."""
        request = Request(f"http://127.0.0.1:{self.port}{path}", headers={"Connection": "close"})
        with urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def departure(self) -> str:
        """Return when the one trip of 4 December leaves."""
        found = self.ask(
            "/api/v6/plan?fromPlace=a_s1&toPlace=a_s2&time=2026-12-03T22:00:00Z"
            "&directModes=&maxTransfers=0"
        )
        assert isinstance(found, dict)
        return str(found["itineraries"][0]["legs"][0]["scheduledStartTime"])

    def answers(self) -> bool:
        """Say whether it answers."""
        try:
            self.departure()
        except (URLError, ConnectionError):
            return False
        return True

    def children(self) -> list[int]:
        """Return the processes that it started."""
        pid = self.program.pid
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def publish(folder: Path, hour: int) -> None:
    """Publish a network whose one trip leaves at this hour."""
    times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        f"t1,{hour:02}:00:00,{hour:02}:00:00,s1,1\nt1,{hour:02}:30:00,{hour:02}:30:00,s2,2\n"
    )
    feed = write_feed(folder / "a.zip", stop_times=times)
    publish_network([FeedSource("a", feed)], folder / "net")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    publish(folder, 8)
    service = Service(folder)
    try:
        wait_for(service.answers)
        yield service
    finally:
        service.program.kill()
        service.program.wait()


def test_a_process_that_is_killed_is_replaced_and_the_service_goes_on(service: Service) -> None:
    before = service.children()
    assert len(before) == PROCESSES + 1  # and the one that works off the outbox
    os.kill(before[0], signal.SIGKILL)

    wait_for(
        lambda: len(service.children()) == PROCESSES + 1 and before[0] not in service.children()
    )

    # 08:00 in Japan is 23:00 of the day before in UTC.
    assert service.departure() == "2026-12-03T23:00:00Z"


def test_every_process_takes_over_a_network_that_is_published(
    service: Service, folder: Path
) -> None:
    publish(folder, 9)

    # Whichever answers: of eight in a row none is of the old network.
    wait_for(lambda: {service.departure() for _ in range(8)} == {"2026-12-04T00:00:00Z"})


def test_the_end_is_told_to_all(service: Service) -> None:
    children = service.children()
    service.program.terminate()

    assert service.program.wait(PATIENCE_S) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_after_kill_9_the_service_starts_again_at_the_same_port(tmp_path: Path) -> None:
    publish(tmp_path, 8)
    first = Service(tmp_path, 1)
    again = None
    try:
        wait_for(first.answers)
        # What takes minutes is done beside the process that answers.
        children = first.children()
        assert len(children) == 2

        first.program.kill()
        first.program.wait()
        again = Service(tmp_path, 1, first.port)
        wait_for(again.answers)

        assert again.program.poll() is None
        wait_for(lambda: not [pid for pid in children if Path(f"/proc/{pid}").exists()])
    finally:
        for service in filter(None, (first, again)):
            service.program.kill()
            service.program.wait()
