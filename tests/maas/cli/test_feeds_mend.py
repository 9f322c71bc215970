"""`maas feeds mend`: the zip, the diff, and the codes of its end."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maas.cli import app


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("stops.txt", "stop_id,stop_name\nA, 博多\n".encode("cp932"))
    return path


def test_the_mended_zip_is_written_and_the_diff_shown(dirty: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"

    result = CliRunner().invoke(app, ["feeds", "mend", str(dirty), "--out", str(out)])

    assert result.exit_code == 0
    assert "stops.txt:2:stop_name" in result.output
    with zipfile.ZipFile(out) as archive:
        assert archive.read("stops.txt").decode() == "stop_id,stop_name\nA,博多\n"


def test_the_diff_comes_as_json(dirty: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    arguments = ["feeds", "mend", str(dirty), "--out", str(out), "--format", "json"]

    result = CliRunner().invoke(app, arguments)

    assert json.loads(result.output)["counts"] == {"blanks": 1, "encoding": 1}


def test_what_is_no_feed_ends_with_2_and_both_languages(tmp_path: Path) -> None:
    page = tmp_path / "feed.zip"
    page.write_text("<html>not found")

    result = CliRunner().invoke(app, ["feeds", "mend", str(page), "--out", str(tmp_path / "o")])

    assert result.exit_code == 2
    assert "ウェブページ" in result.output
    assert "web page" in result.output
    assert not (tmp_path / "o").exists()


def test_a_place_that_cannot_be_written_is_said(dirty: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["feeds", "mend", str(dirty), "--out", str(tmp_path / "none" / "o.zip")]
    )

    assert result.exit_code == 2
    assert "書き込めません" in result.output
