"""Passes as GTFS Fares v2, as the reference defines the files."""

import csv
import io
import zipfile

from gtfs_feeds.read import read_files
from gtfs_feeds.validate import validate
from tests.support.valid_feed import TODAY, VALID
from ticketing.products.fares_v2 import export_zip
from ticketing.products.service import load_samples


def rows(data: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_yen_have_no_decimals_and_every_id_is_defined():
    data = export_zip(load_samples())
    fares, riders, media = (
        rows(data, f"{name}.txt") for name in ("fare_products", "rider_categories", "fare_media")
    )

    assert {fare["currency"] for fare in fares} == {"JPY"}
    assert all(fare["amount"].isdigit() for fare in fares)
    assert {f["rider_category_id"] for f in fares} == {r["rider_category_id"] for r in riders}
    assert {f["fare_media_id"] for f in fares} == {m["fare_media_id"] for m in media}
    assert sum(r["is_default_fare_category"] == "1" for r in riders) == 1
    [adult] = [
        fare
        for fare in fares
        if fare["fare_product_id"] == "sample-all-modes-2-v1"
        and fare["rider_category_id"] == "adult"
    ]
    assert adult["amount"] == "12000"


def test_the_same_products_give_the_same_bytes():
    assert export_zip(load_samples()) == export_zip(load_samples())


def test_a_feed_with_our_passes_in_it_has_nothing_to_find():
    with zipfile.ZipFile(io.BytesIO(export_zip(load_samples()))) as archive:
        ours = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "fare_products.txt" in ours

    good = validate(read_files(dict(VALID) | ours), today=TODAY)
    spoiled = ours | {"fare_products.txt": ours["fare_products.txt"].replace(",JPY", ",YEN")}
    bad = validate(read_files(dict(VALID) | spoiled), today=TODAY)

    assert [finding.code for finding in good.findings] == []
    assert bad.findings != []  # it does look into these files


def test_the_export_is_served(shop):
    answer = shop.client.get("/products/gtfs-fares-v2.zip")

    assert answer.headers["content-type"] == "application/zip"
    assert rows(answer.content, "fare_products.txt")
