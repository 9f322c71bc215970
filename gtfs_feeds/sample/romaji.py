"""Hepburn spelling of a reading, as the station signs of Kyushu write it without macrons."""

from functools import cache
from importlib.resources import files
from typing import Final

_SYLLABLES: Final = {
    "きゃ": "kya", "きゅ": "kyu", "きょ": "kyo", "しゃ": "sha", "しゅ": "shu", "しょ": "sho",
    "ちゃ": "cha", "ちゅ": "chu", "ちょ": "cho", "にゃ": "nya", "にゅ": "nyu", "にょ": "nyo",
    "ひゃ": "hya", "ひゅ": "hyu", "ひょ": "hyo", "みゃ": "mya", "みゅ": "myu", "みょ": "myo",
    "りゃ": "rya", "りゅ": "ryu", "りょ": "ryo", "ぎゃ": "gya", "ぎゅ": "gyu", "ぎょ": "gyo",
    "じゃ": "ja", "じゅ": "ju", "じょ": "jo", "びゃ": "bya", "びゅ": "byu", "びょ": "byo",
    "ぴゃ": "pya", "ぴゅ": "pyu", "ぴょ": "pyo", "ふぁ": "fa", "ふぃ": "fi", "ふぇ": "fe",
    "ふぉ": "fo", "てぃ": "ti", "でぃ": "di", "うぃ": "wi", "うぇ": "we", "しぇ": "she",
    "ちぇ": "che", "じぇ": "je", "でゅ": "du", "とぅ": "tu", "ゔぁ": "va", "ゔぃ": "vi",
    "あ": "a", "い": "i", "う": "u", "え": "e", "お": "o",
    "か": "ka", "き": "ki", "く": "ku", "け": "ke", "こ": "ko",
    "さ": "sa", "し": "shi", "す": "su", "せ": "se", "そ": "so",
    "た": "ta", "ち": "chi", "つ": "tsu", "て": "te", "と": "to",
    "な": "na", "に": "ni", "ぬ": "nu", "ね": "ne", "の": "no",
    "は": "ha", "ひ": "hi", "ふ": "fu", "へ": "he", "ほ": "ho",
    "ま": "ma", "み": "mi", "む": "mu", "め": "me", "も": "mo",
    "や": "ya", "ゆ": "yu", "よ": "yo",
    "ら": "ra", "り": "ri", "る": "ru", "れ": "re", "ろ": "ro", "わ": "wa", "を": "o",
    "が": "ga", "ぎ": "gi", "ぐ": "gu", "げ": "ge", "ご": "go",
    "ざ": "za", "じ": "ji", "ず": "zu", "ぜ": "ze", "ぞ": "zo",
    "だ": "da", "ぢ": "ji", "づ": "zu", "で": "de", "ど": "do",
    "ば": "ba", "び": "bi", "ぶ": "bu", "べ": "be", "ぼ": "bo",
    "ぱ": "pa", "ぴ": "pi", "ぷ": "pu", "ぺ": "pe", "ぽ": "po", "ゔ": "vu",
    "ゃ": "ya", "ゅ": "yu", "ょ": "yo", "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o",
}  # fmt: skip
_SIGNS: Final = {"・": " ", "（": " (", "）": ")", "～": " - ", "ヶ": "ga", "　": " ", "、": ", "}
_LONG: Final = {"ou": "o", "oo": "o", "uu": "u"}


def romaji(kana: str) -> str:
    """
    Return the Hepburn spelling of a hiragana reading, every word capitalised.

    Long o and u are written once ("とうきょう" is "Tokyo"), ん before b, m and p is "m" as on the
    signs of the railways, and text that is no hiragana stays as it is. A "|" in the reading
    separates parts whose vowels do not join ("こ|うら" is "Koura").
    """
    parts = [_part(part) for part in kana.split("|")]
    text = " ".join("".join(parts).split())
    return "".join(
        letter.upper() if index == 0 or text[index - 1] in " (-" else letter
        for index, letter in enumerate(text)
    )


def _part(kana: str) -> str:
    letters: list[str] = []
    double = False
    position = 0
    while position < len(kana):
        pair, sign = kana[position : position + 2], kana[position]
        if pair in _SYLLABLES and len(pair) == 2:
            syllable, step = _SYLLABLES[pair], 2
        else:
            syllable, step = _SYLLABLES.get(sign, ""), 1
        position += step
        if syllable:
            if double:
                syllable = ("t" if syllable.startswith("ch") else syllable[0]) + syllable
                double = False
            letters.append(syllable)
        elif sign == "っ":
            double = True
        elif sign == "ん":
            following = _SYLLABLES.get(kana[position : position + 1], "")
            letters.append("m" if following[:1] in ("b", "m", "p") and following else "n")
        elif sign != "ー":
            letters.append(_SIGNS.get(sign, sign))
    text = "".join(letters)
    for long, short in _LONG.items():
        text = text.replace(long, short)
    return text


@cache
def _whole_names() -> dict[str, str]:
    return {name: english for name, _, english in _english_rows() if not name.startswith("*")}


@cache
def _endings() -> tuple[tuple[str, str, str], ...]:
    """Endings of names, longest first, with reading and English."""
    rows = [(name[1:], kana, text) for name, kana, text in _english_rows() if name[0] == "*"]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@cache
def _english_rows() -> tuple[tuple[str, str, str], ...]:
    text = (files("gtfs_feeds.sample") / "data" / "english.csv").read_text("utf-8")
    cells = [line.split(",") for line in text.splitlines() if line and line[0] != "#"]
    return tuple((name, kana, english) for name, kana, english in cells[1:])


def english_of(name: str, kana: str) -> str:
    """
    Return how an English sign names a stop: known words translated, the rest spelled.

    "熊本駅前" read "くまもとえきまえ" is "Kumamoto Sta.": endings of `english.csv` are taken where
    both the name and its reading end with them. A "|" in the reading parts vowels and words.
    """
    tail: list[str] = []
    matched = True
    while matched and name and name not in _whole_names():
        matched = False
        for ending, reading, text in _endings():
            if name.endswith(ending) and kana.endswith(reading):
                tail.insert(0, text)
                name = name[: len(name) - len(ending)]
                kana = kana[: len(kana) - len(reading)].rstrip("|")
                matched = True
                break
    head = _whole_names().get(name) or romaji(_parted(name, kana))
    return " ".join(part for part in (head, *tail) if part)


def _parted(name: str, kana: str) -> str:
    """Part vowels that belong to two words: "ほりのうち" is "Horinouchi", "もとおか" "Motooka"."""
    for sign, reading in (("浦", "うら"), ("岡", "おか"), ("内", "うち")):
        if sign in name:
            kana = kana.replace(reading, f"|{reading}")
    if any(sign in name[:-1] for sign in "のノ之"):
        kana = kana.replace("のう", "の|う").replace("のお", "の|お")
    return kana
