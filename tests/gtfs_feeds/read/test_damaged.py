"""Damaged, wrong and hostile input: an answer every time, never a traceback."""

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.read import (
    FeedTables,
    FeedUnreadable,
    ReadLimits,
    Unreadable,
    read_feed,
    read_files,
    read_zip,
)
from tests.support.shared import SHARED

LIMITS = ReadLimits(total_bytes=64 * 1024 * 1024, ratio_floor_bytes=4 * 1024 * 1024)

SMALL = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n1,市営渡船,http://x,Asia/Tokyo\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,岐志,33.57,130.15\nB,姫島,33.58,130.05\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,1,姫島航路,4\n",
    "trips.txt": "route_id,service_id,trip_id\nR,毎日,T1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T1,07:50:00,07:50:00,A,1\nT1,08:06:00,08:06:00,B,2\n",
    "calendar.txt": "service_id,monday,start_date,end_date\n毎日,1,20260101,20261231\n",
}


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def real_files() -> dict[str, bytes]:
    """The Itoshima ferry feed where the shared data is there, else a small one like it."""
    path = SHARED / "data" / "feeds" / "itoshima_ferry_2018.zip"
    if not path.is_file():
        return {name: text.encode() for name, text in SMALL.items()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


FILES = real_files()
ZIP = packed(FILES)
CHANCE = random.Random(20260401)


def flipped(data: bytes, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count):
        changed[CHANCE.randrange(len(changed))] ^= 1 << CHANCE.randrange(8)
    return bytes(changed)


def with_file(name: str, change: Callable[[bytes], bytes]) -> bytes:
    return packed(FILES | {name: change(FILES[name])})


def lying_about_size(data: bytes) -> bytes:
    """Return a zip whose directory says that each file holds 10 bytes."""
    changed = bytearray(data)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        changed[at + 24 : at + 28] = struct.pack("<I", 10)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


def encrypted(data: bytes) -> bytes:
    """Return a zip whose entries say that they are encrypted (bit 0 of the flags)."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


BOMB = packed({"stops.txt": b"stop_id\n" + b"0" * (48 * 1024 * 1024)})

REFUSED = {
    "nothing": (b"", Unreadable.EMPTY),
    "blanks": (b" \n\n", Unreadable.EMPTY),
    "html": (b"\n<!DOCTYPE html><html><body>404</body></html>", Unreadable.HTML),
    "html with a BOM": (b"\xef\xbb\xbf<HTML><head>", Unreadable.HTML),
    "json": (b'{"error": "not found"}', Unreadable.NOT_ZIP),
    "a bare csv": (FILES["stops.txt"], Unreadable.NOT_ZIP),
    "the first half": (ZIP[: len(ZIP) // 2], Unreadable.DAMAGED),
    "without its last byte": (ZIP[:-1], Unreadable.DAMAGED),
    "four bytes": (ZIP[:4], Unreadable.DAMAGED),
    "an empty zip": (packed({}), Unreadable.EMPTY),
    "a zip of folders": (packed({"gtfs/": b""}), Unreadable.EMPTY),
    "a zip of photos": (packed({"a.jpg": b"\xff\xd8"}), Unreadable.NO_TABLES),
    "a zip bomb": (BOMB, Unreadable.BOMB),
    "a zip bomb in a zip": (packed({"x.zip": BOMB}), Unreadable.BOMB),
    "lies about sizes": (lying_about_size(ZIP), Unreadable.DAMAGED),
    "encrypted": (encrypted(ZIP), Unreadable.ENCRYPTED),
    "2,000 files": (packed({f"{n}.txt": b"a,b\n" for n in range(2000)}), Unreadable.TOO_MANY_FILES),
    "a zip in a zip in a zip": (
        packed({"a.zip": packed({"b.zip": ZIP})}),
        Unreadable.NO_TABLES,
    ),
}

DAMAGED = {
    "a zip in a zip": packed({"inner.zip": ZIP}),
    "one bit flipped in the data": ZIP[:60] + flipped(ZIP[60:160], 1) + ZIP[160:],
    "stop_times cut in a row": with_file("stop_times.txt", lambda d: d[: d.index(b"\n", 70) + 3]),
    "stops in UTF-16": with_file("stops.txt", lambda d: d.decode("utf-8-sig").encode("utf-16")),
    "stops in cp932": with_file("stops.txt", lambda d: d.decode("utf-8-sig").encode("cp932")),
    "stops in EUC-JP": with_file("stops.txt", lambda d: d.decode("utf-8-sig").encode("euc_jp")),
    "half in cp932": with_file(
        "stops.txt", lambda d: d + "Z,終点,33.1,130.1\n".encode("cp932")
    ),
    "random bytes inside stops": with_file(
        "stops.txt", lambda d: d[:90] + CHANCE.randbytes(200) + d[90:]
    ),
    "bits flipped in every file": packed({name: flipped(d, 5) for name, d in FILES.items()}),
    "random bytes as stop_times": with_file("stop_times.txt", lambda d: CHANCE.randbytes(5000)),
    "html as stops": with_file("stops.txt", lambda d: b"<html>\n<body>Not found, sorry</html>"),
    "an empty file": with_file("routes.txt", lambda d: b""),
    "only NULs": with_file("routes.txt", lambda d: b"\0" * 3000),
    "a header of 100,000 columns": with_file("trips.txt", lambda d: b"a," * 100_000 + b"\n1,2\n"),
    "a header of one megabyte": with_file("trips.txt", lambda d: b"x" * 1_000_000 + b"\n1\n"),
    "a row of 100,000 cells": with_file("trips.txt", lambda d: d + b"," * 100_000 + b"x\n"),
    "a cell of one megabyte": with_file("trips.txt", lambda d: d + b"y" * 1_000_000 + b"\n"),
    "an open quote": with_file("trips.txt", lambda d: d + b'"open,1,2\n' + d),
    "a thousand open quotes": with_file("trips.txt", lambda d: d + b'"open,"1,2\n' * 1500),
    "a quote in the header": with_file("trips.txt", lambda d: b'"' + d),
    "tabs for commas": with_file("stops.txt", lambda d: d.replace(b",", b"\t")),
    "no line ends": with_file("stops.txt", lambda d: d.replace(b"\r", b"").replace(b"\n", b",")),
}  # fmt: skip


def answer(data: bytes) -> FeedTables | FeedUnreadable:
    try:
        return read_zip(data, limits=LIMITS)
    except FeedUnreadable as unreadable:
        return unreadable


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_feed_is_refused_with_the_reason(name: str) -> None:
    data, reason = REFUSED[name]

    refused = answer(data)

    assert isinstance(refused, FeedUnreadable)
    assert refused.reason == reason
    assert refused.detail
    assert refused.detail_ja


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_feed_is_read_with_faults(name: str) -> None:
    feed = answer(DAMAGED[name])

    assert isinstance(feed, FeedTables)
    assert feed.tables
    clean = {(fault.code, fault.file) for fault in read_zip(ZIP).faults}
    assert {(fault.code, fault.file) for fault in feed.faults} - clean


def test_the_files_that_are_whole_are_read_beside_a_damaged_one() -> None:
    whole, damaged = read_zip(ZIP), answer(DAMAGED["random bytes as stop_times"])

    assert isinstance(damaged, FeedTables)
    assert damaged.tables["stops"].equals(whole.tables["stops"])
    assert damaged.tables["trips"].equals(whole.tables["trips"])


def test_a_missing_path_is_refused_not_raised_as_it_is(tmp_path: Path) -> None:
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(FeedUnreadable):
            read_feed(path)


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("stop_id\nsecret\n")
    feed = tmp_path / "feed"
    feed.mkdir()
    (feed / "stops.txt").symlink_to(tmp_path / "secret.txt")
    (feed / "routes.txt").write_text("route_id\nR\n")
    (feed / "loop").symlink_to(feed)

    assert set(read_feed(feed).tables) == {"routes"}


@given(data=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_random_bytes_as_a_table_are_read_or_told(data: bytes) -> None:
    feed = read_files({"routes.txt": "route_id\nR\n", "stops.txt": data})

    assert "stops" in feed.tables or any(fault.file == "stops.txt" for fault in feed.faults)


@given(at=st.integers(0, len(ZIP) - 1), data=st.binary(min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_a_zip_with_random_bytes_written_over_it_is_read_or_refused(at: int, data: bytes) -> None:
    found = answer(ZIP[:at] + data + ZIP[at + len(data) :])

    assert isinstance(found, FeedTables | FeedUnreadable)


@given(data=st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_random_bytes_as_a_zip_are_refused(data: bytes) -> None:
    assert isinstance(answer(data), FeedUnreadable)
