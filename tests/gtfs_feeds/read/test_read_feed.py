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


def lines_with_text(path: Path, name: str) -> int:
    """Count the lines below the header that hold more than commas and blanks, without csv."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(name).decode("utf-8-sig")
    return sum(bool(line.strip(" ,\t\r\u3000")) for line in text.split("\n")) - 1


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize(
    "path",
    sorted((SHARED / "data" / "feeds").glob("*.zip")) or [SHARED / "none.zip"],
    ids=lambda path: path.stem,
)
def test_real_feeds_keep_every_row_of_every_table(path: Path) -> None:
    feed = read_feed(path)

    assert not [fault for fault in feed.faults if fault.code in {"empty_file", "unknown_file"}]
    for table, name in feed.sources.items():
        assert feed.tables[table].height == lines_with_text(path, name), name


@needs_shared
@pytest.mark.shared
def test_the_feed_without_stop_times_is_read_and_lacks_the_table() -> None:
    feed = read_feed(SHARED / "data" / "feeds" / "broken_sanko_bus_no_stop_times.zip")

    assert feed.table("stop_times") is None
    assert feed.tables["trips"].height == 14130  # unzip -p … trips.txt | tail -n +2 | wc -l
