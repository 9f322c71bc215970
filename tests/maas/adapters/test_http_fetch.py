"""Fetching feeds over HTTP: marks, redirects, limits, and what is never asked."""

from collections.abc import Callable

import httpx2
import pytest

from gtfs_feeds.watch import FetchFailed
from gtfs_feeds.watch.words import unreached
from maas.adapters.http_fetch import HttpFetch

PUBLIC = "203.0.114.7"
Handler = Callable[[httpx2.Request], httpx2.Response]


def fetcher(handler: Handler, *, limit_bytes: int = 1000) -> HttpFetch:
    hosts = {"feeds.example.jp": [PUBLIC], "inside.example.jp": [PUBLIC, "10.0.0.8"]}
    return HttpFetch(
        limit_bytes=limit_bytes,
        transport=httpx2.MockTransport(handler),
        addresses_of=lambda host: hosts.get(host, [host] if host[0].isdigit() else []),
    )


def test_marks_go_out_and_come_back() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["if-none-match"] == '"a"'
        assert request.headers["if-modified-since"] == "Mon"
        return httpx2.Response(200, content=b"zip", headers={"etag": '"b"', "last-modified": "Tue"})

    found = fetcher(answer)("https://feeds.example.jp/x.zip", etag='"a"', last_modified="Mon")

    assert (found.status, found.body, found.etag, found.last_modified) == (
        200,
        b"zip",
        '"b"',
        "Tue",
    )


def test_a_server_that_is_busy_says_how_long_to_wait() -> None:
    busy = httpx2.Response(429, headers={"retry-after": "120"})

    found = fetcher(lambda _: busy)("https://feeds.example.jp/", etag="", last_modified="")

    assert (found.status, found.retry_after_s) == (429, 120)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data",
        "https://inside.example.jp/", "https://unknown.example.jp/", "file:///etc/passwd",
        "ftp://feeds.example.jp/", "https://", "nonsense", "http://[::1]/", "http://0/",
    ],
)  # fmt: skip
def test_nothing_but_public_http_is_asked(url: str) -> None:
    def never(request: httpx2.Request) -> httpx2.Response:
        pytest.fail(f"asked {request.url}")

    with pytest.raises(FetchFailed):
        fetcher(never)(url, etag="", last_modified="")


def test_a_redirect_into_the_own_network_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.headers["host"])
        return httpx2.Response(302, headers={"location": "http://127.0.0.1:6379/"})

    with pytest.raises(FetchFailed, match="public"):
        fetcher(answer)("https://feeds.example.jp/", etag="", last_modified="")
    assert asked == ["feeds.example.jp"]


def test_the_address_asked_is_the_one_that_was_checked() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        # The name may lead elsewhere by now; the certificate is still the name's.
        assert request.url.host == PUBLIC
        assert request.headers["host"] == "feeds.example.jp:8443"
        assert request.extensions["sni_hostname"] == "feeds.example.jp"
        return httpx2.Response(200, content=b"zip")

    url = "https://feeds.example.jp:8443/x.zip"
    assert fetcher(answer)(url, etag="", last_modified="").body == b"zip"


def test_redirects_are_followed_and_end() -> None:
    def once(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/new":
            return httpx2.Response(200, content=b"here")
        return httpx2.Response(301, headers={"location": "/new"})

    def forever(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(301, headers={"location": "/again"})

    assert fetcher(once)("https://feeds.example.jp/old", etag="", last_modified="").body == b"here"
    with pytest.raises(FetchFailed, match="redirects"):
        fetcher(forever)("https://feeds.example.jp/", etag="", last_modified="")


def test_an_endless_body_ends_at_the_limit() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=(b"x" * 100 for _ in range(10**9)))

    with pytest.raises(FetchFailed, match="larger"):
        fetcher(answer)("https://feeds.example.jp/", etag="", last_modified="")


def test_a_failure_names_no_address() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError(f"cannot reach {request.url}")

    with pytest.raises(FetchFailed) as failure:
        fetcher(answer)("https://feeds.example.jp/?key=s3cret", etag="", last_modified="")
    assert "s3cret" not in str(failure.value)


def test_every_failure_is_said_in_japanese_too() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/gone":
            raise httpx2.ConnectError("refused")
        if request.url.path == "/large":
            return httpx2.Response(200, content=b"x" * 2000)
        return httpx2.Response(302, headers={"location": "/again"})

    said = set()
    for url in ("ftp://x/", "http://10.1.2.3/", "https://unknown.example.jp/", "http://[::1"):
        with pytest.raises(FetchFailed) as failure:
            fetcher(refuse)(url, etag="", last_modified="")
        said.add(str(failure.value))
    for path in ("gone", "large", "again"):
        with pytest.raises(FetchFailed) as failure:
            fetcher(refuse)(f"https://feeds.example.jp/{path}", etag="", last_modified="")
        said.add(str(failure.value))

    assert len(said) == 7
    for reason in said:
        japanese = unreached(reason, "ja")
        assert not japanese.isascii(), reason
        assert unreached(reason, "en") == reason
    assert unreached("No answer (ConnectError).", "ja") == "応答がありません (ConnectError)."
    assert unreached("status 503", "ja") == "応答の状態コード 503"
