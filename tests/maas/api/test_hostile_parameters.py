"""Whatever a caller sends, the answer is JSON and never a fault of ours."""

import asyncio
import json
from collections.abc import MutableMapping
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from maas.api.endpoints import ENDPOINTS, Endpoint
from maas.api.motis import path_of
from maas.api.parameters import Parameter
from tests.support.feed_text import SMALL
from tests.support.served import client_of, served_of

GOOD = {
    "fromPlace": ["test_s1", "33.59,130.40", "33.59,130.40,0", "place:test_s1"],
    "toPlace": ["test_s3", "33.61,130.42"],
    "one": ["test_s1", "33.59;130.40", "33.59,130.40"],
    "many": ["33.61;130.42,33.60;130.41"],
    "stopId": ["test_s1", "test_s2", "place:test_s2"],
    "tripId": ["20261201_08:00_test_t1", "20261201_32:00_test_t1"],
    "center": ["33.59,130.40"],
    "place": ["33.59,130.40"],
    "min": ["33.0,130.0"],
    "max": ["34.0,131.0", "100"],
    "time": ["2026-12-01T07:00:00+09:00", "2026-12-01T7:00", "2026-12-01T07:00:00 09:00"],
    "startTime": ["2026-12-01T07:00:00Z"],
    "endTime": ["2026-12-01T08:00:00Z"],
    "pageCursor": ["EARLIER|1796079600", "LATER%7C1796079600"],
    "text": ["中央", "港", "honmachi"],
    "maxTravelTime": ["60"],
    "zoom": ["12"],
    "mode": ["WALK", "BUS", "TRANSIT"],
}
BAD = st.one_of(
    st.sampled_from(
        [
            "", " ", "-1", "0", "1e999", "nan", "inf", "99999999999999999999", "1.5", "True",
            "FALSE", "maybe", "null", "[]", "{}", "'", '"', "<script>", "%00", "\x00", "_", "__",
            "test_", "_s1", "nobody_s1", "91,181", "33.59,130.40,x", "33.59,", ",", ";",
            "EARLIER|", "LATER|abc", "|", "EARLIER|99999999999", "2026-13-45T99:99:99Z",
            "9999-12-31T23:59:59+23:59", "0001-01-01T00:00:00Z", "2026-12-01", "1796079600",
            "20261201_08:00_test_nobody", "20269999_08:00_test_t1", "BUS,,WALK", "METRO",
            "AREAL_LIFT", "NOTHING", "ja,en", "x" * 5000, "駅", "eJyLjgUAARUAuQ", "𠮷",
        ]
    ),
    st.text(max_size=12),
    st.integers(-(2**40), 2**40).map(str),
)  # fmt: skip
ALLOWED = {200, 400, 404, 422}


@cache
def client() -> TestClient:
    return client_of(served_of(SMALL))


def value_of(parameter: Parameter) -> st.SearchStrategy[str]:
    good = [*GOOD.get(parameter.name, []), *parameter.choices]
    if parameter.default is not None and not isinstance(parameter.default, tuple):
        good.append(str(parameter.default))
    return st.one_of(st.sampled_from(good), BAD) if good else BAD


@st.composite
def requests(draw: st.DrawFn, endpoint: Endpoint) -> str:
    version = draw(st.sampled_from(endpoint.versions))
    pairs = []
    for parameter in endpoint.parameters:
        wanted = parameter.required or draw(st.integers(0, 5)) == 0
        if wanted:
            usual = parameter.name in GOOD and draw(st.booleans())
            value = draw(st.sampled_from(GOOD[parameter.name]) if usual else value_of(parameter))
            pairs.append(f"{parameter.name}={quote(value, safe=',|;:+%')}")
    if draw(st.integers(0, 9)) == 0:
        pairs.append("tims=2026-12-01&nobody=knows")
    return f"{path_of(endpoint, version)}?{'&'.join(pairs)}"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_no_parameter_brings_the_server_down(endpoint: Endpoint) -> None:
    @settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(requests(endpoint))
    def ask(url: str) -> None:
        answer = client().get(url)
        assert answer.status_code in ALLOWED, (url, answer.text)
        content = json.loads(answer.content)
        if answer.status_code != 200:
            assert set(content) == {"error"}

    ask()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"{", b"\xff\xfe", b'{"fromOffsets": 5}',
        b'{"fromOffsets": [5]}', b'{"fromOffsets": [{"stopId": "test_s1"}]}',
        b'{"fromOffsets": [{"stopId": "test_s1", "duration": -1}]}',
        b'{"fromOffsets": [{"stopId": "test_s1", "duration": true}]}',
        b'{"fromOffsets": [{"stopId": "test_nobody", "duration": 60}]}',
        b'{"fromOffsets": [{"stopId": "test_s1", "duration": 60, "mode": "FLEX"}]}',
        b'{"id": {"legs": []}}', b'{"id": {"legs": [1]}}', b'{"id": {"legs": [{"tripId": "x"}]}}',
        b'{"one": "33.5;130.4", "many": ["33.6;130.4"], "mode": "WALK", "max": 100}',
        b'{"one": 5, "many": 5, "max": "x"}',
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "url",
    [
        "/api/v6/plan?fromPlace=33.59,130.40&toPlace=test_s3&time=2026-12-01T07:00:00%2B09:00",
        "/api/v6/refresh-itinerary",
        "/api/v1/one-to-many",
        "/api/experimental/one-to-many-intermodal",
    ],
)
def test_no_body_brings_the_server_down(url: str, body: bytes) -> None:
    answer = client().post(url, content=body)

    assert answer.status_code in ALLOWED, answer.text
    json.loads(answer.content)


def test_an_upload_without_end_is_refused_and_read_no_further() -> None:
    part, most = 100_000, 1_000_000
    read: list[int] = []
    answered: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        read.append(part)
        assert len(read) < 100, "it reads on and on"
        return {"type": "http.request", "body": b" " * part, "more_body": True}

    async def send(message: MutableMapping[str, Any]) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/v1/one-to-many",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def ask() -> None:
        await client().app(scope, receive, send)

    asyncio.run(ask())

    # The limit of `motis.py`; what shows that it is passed is one part more.
    assert sum(read) == most + part
    assert answered[0]["status"] == 400
    body = b"".join(message.get("body", b"") for message in answered)
    assert json.loads(body) == {"error": "the body is too long"}
