"""`/one-to-many-intermodal` over one line: 8:00 at s1, 8:10 at s2, 8:20 at s3, every day."""

from functools import cache
from typing import Any

from starlette.testclient import TestClient

from tests.support.feed_text import SMALL
from tests.support.served import client_of, get, served_of

PATH = "/api/experimental/one-to-many-intermodal"
MORNING = "2026-12-01T07:50:00%2B09:00"


@cache
def client() -> TestClient:
    return client_of(served_of(SMALL))


def test_stops_and_points_are_reached_by_vehicle_in_the_order_of_the_question() -> None:
    # 33.61, 130.42 is s3 itself; from 33.6091, 100 m to the south, one walks there.
    many = "test_s3,33.61;130.42,test_s1,33.6091;130.42,20;130"

    found = get(client(), f"{PATH}?one=test_s1&many={many}&time={MORNING}")

    transit = found["transit_durations"]
    # Ten minutes of waiting and twenty of riding.
    assert transit[:3] == [[{"duration": 1800, "transfers": 0}]] * 2 + [[]]
    [near] = transit[3]
    # 100.1 m times 1.3 at no more than 2 m/s and no less than 1 m/s.
    assert 1800 + 65 <= near["duration"] <= 1800 + 131
    assert transit[4] == []
    assert found["street_durations"][2] == {"duration": 0}
    assert found["street_durations"][4] == {}


def test_from_many_to_one_a_body_asks_the_same() -> None:
    body: dict[str, Any] = {
        "one": "33.61,130.42",
        "many": ["test_s1", "test_s2", "33.59,130.40"],
        "time": "2026-12-01T08:25:00+09:00",
        "arriveBy": True,
        "maxPostTransitTime": 0,
        "transitModes": ["BUS"],
        "maxTravelTime": None,
    }

    answer = client().post(PATH, json=body)

    assert answer.status_code == 200, answer.text
    # At 8:25 one is there who left s1 at 8:00, s2 at 8:11.
    assert answer.json()["transit_durations"] == [
        [{"duration": 1500, "transfers": 0}],
        [{"duration": 840, "transfers": 0}],
        [{"duration": 1500, "transfers": 0}],
    ]


def test_unknown_places_and_too_many_are_refused() -> None:
    assert client().get(f"{PATH}?one=test_s1&many=test_nobody").status_code == 404
    assert client().get(f"{PATH}?one=test_s1&many={','.join(['test_s1'] * 200)}").status_code == 422
    assert client().get(f"{PATH}?one=test_s1").status_code == 200
    assert client().get(f"{PATH}?many=test_s1").status_code == 400
