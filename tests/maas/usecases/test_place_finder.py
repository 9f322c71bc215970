"""A stop's position from the network in use: only where name and municipality leave one place."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from maas.usecases.municipalities import municipalities
from maas.usecases.place_finder import PlaceFinder, municipality_in
from routing.timetable.store import MANIFEST


def town(address: str) -> tuple[str, str] | None:
    row = municipality_in(address)
    return None if row is None else (municipalities()[row].prefecture, municipalities()[row].name)


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("福岡県宗像市神湊487", ("福岡県", "宗像市")),
        ("宗像市 神湊", ("福岡県", "宗像市")),
        ("鹿児島県薩摩川内市里町里", ("鹿児島県", "薩摩川内市")),
        ("長崎県北松浦郡小値賀町笛吹郷", ("長崎県", "小値賀町")),
        # Both are municipalities; the first is meant.
        ("熊本県人吉市錦町1", ("熊本県", "人吉市")),
        ("東京都千代田区", None),
        ("大分県宗像市", None),
        ("港の前", None),
        ("", None),
    ],
)
def test_the_municipality_of_an_address_is_the_first_one_named(
    address: str, known: tuple[str, str] | None
) -> None:
    assert town(address) == known


def finder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *places: tuple[str, str, float, float]
) -> PlaceFinder:
    """A network with these places: name, prefecture, latitude, longitude."""
    names, prefectures, lats, lons = zip(*places, strict=True)
    columns = SimpleNamespace(
        id=names,
        name=names,
        prefecture=prefectures,
        lat=np.array(lats),
        lon=np.array(lons),
    )
    (folder / MANIFEST).touch()
    loaded = SimpleNamespace(network=SimpleNamespace(places=columns))
    monkeypatch.setattr("maas.usecases.place_finder.load_timetable", lambda _: loaded)
    return PlaceFinder(folder)


MUNAKATA = ("神湊港ターミナル", "福岡県", 33.8506, 130.4916)
"""In Munakata; the city hall is at 33.806, 130.541, seven kilometres away."""


def test_the_one_place_of_a_name_in_the_municipality_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = ("神湊港ターミナル", "長崎県", 32.7503, 129.8777)
    find = finder(tmp_path, monkeypatch, MUNAKATA, far)

    assert find("神湊港ターミナル", "福岡県宗像市神湊") == (33.8506, 130.4916)
    assert find("神湊港ターミナル", "長崎県長崎市元船町") == (32.7503, 129.8777)
    # Of the same prefecture, but 60 km away.
    assert find("神湊港ターミナル", "福岡県大牟田市") is None
    assert find("神湊港ターミナル", "熊本県熊本市") is None
    assert find("神湊", "福岡県宗像市神湊") is None
    assert find("神湊港ターミナル", "") is None


def test_two_places_of_a_name_in_the_municipality_are_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = finder(tmp_path, monkeypatch, MUNAKATA, ("神湊港ターミナル", "福岡県", 33.81, 130.53))

    assert find("神湊港ターミナル", "福岡県宗像市神湊") is None


def test_without_a_network_nothing_is_found(tmp_path: Path) -> None:
    assert PlaceFinder(tmp_path / "none")("博多", "福岡県福岡市") is None
