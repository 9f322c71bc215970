"""`maas doctor` and `maas serve` say what is missing and how to get it."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maas.cli import app
from maas.cli.doctor import findings
from maas.settings import Settings


def test_a_machine_with_everything_passes(tmp_path: Path) -> None:
    found = {row.name: row for row in findings(Settings(data_dir=tmp_path))}

    assert found["python"].ok
    assert found["packages"].ok
    assert found["data"].ok
    assert not found["network"].ok, "nothing was built in an empty directory"
    assert not found["network"].needed


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file, not a folder")
    found = {row.name: row for row in findings(Settings(data_dir=blocked / "data"))}

    assert not found["data"].ok
    assert str(blocked) in found["data"].fact


@pytest.mark.parametrize(("tongue", "words"), [("ja", "必要なもの"), ("en", "needed")])
def test_the_doctor_speaks_both_languages(
    tongue: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAAS_LANG", tongue)
    monkeypatch.setenv("MAAS_DATA_DIR", str(tmp_path))
    answer = CliRunner().invoke(app, ["doctor"])

    assert words in answer.output
    assert answer.exit_code == 0


def test_serving_nothing_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAAS_LANG", "en")
    monkeypatch.setenv("MAAS_DATA_DIR", str(tmp_path))
    answer = CliRunner().invoke(app, ["serve", "--network", str(tmp_path / "none")])

    assert answer.exit_code == 1
    assert "maas network build" in answer.output


def test_both_catalogues_of_the_terminal_have_the_same_texts() -> None:
    ja, en = (
        set(json.loads((files("maas.cli.texts") / f"{tag}.json").read_text(encoding="utf-8")))
        for tag in ("ja", "en")
    )

    assert ja - en == set()
    assert all(key.endswith(".1") for key in en - ja)
