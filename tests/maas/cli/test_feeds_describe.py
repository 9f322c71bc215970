"""`maas feeds describe`: counts, a map, and the codes of its end."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maas.cli import app
from tests.gtfs_feeds.test_statistics import FILES


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_counts_and_routes_are_printed(feed: Path) -> None:
    result = CliRunner().invoke(app, ["feeds", "describe", str(feed), "--date", "2026-01-10"])

    assert result.exit_code == 0
    assert "便 / trips: 3" in result.output
    assert "姫島航路 | 1 | 09:00:00-10:00:00" in result.output


def test_the_map_is_written_as_geojson(feed: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.geojson"
    arguments = ["feeds", "describe", str(feed), "--geojson", str(out), "--format", "json"]

    result = CliRunner().invoke(app, arguments)

    assert json.loads(result.output)["feed"]["num_stops"] == 2
    assert json.loads(out.read_text(encoding="utf-8"))["type"] == "FeatureCollection"


def test_a_feed_with_nothing_to_count_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "stops.txt").write_text("stop_id\nA\n")

    result = CliRunner().invoke(app, ["feeds", "describe", str(tmp_path)])

    assert result.exit_code == 1
    assert "agency.txt" in result.output
