from maas.web.catalogue import texts
from tests.maas.web.test_pages import SMALL
from tests.support.served import client_of, served_of


def test_the_councils_page_is_there_in_both_languages() -> None:
    client = client_of(served_of(SMALL))
    for language in ("ja", "en"):
        html = client.get(f"/council?lang={language}").text
        assert texts(language)["council.title"] in html
        assert "https://" not in html.split("<main")[1].split("</main>")[0]


def test_words_for_codes_are_there_in_both_languages() -> None:
    codes = ("rail", "bus", "ferry", "air", "unknown", "live", "data-in-test", "candidate")

    for language in ("ja", "en"):
        assert all(f"council.word.{code}" in texts(language) for code in codes)
