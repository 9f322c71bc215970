"""Reading: every way in which real feeds are packed and written."""

import io
import zipfile
from pathlib import Path

import pytest

from gtfs_feeds.read import FeedUnreadable, Unreadable, read_feed, read_files, read_zip
from tests.support.shared import SHARED, needs_shared

STOPS = "stop_id,stop_name,stop_lat,stop_lon\nA,博多駅,33.59,130.42\nNA,香椎,33.65,130.44\n"


def zipped(**files: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/") + ".txt", data)
    return buffer.getvalue()


def codes(faults) -> set[str]:
    return {fault.code for fault in faults}


@pytest.mark.parametrize(
    ("encoding", "code"),
    [
        ("utf-8", set()),
        ("utf-8-sig", {"byte_order_mark"}),
        ("cp932", {"not_utf8"}),
        ("utf-16", {"not_utf8"}),
        ("utf-16-le", {"not_utf8"}),
        ("utf-16-be", {"not_utf8"}),
    ],
)
def test_every_encoding_gives_the_same_text(encoding: str, code: set[str]) -> None:
    feed = read_files({"stops.txt": STOPS.encode(encoding)})

    assert feed.tables["stops"]["stop_name"].to_list() == ["博多駅", "香椎"]
    assert feed.tables["stops"]["_row"].to_list() == [2, 3]
    assert codes(feed.faults) == code


def test_a_stop_called_na_stays_text() -> None:
    feed = read_files({"stops.txt": STOPS})

    assert feed.tables["stops"]["stop_id"].to_list() == ["A", "NA"]


def test_a_zip_a_folder_and_memory_give_the_same_tables(tmp_path: Path) -> None:
    (tmp_path / "stops.txt").write_text(STOPS, encoding="utf-8")
    (tmp_path / "feed.zip").write_bytes(zipped(stops=STOPS))

    folder = read_feed(tmp_path)
    packed = read_feed(tmp_path / "feed.zip")

    assert packed.name == "feed"
    assert folder.tables["stops"].equals(packed.tables["stops"])
    assert folder.tables["stops"].equals(read_files({"stops.txt": STOPS}).tables["stops"])


def test_html_is_told_from_a_damaged_zip() -> None:
    with pytest.raises(FeedUnreadable) as html:
        read_zip(b"<!DOCTYPE html><html><title>404</title></html>")
    with pytest.raises(FeedUnreadable) as damaged:
        read_zip(zipped(stops=STOPS)[:-30])

    assert (html.value.reason, damaged.value.reason) == (Unreadable.HTML, Unreadable.DAMAGED)
    assert "HTML" in html.value.detail_ja


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "table", "rows"),
    [
        # Counted with `unzip -p FILE TABLE.txt | tail -n +2 | grep -c .`
        ("saga_2026-04", "stop_times", 126086),
        ("kumamoto_bus_2026-06", "fare_rules", 59796),
        ("fukuoka_subway_2019-03", "stop_times", 22785),
        ("broken_sanko_bus_no_stop_times", "trips", 14130),
    ],
)
def test_real_feeds_keep_every_row(file: str, table: str, rows: int) -> None:
    feed = read_feed(SHARED / "data" / "feeds" / f"{file}.zip")

    assert feed.tables[table].height == rows
