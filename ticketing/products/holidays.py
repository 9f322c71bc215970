"""National holidays of Japan as the Cabinet Office publishes them (国民の祝日・休日)."""

from datetime import date
from functools import cache
from importlib.resources import files


@cache
def national_holidays() -> frozenset[date]:
    """Return the holidays that are known; `known_until` says how far that is."""
    lines = files("ticketing.products").joinpath("holidays.txt").read_text("utf-8").splitlines()
    return frozenset(date.fromisoformat(line[:10]) for line in lines if line)


def known_until() -> date:
    """Return the last day of the last year that is known."""
    return date(max(national_holidays()).year, 12, 31)
