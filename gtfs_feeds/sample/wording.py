"""Names in Japanese, kana and English: translations.txt of a feed."""

from typing import Final

from gtfs_feeds.sample.builder import Cells, FeedBuilder
from gtfs_feeds.sample.romaji import romaji
from gtfs_feeds.sample.tables import Route, Spot, train_names

PUBLISHER_EN: Final = "Kyushu MaaS synthetic sample"


def spelled(name: str) -> tuple[str, str]:
    """Return reading and English of a train's or line's name; both empty where unknown."""
    if name in train_names():
        return train_names()[name]
    kana = _hiragana(name)
    if kana and all("ぁ" <= c <= "ゖ" or c == "ー" for c in kana):
        return kana, romaji(kana)
    return "", ""


def _hiragana(text: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヴ" else c for c in text)


def _ends(builder: FeedBuilder, route: Route) -> tuple[Spot, Spot]:
    first = builder.patterns[route.id][0]
    return first[0].spot, first[-1].spot


def long_name(builder: FeedBuilder, route: Route) -> tuple[str, str, str]:
    """Return a route's long name, reading and English; without one it is named by its ends."""
    if route.long:
        return route.long, route.kana, route.english or romaji(route.kana)
    a, b = _ends(builder, route)
    return f"{a.name}～{b.name}", f"{a.kana}～{b.kana}", f"{a.english} - {b.english}"


def add_translations(builder: FeedBuilder, own: list[Route]) -> None:
    """Write every name in Japanese, kana and English."""
    operator = builder.operator
    rows: list[Cells] = []

    def record(table: str, field_name: str, key: str, ja: str, kana: str, english: str) -> None:
        for language, text in (
            ("ja", ja),
            ("ja-Hrkt", kana.replace("～", "から")),
            ("en", english),
        ):
            rows.append((table, field_name, language, text, key, "", ""))

    def value(table: str, field_name: str, ja: str, kana: str, english: str) -> None:
        for language, text in (("ja-Hrkt", kana), ("en", english)):
            rows.append((table, field_name, language, text, "", "", ja))

    record(
        "agency", "agency_name", operator.agency_id, operator.name, operator.kana, operator.english
    )
    for spot in sorted(builder.used.values(), key=lambda spot: spot.id):
        codes = builder.codes(spot)
        for key in (spot.id, *(f"{spot.id}-{code}" for code in codes)):
            record("stops", "stop_name", key, spot.name, spot.kana, spot.english)
    for route in own:
        record("routes", "route_long_name", route.id, *long_name(builder, route))
        kana, english = spelled(route.short)
        if kana:
            record("routes", "route_short_name", route.id, route.short, kana, english)
    for text, (kana, english) in sorted(builder.headsigns.items()):
        value("trips", "trip_headsign", text, kana, english)
    for text, (kana, english) in sorted(builder.train_names.items()):
        value("trips", "trip_short_name", text, kana, english)
    rows.append(("feed_info", "feed_publisher_name", "en", PUBLISHER_EN, "", "", ""))
    builder.write(
        "translations.txt",
        "table_name,field_name,language,translation,record_id,record_sub_id,field_value",
        rows,
    )
