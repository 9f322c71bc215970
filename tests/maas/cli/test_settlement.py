"""`maas settlement` on a database with sales: sign, try, close, write, verify, pay out."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maas.cli import app
from maas.core.clock import JAPAN, FrozenClock
from maas.db.session import make_engine
from operators.settlement.agreement import Agreement, Method, Part, Party, to_json
from tests.support.database import sqlite_url
from tests.support.shop import CITY, Shop
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION

SOLD = (datetime.now(JAPAN).replace(day=1, hour=12) - timedelta(days=10)).replace(microsecond=0)
PERIOD = f"{SOLD:%Y-%m}"
"""The month that is over, whatever day it is."""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Two tickets at 1,500 yen were sold last month."""
    url = sqlite_url(tmp_path)
    monkeypatch.setenv("MAAS_DATABASE", url)
    monkeypatch.setenv("MAAS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MAAS_NETWORK", str(tmp_path / "network"))
    engine = make_engine(url)
    with FakeStripe(version=API_VERSION) as fake:
        shop = Shop(engine, fake, tmp_path / "mail", FrozenClock(SOLD))
        for _ in range(2):
            shop.bought(CITY)
    terms = Agreement(
        "city@1",
        CITY,
        SOLD.date() - timedelta(days=60),
        None,
        (Party("bus", 1), Party("subway", 3)),
        (Part(Method.FIXED, 10_000),),
        commission=1_000,
    )
    (tmp_path / "terms.json").write_text(json.dumps(to_json(terms)), "utf-8")

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, ["settlement", *words])

    yield invoke
    engine.dispose()


def test_a_month_is_tried_signed_closed_written_verified_and_paid(run: Run, tmp_path: Path) -> None:
    terms = str(tmp_path / "terms.json")
    # 3,000 yen less 10 % commission is a pool of 2,700: a quarter and three quarters.
    tried = run("try", terms, PERIOD, "--format", "json")
    assert tried.exit_code == 0, tried.output
    (proposed,) = json.loads(tried.stdout).values()
    assert proposed == {"pool": 2_700, "proposed": {"bus": 675, "subway": 2_025}, "signed": None}
    # Trying has kept nothing: without an agreement the month cannot be closed.
    assert run("close", PERIOD, "--by", "council").exit_code == 1

    signed = run("sign", terms)
    assert "SHA-256" in signed.output
    closed = run("close", PERIOD, "--by", "council")
    assert closed.exit_code == 0, closed.output
    assert "2,025 円" in closed.output
    assert run("close", PERIOD, "--by", "council").exit_code == 1  # once

    written = tmp_path / "subway.json"
    for out in (written, tmp_path / "subway.csv", tmp_path / "subway.pdf"):
        assert run("statement", PERIOD, "subway", "--out", str(out)).exit_code == 0
    assert (tmp_path / "subway.pdf").read_bytes().startswith(b"%PDF")
    assert run("verify", str(written)).exit_code == 0
    forged = written.read_text("utf-8").replace("2025", "2026")
    written.write_text(forged, "utf-8")
    assert run("verify", str(written)).exit_code == 1


def test_the_banks_file_pays_everybody_or_names_whose_account_is_missing(
    run: Run, tmp_path: Path
) -> None:
    run("sign", str(tmp_path / "terms.json"))
    run("close", PERIOD, "--by", "council")
    accounts = tmp_path / "accounts.csv"
    head = "operator,bank,bank_name,branch,branch_name,kind,number,holder"
    rows = [
        "platform,0177,ﾌｸｵｶ,100,ﾎﾝﾃﾝ,1,1234567,ｷﾕｳｼﾕｳﾏ-ｽ",
        "subway,0177,ﾌｸｵｶ,101,ﾃﾝｼﾞﾝ,1,7654321,ﾁｶﾃﾂ",
    ]
    accounts.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    bank = tmp_path / "pay.txt"
    words = ("--accounts", str(accounts), "--pay-on", "2028-02-29", "--client-code", "0000000001")

    refused = run("transfer", PERIOD, *words, "--out", str(bank))
    assert refused.exit_code == 1
    assert "bus" in refused.output
    assert not bank.exists()

    with accounts.open("a", encoding="utf-8") as more:
        more.write("bus,0177,ﾌｸｵｶ,102,ﾊｶﾀ,1,1112223,ﾊﾞｽ\n")
    done = run("transfer", PERIOD, *words, "--out", str(bank))
    assert done.exit_code == 0, done.output
    assert "2 件 2,700 円" in done.output
    # 全銀: a head, two payments, a sum, an end, of 120 bytes each; the sum in the record of kind 8.
    records = [line for line in bank.read_bytes().decode("cp932").split("\r\n") if line]
    assert [record[0] for record in records] == ["1", "2", "2", "8", "9"]
    assert records[3][1:19] == "000002000000002700"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("sign", "none.json"), 1),
        (("try", "none.json", PERIOD), 1),
        (("close", "2026-13", "--by", "x"), 1),
        (("statement", PERIOD, "nobody", "--out", "x.json"), 1),
        (("verify", "none.json"), 2),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_and_writes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(tmp_path)

    refused = run(*words)

    assert refused.exit_code == code
    assert refused.output.strip()
    assert "Traceback" not in refused.output
    assert not (tmp_path / "x.json").exists()
