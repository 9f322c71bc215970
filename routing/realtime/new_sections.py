"""Sections of a view that new runs need beside those of the timetable."""

import numpy as np

from routing.timetable.model import Sections


class NewSections:
    """Sections of the view, and those that new runs need."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._extra: dict[tuple[int, int, int, int, int], int] = {}

    def row(self, trips: object, template: int, route: int) -> int:
        """Return the section of a new run; what the feed does not say stays unknown."""
        attributes = (
            tuple(
                int(getattr(trips, name)[template])
                for name in ("bikes", "cars", "wheelchair", "reservation")
            )
            if template >= 0
            else (0, 0, 0, 0)
        )
        bikes, cars, wheelchair, reservation = attributes
        key = (route, bikes, cars, wheelchair, reservation)
        return self._extra.setdefault(key, len(self._sections.route) + len(self._extra))

    def columns(self) -> Sections:
        """Return all sections."""
        if not self._extra:
            return self._sections
        extra = np.array(list(self._extra), np.int64).reshape(-1, 5)
        old = self._sections
        return Sections(
            np.concatenate([old.route, extra[:, 0].astype(np.int32)]),
            np.concatenate([old.bikes, extra[:, 1].astype(np.int8)]),
            np.concatenate([old.cars, extra[:, 2].astype(np.int8)]),
            np.concatenate([old.wheelchair, extra[:, 3].astype(np.int8)]),
            np.concatenate([old.reservation, extra[:, 4].astype(np.int8)]),
        )
