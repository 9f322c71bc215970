"""
gtfs-data.jp and ODPT, from a server on loopback that answers in their documented shapes.

The shapes are those of the documentation and of public clients; the real services were not asked.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.watch import Answer
from maas.adapters.feed_catalogues import (
    CatalogueUnavailable,
    GtfsDataJp,
    Odpt,
    with_key,
)
from maas.adapters.http_fetch import HttpFetch
from maas.core.clock import SystemClock
from maas.db.session import make_engine, make_sessions
from maas.house import House, open_house
from maas.settings import Settings
from maas.usecases.feed_offers import AddressNotAllowed, checked_address
from operators.registry.service import Registry
from tests.gtfs_feeds.watch.test_watcher import zipped
from tests.support.database import sqlite_url

FEED = {
    "organization_id": "itoshima",
    "organization_name": "糸島市",
    "feed_id": "ferry",
    "feed_name": "市営渡船ひめしま",
    "feed_pref_id": 40,
    "feed_license": "CC BY 4.0",
    "feed_is_discontinued": False,
    "latest_feed_start_date": "2026-04-01",
    "latest_feed_end_date": "2027-03-31",
    "real_time": {"trip_update_url": "", "vehicle_position_url": None, "alert_url": "https://a/b"},
}
OVER = FEED | {"feed_id": "old", "feed_is_discontinued": True}
OITA = FEED | {"organization_id": "oita", "feed_pref_id": "44"}
BROKEN = [None, 7, {}, {"organization_id": "../..", "feed_id": "x"}]
ODPT_ROWS = [
    {
        "label": "SentetsuBus",
        "name_ja": "船鉄バス",
        "datasets": [
            {
                "label": "AllLines",
                "name_ja": "全路線",
                "format_type": "GTFS/GTFS-JP",
                "license_type": "CC BY 4.0",
                "dataresource": [
                    {
                        "url": "https://api.odpt.org/api/v4/files/odpt/SentetsuBus/AllLines.zip"
                        "?date=20260401&acl:consumerKey=[発行されたアクセストークン/YOUR_ACCESS_TOKEN]",
                        "start_at": "2026-04-01",
                        "feed_start_date": "2026-04-01",
                        "feed_end_date": "2027-03-31",
                    },
                    {"url": "https://api.odpt.org/old.zip?date=20250401", "start_at": "2025-04-01"},
                ],
            },
            {"label": "Json", "format_type": "JSON", "dataresource": []},
        ],
    },
    {"label": "x", "datasets": None},
    "noise",
]


class Catalogue(ThreadingHTTPServer):
    """Answers as the two services do; a feed's address redirects to its file."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                if path == "/v2/feeds":
                    rows = [FEED, OVER, OITA, *BROKEN]
                    wanted = query.get("pref", [""])[0]
                    if wanted:
                        rows = [row for row in rows if row and str(wanted) in str(row)]
                    self.say(json.dumps({"code": 200, "message": "ok", "body": rows}))
                elif path == "/resources":
                    self.say(json.dumps(ODPT_ROWS))
                elif path == "/storage/abc.zip":
                    self.say(zipped())
                else:
                    found = path.endswith("/files/feed.zip")
                    self.send_response(302 if found else 404)
                    self.send_header("Location", "/storage/abc.zip")
                    self.end_headers()

            def say(self, body: str | bytes) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else body.encode())

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Catalogue]:
    server = Catalogue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def house(server: Catalogue, tmp_path: Path) -> Iterator[House]:
    settings = Settings(
        data_dir=tmp_path,
        network=tmp_path / "network",
        gtfs_data_jp_url=f"{server.base}/v2",
        odpt_portal_url=f"{server.base}/resources",
        fetch_private=True,
        run_jobs=False,
    )
    engine = make_engine(sqlite_url(tmp_path))
    yield open_house(settings, make_sessions(engine), SystemClock())
    engine.dispose()


def fetch() -> HttpFetch:
    return HttpFetch(allow_private=True)


def test_the_feeds_of_a_prefecture_are_listed_without_those_that_ended(server: Catalogue) -> None:
    (feed,) = GtfsDataJp(fetch(), f"{server.base}/v2").feeds("福岡県")

    assert (feed.id, feed.company, feed.prefecture) == ("itoshima/ferry", "糸島市", "福岡県")
    assert (feed.first_day, feed.last_day) == (date(2026, 4, 1), date(2027, 3, 31))
    assert feed.realtime == ("https://a/b",)
    assert feed.url.endswith("/v2/organizations/itoshima/feeds/ferry/files/feed.zip?rid=current")
    assert server.asked == ["/v2/feeds?pref=40"]


def test_odpt_lists_gtfs_only_with_a_place_for_the_key_instead_of_one(server: Catalogue) -> None:
    (feed,) = Odpt(fetch(), f"{server.base}/resources").feeds(words="船鉄")

    assert feed.id == "SentetsuBus/AllLines"
    assert feed.needs_key
    assert feed.url == (
        "https://api.odpt.org/api/v4/files/odpt/SentetsuBus/AllLines.zip"
        "?date=current&acl:consumerKey={ODPT_KEY}"
    )
    assert checked_address(feed.url) == feed.url
    assert Odpt(fetch(), f"{server.base}/resources").feeds(words="西鉄") == []


def test_the_public_host_of_odpt_needs_no_key() -> None:
    url = "https://api-public.odpt.org/api/v4/files/odpt/A/B.zip?date=20260401"

    assert with_key(url) == (url.replace("20260401", "current"), False)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?k={ODPT_KEY}",
        "http://api.odpt.org/?k={ODPT_KEY}",
        "https://odpt.org.evil.example/{ODPT_KEY}",
        "https://api.odpt.org@evil.example/{ODPT_KEY}",
        "https://evilodpt.org/{ODPT_KEY}",
        "file:///etc/passwd",
        "https://",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_would_send_a_key_to_a_stranger_is_refused(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        checked_address(url)


def test_a_picked_feed_becomes_a_candidates_source_and_is_fetched_through_its_redirect(
    house: House, server: Catalogue
) -> None:
    slug = house.pick("gtfs-data.jp", "itoshima/ferry", "council")
    assert house.pick("gtfs-data.jp", "itoshima/ferry", "council") == slug
    with house.sessions() as session:
        company = Registry(session, house.clock).find_by_slug(slug)
        assert company is not None
        assert (company.name, company.prefectures) == ("糸島市", ["福岡県"])
        (source,) = company.sources
        assert (source.catalogue, source.licence) == ("gtfs-data.jp", "CC BY 4.0")
        url = source.url

    result = house.offers.offer_url(slug, slug, url, "council")

    assert result.outcome.value == "replaced"
    assert server.asked[-1] == "/storage/abc.zip"
    assert house.offers.report(slug, slug)["version"]["trips"] == 2


def test_what_is_not_listed_cannot_be_picked(house: House) -> None:
    with pytest.raises(CatalogueUnavailable):
        house.pick("gtfs-data.jp", "itoshima/none", "council")
    with pytest.raises(CatalogueUnavailable):
        house.listed("nobody")


def test_an_address_of_odpt_from_a_list_gets_its_place_for_the_key(house: House) -> None:
    slug = house.pick("gtfs-data.jp", "itoshima/ferry", "council")
    # As the council's list of 239 feeds has it, without any key; nothing answers here.
    bare = "https://api.odpt.org:1/api/v4/files/odpt/A/B.zip?date=current"
    house.offers.offer_url(slug, slug, bare, "council")

    kept = house.offers.report(slug, slug)["feed"]["url"]
    assert kept == f"{bare}&acl:consumerKey={{ODPT_KEY}}"


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["code", "body", "datasets", "dataresource", "url", "format_type"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_a_catalogue_answers_is_a_list_or_a_clear_failure(said: object) -> None:
    def answers(url: str, *, etag: str, last_modified: str) -> Answer:
        return Answer(200, json.dumps(said).encode())

    for catalogue in (GtfsDataJp(answers, "https://x"), Odpt(answers, "https://x")):
        with contextlib.suppress(CatalogueUnavailable):
            assert isinstance(catalogue.feeds(), list)
