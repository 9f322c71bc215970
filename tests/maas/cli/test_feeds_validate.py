"""`maas feeds validate` from the outside."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maas.cli import app
from tests.support.shared import SHARED, needs_shared
from tests.support.valid_feed import Edit, edited


def zipped(folder: Path, edits: Sequence[Edit] = ()) -> Path:
    path = folder / "tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in edited(edits).items():
            archive.writestr(name, text)
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, ["feeds", "validate", *map(str, arguments)])


def test_a_valid_feed_exits_0_and_names_the_profile(tmp_path: Path) -> None:
    result = run(zipped(tmp_path), "--date", "2026-06-01")

    assert result.exit_code == 0
    assert "gtfs-jp-v4" in result.output
    assert "指摘はありません。" in result.output


def test_an_error_exits_1_and_tells_file_line_and_column(tmp_path: Path) -> None:
    path = zipped(tmp_path, [("stops.txt", "33.5950", "93.5950")])

    result = run(path, "--date", "2026-06-01", "--lang", "en")

    assert result.exit_code == 1
    assert "stops.txt:3:stop_lat" in result.output
    assert "A number is out of its range." in result.output


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "空"), (b"<!doctype html><html>", "ウェブページ"), (b"PK\x03\x04cut", "zip")],
)
def test_what_is_no_feed_exits_2_and_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)

    result = run(path)

    assert result.exit_code == 2
    assert reason in result.output
    assert "Traceback" not in result.output


def test_the_text_is_written_to_a_file_without_colours(tmp_path: Path) -> None:
    path, out = zipped(tmp_path), tmp_path / "report.txt"

    assert run(path, "--out", out, "--date", "2026-06-01").exit_code == 0
    assert "gtfs-jp-v4" in out.read_text(encoding="utf-8")
    assert "\x1b" not in out.read_text(encoding="utf-8")


def test_json_and_html_are_written_to_a_file(tmp_path: Path) -> None:
    path, out = zipped(tmp_path), tmp_path / "report"

    assert run(path, "--format", "json", "--out", out, "--date", "2026-06-01").exit_code == 0
    assert json.loads(out.read_bytes())["notices"] == []
    assert run(path, "--format", "html", "--out", out, "--date", "2026-06-01").exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_version_before_is_compared(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    trips = "route_id,service_id,trip_id\n" + "".join(f"R,S,OLD{n}\n" for n in range(30))
    before = zipped(tmp_path / "old", [("trips.txt", None, trips)])

    result = run(zipped(tmp_path), "--previous", before, "--date", "2026-06-01")

    assert "jp_trip_id_churn" in result.output


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    result = run(zipped(tmp_path), "--format", "json", "--out", tmp_path / "no" / "such" / "folder")

    assert result.exit_code == 2
    assert "cannot write" in result.output


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    result = run(zipped(tmp_path), "--date", "tomorrow")

    assert result.exit_code == 2
    assert "YYYY-MM-DD" in result.output


@needs_shared
def test_trips_of_realtime_messages_are_looked_up_in_the_feed(tmp_path: Path) -> None:
    folder, out = SHARED / "data" / "realtime", tmp_path / "report.json"
    static, message = folder / "bart_static_2019-08.zip", folder / "bart_trip_updates_2019-08-07.pb"

    run(static, "--realtime", message, "--format", "json", "--out", out, "--date", "2019-08-07")

    notices = {n["code"]: n["totalNotices"] for n in json.loads(out.read_bytes())["notices"]}
    # The shared folder's README: 91 updates, of which 65 match and 8 are ADDED.
    assert notices["jp_realtime_trip_unknown"] == 91 - 65 - 8


@needs_shared
def test_a_realtime_message_that_is_none_exits_2(tmp_path: Path) -> None:
    message = SHARED / "data" / "realtime" / "not_protobuf.pb"

    result = run(zipped(tmp_path), "--realtime", message)

    assert result.exit_code == 2
    assert "cannot be read" in result.output
