"""Spellings of a name, folded so that what people type meets what operators write."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import jaconv

from maas.core.names import name_key

_KANA: Final = re.compile(r"[ぁ-ゖー]+")
_NOISE: Final = re.compile(r"[^0-9a-z\u3041-\u3096\u3005\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3]+")
_ROMAJI: Final = tuple(
    (letters, re.compile(pattern), by)
    for letters, pattern, by in (
        ("sy", r"sy([auo])", r"sh\1"),
        ("y", r"(?:t|c)y([auo])", r"ch\1"),
        ("y", r"(?:z|j)y([auo])", r"j\1"),
        ("si", r"si", "shi"),
        ("ti", r"ti", "chi"),
        ("tu", r"tu", "tsu"),
        ("hu", r"(?<![sc])hu", "fu"),
        ("i", r"zi|di", "ji"),
        ("du", r"du", "zu"),
        ("dz", r"dzu", "zu"),
        ("tch", r"tch", "cch"),
        ("m", r"m(?=[bpm])", "n"),
        ("o", r"o(?:h(?![aiueoy])|u|o)+", "o"),
        ("uu", r"uu+", "u"),
        ("wo", r"wo", "o"),
    )
)
"""
Kunrei, wapuro and Hepburn spellings and the ways to write a long vowel, made one. The letters say
cheaply whether a pattern can match.
"""
LONGEST: Final = 100
"""Characters of a query that are looked at."""


def _without_accents(text: str) -> str:
    """Return the text with ō as o; kana keep their voicing marks."""
    if text.isascii():
        return text
    letters = []
    for letter in text:
        # Latin letters with accents lie below U+2000; kana and kanji need no look
        plain = unicodedata.normalize("NFD", letter) if letter < "\u2000" else letter
        letters.append(plain[0] if len(plain) > 1 and plain[0].isascii() else letter)
    return "".join(letters)


def fold(text: str) -> str:
    """
    Return the key of a name or a query; empty where nothing can be searched for.

    Kanji as in `name_key`, katakana as hiragana, Latin letters without accents and with one
    spelling for what romaji spells in many ways: Ōita, Ooita and OITA are all `oita`.
    """
    return _fold(text[:LONGEST])


@lru_cache(maxsize=1 << 16)
def _fold(text: str) -> str:
    """Fold a text that is not too long to be kept."""
    plain = jaconv.kata2hira(_without_accents(name_key(text)))
    plain = _NOISE.sub("", plain)
    if any("a" <= letter <= "z" for letter in plain):
        for letters, pattern, by in _ROMAJI:
            if letters in plain:
                plain = pattern.sub(by, plain)
    return plain


def romaji(reading: str) -> str:
    """Return the folded romaji of a reading in kana, empty where it is none."""
    return _romaji(reading[:LONGEST])


@lru_cache(maxsize=1 << 16)
def _romaji(reading: str) -> str:
    """Spell a reading that is not too long to be kept."""
    kana = jaconv.kata2hira(unicodedata.normalize("NFKC", reading)).replace(" ", "")
    if not _KANA.fullmatch(kana):
        return ""
    return fold(jaconv.kana2alphabet(kana))
