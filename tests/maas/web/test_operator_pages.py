"""The pages of companies and of the council, as a browser uses them."""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from maas.adapters.feed_catalogues import CatalogueUnavailable, ListedFeed
from maas.app import create_app
from maas.core.clock import JAPAN, SystemClock
from maas.db.outbox import work_off
from maas.rest.principal import SESSION_COOKIE
from maas.settings import Settings
from maas.trade import Trade, open_trade
from maas.wiring import NoNetwork, Served
from operators.access.service import Access
from operators.registry.models import CompanySource
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import State
from tests.gtfs_feeds.watch.test_watcher import zipped

HTML = {"accept": "text/html", "accept-language": "ja"}
PAPER = "a" * 64


def no_network() -> Served:
    raise NoNetwork("none")


@pytest.fixture(scope="module")
def trade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trade]:
    folder = tmp_path_factory.mktemp("pages")
    settings = Settings(
        data_dir=folder,
        network=folder / "network",
        database=f"sqlite:///{folder / 'maas.db'}",
        stripe_key="sk_test_demo",
        smtp_url="",
        run_jobs=False,
    )
    trade = open_trade(settings, SystemClock(), environment={})
    with trade.sessions.begin() as session:
        registry = Registry(session, SystemClock())
        today = datetime.now(JAPAN).date()
        for slug in ("bus", "rail"):
            company = registry.enter(NewCompany(slug, f"見本{slug}"), Because("x", "seed"))
            registry.move(company.id, State.INVITED, Because("x", "seed"))
            registry.sign(
                company.id, title="協定", document=PAPER, signed_on=today, valid_from=today
            )
            registry.move(company.id, State.AGREED, Because("x", "seed", PAPER))
        registry.enter(NewCompany("new", "候補"), Because("x", "seed"))
    yield trade
    trade.engine.dispose()


def browser(trade: Trade) -> TestClient:
    app = create_app(no_network, Settings(), trade=trade)
    app.state.no_rate_limits = True
    return TestClient(app, headers=HTML, raise_server_exceptions=True)


def jobs(trade: Trade) -> None:
    work_off(trade.sessions, SystemClock(), trade.handlers, rounds=5)


def mailed_to(trade: Trade, address: str) -> str:
    jobs(trade)
    folder = trade.house.mail_folder
    assert folder is not None
    for path in sorted(folder.glob("*.eml"), reverse=True):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        found = re.search(r"(/operators/\S+token=\S+)", mail.get_content())
        if mail["To"] == address and found:
            return found[1]
    raise AssertionError(f"no mail to {address}")


def council(trade: Trade) -> TestClient:
    with trade.sessions.begin() as session:
        access = Access(session, SystemClock())
        made = access.sign_in_link(access.add_council_member("council@example.jp").id)
    assert made is not None
    client = browser(trade)
    assert client.post("/operators/enter", data={"token": made[0]}).status_code == 200
    return client


def staff(trade: Trade, slug: str) -> TestClient:
    address = f"{uuid4().hex[:8]}@example.jp"
    with trade.sessions.begin() as session:
        access = Access(session, SystemClock())
        made = access.invitation_link(access.invite(slug, address, "council").id)
    assert made is not None
    client = browser(trade)
    answer = client.post("/operators/join", data={"token": made[0], "name": f"見本{slug}"})
    assert answer.status_code == 200
    return client


def upload(client: TestClient, slug: str, kind: str, data: bytes, name: str, tag: str = ""):
    return client.post(
        f"/operators/{slug}",
        data={"kind": kind, "tag": tag or slug},
        files={"file": (name, data, "application/octet-stream")},
    )


def test_the_council_invites_and_the_company_joins_through_the_mails_link(trade: Trade) -> None:
    boss = council(trade)
    answer = boss.post("/operators/companies", data={"slug": "new", "email": "n@example.jp"})
    assert "招待メールを送りました" in answer.text

    link = mailed_to(trade, "n@example.jp")
    newcomer = browser(trade)
    page = newcomer.get(link)
    assert "会社情報の確認" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    # Opening the link, as mail programs do, has not used it up.
    token = link.partition("token=")[2]
    joined = newcomer.post("/operators/join", data={"token": token, "name": "新会社"})

    assert joined.url.path == "/operators/new"
    assert "新会社" in joined.text
    again = browser(trade).post("/operators/join", data={"token": token, "name": "別人"})
    assert again.status_code == 410


def test_whoever_has_an_account_gets_a_link_and_others_see_the_same_page(trade: Trade) -> None:
    council(trade)
    known = browser(trade).post("/operators/sign-in", data={"email": "council@example.jp"})
    unknown = browser(trade).post("/operators/sign-in", data={"email": "x@example.jp"})
    assert known.text == unknown.text

    link = mailed_to(trade, "council@example.jp")
    client = browser(trade)
    assert "ログインする" in client.get(link).text
    client.post("/operators/enter", data={"token": link.partition("token=")[2]})
    assert client.get("/operators").url.path == "/operators/companies"
    client.post("/operators/sign-out", data={"x": ""})
    assert client.get("/operators").url.path == "/operators"


def test_the_cookie_is_kept_from_scripts_and_other_sites(trade: Trade) -> None:
    client = council(trade)
    header = client.cookies.jar
    (cookie,) = [one for one in header if one.name == SESSION_COOKIE]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"

    foreign = client.post(
        "/operators/companies",
        data={"slug": "rail", "email": "evil@example.jp"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert foreign.status_code == 403
    # The API takes no writes by cookie at all.
    path = "/v1/companies/rail/invitations"
    assert client.post(path, json={"email": "evil@example.jp"}).status_code == 401
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/operators/rail"),
        ("GET", "/operators/rail/data/rail"),
        ("GET", "/operators/rail/data/rail/abcdef.zip"),
        ("POST", "/operators/rail"),
        ("POST", "/operators/rail/data/rail"),
        ("POST", "/operators/rail/staff"),
        ("POST", "/operators/rail/agreement"),
        ("POST", "/operators/rail/step"),
        ("GET", "/operators/companies"),
        ("POST", "/operators/companies"),
    ],
)
def test_a_companys_pages_are_its_own(trade: Trade, method: str, path: str) -> None:
    mine = staff(trade, "bus")
    assert mine.request(method, path, data={"x": ""}).status_code == 403

    nobody = browser(trade).request(method, path, data={"x": ""}, follow_redirects=False)
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/operators")


def test_a_feeds_page_shows_what_the_api_says(trade: Trade) -> None:
    client = staff(trade, "bus")
    page = upload(client, "bus", "zip", zipped(), "gtfs.zip")
    jobs(trade)

    report = client.get("/v1/companies/bus/data/bus").json()
    page = client.get("/operators/bus/data/bus")
    for finding in report["findings"]:
        for word in ("message", "cause", "remedy"):
            assert finding["text"]["ja"][word] in page.text
    assert report["version"]["sha256"][:8] in page.text
    # The valid feed's stops, by hand: 博多駅前, 中洲, 天神.
    assert "中洲" in page.text
    assert "発車案内" in page.text


HOSTILE = {
    "html": b"<!doctype html><html><script>alert(1)</script></html>",
    "empty": b"",
    "noise": bytes(range(256)) * 40,
    "cut": zipped()[:300],
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
}


@pytest.mark.parametrize("kind", ["zip", "sheet"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_page_that_says_why(trade: Trade, kind: str, name: str) -> None:
    client = staff(trade, "rail")
    answer = upload(client, "rail", kind, HOSTILE[name], '../../<b>"x.zip', "rail-x")

    assert answer.status_code in {200, 422}
    assert "受け付けられませんでした" in answer.text or "ファイルを選んでください" in answer.text
    assert "<b>" not in answer.text.replace("<b>直し方</b>", "").replace("<b>原因</b>", "")
    assert "<script>alert" not in answer.text


def test_a_sheets_cells_are_named_on_the_page(trade: Trade) -> None:
    client = staff(trade, "rail")
    template = client.get("/operators/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    book["停留所"]["D3"] = "北緯どこか"
    out = io.BytesIO()
    book.save(out)

    page = upload(client, "rail", "sheet", out.getvalue(), "沖島.xlsx", "rail-y")

    assert "停留所!D3" in page.text
    assert "北緯どこか" in page.text


def test_what_the_sheet_leaves_open_is_suggested_and_used_only_once_it_was_sent(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff(trade, "rail")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/operators/template.xlsx").content))
    sheet = book["停留所"]
    head = {cell.value: cell.column for cell in sheet[1]}
    name = sheet.cell(2, head["停留所名"]).value
    for part in ("緯度", "経度", "よみがな"):
        sheet.cell(2, head[part]).value = None
    out = io.BytesIO()
    book.save(out)
    offers = trade.house.offers
    found = replace(offers, find=lambda _name, _address: (33.5, 130.5))
    monkeypatch.setattr(trade.house, "offers", found)

    page = upload(client, "rail", "sheet", out.getvalue(), "沖島.xlsx", "rail-open")
    told = offers.report("rail", "rail-open")
    assert told["version"] is None
    assert f'name="coordinate:{name}" value="33.500000, 130.500000"' in page.text

    answers = {f"coordinate:{name}": "33.6, 130.4", f"reading:{name}": "みほんみなと"}
    page = client.post("/operators/rail/data/rail-open", data={"action": "answer", **answers})

    assert "読み直しました" in page.text
    report = offers.report("rail", "rail-open")
    assert report["refusal"] is None
    said = {(one["stop"], one["field"]): one["value"] for one in report["suggestions"]}
    assert said[name, "coordinate"] == "33.6, 130.4"
    assert said[name, "reading"] == "みほんみなと"
    # It can be put right again, until it is live and after.
    assert f'name="reading:{name}" value="みほんみなと"' in page.text


def test_a_feed_that_never_was_a_sheet_has_nothing_to_answer(trade: Trade) -> None:
    client = staff(trade, "rail")
    upload(client, "rail", "zip", b"PK", "x.zip", "rail-zip")

    answer = client.post(
        "/operators/rail/data/rail-zip", data={"action": "answer", "reading:港": "みなと"}
    )

    assert answer.status_code == 409


LISTED = ListedFeed(
    "itoshima/ferry",
    "糸島市",
    "市営渡船<b>ひめしま</b>",
    "福岡県",
    "https://api.example.jp/ferry.zip",
    (),
    "CC BY 4.0",
    None,
    None,
)


class Lists:
    """A catalogue with one feed."""

    name = "gtfs-data.jp"

    def feeds(self, prefecture: str = "", words: str = "") -> list[ListedFeed]:
        if words == "down":
            raise CatalogueUnavailable("It does not answer.", catalogue=self.name)
        return [LISTED] if prefecture in {"", "福岡県"} else []


def test_the_council_picks_a_companys_source_from_a_catalogue(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trade.house, "catalogues", {"gtfs-data.jp": Lists()})
    boss = council(trade)
    assert "CC BY" not in boss.get("/operators/catalogues").text

    page = boss.get("/operators/catalogues", params={"prefecture": "福岡県"})
    assert "糸島市" in page.text
    assert "<b>ひめしま" not in page.text

    picked = {"catalogue": "gtfs-data.jp", "feed": LISTED.id, "company": "rail"}
    page = boss.post("/operators/catalogues", data=picked | {"prefecture": "福岡県"})
    assert "取得元を登録しました" in page.text
    with trade.sessions() as session:
        company = Registry(session, SystemClock()).find_by_slug("rail")
        urls = select(CompanySource.url).where(CompanySource.company_id == company.id)
        assert LISTED.url in session.scalars(urls).all()


def test_a_catalogue_that_does_not_answer_is_said_and_only_the_council_may_look(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trade.house, "catalogues", {"gtfs-data.jp": Lists()})

    page = council(trade).get("/operators/catalogues", params={"words": "down"})
    assert page.status_code == 200
    assert "一覧を読めませんでした" in page.text
    for method in ("get", "post"):
        answer = getattr(staff(trade, "rail"), method)("/operators/catalogues")
        assert answer.status_code == 403


def test_a_sheet_larger_than_any_timetable_is_refused(trade: Trade) -> None:
    client = staff(trade, "rail")
    answer = upload(client, "rail", "sheet", b"a,b\n" * (6 << 20), "x.csv", "rail-w")

    assert answer.status_code == 413


@pytest.mark.parametrize("length", [None, "999999999999"])
def test_a_body_without_or_beyond_a_length_is_refused_before_it_is_read(
    trade: Trade, length: str | None
) -> None:
    client = staff(trade, "rail")

    def endless() -> Iterator[bytes]:
        yield b"--x\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    if length:
        headers["content-length"] = length
    answer = client.post("/operators/rail", content=endless(), headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize("action", ["mend", "live", "rollback", "snooze", "visit", "drop-tables"])
def test_an_action_that_cannot_be_taken_is_explained(trade: Trade, action: str) -> None:
    client = staff(trade, "rail")
    upload(client, "rail", "zip", b"no zip", "x.zip", "rail-z")
    answer = client.post("/operators/rail/data/rail-z", data={"action": action})

    assert answer.status_code in {404, 409, 422}
    assert "できませんでした" in answer.text


def test_deleting_a_person_ends_their_session(trade: Trade) -> None:
    client = staff(trade, "rail")
    (row,) = [
        one
        for one in client.get("/v1/companies/rail/staff").json()
        if one["email"] in client.get("/operators/rail").text
    ][-1:]
    client.post("/operators/rail/staff", data={"id": row["id"]})
    rows = council(trade).get("/v1/companies/rail/staff").json()

    assert row["id"] not in {one["id"] for one in rows}


def test_signing_on_paper_is_entered_by_the_council(trade: Trade, tmp_path: Path) -> None:
    client = council(trade)
    today = datetime.now(JAPAN).date().isoformat()
    answer = client.post(
        "/operators/new/agreement",
        data={"title": "参加協定", "signed_on": today, "valid_from": today},
        files={"document": ("signed.pdf", b"%PDF-1.7 signed", "application/pdf")},
    )

    assert answer.status_code == 200
    assert hashlib.sha256(b"%PDF-1.7 signed").hexdigest()[:12] in answer.text


def test_the_council_moves_a_company_with_a_reason_and_only_where_it_may(trade: Trade) -> None:
    client = council(trade)
    moved = client.post("/operators/rail/step", data={"to": "left", "why": "退会届"})
    assert "退会届" in moved.text
    again = client.post("/operators/rail/step", data={"to": "live", "why": "x"})
    assert again.status_code == 409
    assert client.post("/operators/rail/step", data={"to": "?", "why": "x"}).status_code == 422
    client.post("/operators/rail/step", data={"to": "candidate", "why": "再参加"})
