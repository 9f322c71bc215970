from datetime import date

import pytest

from maas.core.money import Yen
from operators.settlement.zengin import (
    Account,
    CannotTransfer,
    Transfer,
    pay_out,
    read_accounts,
    write,
)

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


ACCOUNTS = (
    "operator,bank,bank_name,branch,branch_name,kind,number,holder\n"
    "platform,0001,見本,001,本店,1,1234567,キヨウギカイ\n"
    "bus,0002,ミホン,002,ホンテン,2,7654321,ミホンバス\n"
)


def test_only_what_is_owed_is_paid_and_the_rest_is_named() -> None:
    accounts = read_accounts(ACCOUNTS)

    transfers, unpaid = pay_out(
        {"bus": 600, "rail": -50, "ferry": 0}, accounts, {"bus": "2026-12 bus"}
    )

    assert [(row.to.number, row.amount) for row in transfers] == [("7654321", 600)]
    assert unpaid == {"ferry": 0, "rail": -50}


def test_an_operator_without_an_account_is_named_before_anything_is_written() -> None:
    with pytest.raises(CannotTransfer, match="rail"):
        pay_out({"bus": 600, "rail": 1}, read_accounts(ACCOUNTS), {"bus": "", "rail": ""})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "operator,bank\nbus,1\n",
        ACCOUNTS + "bus,0002,ミホン,002,ホンテン,2,7654321,ミホンバス\n",
        ACCOUNTS.replace(",2,7654321", ",9,7654321"),
        ACCOUNTS + ",0002,ミホン,002,ホンテン,2,7654321,ミホンバス\n",
    ],
)
def test_a_table_of_accounts_that_is_not_right_is_refused(text: str) -> None:
    with pytest.raises(CannotTransfer):
        read_accounts(text)
