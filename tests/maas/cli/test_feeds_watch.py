"""`maas feeds watch` and its neighbours against a server on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from typer.testing import CliRunner

from maas.cli import app
from tests.gtfs_feeds.watch.test_watcher import GOOD, HTML, NEWER, sha


@contextmanager
def serving(bodies: list[bytes]) -> Iterator[str]:
    """Serve one body after the other on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.pop(0)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/feed.zip"
        finally:
            server.shutdown()
            thread.join()


def run(*arguments: object):
    return CliRunner().invoke(app, ["feeds", *map(str, arguments)])


def test_a_feed_is_fetched_replaced_guarded_and_rolled_back(tmp_path: Path) -> None:
    store, sources = tmp_path / "store", tmp_path / "sources.csv"
    with serving([GOOD, NEWER, HTML]) as url:
        sources.write_text(f"tag,url,contact,name\nbus,{url},info@bus.example.jp,バス\n")
        visit = ("watch", sources, "--store", store, "--allow-private")
        assert "新しい版に替えました" in run(*visit).output
        assert "replaced" in run(*visit, "--lang", "en").output
        assert "rejected" in run(*visit, "--lang", "en").output

    listed = run("versions", "bus", "--store", store, "--lang", "en").output.splitlines()
    assert [line[0] for line in listed] == [" ", "*", " "]
    assert "unreadable" in listed[2]
    assert run("rollback", "bus", "--store", store).output.strip() == sha(GOOD)
    assert run("accept", "bus", sha(NEWER)[:8], "--store", store).output.strip() == sha(NEWER)
    assert run("snooze", "bus", "2099-01-01", "--store", store).exit_code == 0


def test_this_machine_is_not_asked_unless_allowed(tmp_path: Path) -> None:
    sources = tmp_path / "sources.csv"
    sources.write_text("tag,url\nbus,http://127.0.0.1:9/feed.zip\n../evil,http://127.0.0.1:9/\n")

    result = run("watch", sources, "--store", tmp_path / "store", "--lang", "en")

    assert result.exit_code == 0
    assert "could not be fetched" in result.output
    assert "cannot be the tag of a feed" in result.output


def test_what_is_wrong_is_said_plainly(tmp_path: Path) -> None:
    sources = tmp_path / "sources.csv"
    sources.write_text("tag,url\nbus,\n")

    assert "2: tag と url が必要です" in run("watch", sources, "--store", tmp_path).output
    assert run("watch", tmp_path / "none.csv", "--store", tmp_path).exit_code == 2
    assert run("rollback", "bus", "--store", tmp_path).exit_code == 2
    assert run("versions", "../x", "--store", tmp_path).exit_code == 2
    assert run("snooze", "bus", "soon", "--store", tmp_path).exit_code == 2
