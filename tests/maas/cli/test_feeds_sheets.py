"""`maas feeds template` and `maas feeds sheet`: from the template to a feed, or cells to correct."""

import json
from pathlib import Path

from typer.testing import CliRunner

from gtfs_feeds.read import read_feed
from maas.cli import app
from tests.gtfs_feeds.sheets.books import book


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["feeds", *map(str, arguments)])


def test_the_template_becomes_a_feed(tmp_path: Path) -> None:
    made = run("template", tmp_path / "t.xlsx")
    result = run("sheet", tmp_path / "t.xlsx", "--out", tmp_path / "t.zip")

    assert (made.exit_code, result.exit_code) == (0, 0)
    assert "trips 7" in result.output
    assert "suggested english: Okishima" in result.output
    assert read_feed(tmp_path / "t.zip").tables["trips"].height == 7


def test_cells_to_correct_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    rows = (("神湊", "7:40"), ("大島港", "八時"))
    (tmp_path / "b.xlsx").write_bytes(book({"大島航路 毎日": rows}))

    result = run("sheet", tmp_path / "b.xlsx", "--out", tmp_path / "t.zip", "--format", "json")

    assert result.exit_code == 1
    problems = json.loads(result.output)["problems"]
    assert [(one["at"], one["code"], one["value"]) for one in problems] == [
        ("大島航路 毎日!B2", "bad-time", "八時"),
        ("大島航路 毎日!B1", "one-call", "神湊"),
    ]
    assert not (tmp_path / "t.zip").exists()


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    result = run("sheet", tmp_path / "none.xlsx", "--out", tmp_path / "t.zip")

    assert result.exit_code == 1
    assert "表として開けません" in result.output
