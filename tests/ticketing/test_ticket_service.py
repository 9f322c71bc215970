"""From a paid order to a code on a phone, its loss, its companion, and its inspection."""

import base64
from datetime import datetime, timedelta
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import delete, func, select
from starlette.testclient import TestClient

from maas.core.clock import FrozenClock
from maas.db.session import Sessions
from tests.ticketing.holders import BUS_PASS, MORNING, SAMPLES, Device, Phone, Shop, place_of
from ticketing.inspection.coverage import open_rules
from ticketing.inspection.inspect import ReaderState, inspect
from ticketing.products.definition import Definition
from ticketing.products.service import ProductService
from ticketing.tickets.issued import RevokedSerial
from ticketing.tickets.keyring import KeyringInvalid, keyring_from
from ticketing.tickets.keys import KeyListRefused, Sealed, open_keys, open_revocations
from ticketing.tickets.signing import present


@pytest.fixture
def shop(sessions: Sessions, clock: FrozenClock) -> Shop:
    return Shop(sessions, clock)


def offline_reader(client: TestClient, clock: FrozenClock) -> ReaderState:
    """What an inspector's device downloads in the morning."""
    told = client.get("/v1/keys").json()
    keys = open_keys(Sealed.from_json(told["keys"]), base64.b64decode(told["root"]))
    return ReaderState(
        keys=keys,
        revoked=open_revocations(Sealed.from_json(told["revocations"]), keys, clock.now()),
        rules=open_rules(Sealed.from_json(told["rules"]), keys, clock.now()),
        seen={},
        clock_checked=clock.now(),
        test=told["test"],
    )


def test_a_pass_is_activated_shown_and_found_valid_without_a_network(
    client: TestClient, clock: FrozenClock, shop: Shop
) -> None:
    _, (ticket,), secret = shop.sell(BUS_PASS)
    phone = Phone(client, secret)
    signed = phone.activate(ticket).json()["signed"]
    reader = offline_reader(client, clock)

    live = present(signed["text"], phone.key, clock.now())

    assert inspect(live, clock.now(), place_of(BUS_PASS), reader).reason == "valid"
    # The phone keeps showing it through the third service day, and not after.
    last = datetime.fromisoformat(signed["valid_until"])
    assert last > MORNING + timedelta(days=2)
    late = present(signed["text"], phone.key, last)
    assert inspect(late, last, place_of(BUS_PASS), reader).light.value == "red"


def test_before_activation_there_is_no_code(client: TestClient, shop: Shop) -> None:
    order, (ticket,), secret = shop.sell(BUS_PASS)

    (shown,) = Phone(client, secret).get(f"/v1/tickets?order={order}").json()

    assert (shown["id"], shown["status"], shown["signed"]) == (ticket, "issued", None)


def test_activating_twice_is_once_and_another_phone_is_refused(
    client: TestClient, shop: Shop
) -> None:
    _, (ticket,), secret = shop.sell(BUS_PASS)
    phone, other = Phone(client, secret), Phone(client, secret)

    first, again = phone.activate(ticket).json(), phone.activate(ticket).json()

    assert first["signed"] == again["signed"]
    assert other.activate(ticket).json()["code"] == "ticket-bound"


@pytest.mark.parametrize("key", ["", "AAAA", "A" * 43 + "=", "!" * 44])
def test_what_is_no_key_is_refused(client: TestClient, shop: Shop, key: str) -> None:
    _, (ticket,), secret = shop.sell(BUS_PASS)

    # 32 zero bytes are a point of small order: a signature that anybody can make would hold.
    answer = Phone(client, secret).post(f"/v1/tickets/{ticket}/activate", {"device_key": key})

    assert answer.status_code == 422


def test_a_stranger_cannot_tell_a_ticket_from_nothing(client: TestClient, shop: Shop) -> None:
    _, (ticket,), _ = shop.sell(BUS_PASS)
    stranger = Phone(client, "os_not-the-secret")

    for path in (f"/v1/tickets/{ticket}", f"/v1/tickets/{uuid4()}"):
        assert stranger.get(path).json()["code"] == "ticket-not-found"
    assert stranger.activate(ticket).status_code == 404


def test_paper_is_static_and_asks_for_the_holders_name(
    client: TestClient, clock: FrozenClock, shop: Shop
) -> None:
    _, (ticket,), secret = shop.sell(BUS_PASS)
    phone = Phone(client, secret)
    assert phone.get(f"/v1/tickets/{ticket}/code.png").status_code == 409
    signed = phone.post(f"/v1/tickets/{ticket}/activate", {}).json()["signed"]

    verdict = inspect(
        signed["text"], clock.now(), place_of(BUS_PASS), offline_reader(client, clock)
    )

    assert verdict.reason == "valid-check-identity"
    assert phone.get(f"/v1/tickets/{ticket}/code.png").content.startswith(b"\x89PNG")
    assert phone.get(f"/v1/tickets/{ticket}/code.svg").text.startswith("<svg")
    sheet = phone.get(f"/v1/tickets/{ticket}/paper.pdf").content
    assert code_on(sheet) == signed["text"]
    assert sheet == phone.get(f"/v1/tickets/{ticket}/paper.pdf").content


def code_on(sheet: bytes) -> str:
    """What a camera reads off the printed sheet."""
    document = pypdfium2.PdfDocument(sheet)
    try:
        picture = document[0].render(scale=3).to_numpy()
    finally:
        document.close()
    return zxingcpp.read_barcode(picture).text


def test_a_live_tickets_picture_is_not_drawn_by_the_server(client: TestClient, shop: Shop) -> None:
    _, (ticket,), secret = shop.sell(BUS_PASS)
    phone = Phone(client, secret)
    phone.activate(ticket)

    assert phone.get(f"/v1/tickets/{ticket}/code.png").status_code == 409


def test_a_refunded_ticket_is_red_as_soon_as_the_list_is_new(
    client: TestClient, clock: FrozenClock, shop: Shop
) -> None:
    _, (ticket,), secret = shop.sell(BUS_PASS)
    phone = Phone(client, secret)
    text = phone.activate(ticket).json()["signed"]["text"]
    before = offline_reader(client, clock)
    shop.end(ticket)
    live = present(text, phone.key, clock.now())

    # Offline, a reader knows only what it was told: that is said in the format's page.
    assert inspect(live, clock.now(), place_of(BUS_PASS), before).reason == "valid"
    after = offline_reader(client, clock)
    assert inspect(live, clock.now(), place_of(BUS_PASS), after).reason == "revoked"
    assert phone.activate(ticket).json()["code"] == "ticket-ended"


def lists_of(client: TestClient) -> tuple[Sealed, Sealed]:
    told = client.get("/v1/keys").json()
    return Sealed.from_json(told["revocations"]), Sealed.from_json(told["rules"])


def test_what_a_restored_server_signs_is_newer_than_all_that_it_signed_before(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    for _ in range(3):
        _, (ticket,), secret = shop.sell(BUS_PASS)
        Phone(client, secret).activate(ticket)
        shop.end(ticket)
    reader = offline_reader(client, clock)
    revoked, rules = lists_of(client)
    keys, held, known = reader.keys, reader.revoked.version, reader.rules.version

    # The backup is from before: fewer rows than the readers have seen.
    with sessions.begin() as session:
        session.execute(delete(RevokedSerial))
        assert session.scalar(select(func.count()).select_from(RevokedSerial)) == 0
    clock.move(timedelta(seconds=1))
    restored, rules_again = lists_of(client)

    at = clock.now()
    assert open_revocations(restored, keys, at, newer_than=held).hashes == ()
    assert open_rules(rules_again, keys, at, newer_than=known).version > known
    # The check itself still stands: what was signed before does not come back.
    newest = open_revocations(restored, keys, at).version
    with pytest.raises(KeyListRefused, match="older"):
        open_revocations(revoked, keys, at, newer_than=newest)
    with pytest.raises(KeyListRefused, match="older"):
        open_rules(rules, keys, at, newer_than=open_rules(rules_again, keys, at).version)


def with_rule(**changes: object) -> Definition:
    return BUS_PASS.model_copy(
        update={"id": "sample-rule-" + "-".join(sorted(changes)), "number": 900, **changes}
    )


def test_a_lost_phone_is_replaced_only_as_the_product_says(
    client: TestClient, clock: FrozenClock, shop: Shop
) -> None:
    loss = type(BUS_PASS.loss)
    _, (never,), secret = shop.sell(with_rule(loss=loss(reissue="none")))
    old, new = Phone(client, secret), Phone(client, secret)
    old.activate(never)
    answer = new.post(f"/v1/tickets/{never}/reissue", {"device_key": new.public})
    assert answer.json()["code"] == "ticket-not-reissued"

    free_rule = with_rule(loss=loss(reissue="free")).model_copy(
        update={"id": "sample-free", "number": 901}
    )
    _, (free,), secret = shop.sell(free_rule)
    old, new = Phone(client, secret), Phone(client, secret)
    old_text = old.activate(free).json()["signed"]["text"]
    new_text = new.post(f"/v1/tickets/{free}/reissue", {"device_key": new.public}).json()["signed"][
        "text"
    ]
    reader = offline_reader(client, clock)
    place = place_of(BUS_PASS)
    assert (
        inspect(present(old_text, old.key, clock.now()), clock.now(), place, reader).reason
        == "revoked"
    )
    assert (
        inspect(present(new_text, new.key, clock.now()), clock.now(), place, reader).reason
        == "valid"
    )


def test_a_companion_takes_a_ticket_once(client: TestClient, shop: Shop) -> None:
    transfer = type(BUS_PASS.transfer)
    order, (mine, yours), secret = shop.sell(with_rule(transfer=transfer(allowed=True)), adult=2)
    buyer = Phone(client, secret)
    code = buyer.post(f"/v1/tickets/{yours}/handover", {}).json()["code"]

    taken = buyer.post("/v1/tickets/take", {"code": code}).json()
    companion = Phone(client, taken["secret"])

    assert companion.activate(yours).status_code == 200
    assert buyer.get(f"/v1/tickets/{yours}").status_code == 404
    assert [row["id"] for row in buyer.get(f"/v1/tickets?order={order}").json()] == [mine]
    assert companion.get(f"/v1/tickets/{mine}").status_code == 404
    assert buyer.post("/v1/tickets/take", {"code": code}).json()["code"] == "handover-invalid"


def test_a_code_that_was_called_back_or_is_too_old_takes_nothing(
    client: TestClient, clock: FrozenClock, shop: Shop
) -> None:
    transfer = type(BUS_PASS.transfer)
    _, (ticket,), secret = shop.sell(with_rule(transfer=transfer(allowed=True)))
    buyer = Phone(client, secret)
    first = buyer.post(f"/v1/tickets/{ticket}/handover", {}).json()["code"]
    second = buyer.post(f"/v1/tickets/{ticket}/handover", {}).json()["code"]

    assert buyer.post("/v1/tickets/take", {"code": first}).status_code == 410
    clock.move(timedelta(hours=24))
    assert buyer.post("/v1/tickets/take", {"code": second}).status_code == 410


def test_a_personal_product_is_not_given_away(client: TestClient, shop: Shop) -> None:
    transfer = type(BUS_PASS.transfer)
    _, (ticket,), secret = shop.sell(with_rule(transfer=transfer(allowed=False)))

    answer = Phone(client, secret).post(f"/v1/tickets/{ticket}/handover", {})

    assert answer.json()["code"] == "ticket-not-transferable"


def shown_pass(client: TestClient, clock: FrozenClock, shop: Shop) -> tuple[str, str]:
    _, (ticket,), secret = shop.sell(BUS_PASS)
    phone = Phone(client, secret)
    return ticket, present(phone.activate(ticket).json()["signed"]["text"], phone.key, clock.now())


def test_a_scan_is_judged_online_and_kept_once(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    _, live = shown_pass(client, clock, shop)
    device = Device(client, sessions, place_of(BUS_PASS).operator)
    scan = device.scan(live, clock.now())

    first, again = device.post("/v1/inspections", scan), device.post("/v1/inspections", scan)

    assert first.json()["reason"] == again.json()["reason"] == "valid"
    assert first.json()["ja"] == "有効です。"
    # Another scan of the same ticket on this device a moment later is called out.
    assert (
        device.post("/v1/inspections", device.scan(live, clock.now())).json()["reason"]
        == "seen-again"
    )


def test_a_green_that_should_have_been_red_is_kept_as_it_happened(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    ticket, live = shown_pass(client, clock, shop)
    shop.end(ticket)
    operator = place_of(BUS_PASS).operator
    device = Device(client, sessions, operator, "inspect", "inspect:cases")
    offline = device.scan(live, clock.now(), verdict="valid")

    (kept,) = device.post("/v1/inspections/batch", {"scans": [offline]}).json()

    assert kept["verdict"]["reason"] == "revoked"
    (case,) = client.get("/v1/inspections/cases", headers=device.headers).json()
    assert case["kind"] == "accepted-revoked"
    closed = device.post(f"/v1/inspections/cases/{case['id']}/close", {"outcome": "list was old"})
    assert closed.json() == {"closed": True}
    assert client.get("/v1/inspections/cases", headers=device.headers).json() == []


def test_one_pass_in_two_places_at_once_becomes_a_case_for_both(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    _, live = shown_pass(client, clock, shop)
    operators = BUS_PASS.area.covers[0].operators[:2] or ("a", "b")
    devices = [Device(client, sessions, name, "inspect", "inspect:cases") for name in operators]
    stranger = Device(client, sessions, "elsewhere", "inspect:cases")
    for device in devices:
        scan = device.scan(live, clock.now(), verdict="valid")
        assert device.post("/v1/inspections/batch", {"scans": [scan]}).status_code == 200

    for device in devices:
        (case,) = client.get("/v1/inspections/cases", headers=device.headers).json()
        assert case["kind"] == "two-places"
    assert client.get("/v1/inspections/cases", headers=stranger.headers).json() == []


def test_one_impossible_scan_does_not_stop_the_others(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    _, live = shown_pass(client, clock, shop)
    device = Device(client, sessions, place_of(BUS_PASS).operator)
    scans = [
        device.scan(live, clock.now() + timedelta(days=1), verdict="valid"),
        device.scan(live, clock.now(), verdict="no-such-verdict"),
        device.scan(live, clock.now(), verdict="valid"),
        device.scan("\x00 rubbish", clock.now(), verdict="not-a-ticket"),
        device.scan("\ud83d", clock.now(), verdict="not-a-ticket"),  # half of an emoji
    ]

    kept = device.post("/v1/inspections/batch", {"scans": scans}).json()

    assert [bool(row["refused"]) for row in kept] == [True, True, False, False, False]


@pytest.mark.parametrize("where", [{"nonce": "\x00" * 8}, {"place": {"route": "\x00"}}])
def test_what_is_kept_of_a_scan_has_no_nul(
    client: TestClient, clock: FrozenClock, sessions: Sessions, where: dict[str, object]
) -> None:
    device = Device(client, sessions, "gate")
    scan = device.scan("rubbish", clock.now()) | where

    assert device.post("/v1/inspections", scan).status_code == 422


def test_only_a_reader_of_an_operator_may_inspect(client: TestClient, sessions: Sessions) -> None:
    scan = Device(client, sessions, "x").scan("KQ1:", MORNING)

    assert (
        client.post(
            "/v1/inspections", json=scan, headers={"idempotency-key": uuid4().hex}
        ).status_code
        == 401
    )
    assert (
        Device(client, sessions, "y", "orders:read").post("/v1/inspections", scan).status_code
        == 403
    )


def test_every_sample_product_is_in_the_rule_book(
    client: TestClient, shop: Shop, clock: FrozenClock
) -> None:
    with shop.sessions.begin() as session:
        for definition in SAMPLES.values():
            ProductService(session, clock).publish(definition)

    reader = offline_reader(client, clock)

    for definition in SAMPLES.values():
        rules = reader.rules.find(definition.number, definition.version)
        assert rules is not None
        assert rules.allows(place_of(definition))


def test_keys_come_from_the_environment_or_are_the_demos() -> None:
    assert keyring_from({}).demo
    with pytest.raises(KeyringInvalid, match="MAAS_TICKET_ROOT"):
        keyring_from({"MAAS_TICKET_ISSUER_KEY": base64.b64encode(bytes(32)).decode()})
    broken = dict.fromkeys(
        (
            "MAAS_TICKET_ISSUER_KEY",
            "MAAS_TICKET_LIST_KEY",
            "MAAS_TICKET_KEY_SET",
            "MAAS_TICKET_ROOT",
        ),
        "x",
    )
    with pytest.raises(KeyringInvalid, match="broken"):
        keyring_from(broken)


def test_a_nonce_that_comes_again_with_another_code_is_refused(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    _, live = shown_pass(client, clock, shop)
    device = Device(client, sessions, place_of(BUS_PASS).operator)
    good = device.scan(live, clock.now())
    device.post("/v1/inspections", good)

    forged = good | {"text": live[:-1] + ("0" if live[-1] != "0" else "1")}

    assert device.post("/v1/inspections", forged).json()["code"] == "nonce-reused"
    (kept,) = device.post("/v1/inspections/batch", {"scans": [forged]}).json()
    assert kept["refused"]
    assert kept["verdict"] is None


def test_a_scan_from_before_the_ticket_was_taken_back_was_right(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    ticket, live = shown_pass(client, clock, shop)
    device = Device(client, sessions, place_of(BUS_PASS).operator, "inspect", "inspect:cases")
    scan = device.scan(live, clock.now(), verdict="valid")
    clock.move(timedelta(hours=2))
    shop.end(ticket)

    (kept,) = device.post("/v1/inspections/batch", {"scans": [scan]}).json()

    assert kept["verdict"]["reason"] == "valid"
    assert client.get("/v1/inspections/cases", headers=device.headers).json() == []


def test_a_pass_of_any_three_days_is_refused_on_the_fourth_that_somebody_scanned(
    client: TestClient, clock: FrozenClock, shop: Shop, sessions: Sessions
) -> None:
    three_days = SAMPLES["sample-rail-3-any-days"]
    place = place_of(three_days)
    _, (ticket,), secret = shop.sell(three_days)
    phone = Phone(client, secret)
    signed = phone.activate(ticket).json()["signed"]["text"]
    devices = [Device(client, sessions, place.operator)]

    def scanned() -> str:
        facts = {"route": place.route, "mode": place.mode, "vehicle_class": place.vehicle_class}
        live = present(signed, phone.key, clock.now())
        scan = devices[0].scan(live, clock.now()) | {"place": facts}
        return devices[0].post("/v1/inspections", scan).json()["reason"]

    reasons = []
    for _ in range(4):
        reasons.append(scanned())
        clock.move(timedelta(days=7))

    assert reasons == ["valid", "valid", "valid", "days-used-up"]
