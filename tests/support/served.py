"""Small networks behind the application, for tests of the edges."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.testclient import TestClient

from gtfs_feeds.merge import FeedInput, MergeOptions, merge
from gtfs_feeds.read import read_files
from gtfs_feeds.realtime.decode import decode_json
from maas.app import create_app
from maas.core.clock import FrozenClock
from maas.core.network import Network
from maas.wiring import Served, served_timetable
from routing.realtime.index import NetworkIndex
from routing.realtime.overlay import build_overlay
from routing.timetable.compile import compile_timetable

NOON = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


def network_of(
    gtfs: Mapping[str, str], tag: str = "test", *, synthetic: bool = False, **options: Any
) -> Network:
    feed = FeedInput(tag, read_files(dict(gtfs)), synthetic=synthetic)
    return merge([feed], MergeOptions(**options)).network


def served_of(
    gtfs: Mapping[str, str], rt: Mapping[str, Any] | None = None, **options: Any
) -> Served:
    timetable = compile_timetable(network_of(gtfs, **options))
    served = served_timetable(timetable, FrozenClock(NOON))
    if rt is None:
        return served
    index = NetworkIndex(served.network)
    return served.with_overlay(build_overlay(index, [decode_json(rt, "test")]))


def client_of(served: Served) -> TestClient:
    return TestClient(create_app(lambda: served), raise_server_exceptions=True)


def get(client: TestClient, url: str, status: int = 200) -> Any:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    return json.loads(answer.content)
