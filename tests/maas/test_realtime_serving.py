"""Registered realtime addresses, asked over HTTP, in what travellers and companies are shown."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from gtfs_feeds.realtime.decode import decode
from maas.app import create_app
from maas.core.clock import FrozenClock, SystemClock
from maas.rest.principal import new_access_key
from maas.settings import Settings
from maas.trade import Trade, open_trade
from maas.usecases.publish_network import FeedSource, publish_network
from maas.wiring import LiveThread, NetworkHolder
from operators.registry.service import Because, NewCompany, Registry
from tests.support.shared import SHARED, needs_shared

LIVE = SHARED / "data" / "realtime"


class Server(ThreadingHTTPServer):
    """Answers each path with the bytes that were put there."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = server.bodies.get(self.path)
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class World:
    """BART's timetable and messages of one morning, behind the application."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.server = server
        self.updates = (LIVE / "bart_trip_updates_2019-08-07.pb").read_bytes()
        message = decode(self.updates, "bart")
        assert message.unix_s is not None
        self.message = message
        self.clock = FrozenClock(datetime.fromtimestamp(message.unix_s + 30, UTC))
        publish_network([FeedSource("bart", LIVE / "bart_static_2019-08.zip")], folder / "network")
        settings = Settings(
            data_dir=folder,
            network=folder / "network",
            database=f"sqlite:///{folder / 'maas.db'}",
            stripe_key="sk_test_demo",
            run_jobs=False,
            fetch_private=True,
        )
        self.trade: Trade = open_trade(settings, self.clock, environment={})
        self.holder = NetworkHolder(folder / "network", self.clock)
        self.holder.look()
        self.live = LiveThread(self.holder, self.trade.house.realtime, every_s=60)
        app = create_app(self.holder.current, settings, trade=self.trade)
        secret, row = new_access_key("staff", ["operator"], SystemClock().now(), operator_id="bart")
        with self.trade.sessions.begin() as session:
            session.add(row)
            registry = Registry(session, self.clock)
            company = registry.enter(NewCompany("bart", "BART"), Because("x", "seed"))
            registry.register_feed(company.id, tag="bart", kind="url", url="", by="x")
        headers = {"authorization": f"Bearer {secret}"}
        self.client = TestClient(app, headers=headers, raise_server_exceptions=True)

    def register(self, path: str) -> None:
        answer = self.client.post(
            "/v1/companies/bart/data/bart/realtime",
            json={"url": self.server.url(path)},
            headers={"idempotency-key": uuid4().hex},
        )
        assert answer.status_code == 201, answer.text

    def health(self) -> dict[str, dict]:
        rows = self.client.get("/v1/companies/bart/data/bart/realtime").json()
        return {row["url"].rpartition("/")[2]: row for row in rows}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    world = World(tmp_path_factory.mktemp("bart"), server)
    server.bodies = {
        "/tu.pb": world.updates,
        "/alerts.pb": (LIVE / "bart_alerts.pb").read_bytes(),
        "/noise.pb": (LIVE / "not_protobuf.pb").read_bytes(),
        "/page.pb": b"<!doctype html><html></html>",
        "/huge.pb": b"\0" * (21 << 20),
    }
    for path in (*server.bodies, "/gone.pb"):
        world.register(path)
    world.live.round()
    yield world
    world.trade.engine.dispose()
    server.shutdown()
    server.server_close()


@needs_shared
def test_health_says_age_match_rate_and_reasons_of_each_address(world: World) -> None:
    health = world.health()

    # data/README.md: 65 of 91 updates match, 8 are ADDED (7 of them can be ridden).
    assert (health["tu.pb"]["updates"], health["tu.pb"]["matched"]) == (91, 65)
    assert health["tu.pb"]["matchRate"] == round(65 / 91, 4)
    assert health["tu.pb"]["reasons"]["unknown-trip"] == 18
    assert health["tu.pb"]["ageS"] == 30
    assert health["tu.pb"]["fault"] == ""


@needs_shared
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("page.pb", {"no-protobuf"}),
        ("noise.pb", {"no-protobuf", "no-header", "header-too-old"}),
        ("huge.pb", {"no-answer", "too-large"}),
        ("gone.pb", {"status"}),
    ],
)
def test_an_address_that_says_rubbish_is_named_and_stops_no_other(
    world: World, name: str, fault: set[str]
) -> None:
    health = world.health()[name]

    assert health["fault"] in fault
    assert health["failures"] >= 1
    assert health["matchRate"] is None
    assert health["text"]["ja"]


@needs_shared
def test_travellers_see_the_run_as_it_goes_today(world: World) -> None:
    served = world.holder.current()
    assert served.overlay is not None
    late = next(
        run
        for run in served.overlay.runs.values()
        if (run.departure_s - run.scheduled_departure_s).max() >= 60
    )
    position = int((late.departure_s - late.scheduled_departure_s).argmax())
    stop = served.network.stops.id[late.stop[position]]
    at = datetime.fromtimestamp(int(late.scheduled_departure_s[position]) - 60, UTC)
    answer = world.client.get(
        "/api/v5/stoptimes",
        params={"stopId": stop, "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "n": 30},
    )

    rows = [row for row in answer.json()["stopTimes"] if row["realTime"]]
    trip = served.network.trips.id[late.key.trip] if late.key else ""
    shown = next(row for row in rows if trip in row["tripId"])
    wanted = datetime.fromtimestamp(int(late.departure_s[position]), UTC)
    assert datetime.fromisoformat(shown["place"]["departure"]) == wanted


@needs_shared
def test_the_page_says_what_the_api_says(world: World) -> None:
    cookie = world.client.headers["authorization"].partition(" ")[2]
    world.client.cookies.set("maas_session", cookie)
    page = world.client.get("/operators/bart/data/bart", headers={"accept-language": "ja"}).text

    assert "71 %" in page
    assert "unknown-trip 18" in page
    assert "GTFS-Realtime ではありません" in page


@needs_shared
def test_what_is_not_renewed_expires_and_the_timetable_is_served_again(world: World) -> None:
    world.clock.move(timedelta(seconds=400))
    world.live.round()
    try:
        assert world.holder.current().overlay is None
        assert world.health()["tu.pb"]["fault"] == "header-too-old"
        assert world.health()["tu.pb"]["matchRate"] is None
    finally:
        world.clock.move(timedelta(seconds=-400))
        world.live.round()
    assert world.holder.current().overlay is not None
