"""
Passes as GTFS Fares v2 (reference of June 2026).

The standard describes prices, riders and media; it cannot say what happens after activation, so
the rules stay in our definitions and only their price list goes out. Yen have no decimals there
(ISO 4217): `12000`, not `12000.00`.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from ticketing.products.definition import Definition

MEDIA = {
    "qr": ("4", "QR"),
    "moving-clock": ("4", "QR"),
    "paper": ("1", "Paper"),
    "tap": ("2", "IC"),
}
"""fare_media_type: 1 paper ticket, 2 transit card, 4 mobile app."""


def tables(products: Iterable[Definition]) -> dict[str, list[list[str]]]:
    """Return the rows of each file, header first."""
    fares: list[list[str]] = [
        [
            "fare_product_id",
            "fare_product_name",
            "rider_category_id",
            "fare_media_id",
            "amount",
            "currency",
        ]
    ]
    riders: dict[str, list[str]] = {}
    media: dict[str, list[str]] = {}
    for product in products:
        for price in product.riders:
            riders[price.category.value] = [
                price.category.value,
                price.category.value,
                "1" if price.category.value == "adult" else "0",
            ]
            for shown in dict.fromkeys(MEDIA[way][1] for way in product.display):
                kind = next(kind for kind, name in MEDIA.values() if name == shown)
                media[shown] = [shown.lower(), shown, kind]
                fares.append(
                    [
                        f"{product.id}-v{product.version}",
                        product.name.ja,
                        price.category.value,
                        shown.lower(),
                        str(price.price),
                        "JPY",
                    ]
                )
    header = ["rider_category_id", "rider_category_name", "is_default_fare_category"]
    return {
        "fare_products.txt": fares,
        "rider_categories.txt": [header, *sorted(riders.values())],
        "fare_media.txt": [
            ["fare_media_id", "fare_media_name", "fare_media_type"],
            *sorted(media.values()),
        ],
    }


def export_zip(products: Iterable[Definition]) -> bytes:
    """Return the tables as a zip; the same products give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables(products).items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _csv(rows))
    return packed.getvalue()


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
