"""
The identity of a company: its 法人番号 (corporate number) and its invoice registration.

Check digit after 行政手続における特定の個人を識別するための番号の利用等に関する法律 施行規則
(法人番号の検査用数字): for the 12 digits P12 … P1 (from the left), with weight 1 on odd and 2 on
even positions counted from the right, 9 - (sum mod 9) is the first digit.
"""

import re
import unicodedata
from typing import NewType

CorporateNumber = NewType("CorporateNumber", str)
"""13 digits whose first is right."""


class NotACorporateNumber(ValueError):
    """Not 13 digits, or the check digit is wrong; the message says which, in both languages."""


def check_digit(twelve: str) -> int:
    """Return the digit that stands before these twelve."""
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(twelve)))
    return 9 - total % 9


def corporate_number(text: str) -> CorporateNumber:
    """
    Return the number of a text that may have blanks, hyphens or full-width digits.

    Raises:
        NotACorporateNumber: It is not one.

    """
    digits = re.sub(r"[\s\-‐−ー]", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(r"[0-9]{13}", digits):
        raise NotACorporateNumber("法人番号は13桁の数字です。 / A corporate number has 13 digits.")
    if int(digits[0]) != check_digit(digits[1:]):
        raise NotACorporateNumber(
            "法人番号の検査用数字が合いません。 / The check digit of the corporate number is wrong."
        )
    return CorporateNumber(digits)


def registration_number(text: str) -> str:
    """
    Return `T` and 13 digits (適格請求書発行事業者の登録番号).

    A company's is T and its corporate number; a person's 13 digits carry no check digit that
    is published, so only the form is checked.

    Raises:
        NotACorporateNumber: It does not have the form.

    """
    plain = unicodedata.normalize("NFKC", text).strip().upper().replace("-", "")
    if not re.fullmatch(r"T[0-9]{13}", plain):
        raise NotACorporateNumber(
            "登録番号は T と13桁の数字です。 / A registration number is T and 13 digits."
        )
    return plain
