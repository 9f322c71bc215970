from pathlib import Path

from starlette.testclient import TestClient

from maas.web.catalogue import texts
from tests.support.feed_text import SMALL
from tests.support.served import client_of, served_of

STATIC = Path(__file__).parents[3] / "maas" / "web" / "static" / "js"


def page(client: TestClient, language: str) -> str:
    answer = client.get(f"/inspect?lang={language}")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["permissions-policy"] == "camera=(self)"
    return answer.text


def test_the_inspectors_page_speaks_both_languages_and_says_what_it_cannot_know() -> None:
    client = client_of(served_of(SMALL))

    for language in ("ja", "en"):
        html = page(client, language)
        assert texts(language)["inspect.honest"] in html
        assert "<script>" not in html


def test_the_worker_that_keeps_the_page_is_served_at_the_root() -> None:
    answer = client_of(served_of(SMALL)).get("/inspect-worker.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert "caches.open" in answer.text


def test_every_text_that_the_script_names_is_in_the_catalogue() -> None:
    import re

    script = (STATIC / "inspect.js").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:t|fact\(list,)\s?\(?"(inspect\.[a-z.]+)"', script))

    assert len(named) > 8
    assert named <= set(texts("ja"))
