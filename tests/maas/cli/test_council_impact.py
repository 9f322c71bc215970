"""`maas council impact --candidate`: a feed that is not in the network yet, and what it brings."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maas.cli import app
from tests.maas.usecases.test_impact import feed

Run = Callable[..., Result]


def write(path: Path, routes: set[str]) -> None:
    """The part of the small network that these routes are."""
    agencies = {"b": "rb", "f": "rf", "t": "rt", "s": "rs"}
    with zipfile.ZipFile(path, "w") as out:
        for name, text in feed().items():
            head, *rows = text.splitlines()
            if name in {"routes.txt", "trips.txt"}:
                rows = [row for row in rows if row.split(",")[0] in routes]
            elif name == "stop_times.txt":
                rows = [row for row in rows if row[:2] in routes]
            elif name == "agency.txt":
                rows = [row for row in rows if agencies[row.split(",")[0]] in routes]
            elif name == "stops.txt" and routes == {"rf"}:
                rows = [row for row in rows if row.split(",")[0] in {"Port", "Island"}]
            elif name == "stops.txt":
                rows = [row for row in rows if row.split(",")[0] != "Island"]
            out.writestr(name, "\n".join((head, *rows)) + "\n")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("impact")
    (folder / "feeds").mkdir()
    write(folder / "feeds" / "land.zip", {"rb", "rt", "rs"})
    write(folder / "ferry.zip", {"rf"})
    (folder / "broken.zip").write_bytes(b"<html>")

    def invoke(*words: str) -> Result:
        named = [word.replace("FOLDER", str(folder)) for word in words]
        fixed = ["--network", str(folder), "--at", "2026-12-01T08:00", "--threads", "1"]
        return CliRunner().invoke(app, ["council", "impact", *fixed, *named])

    return invoke


def test_a_candidates_feed_is_asked_alone_and_connects_its_island(run: Run) -> None:
    told = run("--candidate", "ferry=FOLDER/ferry.zip", "--format", "json")

    assert told.exit_code == 0, told.output
    (ferry,) = json.loads(told.stdout[told.stdout.index("[\n") :])
    assert ferry["name"] == "Ferry"
    # No other way leads to the island, so every pair with it is gained.
    assert ferry["cut_off"] == ["Island"]
    assert ferry["gain"]["120"] > 0


@pytest.mark.parametrize(
    "words",
    [
        ("--candidate", "ferry=FOLDER/broken.zip"),
        ("--candidate", "ferry=FOLDER/ferry.zip", "--feeds-in", "FOLDER/none"),
        ("--candidate", "ferry=FOLDER/ferry.zip", "--company", "Nobody"),
    ],
)
def test_a_candidate_that_cannot_be_asked_for_is_said_in_a_line(
    run: Run, words: tuple[str, ...]
) -> None:
    told = run(*words)

    assert told.exit_code == 2
    assert told.stdout.strip()
    assert "Traceback" not in told.output
