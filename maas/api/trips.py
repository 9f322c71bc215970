"""Trip ids of the API and the runs that they name."""

import re
from datetime import date
from typing import Final

from maas.api.errors import BadRequest, NotFound
from maas.core.ids import split_feed_scoped
from routing.boards.live import RunKey
from routing.boards.runs import Runs

TRIP_ID: Final = re.compile(r"(\d{4})(\d{2})(\d{2})_(\d{1,3}):(\d{2})_(.+)", re.ASCII | re.DOTALL)


def run_of_trip_id(runs: Runs, text: str) -> RunKey:
    """
    Return the run that `YYYYMMDD_HH:MM_<tag>_<trip id>` names.

    Hours from 24 on belong to the service day as written; a calendar day with an hour past
    midnight is understood, too.

    Raises:
        BadRequest: It is no trip id.
        NotFound: The feed, the trip or the run is not in the network.
    """
    match = TRIP_ID.fullmatch(text)
    if match is None:
        raise BadRequest(f"invalid trip id, expected YYYYMMDD_HH:MM_tag_trip: {text!r}")
    year, month, day, hours, minutes, scoped = match.groups()
    tag, _ = split_feed_scoped(scoped)
    if tag not in runs.index.tags:
        raise NotFound(f"unknown feed id {tag!r}")
    try:
        ordinal = date(int(year), int(month), int(day)).toordinal()
    except ValueError as error:
        raise BadRequest(f"invalid trip id, no such day: {text!r}") from error
    number = ordinal - runs.index.network.first_day.toordinal()
    seconds = int(hours) * 3600 + int(minutes) * 60
    trip = runs.index.trip_rows.get(scoped)
    if trip is not None:
        for shift in (0, -1, 1):
            found = runs.find(trip, number + shift, seconds - shift * 86_400)
            if found is not None:
                return found
    if runs.live is not None and (added := runs.live.find_added(scoped)) is not None:
        return added
    raise NotFound(f"trip not found: {text!r}")
