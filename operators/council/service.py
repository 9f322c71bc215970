"""Keeps results, and publishes a month's flows once and for ever."""

from datetime import date, timedelta
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from maas.core.clock import Clock, japan_date
from maas.core.errors import Kind, MaasError
from operators.council.flows import flows, to_json
from operators.council.models import CouncilResult
from operators.council.records import Activity


class MonthNotOver(MaasError):
    """Figures of a month are published after its end, so that they are published once."""

    code: ClassVar[str] = "month-not-over"
    title: ClassVar[str] = "The month is not over"
    kind: ClassVar[Kind] = Kind.CONFLICT


class Results:
    """Results by key: the first that is kept stays; `newest:KIND` points at the newest."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def find(self, key: str) -> dict[str, Any] | None:
        """Return a result, or None."""
        row = self._session.get(CouncilResult, key)
        return None if row is None else row.document

    def point(self, name: str, fingerprint: str, *, parts: int) -> None:
        """Say which results of a kind are the newest, and of how many parts they are."""
        key = f"newest:{name}"
        row = self._session.get(CouncilResult, key)
        document = {"fingerprint": fingerprint, "parts": parts}
        if row is None:
            self.keep(key, document)
        elif row.document != document:
            row.document, row.made_at = document, self._clock.now()

    def newest(self, name: str) -> tuple[list[dict[str, Any]], bool]:
        """Return the newest results of a kind as far as they are there, and whether all are."""
        pointer = self.find(f"newest:{name}")
        if pointer is None:
            return [], False
        found = self.under(f"{name}:{pointer['fingerprint']}")
        return found, len(found) >= int(pointer["parts"])

    def under(self, prefix: str) -> list[dict[str, Any]]:
        """Return the results whose keys begin so, in the order of their keys."""
        query = select(CouncilResult).where(CouncilResult.key.startswith(prefix, autoescape=True))
        return [row.document for row in self._session.scalars(query.order_by(CouncilResult.key))]

    def keep(self, key: str, document: dict[str, Any]) -> dict[str, Any]:
        """Keep a result unless one is kept already; return the one that is kept."""
        try:
            with self._session.begin_nested():
                self._session.add(
                    CouncilResult(key=key, made_at=self._clock.now(), document=document)
                )
        except IntegrityError:
            return self.find(key) or document
        return document

    def flows(self, month: str, activity: Activity) -> dict[str, Any]:
        """
        Return the flows of a month as they were published; the first call publishes them.

        Raises:
            MonthNotOver: Its last day has not passed in Japan.

        """
        key = f"flows:{month}"
        known = self.find(key)
        if known is not None:
            return known
        first, last = days_of(month)
        if last >= japan_date(self._clock):
            raise MonthNotOver("Flows are published once, after the month.", month=month)
        return self.keep(key, to_json(month, flows(activity.rides(first, last))))


def days_of(month: str) -> tuple[date, date]:
    """
    Return the first and last day of a month.

    Raises:
        ValueError: It is not written as `2026-12`.

    """
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, after - timedelta(days=1)
