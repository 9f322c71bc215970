"""The open feed: only what may be given away, with credits, and valid by our own validator."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from gtfs_feeds.bundle import Publisher
from gtfs_feeds.read import read_feed, read_files
from gtfs_feeds.validate import Profile, validate
from maas.usecases.open_data import OpenData, licences_csv, open_data
from maas.usecases.prepare_feeds import FeedSource
from tests.support.valid_feed import TODAY, VALID

PUBLISHER = Publisher("九州MaaS（見本）", "https://maas.example/", "20261201")


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feeds")


@pytest.fixture(scope="module")
def given(folder: Path) -> OpenData:
    good = zipped(folder / "good.zip", VALID)
    broken = zipped(folder / "broken.zip", {**VALID, "stops.txt": "stop_id\nS\n"})
    page = folder / "page.zip"
    page.write_text("<html>not found</html>")
    foreign = zipped(
        folder / "foreign.zip",
        {**VALID, "agency.txt": VALID["agency.txt"].replace("Asia/Tokyo", "Europe/Berlin")},
    )
    sources = [
        FeedSource("one", good, licence="CC BY 4.0", attribution="一番交通"),
        FeedSource("two", good, synthetic=True),
        FeedSource("secret", good),
        FeedSource("share", good, licence="CC BY-SA 4.0"),
        FeedSource("broken", broken, licence="CC BY 4.0"),
        FeedSource("page", page, licence="CC BY 4.0"),
        FeedSource("foreign", foreign, licence="CC BY 4.0"),
    ]
    return open_data(sources, PUBLISHER, TODAY)


def tables(given: OpenData) -> dict[str, list[dict[str, str]]]:
    found = {}
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        for name in archive.namelist():
            found[name] = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
    return found


def test_only_what_may_be_given_away_is_in_and_the_rest_says_why(given: OpenData) -> None:
    assert {row.tag: row.reason for row in given.feeds} == {
        "one": "",
        "two": "",
        "secret": "no-licence",
        "share": "licence-not-free",
        "broken": "invalid",
        "page": "unreadable",
        "foreign": "time-zone",
    }
    listed = list(csv.DictReader(io.StringIO(licences_csv(given.feeds).removeprefix("\ufeff"))))
    assert [row["tag"] for row in listed if row["included"] == "yes"] == ["one", "two"]


def test_the_whole_is_valid_by_our_own_validator(given: OpenData, folder: Path) -> None:
    path = folder / "open.zip"
    path.write_bytes(given.content)

    report = validate(read_feed(path), today=TODAY, profile=Profile.GTFS)

    assert report.is_valid, list(report.findings)


def test_no_row_is_lost_and_ids_of_two_feeds_never_meet(given: OpenData) -> None:
    own = read_files(dict(VALID))
    merged = tables(given)

    for name in ("stops", "trips", "stop_times", "routes"):
        table = own.table(name)
        assert table is not None
        assert len(merged[f"{name}.txt"]) == 2 * len(table)
    stops = [row["stop_id"] for row in merged["stops.txt"]]
    assert len(set(stops)) == len(stops)
    assert {row["stop_id"].partition("_")[0] for row in merged["stop_times.txt"]} == {"one", "two"}


def test_every_feed_is_credited_with_its_licence(given: OpenData) -> None:
    credits_ = {row["organization_name"] for row in tables(given)["attributions.txt"]}

    assert any(name == "一番交通 (CC BY 4.0)" for name in credits_)
    assert any(name.endswith("(CC BY 4.0 (synthetic))") for name in credits_)
    (info,) = tables(given)["feed_info.txt"]
    assert info["feed_publisher_name"] == PUBLISHER.name
    assert info["feed_version"] == "20261201"


def test_the_same_feeds_give_the_same_bytes(given: OpenData, folder: Path) -> None:
    sources = [
        FeedSource("one", folder / "good.zip", licence="CC BY 4.0", attribution="一番交通"),
        FeedSource("two", folder / "good.zip", synthetic=True),
    ]

    assert open_data(sources, PUBLISHER, TODAY).content == given.content


def test_without_a_feed_that_may_be_given_there_is_no_file(folder: Path) -> None:
    nothing = open_data([FeedSource("secret", folder / "good.zip")], PUBLISHER, date(2026, 12, 1))

    assert nothing.content == b""
