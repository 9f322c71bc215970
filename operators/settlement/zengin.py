"""
The transfer file for the bank: 全銀協規定フォーマット, 総合振込, records of 120 bytes.

Layout: header (1), data (2), trailer (8), end (9), each 120 bytes of JIS X 0201 (half-width kana),
lines ended by CR LF. Source: the common record format of the Japanese Bankers Association as
published by banks for 総合振込 (種別コード 21). A name outside the character set is refused:
a bank would reject the whole file.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import jaconv

from maas.core.money import Yen

_ALLOWED: Final = re.compile(r"[0-9A-Z \uff71-\uff9d\uff66\uff9e\uff9f()./,\-\u005c\uff62\uff63]*")
_SMALL: Final = str.maketrans("ァィゥェォッャュョー", "アイウエオツヤユヨ-")
_RECORD: Final = 120


class CannotTransfer(ValueError):
    """A payment that a bank would refuse; the message names the field, in both languages."""


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account."""

    bank: str
    """4 digits."""
    bank_name: str
    branch: str
    """3 digits."""
    branch_name: str
    kind: int
    """1 普通, 2 当座, 4 貯蓄."""
    number: str
    """Up to 7 digits."""
    holder: str
    """Kana; any width."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment."""

    to: Account
    amount: Yen
    reference: str = ""
    """Up to 20 characters that the receiver sees (EDI)."""


def write(
    *, client_code: str, source: Account, pay_on: date, transfers: Sequence[Transfer]
) -> bytes:
    """
    Return the file.

    Raises:
        CannotTransfer: Nothing to pay, an amount that is not positive or has over 10 digits, a
            number of the wrong length, or a name outside the character set.
    """
    if not transfers:
        raise CannotTransfer("振込がありません。 / There is nothing to transfer.")
    rows = [_header(client_code, source, pay_on)]
    rows += [_data(transfer) for transfer in transfers]
    total = sum(transfer.amount for transfer in transfers)
    rows.append(
        "8" + _digits(str(len(transfers)), 6, "件数") + _digits(str(total), 12, "合計") + " " * 101
    )
    rows.append("9" + " " * 119)
    for row in rows:
        assert len(row) == _RECORD, row
    return "".join(row + "\r\n" for row in rows).encode("cp932")


ACCOUNT_COLUMNS: Final = (
    "operator",
    "bank",
    "bank_name",
    "branch",
    "branch_name",
    "kind",
    "number",
    "holder",
)


def read_accounts(text: str) -> dict[str, Account]:
    """
    Read a CSV of bank accounts by operator; the row `platform` is where the money comes from.

    The treasurer keeps this file; the service stores no bank details.

    Raises:
        CannotTransfer: A column is missing, or an operator comes twice; the message names the line.

    """
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in ACCOUNT_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        names = ", ".join(missing)
        raise CannotTransfer(f"列がありません / columns are missing: {names}")
    accounts: dict[str, Account] = {}
    for row in reader:
        values = {name: (row[name] or "").strip() for name in ACCOUNT_COLUMNS}
        operator, kind = values.pop("operator"), values.pop("kind")
        if not operator or operator in accounts or kind not in {"1", "2", "4"}:
            raise CannotTransfer(
                f"{reader.line_num}行目: 事業者が空か重複、または預金種目が 1・2・4 以外です。 / "
                f"line {reader.line_num}: no operator, one twice, or a kind other than 1, 2, 4."
            )
        accounts[operator] = Account(kind=int(kind), **values)
    return accounts


def pay_out(
    totals: Mapping[str, int], accounts: Mapping[str, Account], references: Mapping[str, str]
) -> tuple[list[Transfer], dict[str, int]]:
    """
    Return the transfers of a period, and the statements that are not paid by transfer.

    Nothing is paid for a statement of zero or less: what an operator owes is named, so that the
    treasurer claims it.

    Raises:
        CannotTransfer: An operator is owed money and has no account in the file.

    """
    due = {operator: total for operator, total in sorted(totals.items()) if total > 0}
    homeless = sorted(set(due) - set(accounts))
    if homeless:
        names = ", ".join(homeless)
        raise CannotTransfer(f"口座がありません / no account for: {names}")
    transfers = [
        Transfer(accounts[operator], Yen(total), references[operator])
        for operator, total in due.items()
    ]
    return transfers, {name: total for name, total in sorted(totals.items()) if total <= 0}


def _header(client_code: str, source: Account, pay_on: date) -> str:
    return (
        "1210"
        + _digits(client_code, 10, "委託者コード")
        + _kana(source.holder, 40, "委託者名")
        + f"{pay_on:%m%d}"
        + _digits(source.bank, 4, "銀行番号")
        + _kana(source.bank_name, 15, "銀行名")
        + _digits(source.branch, 3, "支店番号")
        + _kana(source.branch_name, 15, "支店名")
        + _digits(str(source.kind), 1, "預金種目")
        + _digits(source.number, 7, "口座番号")
        + " " * 17
    )


def _data(transfer: Transfer) -> str:
    if transfer.amount <= 0:
        raise CannotTransfer(
            f"振込金額が正ではありません: {transfer.amount} / The amount is not positive."
        )
    account = transfer.to
    return (
        "2"
        + _digits(account.bank, 4, "銀行番号")
        + _kana(account.bank_name, 15, "銀行名")
        + _digits(account.branch, 3, "支店番号")
        + _kana(account.branch_name, 15, "支店名")
        + " " * 4
        + _digits(str(account.kind), 1, "預金種目")
        + _digits(account.number, 7, "口座番号")
        + _kana(account.holder, 30, "受取人名")
        + _digits(str(transfer.amount), 10, "振込金額")
        + "0"
        + _kana(transfer.reference, 20, "EDI")
        + "7"
        + "Y"
        + " " * 7
    )


def _digits(text: str, width: int, name: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= width):
        raise CannotTransfer(
            f"{name}: {width}桁の数字ではありません / not {width} digits: {text!r}"
        )
    return text.zfill(width)


def _kana(text: str, width: int, name: str) -> str:
    """Return half-width kana in capitals, padded; a name too long is cut as banks do."""
    wide = jaconv.h2z(jaconv.hira2kata(text), kana=True, ascii=False, digit=False)
    plain = jaconv.z2h(wide.translate(_SMALL), kana=True, ascii=True, digit=True).upper()
    if not _ALLOWED.fullmatch(plain):
        raise CannotTransfer(f"{name}: カナで記入してください / write it in kana: {text!r}")
    return str(plain[:width]).ljust(width)
