"""`maas demo sell`, run as a newcomer runs it, on a network of one subway line."""

from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from typer.testing import CliRunner

from maas.cli import app, demo_sell
from maas.core.clock import SystemClock, japan_date
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from tests.support.feed_text import write_feed

DAYS = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line of the subway of Fukuoka with one train a day, and its fare."""
    folder = tmp_path_factory.mktemp("line")
    today = japan_date(SystemClock())
    begin, end = (f"{today + timedelta(days=n):%Y%m%d}" for n in (-2, 30))
    write_feed(
        folder / "feed.zip",
        routes="route_id,agency_id,route_short_name,route_type\nr1,A1,1,1\n",
        calendar=f"{DAYS}daily,1,1,1,1,1,1,1,{begin},{end}\n",
        fare_attributes="fare_id,price,currency_type\nf260,260,JPY\n",
    )
    publish_network([FeedSource("fukuoka-subway", folder / "feed.zip")], folder / "net")
    return folder / "net"


def run(network: Path, out: Path, monkeypatch, *more: str, language: str = "en"):
    monkeypatch.setenv("MAAS_LANG", language)
    arguments = ["demo", "sell", "--network", str(network), "--data", str(out), "--out", str(out)]
    return CliRunner().invoke(app, [*arguments, *(more or ("--from", "中央", "--to", "港"))])


def test_it_sells_inspects_refunds_and_balances(network: Path, tmp_path: Path, monkeypatch) -> None:
    done = run(network, tmp_path, monkeypatch)

    assert done.exit_code == 0, done.output
    # Two tickets of ¥1,500 stay sold, the third comes back whole: the rule of the 24-hour ticket.
    for said in ("✓ ¥3,000", "→ ¥ 1,500", "¥260", "3-D Secure", "No refund after first use"):
        assert said in done.output, done.output
    assert "✗" not in done.output
    drawn = zxingcpp.read_barcode(Image.open(tmp_path / "ticket.png")).text
    page = pypdfium2.PdfDocument(tmp_path / "ticket.pdf")[0].render(scale=3).to_numpy()
    assert drawn.startswith("KT1:")
    assert zxingcpp.read_barcode(page).text == drawn
    papers = ("receipt-1.pdf", "receipt-2.pdf", "return-invoice.pdf")
    assert all((tmp_path / name).read_bytes().startswith(b"%PDF") for name in papers)


def test_it_speaks_japanese_and_can_be_repeated(network: Path, tmp_path: Path, monkeypatch) -> None:
    for _ in range(2):
        done = run(network, tmp_path, monkeypatch, language="ja")

        assert done.exit_code == 0, done.output
        assert "すべて正しく終わりました" in done.output
        assert "✗" not in done.output


def test_anything_that_is_not_as_it_should_be_ends_it_with_an_error(
    network: Path, tmp_path: Path, monkeypatch
) -> None:
    live = demo_sell.present
    early = timedelta(hours=1)
    monkeypatch.setattr(demo_sell, "present", lambda text, key, at: live(text, key, at - early))

    done = run(network, tmp_path, monkeypatch)

    assert done.exit_code == 1
    assert "✗" in done.output


def test_a_place_that_nobody_knows_is_said(network: Path, tmp_path: Path, monkeypatch) -> None:
    done = run(network, tmp_path, monkeypatch, "--from", "中央", "--to", "どこでもない場所")

    assert done.exit_code == 1
    assert "どこでもない場所" in done.output
