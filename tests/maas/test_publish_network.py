import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maas.cli import app
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import open_network, publish_network
from routing.places import load_index
from tests.support.feed_text import write_feed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_feed(tmp_path / "good.zip")
    write_feed(tmp_path / "headless.zip", stop_times="")
    (tmp_path / "page.zip").write_text("<!doctype html><html><body>404</body></html>")
    (tmp_path / "empty.zip").write_bytes(b"")
    return tmp_path


def test_a_build_publishes_what_is_usable_and_says_what_is_not(folder: Path) -> None:
    sources = [FeedSource(path.stem, path) for path in sorted(folder.glob("*.zip"))]

    published = publish_network(sources, folder / "net")

    assert [(feed.tag, feed.quarantined) for feed in published.report.feeds] == [
        ("empty", "unreadable-empty"),
        ("good", ""),
        ("headless", "missing-table"),
        ("page", "unreadable-html"),
    ]
    timetable, places = open_network(folder / "net")
    assert timetable.network.trips.id.tolist() == ["good_t1"]
    assert places.search("本町")[0].stop_id == "good_s2"
    report = json.loads((folder / "net" / "report.json").read_text())
    assert [feed["quarantined"] for feed in report["feeds"]] == [
        feed.quarantined for feed in published.report.feeds
    ]
    for feed in report["feeds"]:
        if feed["quarantined"]:
            assert feed["message"]["ja"]
            assert feed["message"]["en"]


def test_a_build_without_one_usable_feed_leaves_the_live_network_alone(folder: Path) -> None:
    good = publish_network([FeedSource("good", folder / "good.zip")], folder / "net")

    again = publish_network([FeedSource("page", folder / "page.zip")], folder / "net")

    assert again.folder is None
    assert (folder / "net" / "current").read_text() == good.folder.name


def test_a_damaged_place_index_is_built_again(folder: Path) -> None:
    published = publish_network([FeedSource("good", folder / "good.zip")], folder / "net")
    (published.folder / "places.npz").write_bytes(b"PK\x03\x04 broken")

    timetable, places = open_network(folder / "net")

    assert load_index(published.folder, timetable.network) is None
    assert places.search("港")[0].name == "港"


def test_the_command_prints_the_reason_of_each_quarantine_in_both_languages(folder) -> None:
    result = CliRunner().invoke(
        app, ["network", "build", "--feeds-in", str(folder), "--out", str(folder / "net")]
    )

    assert result.exit_code == 0
    assert "✗ page  [unreadable-html]" in result.output
    assert "ウェブページ" in result.output
    assert "This is a web page" in result.output
    assert "✓ good  2026-12-01..2026-12-31" in result.output


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--feed", "a=good.zip", "--service-days", "2026-12-01"],
        ["--feed", "a=good.zip", "--service-days", "2026-12-02..2026-12-01"],
        ["--feed", "a=good.zip", "--shift-to", "tomorrow"],
        ["--feed", "a=good.zip", "--places-overrides", "missing.csv"],
        ["--feed", "a=missing.zip"],
    ],
)
def test_wrong_options_are_refused_without_a_traceback(folder, options, monkeypatch) -> None:
    monkeypatch.chdir(folder)

    result = CliRunner().invoke(app, ["network", "build", "--out", str(folder / "net"), *options])

    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_corrections_of_places_are_read_and_used(folder: Path) -> None:
    table = folder / "overrides.csv"
    table.write_text("stop_id,place,why\n# a comment\ngood_s1,quay,walk bridge\ngood_s3,quay,\n")

    result = CliRunner().invoke(
        app,
        [
            "network", "build", "--feed", f"good={folder / 'good.zip'}",
            "--out", str(folder / "net"), "--places-overrides", str(table),
        ],
    )  # fmt: skip

    assert result.exit_code == 0
    network = open_network(folder / "net")[0].network
    place = network.stops.place.tolist()
    assert place[0] == place[2] != place[1]


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", "stop_id,place\nx,1\nx,2\n", "", "stop_id,place\n\xff"]
)
def test_a_wrong_table_of_corrections_is_refused_with_its_line(folder, text) -> None:
    table = folder / "overrides.csv"
    table.write_bytes(text.encode("latin-1"))

    result = CliRunner().invoke(
        app,
        [
            "network", "build", "--feed", f"good={folder / 'good.zip'}",
            "--out", str(folder / "net"), "--places-overrides", str(table),
        ],
    )  # fmt: skip

    assert result.exit_code == 2
    assert "overrides.csv" in result.output


def test_the_list_of_places_can_be_given_back_as_corrections(folder: Path) -> None:
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon\n"
        "s1,中央,33.5900,130.4000\ns2,中央,33.5910,130.4000\ns3,港,33.6100,130.4200\n"
    )
    feed = write_feed(folder / "pair.zip", stops=stops)
    build = ["network", "build", "--feed", f"p={feed}", "--out", str(folder / "net")]
    runner = CliRunner()
    assert runner.invoke(app, build).exit_code == 0

    listed = runner.invoke(app, ["network", "places", str(folder / "net"), "--method", "name"])
    rows = listed.stdout.splitlines()
    # 0.001 degree of latitude is 111 m, and the spot of the place lies amid the two
    assert rows[0] == "stop_id,place,place_name,kind,method,confidence,stop_name,metres"
    assert rows[1:] == [
        "p_s1,p_s1,中央,stop,name,0.97,中央,56",
        "p_s2,p_s1,中央,stop,name,0.97,中央,56",
    ]
    table = folder / "overrides.csv"
    table.write_text("\n".join([rows[0], rows[1], rows[2].replace(",p_s1,", ",,")]) + "\n")
    assert runner.invoke(app, [*build, "--places-overrides", str(table)]).exit_code == 0

    place = open_network(folder / "net")[0].network.stops.place
    assert place[0] != place[1]
