"""Who may see what, over every endpoint of the operators' house."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from maas.api.council import router as council_router
from maas.core.clock import FrozenClock, SystemClock
from maas.core.errors import MaasError
from maas.db.session import Sessions, make_sessions
from maas.rest.principal import new_access_key
from maas.rest.problems import answer_error
from operators.api import router as operators_router
from operators.registry.service import Because, NewCompany, Registry
from operators.settlement.agreement import Agreement, Method, Part, Party
from operators.settlement.service import SettlementService
from tests.simulation import year
from tests.support.database import fresh_engine

APRIL = "2026-04"
MINE, OTHER = "bus", "rail"
CONTACT = {"role": "data", "name": "見本 花子", "email": "hanako@example.com"}
SHA = "b" * 64


class Caller:
    """A client with somebody's key."""

    def __init__(self, client: TestClient, key: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str):
        return self._client.get(path, headers=self._headers)

    def delete(self, path: str):
        return self._client.delete(path, headers=self._headers)

    def post(self, path: str, json: object):
        headers = self._headers | {"idempotency-key": uuid4().hex}
        return self._client.post(path, json=json, headers=headers)

    def send(self, path: str, content: bytes):
        headers = self._headers | {"idempotency-key": uuid4().hex, "content-type": "text/csv"}
        return self._client.post(path, content=content, headers=headers)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    with fresh_engine("sqlite", tmp_path) as engine:
        yield make_sessions(engine)


@pytest.fixture
def client(sessions: Sessions) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.sessions = sessions
    app.add_exception_handler(MaasError, answer_error)
    app.include_router(operators_router, prefix="/v1")
    app.include_router(council_router, prefix="/v1")
    with TestClient(app, raise_server_exceptions=True) as client:
        yield client


def caller(
    client: TestClient, sessions: Sessions, rights: list[str], operator: str | None
) -> Caller:
    secret, row = new_access_key("staff", rights, SystemClock().now(), operator_id=operator)
    with sessions.begin() as session:
        session.add(row)
    return Caller(client, secret)


@pytest.fixture
def council(client: TestClient, sessions: Sessions) -> Caller:
    return caller(client, sessions, ["council"], None)


@pytest.fixture
def mine(client: TestClient, sessions: Sessions) -> Caller:
    return caller(client, sessions, ["operator"], MINE)


@pytest.fixture
def other(client: TestClient, sessions: Sessions) -> Caller:
    return caller(client, sessions, ["operator"], OTHER)


@pytest.fixture
def nobody(client: TestClient) -> Caller:
    return Caller(client, "")


@pytest.fixture(autouse=True)
def companies(sessions: Sessions) -> None:
    """Two companies, an agreement of both, another of one, and a closed month."""
    with sessions.begin() as session:
        registry = Registry(session, SystemClock())
        for slug in (MINE, OTHER):
            registry.enter(NewCompany(slug, f"見本{slug}"), Because("council", "seed"))
        settlement = SettlementService(session, FrozenClock(datetime(2026, 5, 2, tzinfo=UTC)))
        rides = (Part(Method.RIDES, 10_000),)
        begin = date(2026, 4, 1)
        settlement.sign(
            Agreement("p@1", "p", begin, None, (Party(MINE, 1), Party(OTHER, 1)), rides)
        )
        settlement.sign(Agreement("own@1", "own", begin, None, (Party(OTHER, 1),), rides))
        books = year.Ledger()
        for number in range(3):
            books.sell(
                year.SaleRecord(f"s{number}", "p", "p@1", begin, year.Yen(1_000), year.Yen(0)), 0
            )
        settlement.close(APRIL, books, {}, year.PLATFORM, by="council")


def test_an_operator_reads_its_own_statement_in_every_form(mine: Caller) -> None:
    path = f"/v1/statements/{APRIL}/{MINE}"

    assert mine.get(path).json()["total"] == 1_500
    assert mine.get(f"{path}?format=csv").text.splitlines()[-1].endswith(",1500")
    assert mine.get(f"{path}?format=pdf").content.startswith(b"%PDF")
    checks = mine.post("/v1/statements/verify", mine.get(path).json()).json()
    assert all(check["passed"] for check in checks)


def test_an_operator_sees_nobody_elses_books(mine: Caller) -> None:
    foreign = mine.get(f"/v1/statements/{APRIL}/{OTHER}")

    assert foreign.status_code == 404
    # The same answer as for a statement that does not exist: not even its existence shows.
    assert foreign.json()["code"] == mine.get("/v1/statements/2020-01/bus").json()["code"]
    assert [row["operator"] for row in mine.get("/v1/statements").json()] == [MINE]
    assert [row["id"] for row in mine.get("/v1/agreements").json()] == ["p@1"]


FOREIGN_READS = [
    f"/v1/companies/{OTHER}/steps",
    f"/v1/companies/{OTHER}/contacts",
    f"/v1/companies/{OTHER}/staff",
    f"/v1/statements/{APRIL}/{OTHER}",
    "/v1/periods",
]
PUBLIC = {
    ("GET", "/v1/companies"),
    ("GET", "/v1/companies/{slug}"),
    ("GET", "/v1/participation"),
    ("POST", "/v1/statements/verify"),
    ("GET", "/v1/council/flows/{month}"),
    ("GET", "/v1/council/impact"),
    ("GET", "/v1/council/quality"),
    ("POST", "/v1/invitations/open"),
    ("POST", "/v1/invitations/accept"),
    ("POST", "/v1/sign-in"),
    ("POST", "/v1/sign-in/confirm"),
}
OWN = {
    ("GET", "/v1/statements"),
    ("GET", "/v1/agreements"),
    ("GET", "/v1/companies/{slug}/steps"),
    ("GET", "/v1/companies/{slug}/contacts"),
    ("POST", "/v1/companies/{slug}/contacts"),
    ("DELETE", "/v1/companies/{slug}/contacts/{contact_id}"),
    ("POST", "/v1/companies/{slug}/products"),
    ("GET", "/v1/statements/{period}/{operator}"),
    ("GET", "/v1/companies/{slug}/staff"),
    ("DELETE", "/v1/companies/{slug}/staff/{staff_id}"),
    ("POST", "/v1/sign-out"),
    ("DELETE", "/v1/me"),
    ("POST", "/v1/agreements/try"),
    ("GET", "/v1/council/revenue"),
}
COUNCIL: dict[tuple[str, str], object] = {
    ("GET", "/v1/periods"): None,
    ("GET", "/v1/council/figures"): None,
    ("GET", "/v1/council/report/{month}"): None,
    ("POST", "/v1/council/flows/{month}"): {},
    ("POST", "/v1/companies"): {"slug": "new", "name": "新", "why": "x"},
    ("POST", "/v1/companies/import"): b"prefecture,mode,name,static_url\n",
    ("POST", "/v1/companies/{slug}/steps"): {"to": "invited", "why": "x"},
    ("POST", "/v1/companies/{slug}/agreements"): {
        "title": "x",
        "document": SHA,
        "signed_on": "2026-04-01",
        "valid_from": "2026-04-01",
    },
    ("POST", "/v1/companies/{slug}/feeds"): {"name": "f", "valid_from": "2026-04-01"},
    ("POST", "/v1/agreements"): {},
    ("POST", "/v1/companies/{slug}/invitations"): {"email": "a@example.jp"},
    ("GET", "/v1/companies/{slug}/invitations"): None,
    ("DELETE", "/v1/invitations/{invitation_id}"): None,
}


def paths() -> set[tuple[str, str]]:
    app = FastAPI()
    app.include_router(operators_router, prefix="/v1")
    app.include_router(council_router, prefix="/v1")
    found = set()
    for path, methods in app.openapi()["paths"].items():
        found |= {(method.upper(), path) for method in methods}
    return found


def test_every_endpoint_has_a_rule_here() -> None:
    # A new endpoint must be sorted into one of the three before this passes.
    assert paths() == PUBLIC | OWN | set(COUNCIL)


DRAFT = {
    "id": "p@2",
    "product": "p",
    "valid_from": "2027-04-01",
    "valid_until": None,
    "parties": [{"operator": MINE, "fixed_share": 1}, {"operator": OTHER, "fixed_share": 2}],
    "parts": [{"method": "fixed", "share": 10_000}],
}


def test_an_operator_may_only_try_drafts_to_which_it_is_a_party(
    mine: Caller, client: TestClient, sessions: Sessions
) -> None:
    stranger = caller(client, sessions, ["operator"], "stranger")

    assert mine.post("/v1/agreements/try?period=2026-04", DRAFT).json() == []
    assert stranger.post("/v1/agreements/try?period=2026-04", DRAFT).status_code == 403
    assert mine.post("/v1/agreements/try?period=2026-4", DRAFT).status_code == 422
    assert mine.post("/v1/agreements/try?period=2026-04", {}).json()["code"] == "agreement-invalid"


def test_nobody_may_do_what_needs_a_key(nobody: Caller) -> None:
    values = {"slug": MINE, "period": APRIL, "operator": MINE}
    values |= {"contact_id": str(uuid4()), "staff_id": str(uuid4())}
    for method, path in OWN:
        url = path.format(**values)
        body = CONTACT if "contacts" in path else {"name": "p", "valid_from": "2026-04-01"}
        answer = {
            "GET": lambda url=url: nobody.get(url),
            "DELETE": lambda url=url: nobody.delete(url),
            "POST": lambda url=url, body=body: nobody.post(url, body),
        }[method]()
        assert answer.status_code == 401, (method, path)


@pytest.mark.parametrize("who", ["nobody", "mine"])
def test_what_is_the_councils_stays_the_councils(request: pytest.FixtureRequest, who: str) -> None:
    person = request.getfixturevalue(who)
    for (method, path), body in COUNCIL.items():
        url = path.format(slug=MINE, month=APRIL, invitation_id=uuid4())
        if method in {"GET", "DELETE"}:
            answer = getattr(person, method.lower())(url)
        elif isinstance(body, bytes):
            answer = person.send(url, body)
        else:
            answer = person.post(url, body)
        assert answer.status_code == (401 if who == "nobody" else 403), (method, path)


@pytest.mark.parametrize("path", FOREIGN_READS)
def test_foreign_reads_show_nothing_of_the_other(mine: Caller, path: str) -> None:
    answer = mine.get(path)

    assert answer.status_code in {403, 404}
    assert "1500" not in answer.text


def test_a_contact_of_another_company_cannot_be_touched(mine: Caller, other: Caller) -> None:
    made = other.post(f"/v1/companies/{OTHER}/contacts", CONTACT)
    contact = made.json()["id"]

    assert made.status_code == 201
    assert mine.post(f"/v1/companies/{OTHER}/contacts", CONTACT).status_code == 403
    assert mine.delete(f"/v1/companies/{OTHER}/contacts/{contact}").status_code == 403
    # Nor through the caller's own company's address.
    assert mine.delete(f"/v1/companies/{MINE}/contacts/{contact}").status_code == 204
    assert [row["id"] for row in other.get(f"/v1/companies/{OTHER}/contacts").json()] == [contact]
    assert other.delete(f"/v1/companies/{OTHER}/contacts/{contact}").status_code == 204
    assert other.get(f"/v1/companies/{OTHER}/contacts").json() == []


def test_the_council_takes_a_company_from_candidate_to_counted(
    council: Caller, nobody: Caller
) -> None:
    # No day is given for the steps, so they are today's; the spans are open.
    steps = f"/v1/companies/{MINE}/steps"
    assert council.post(steps, {"to": "invited", "why": "招待"}).status_code == 201
    agreed = {"to": "agreed", "why": "協定", "document": SHA}
    assert council.post(steps, agreed).status_code == 409
    signed = {
        "title": "協定",
        "document": SHA,
        "signed_on": "2026-04-01",
        "valid_from": "2026-04-01",
    }
    assert council.post(f"/v1/companies/{MINE}/agreements", signed).status_code == 201
    assert council.post(steps, agreed).status_code == 201
    assert council.post(steps, {"to": "data-in-test", "why": "データ"}).status_code == 201
    feed = {"name": "bus", "valid_from": "2026-04-01"}
    assert council.post(f"/v1/companies/{MINE}/feeds", feed).status_code == 201
    assert nobody.get("/v1/participation").json()["days"][-1]["total"] == 0
    assert council.post(steps, {"to": "live", "why": "公開"}).status_code == 201

    assert nobody.get("/v1/participation").json()["days"][-1]["total"] == 1
    assert nobody.get("/v1/participation?format=svg").text.startswith("<svg")
    assert nobody.get("/v1/participation?format=csv").text.splitlines()[-1].split(",")[1] == "1"


@pytest.mark.parametrize(
    "query",
    ["first=2030-01-01&last=2029-01-01", "first=1900-01-01", "every=0", "format=exe", "first=x"],
)
def test_a_wrong_span_is_a_clear_error(nobody: Caller, query: str) -> None:
    assert nobody.get(f"/v1/participation?{query}").status_code == 422


def test_broken_bodies_are_clear_errors(council: Caller) -> None:
    assert council.post("/v1/agreements", {"id": "x"}).json()["code"] == "agreement-invalid"
    assert council.send("/v1/companies/import", b"\xff\xfe").status_code == 422
    assert council.send("/v1/companies/import", b"x" * (5 << 20)).status_code == 413
    assert (
        council.post("/v1/companies", {"slug": "A B", "name": "x", "why": "x"}).status_code == 422
    )
    assert council.post("/v1/companies/none/steps", {"to": "left", "why": "x"}).status_code == 404


def test_revenue_by_operator_is_for_the_entitled(council: Caller, mine: Caller) -> None:
    # Three sales of 1,000 yen that nobody used, split by equal fixed shares.
    everybody = council.get("/v1/council/revenue").json()
    own = mine.get(f"/v1/council/revenue?period={APRIL}").json()

    assert {row["operator"]: row["total"] for row in everybody} == {MINE: 1_500, OTHER: 1_500}
    assert own == [{"period": APRIL, "operator": MINE, "total": 1_500}]


def test_flows_are_published_once_by_the_council_and_read_by_everybody(
    council: Caller, nobody: Caller
) -> None:
    assert nobody.get(f"/v1/council/flows/{APRIL}").status_code == 404
    made = council.post(f"/v1/council/flows/{APRIL}", {})
    assert made.status_code == 201, made.text
    assert nobody.get(f"/v1/council/flows/{APRIL}").json() == made.json()
    assert nobody.get(f"/v1/council/flows/{APRIL}?format=csv").text.startswith("\ufeffmonth,from")
    assert council.post("/v1/council/flows/2099-12", {}).status_code == 409
    assert council.post("/v1/council/flows/2026-13", {}).status_code == 422


def test_the_council_reads_figures_and_the_months_report(council: Caller) -> None:
    assert council.get("/v1/council/figures").json()["sales"]["passes"] == 0
    assert council.get("/v1/council/figures?first=2020-01-01").status_code == 422
    assert council.get(f"/v1/council/report/{APRIL}").content.startswith(b"%PDF")
    assert council.get("/v1/council/report/2099-12").status_code == 409


def test_what_was_not_studied_yet_is_said_to_be_so(nobody: Caller) -> None:
    assert nobody.get("/v1/council/quality").json()["code"] == "not-studied"
    assert nobody.get("/v1/council/impact").json()["complete"] is False
