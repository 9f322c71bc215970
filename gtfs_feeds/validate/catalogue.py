"""What each finding means to people: message, cause and remedy, in Japanese and English."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from gtfs_feeds.read import FAULT_TEXTS
from gtfs_feeds.validate.spec import DATA

Language = Literal["ja", "en"]
LANGUAGES: Final[tuple[Language, Language]] = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One finding in one language."""

    message: str
    cause: str
    remedy: str


UNKNOWN: Final = {
    "ja": Text(
        "説明のない指摘です。",
        "この指摘の説明がまだありません。",
        "コードを開発者に知らせてください。",
    ),
    "en": Text(
        "There is no text for this code.", "The catalogue lacks it.", "Tell the developers."
    ),
}


@cache
def catalogue() -> dict[str, dict[Language, Text]]:
    """Return the texts of every code."""
    raw = (files(DATA) / "data" / "catalogue.psv").read_text(encoding="utf-8")
    lines = [line for line in raw.splitlines() if not line.startswith("#")]
    texts: dict[str, dict[Language, Text]] = {}
    for row in csv.DictReader(lines, delimiter="|", quoting=csv.QUOTE_NONE):
        code = row["code"]
        fault = FAULT_TEXTS.get(code)
        if fault is not None:
            texts[code] = {
                "ja": Text(fault.ja, row["cause_ja"], fault.remedy_ja),
                "en": Text(fault.en, row["cause_en"], fault.remedy_en),
            }
        else:
            texts[code] = {
                "ja": Text(row["ja"], row["cause_ja"], row["remedy_ja"]),
                "en": Text(row["en"], row["cause_en"], row["remedy_en"]),
            }
    return texts


def text_of(code: str, language: Language) -> Text:
    """Return the text of a code; a general one where the catalogue lacks it."""
    texts = catalogue().get(code)
    return UNKNOWN[language] if texts is None else texts[language]
