"""What the routers of this package share: the desk, and a session with the services on it."""

from typing import Annotated, cast

from fastapi import Depends, Request

from maas.rest.ratelimit import RateLimit
from ticketing.desk import Desk


def get_desk(request: Request) -> Desk:
    """Return the desk that the application was made with (`app.state.desk`)."""
    return cast("Desk", request.app.state.desk)


DeskDep = Annotated[Desk, Depends(get_desk)]

reading = RateLimit("look", per_minute=600, burst=120)
"""For everybody who looks."""

buying = RateLimit("change", per_minute=120, burst=60)
"""For everybody who changes something."""
