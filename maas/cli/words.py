"""The texts of the command line in the language of the terminal."""

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def language() -> str:
    """Return `ja` in a Japanese terminal (or with MAAS_LANG=ja), else `en`."""
    for name in ("MAAS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").lower()
        if value:
            return "ja" if value.startswith("ja") else "en"
    return "en"


@cache
def _texts(tag: str) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(
        (files("maas.cli.texts") / f"{tag}.json").read_text(encoding="utf-8")
    )
    return found


def say(key: str, **parts: object) -> str:
    """Return a text with `{name}` replaced."""
    text = _texts(language())[key]
    for name, value in parts.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def has(key: str) -> bool:
    """Whether the language has a text of its own for that (English has one for one)."""
    return key in _texts(language())
