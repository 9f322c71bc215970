"""`maas operators` says what the API says, and takes data live without a server."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maas.cli import app
from maas.cli.onboarding_story import feed, workbook
from maas.cli.operators import open_house
from maas.core.clock import JAPAN
from operators.participation.counting import count_on, members
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import State

TODAY = datetime.now(JAPAN).date()
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MAAS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MAAS_NETWORK", str(tmp_path / "network"))

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, ["operators", *words])

    return invoke


def agreed(slug: str) -> None:
    house = open_house()
    with house.sessions.begin() as session:
        registry = Registry(session, house.clock)
        company = registry.enter(NewCompany(slug, "見本"), Because("x", "seed"))
        registry.move(company.id, State.INVITED, Because("x", "seed"))
        paper = "a" * 64
        registry.sign(company.id, title="協定", document=paper, signed_on=TODAY, valid_from=TODAY)
        registry.move(company.id, State.AGREED, Because("x", "seed", paper))


def counted() -> int:
    house = open_house()
    with house.sessions() as session:
        return count_on(members(session), house.clock.now().astimezone(JAPAN).date()).total


def test_a_zip_is_brought_mended_and_taken_live_on_the_command_line(
    run: Run, tmp_path: Path
) -> None:
    agreed("bus")
    path = tmp_path / "bus.zip"
    path.write_bytes(feed(TODAY, TODAY + timedelta(days=365), minute=3, untidy=True))

    assert run("bring", "bus", str(path)).exit_code == 0
    early = run("live", "bus")
    assert early.exit_code == 1
    assert "エラーのあるデータは公開できません" in early.output
    assert run("mend", "bus").exit_code == 0
    assert counted() == 0
    assert run("live", "bus").exit_code == 0

    assert counted() == 1


def test_the_report_is_that_of_the_service(run: Run, tmp_path: Path) -> None:
    agreed("ferry")
    path = tmp_path / "沖島.xlsx"
    path.write_bytes(workbook(TODAY, {"時刻表 沖島航路": {"C8": "9時半ごろ"}}))

    brought = run("bring", "ferry", str(path))

    assert brought.exit_code == 1
    assert "時刻表 沖島航路!C8" in brought.output
    printed = json.loads(run("report", "ferry", "--format", "json").output)
    assert printed == json.loads(json.dumps(open_house().offers.report("ferry", "ferry")))


def test_the_first_council_member_gets_a_link_and_mistakes_are_explained(run: Run) -> None:
    assert "/operators/enter?token=ml_" in run("council-member", "a@example.jp").output
    assert run("council-member", "no address").exit_code == 1
    assert run("invite", "nobody", "a@example.jp").exit_code == 1
    assert run("report", "nobody").exit_code == 1
    assert run("bring", "nobody", "/nothing/here.zip").exit_code == 2
