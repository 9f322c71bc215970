"""Small feeds written as text."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from gtfs_feeds.merge import FeedInput
from gtfs_feeds.read import read_files

SMALL: Mapping[str, str] = {
    "agency.txt": (
        "agency_id,agency_name,agency_url,agency_timezone\nA1,みなとバス,https://a.example,Asia/Tokyo\n"
    ),
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon\n"
        "s1,中央,33.5900,130.4000\ns2,本町,33.6000,130.4100\ns3,港,33.6100,130.4200\n"
    ),
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nr1,A1,1,3\n",
    "trips.txt": "route_id,service_id,trip_id\nr1,daily,t1\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:00:00,s1,1\nt1,08:10:00,08:11:00,s2,2\nt1,08:20:00,08:20:00,s3,3\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "daily,1,1,1,1,1,1,1,20261201,20261231\n"
    ),
}
"""One line with one trip: 中央 08:00, 本町 08:10–08:11, 港 08:20, every day of December 2026."""


def feed(tag: str = "a", **files: str) -> FeedInput:
    """Return `SMALL` with some files replaced (`stops="…"`); None-like empty text removes one."""
    texts = dict(SMALL) | {f"{name}.txt": text for name, text in files.items()}
    return FeedInput(tag, read_files({name: text for name, text in texts.items() if text}))


def with_rows(name: str, *rows: str) -> str:
    """Return a file of `SMALL` with rows added."""
    return SMALL[f"{name}.txt"] + "".join(f"{row}\n" for row in rows)


def write_feed(path: Path, **files: str) -> Path:
    """Write `SMALL` as a zip, with some files replaced or, where empty, left out."""
    texts = dict(SMALL) | {f"{name}.txt": text for name, text in files.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            if text:
                archive.writestr(name, text)
    return path
