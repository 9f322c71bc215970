"""The pages: languages, notices, safe headers, nothing inline."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from maas.web.catalogue import LANGUAGES, choose_language, texts
from maas.web.layout import filled, script_json
from maas.wiring import NoNetwork, Served
from tests.support.feed_text import SMALL
from tests.support.served import client_of, get, served_of

PATHS = ["/", "/docs", "/nothing-here"]


@cache
def client() -> TestClient:
    return client_of(served_of(SMALL))


def page(path: str, **headers: str) -> str:
    client().cookies.clear()
    return client().get(path, headers={"accept": "text/html", **headers}).text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_no_script_that_is_not_a_file_of_ours(path: str) -> None:
    answer = client().get(path, headers={"accept": "text/html"})

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
    assert not re.findall(r"\son\w+=", answer.text)
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert 'src="/static/' in tag or 'type="application/json"' in tag
    assert not re.findall(r"(?:src|href)=\"https?://", answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_comes_in_the_language_that_is_asked_for(path: str) -> None:
    assert '<html lang="en">' in page(path, **{"accept-language": "en-GB,ja;q=0.5"})
    assert '<html lang="ja">' in page(path, **{"accept-language": "fr"})
    assert '<html lang="en">' in page(f"{path}?lang=en", **{"accept-language": "ja"})


def test_what_is_in_the_address_cannot_become_markup() -> None:
    html = page('/?from=%3Cscript%3Ealert(1)%3C/script%3E&lang="><script>')

    assert "<script>alert" not in html
    assert '"><script>' not in html


def test_data_cannot_end_its_script_element() -> None:
    hostile = {"name": "</script><script>alert(1)</script>&"}

    assert "</" not in script_json(hostile)
    assert orjson.loads(script_json(hostile)) == hostile


def test_braces_in_a_value_are_not_filled_again() -> None:
    assert filled("{tag} ends {date}", {"tag": "x", "date": "{tag}"}) == "x ends {tag}"


def test_both_languages_say_the_same_things() -> None:
    # English has further forms for one of something; beyond that the keys are the same.
    ja, en = (set(texts(language)) for language in LANGUAGES)

    assert ja - en == set()
    assert all(key.endswith(".1") for key in en - ja)


def test_every_text_that_scripts_and_templates_name_is_there() -> None:
    root = Path(str(files("maas.web")))
    sources = [*(root / "static" / "js").rglob("*.js"), *(root / "templates").rglob("*.html")]
    named = {
        key
        for source in sources
        for key in re.findall(r'\bt\("([a-z][\w.]+\w)"', source.read_text(encoding="utf-8"))
    }

    assert named
    assert named <= set(texts("en"))


def test_a_made_up_timetable_is_marked_on_every_page() -> None:
    served = served_of(SMALL, synthetic=True)
    for path in PATHS:
        html = client_of(served).get(path, headers={"accept": "text/html"}).text
        assert texts("ja")["notice.synthetic.text"] in html


def test_without_a_network_pages_say_so_and_endpoints_answer_503() -> None:
    def nothing() -> Served:
        raise NoNetwork("No timetable is loaded yet.")

    from maas.app import create_app

    bare = TestClient(create_app(nothing))

    assert texts("ja")["notice.nonetwork"] in bare.get("/").text
    assert get(bare, "/api/v6/plan?fromPlace=a&toPlace=b", 503) == {
        "error": "No timetable is loaded yet."
    }
    assert get(bare, "/v1/network", 503)["code"] == "no-network"


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "language"),
    [
        (None, None, None, "ja"),
        ("en", "ja", "ja", "en"),
        ("xx", "en", "ja", "en"),
        (None, None, "de,en;q=0.8,ja;q=0.5", "en"),
        (None, "zz", "ko", "ja"),
    ],
)
def test_the_language_is_the_first_that_is_known(
    asked: str | None, cookie: str | None, accepted: str | None, language: str
) -> None:
    assert choose_language(asked, cookie, accepted) == language


def test_files_with_a_stamp_are_kept_and_others_looked_at_again() -> None:
    stamped = re.findall(r"/static/css/base\.css\?v=\w+", page("/"))[0]

    assert "immutable" in client().get(stamped).headers["Cache-Control"]
    assert client().get("/static/js/map.js").headers["Cache-Control"] == "no-cache"


def test_the_document_names_every_endpoint_with_its_parameters() -> None:
    document = get(client(), "/openapi.json")
    plan = document["paths"]["/api/v6/plan"]["get"]
    names = {row["name"] for row in plan["parameters"]}

    assert len(names) == 74, "the number of parameters of the MOTIS API's plan"
    assert {"fromPlace", "toPlace", "searchWindow", "vehicleLezAccess"} <= names
    assert "post" in document["paths"]["/api/v6/plan"]
    shapes = document["components"]["schemas"]
    for name in re.findall(r"#/components/schemas/(\w+)", orjson.dumps(document).decode()):
        assert name in shapes
