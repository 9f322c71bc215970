"""Who may do what with a company's data, over every endpoint."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from maas.api.data import router
from maas.core.clock import SystemClock
from maas.core.errors import MaasError
from maas.db.session import make_engine, make_sessions
from maas.house import open_house
from maas.rest.principal import new_access_key
from maas.rest.problems import answer_error
from maas.settings import Settings
from operators.registry.service import Because, NewCompany, Registry
from tests.gtfs_feeds.watch.test_watcher import zipped
from tests.support.database import sqlite_url

PUBLIC = {
    ("GET", "/data/template.xlsx"),
    ("GET", "/open-data/gtfs.zip"),
    ("GET", "/open-data/licences.csv"),
}
COUNCIL = {
    ("GET", "/catalogues/{catalogue}"): None,
    ("POST", "/catalogues/{catalogue}/picks"): {"feed": "a/b"},
}
BODIES: dict[str, object] = {
    "url": {"url": "https://example.jp/x.zip"},
    "answers": {"answers": {"港": {"reading": "みなと"}}},
    "rollback": {"to": ""},
    "snooze": {"until": "2027-01-01"},
    "realtime": {"url": "https://example.jp/x.pb"},
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("roles")
    engine = make_engine(sqlite_url(folder))
    sessions = make_sessions(engine)
    app = FastAPI()
    app.state.sessions = sessions
    app.state.house = open_house(
        Settings(data_dir=folder, network=folder / "network", run_jobs=False),
        sessions,
        SystemClock(),
    )
    app.add_exception_handler(MaasError, answer_error)
    app.include_router(router)
    with sessions.begin() as session:
        registry = Registry(session, SystemClock())
        for slug in ("mine", "theirs"):
            registry.enter(NewCompany(slug, slug), Because("x", "seed"))
    app.state.house.offers.offer_zip("theirs", "theirs", zipped(), "secret.zip", "x")
    (folder / "open").mkdir()
    (folder / "open" / "gtfs.zip").write_bytes(b"PK open")
    (folder / "open" / "gtfs.licences.csv").write_text("tag,organization,licence\n")
    yield TestClient(app, raise_server_exceptions=True)
    engine.dispose()


def key(client: TestClient, right: str, operator: str | None) -> dict[str, str]:
    secret, row = new_access_key("staff", [right], SystemClock().now(), operator_id=operator)
    with client.app.state.sessions.begin() as session:
        session.add(row)
    return {"authorization": f"Bearer {secret}", "idempotency-key": uuid4().hex}


def endpoints() -> list[tuple[str, str]]:
    app = FastAPI()
    app.include_router(router)
    paths = app.openapi()["paths"].items()
    return [(method.upper(), path) for path, methods in paths for method in methods]


def ask(client: TestClient, method: str, path: str, headers: dict[str, str], slug: str):
    url = path.format(slug=slug, tag=slug, catalogue="gtfs-data.jp")
    body = COUNCIL.get((method, path)) or BODIES.get(path.rpartition("/")[2])
    params = {"url": "https://example.jp/x.pb"} if method == "DELETE" else {}
    return client.request(method, url, json=body, headers=headers, params=params)


@pytest.mark.parametrize(("method", "path"), endpoints())
def test_no_endpoint_shows_or_changes_another_companys_data(
    client: TestClient, method: str, path: str
) -> None:
    before = client.app.state.house.store.history("theirs")
    stranger = ask(client, method, path, key(client, "operator", "mine"), "theirs")
    nobody = ask(client, method, path, {}, "theirs")

    if (method, path) in PUBLIC:
        assert (stranger.status_code, nobody.status_code) == (200, 200)
        return
    assert (stranger.status_code, nobody.status_code) == (403, 401)
    assert "secret.zip" not in stranger.text + nobody.text
    assert client.app.state.house.store.history("theirs") == before


def test_the_open_feed_is_for_everybody_once_the_council_has_published_it(
    client: TestClient,
) -> None:
    feed = client.get("/open-data/gtfs.zip")

    assert feed.content == b"PK open"
    assert feed.headers["content-type"] == "application/zip"
    assert feed.headers["link"] == '<licences.csv>; rel="license"'
    assert client.get("/open-data/licences.csv").text.startswith("tag,organization,licence")
    house = client.app.state.house
    (house.open_folder / "gtfs.zip").rename(house.open_folder / "away")
    try:
        refused = client.get("/open-data/gtfs.zip")
    finally:
        (house.open_folder / "away").rename(house.open_folder / "gtfs.zip")
    assert (refused.status_code, refused.json()["code"]) == (404, "open-feed-not-published")


def test_a_company_and_the_council_see_the_same_report(client: TestClient) -> None:
    path = "/companies/{slug}/data/{tag}"
    own = ask(client, "GET", path, key(client, "operator", "theirs"), "theirs")
    council = ask(client, "GET", path, key(client, "council", None), "theirs")

    assert own.status_code == 200
    assert own.json() == council.json()


@pytest.mark.parametrize("tag", ["..", "a b", "A", "x" * 65, "%2e%2e%2f", "a_b"])
def test_a_tag_that_could_leave_its_folder_is_refused(client: TestClient, tag: str) -> None:
    headers = key(client, "operator", "mine")
    answer = client.post(f"/companies/mine/data/{tag}/zip", content=zipped(), headers=headers)

    assert answer.status_code in {404, 422}


def test_another_companys_tag_cannot_be_taken(client: TestClient) -> None:
    headers = key(client, "operator", "mine")
    answer = client.post("/companies/mine/data/theirs/zip", content=zipped(), headers=headers)

    assert answer.status_code == 409
