"""What is shown of the vehicles of a view that messages changed."""

from collections.abc import Iterator, Mapping

from routing.realtime.runs import LiveRun, RunKey
from routing.timetable.live import LiveCalls, LivePart


class LiveRows(Mapping[int, LiveCalls]):
    """
    The calls of changed vehicles, by row of the view.

    Most vehicles show a run of the overlay as it is; its calls are put together when somebody
    looks at them.
    """

    def __init__(
        self, shown: Mapping[int, LiveCalls | RunKey], runs: Mapping[RunKey, LiveRun]
    ) -> None:
        self._shown = shown
        self._runs = runs

    def __getitem__(self, row: int) -> LiveCalls:
        """Return the calls of a vehicle."""
        found = self._shown[row]
        if isinstance(found, RunKey):
            return LiveCalls((live_part(self._runs[found], 0),))
        return found

    def __iter__(self) -> Iterator[int]:
        """Return the rows."""
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)


def live_part(change: LiveRun, first: int) -> LivePart:
    """Return a trip as it runs today, the first call of which is so far along its vehicle."""
    return LivePart(
        change.template,
        change.trip_id,
        change.day,
        change.route,
        change.headsign,
        first,
        change.stop,
        change.arrival_s,
        change.departure_s,
        change.scheduled_arrival_s,
        change.scheduled_departure_s,
        change.skipped,
        change.known,
    )
