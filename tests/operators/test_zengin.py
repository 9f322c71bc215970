from datetime import date

import pytest

from maas.core.money import Yen
from operators.settlement.zengin import Account, CannotTransfer, Transfer, write

PLATFORM = Account(
    "0177", "ﾌｸｵｶ", "100", "ホンテン", 1, "1234567", "キユウシユウマースキヨウギカイ"
)
FERRY = Account("0185", "カゴシマ", "012", "みなと", 2, "76543", "みほんきせん（カ")


def records(data: bytes) -> list[str]:
    return data.decode("cp932").split("\r\n")[:-1]


def test_every_record_is_120_bytes_and_the_trailer_adds_up() -> None:
    data = write(
        client_code="123",
        source=PLATFORM,
        pay_on=date(2027, 1, 29),
        transfers=[Transfer(FERRY, Yen(1_234_567), "2026-12"), Transfer(FERRY, Yen(1))],
    )

    rows = records(data)
    # Half-width kana are one byte each in the bank's character set.
    assert [len(row.encode("cp932")) for row in rows] == [120] * 5
    assert [row[0] for row in rows] == ["1", "2", "2", "8", "9"]
    assert rows[0][4:14] == "0000000123"
    assert rows[0][54:58] == "0129"
    assert rows[1][80:90] == "0001234567"
    assert rows[1][50:80].rstrip() == "ﾐﾎﾝｷｾﾝ(ｶ"
    assert rows[3][1:19] == "000002" + "000001234568"


@pytest.mark.parametrize(
    "transfer",
    [
        Transfer(FERRY, Yen(0)),
        Transfer(FERRY, Yen(-5)),
        Transfer(FERRY, Yen(10**10)),
        Transfer(Account("01", "x", "1", "x", 1, "12345678", "ア"), Yen(5)),
        Transfer(Account("0185", "カゴシマ", "012", "ミナト", 1, "1", "見本汽船"), Yen(5)),
    ],
)
def test_what_a_bank_would_refuse_is_refused_before(transfer: Transfer) -> None:
    with pytest.raises(CannotTransfer):
        write(client_code="1", source=PLATFORM, pay_on=date(2027, 1, 29), transfers=[transfer])


def test_nothing_to_pay_is_no_file() -> None:
    with pytest.raises(CannotTransfer):
        write(client_code="1", source=PLATFORM, pay_on=date(2027, 1, 29), transfers=[])
