"""The texts of the pages by language."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import orjson

LANGUAGES: Final = ("ja", "en")


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return all texts of a language by key."""
    found: Mapping[str, str] = orjson.loads(
        (files("maas.web.texts") / f"{language}.json").read_bytes()
    )
    return found


def choose_language(asked: str | None, cookie: str | None, accepted: str | None) -> str:
    """
    Return the language of a page: the one asked for, else the cookie's, else the browser's.

    `accepted` is an Accept-Language header; its order counts, its weights do not. Japanese where
    nothing fits.
    """
    for wanted in (asked, cookie):
        if wanted in LANGUAGES:
            return wanted
    for part in (accepted or "").split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag in LANGUAGES:
            return tag
    return "ja"
