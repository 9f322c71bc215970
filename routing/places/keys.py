"""Under which keys a place is found: its names, readings, romaji and what people call it."""

from collections.abc import Iterator
from typing import Final

from maas.core.names import name_key
from maas.core.network import Network
from routing.places.fold import fold, romaji

NAME, READING, ALIAS = 0, 1, 2
"""Where a key comes from; an alias ranks a little behind."""
_SHORTER: Final = (
    "フェリーターミナル",
    "旅客待合所",
    "バスターミナル",
    "バスセンター",
    "ターミナル",
    "駅前",
    "空港",
    "駅",
    "港",
    "渡船場",
    "渡場",
)
_SHORTER_KANA: Final = (
    "ふぇりーたーみなる",
    "ばすたーみなる",
    "ばすせんたー",
    "えきまえ",
    "くうこう",
    "えき",
    "こう",
)
_SHORTER_LATIN: Final = (
    " Ferry Terminal",
    " Bus Terminal",
    " Bus Center",
    " Bus Centre",
    " Airport",
    " Station",
    " Sta.",
    " Port",
)
_LONGER: Final = {
    "station": (("駅", "えき", " Station"),),
    "port": (
        ("港", "こう", " Port"),
        ("フェリーターミナル", "ふぇりーたーみなる", " Ferry Terminal"),
    ),
    "airport": (("空港", "くうこう", " Airport"),),
    "terminal": (),
    "stop": (),
}


def _is_latin(text: str) -> bool:
    """Say whether a name is written in Latin letters."""
    return text.isascii() and any(letter.isalpha() for letter in text)


def _name_keys(name: str, kind: str) -> Iterator[tuple[str, int]]:
    """Return the keys of a name as written."""
    yield fold(name), NAME
    shorter_of = _SHORTER_LATIN if _is_latin(name) else _SHORTER
    stem = name_key(name) if not _is_latin(name) else name
    for end in shorter_of:
        if stem.lower().endswith(end.lower()) and len(stem) > len(end):
            yield fold(stem[: -len(end)]), ALIAS
            break
    for kanji, _, latin in _LONGER[kind]:
        longer = latin if _is_latin(name) else kanji
        if not stem.lower().endswith(longer.lower()):
            yield fold(stem + longer), ALIAS


def _reading_keys(reading: str, kind: str, *, guessed: bool) -> Iterator[tuple[str, int]]:
    """Return the keys of a reading in kana, as kana and as romaji."""
    kana = fold(reading)
    how = ALIAS if guessed else READING
    yield kana, how
    yield romaji(kana), how
    spelt = {kana}
    for end in _SHORTER_KANA:
        if kana.endswith(fold(end)) and len(kana) > len(fold(end)) + 1:
            spelt.add(kana[: -len(fold(end))])
            break
    for _, end, latin in _LONGER[kind]:
        if not kana.endswith(fold(end)):
            spelt.add(kana + fold(end))
        for text in tuple(spelt):
            # "hakata station", "hakata-eki", "miyanoura port"
            if romaji(text):
                yield romaji(text) + fold(latin), ALIAS
    for text in spelt - {kana}:
        yield text, ALIAS
        yield romaji(text), ALIAS


def place_keys(network: Network) -> Iterator[tuple[str, int, int]]:
    """
    Return (key, place, source) of every place; keys are folded and not empty.

    Where a feed gives no reading, that of the same name in another feed is used for searching.
    """
    places = network.places
    names, kinds = places.name.tolist(), places.kind.tolist()
    readings = _column(network, "places.name.ja-Hrkt", len(names))
    others = [
        _column(network, name, len(names))
        for name in sorted(network.translations)
        if name.startswith("places.name.") and name != "places.name.ja-Hrkt"
    ]
    known: dict[str, str] = {}
    stop_readings = _column(network, "stops.name.ja-Hrkt", len(network.stops.id))
    for name, reading in zip(network.stops.name, stop_readings, strict=True):
        if reading:
            known.setdefault(name_key(name), reading)
    for row, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        keys = list(_name_keys(name, kind)) if name else []
        reading = readings[row] or known.get(name_key(name), "")
        if reading:
            keys += _reading_keys(reading, kind, guessed=not readings[row])
        elif romaji(name):
            keys += _reading_keys(name, kind, guessed=False)
        for other in others:
            if other[row] and other[row] != name:
                keys += _name_keys(other[row], kind)
        best: dict[str, int] = {}
        for key, how in keys:
            if key:
                best[key] = min(how, best.get(key, how))
        for key, how in best.items():
            yield key, row, how


def _column(network: Network, name: str, size: int) -> list[str]:
    """Return a translated column, empty texts where the network has none such."""
    texts = network.translations.get(name)
    return texts.tolist() if texts is not None else [""] * size
