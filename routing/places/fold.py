"""Spellings of a name, folded so that what people type meets what operators write."""

import re
import unicodedata
from typing import Final

import jaconv

from maas.core.names import name_key

_KANA: Final = re.compile(r"[ぁ-ゖー]+")
_NOISE: Final = re.compile(r"[^0-9a-z\u3041-\u3096\u3005\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3]+")
_ROMAJI: Final = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"sy([auo])", r"sh\1"),
        (r"(?:t|c)y([auo])", r"ch\1"),
        (r"(?:z|j)y([auo])", r"j\1"),
        (r"si", "shi"),
        (r"ti", "chi"),
        (r"tu", "tsu"),
        (r"(?<![sc])hu", "fu"),
        (r"zi|di", "ji"),
        (r"dzu|du", "zu"),
        (r"tch", "cch"),
        (r"m(?=[bpm])", "n"),
        (r"o(?:h(?![aiueoy])|u|o)+", "o"),
        (r"uu+", "u"),
        (r"wo", "o"),
    )
)
"""Kunrei, wapuro and Hepburn spellings and the ways to write a long vowel, made one."""
LONGEST: Final = 100
"""Characters of a query that are looked at."""


def _without_accents(text: str) -> str:
    """Return the text with ō as o; kana keep their voicing marks."""
    letters = []
    for letter in text:
        plain = unicodedata.normalize("NFD", letter)
        letters.append(plain[0] if len(plain) > 1 and plain[0].isascii() else letter)
    return "".join(letters)


def fold(text: str) -> str:
    """
    Return the key of a name or a query; empty where nothing can be searched for.

    Kanji as in `name_key`, katakana as hiragana, Latin letters without accents and with one
    spelling for what romaji spells in many ways: Ōita, Ooita and OITA are all `oita`.
    """
    plain = jaconv.kata2hira(_without_accents(name_key(text[:LONGEST])))
    plain = _NOISE.sub("", plain)
    if any("a" <= letter <= "z" for letter in plain):
        for pattern, by in _ROMAJI:
            plain = pattern.sub(by, plain)
    return plain


def romaji(reading: str) -> str:
    """Return the folded romaji of a reading in kana, empty where it is none."""
    kana = jaconv.kata2hira(unicodedata.normalize("NFKC", reading)).replace(" ", "")
    if not _KANA.fullmatch(kana):
        return ""
    return fold(jaconv.kana2alphabet(kana))
