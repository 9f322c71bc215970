import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import base45
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey
from PIL import Image

from tests.ticketing import vectors
from tests.ticketing.vectors import BASE, ISSUER, KEYS, LISTS, LIVE, NOW, PHONE, ROOT
from ticketing.tickets.keys import (
    KeyListRefused,
    KeySet,
    RevocationList,
    Sealed,
    open_keys,
    open_revocations,
    seal_keys,
    seal_revocations,
)
from ticketing.tickets.payload import RiderCategory, TicketBody, pack, unpack
from ticketing.tickets.signing import OpenedTicket, Refusal, open_ticket

STATIC_TEXT = vectors.ticket(BASE)
LIVE_TEXT = vectors.live()

bodies = st.builds(
    TicketBody,
    kind=st.just(0x11),
    key_id=st.integers(0, 255),
    product=st.integers(0, 65_535),
    product_version=st.integers(0, 255),
    valid_from=st.integers(0, 2**31).map(
        lambda minute: datetime.fromtimestamp(minute * 60 % 2**31, UTC).replace(second=0)
    ),
    valid_until=st.just(NOW),
    category=st.sampled_from(RiderCategory),
    riders=st.integers(1, 255),
    serial=st.binary(min_size=12, max_size=12),
).map(lambda body: replace(body, valid_until=body.valid_from + timedelta(minutes=1 + body.product)))


@given(bodies)
def test_what_was_packed_is_what_is_read(body: TicketBody) -> None:
    assert unpack(pack(body)) == body


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    body = unpack(data)

    assert body is None or pack(body) == data


@pytest.mark.parametrize(
    ("text", "size", "version"),
    [(STATIC_TEXT, 90, 6), (LIVE_TEXT, 190, 10)],
    ids=["static", "live"],
)
def test_codes_stay_small_enough_for_a_cheap_camera(text: str, size: int, version: int) -> None:
    code = segno.make(text, error="m", boost_error=False, micro=False)

    assert len(base45.b45decode(text[4:])) <= size
    assert code.mode == "alphanumeric"
    assert int(code.version) <= version


@pytest.mark.parametrize("level", ["m", "q"])
@pytest.mark.parametrize("text", [STATIC_TEXT, LIVE_TEXT], ids=["static", "live"])
def test_a_drawn_code_is_read_back(text: str, level: str) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    drawn = io.BytesIO()
    segno.make(text, error=level, boost_error=False, micro=False).save(drawn, kind="png", scale=4)

    found = zxingcpp.read_barcodes(Image.open(drawn))

    assert [code.text for code in found] == [text]


def decoded(text: str) -> bytes:
    return bytes(base45.b45decode(text[4:]))


@pytest.mark.parametrize("text", [STATIC_TEXT, LIVE_TEXT], ids=["static", "live"])
def test_every_single_flipped_bit_is_refused(text: str) -> None:
    data = decoded(text)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        opened = open_ticket("KQ1:" + base45.b45encode(bytes(flipped)).decode(), KEYS, NOW)
        assert isinstance(opened, Refusal), bit


def test_the_unharmed_code_is_opened() -> None:
    # The control of the test above: the refusals come from the flips.
    assert isinstance(open_ticket(STATIC_TEXT, KEYS, NOW), OpenedTicket)
    assert isinstance(open_ticket(LIVE_TEXT, KEYS, NOW), OpenedTicket)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=420),
        st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:").map(lambda tail: "KQ1:" + tail),
    )
)
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(open_ticket(text, KEYS, NOW), Refusal)


def test_a_ticket_names_its_issuers_key() -> None:
    with pytest.raises(ValueError, match="another key"):
        vectors.TicketIssuer(8, ISSUER).issue(BASE)


@pytest.mark.parametrize(
    "broken",
    [
        replace(BASE, riders=0),
        replace(BASE, serial=b"short"),
        replace(BASE, valid_until=BASE.valid_from),
        replace(BASE, valid_from=NOW + timedelta(seconds=1)),
        replace(BASE, device_key=bytes(32)),
        replace(LIVE, device_key=b""),
    ],
)
def test_a_ticket_that_breaks_the_format_is_not_signed(broken: TicketBody) -> None:
    with pytest.raises(ValueError, match=r".+"):
        vectors.ticket(broken)


def test_a_key_set_of_a_stranger_is_refused() -> None:
    with pytest.raises(KeyListRefused):
        open_keys(seal_keys(KEYS, SigningKey(b"x" * 32)), bytes(ROOT.verify_key))


def test_an_older_key_set_does_not_replace_a_newer_one() -> None:
    sealed = seal_keys(KEYS, ROOT)
    root = bytes(ROOT.verify_key)

    assert open_keys(sealed, root, newer_than=3).version == 3
    with pytest.raises(KeyListRefused):
        open_keys(sealed, root, newer_than=4)


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_any_sealed_bytes_are_refused(payload: bytes, signature: bytes) -> None:
    with pytest.raises(KeyListRefused):
        open_keys(Sealed(payload, signature), bytes(ROOT.verify_key))


def open_list(serials: list[bytes], *, keys: KeySet = KEYS, version: int = 1) -> RevocationList:
    sealed = seal_revocations(
        serials, version=version, issued=NOW, not_after=NOW + timedelta(days=7), key=LISTS
    )
    return open_revocations(Sealed.from_json(sealed.to_json()), keys, NOW)


@given(
    st.lists(st.binary(min_size=12, max_size=12), max_size=50), st.binary(min_size=12, max_size=12)
)
def test_a_list_revokes_exactly_its_serials(serials: list[bytes], other: bytes) -> None:
    revoked = open_list(serials)

    assert all(revoked.revokes(serial) for serial in serials)
    assert revoked.revokes(other) == (other in serials)


def test_a_list_that_is_older_or_from_the_future_is_refused() -> None:
    def read(issued: datetime, newer_than: int) -> RevocationList:
        sealed = seal_revocations(
            [], version=7, issued=issued, not_after=NOW + timedelta(days=8), key=LISTS
        )
        return open_revocations(sealed, KEYS, NOW, newer_than=newer_than)

    assert read(NOW, 7).version == 7
    with pytest.raises(KeyListRefused, match="older"):
        read(NOW, 8)
    # A clock that is a little ahead is usual; a day ahead would be the newest list for a day.
    assert read(NOW + timedelta(minutes=10), 0).version == 7
    with pytest.raises(KeyListRefused, match="future"):
        read(NOW + timedelta(days=1), 0)


def test_a_ticket_key_signs_no_list() -> None:
    sealed = seal_revocations(
        [], version=1, issued=NOW, not_after=NOW + timedelta(days=1), key=ISSUER
    )
    with pytest.raises(KeyListRefused):
        open_revocations(sealed, KEYS, NOW)


def test_a_phone_shows_a_new_code_every_second() -> None:
    first = vectors.live(shown=NOW)
    second = vectors.live(shown=NOW + timedelta(seconds=1), phone=PHONE)

    assert first != second
