"""What to tell a buyer whose payment failed."""

import json
from functools import cache
from importlib.resources import files


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        files("ticketing.payments").joinpath("failures.json").read_text("utf-8")
    )
    return loaded


def words(code: str) -> dict[str, str]:
    """Return the sentences for a failure; a code that we do not know gets the general ones."""
    return _catalogue().get(code, _catalogue()["other"])
