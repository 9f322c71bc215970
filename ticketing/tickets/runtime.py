"""What the ticket endpoints find on the application."""

from typing import Annotated, cast

from fastapi import Depends, Request

from maas.core.clock import Clock, SystemClock
from maas.rest.session import SessionDep
from ticketing.config import TicketingConfig
from ticketing.tickets.keyring import Keyring, demo_keyring
from ticketing.tickets.service import TicketService


def clock_of(request: Request) -> Clock:
    """Return the application's clock: the desk's, the one it was given, or the machine's."""
    desk = getattr(request.app.state, "desk", None)
    return cast("Clock", getattr(desk or request.app.state, "clock", None) or SystemClock())


def keyring_of(request: Request) -> Keyring:
    """Return the application's keys; the demo's, marked so, where it was given none."""
    return cast("Keyring", getattr(request.app.state, "keyring", None) or demo_keyring())


def config_of(request: Request) -> TicketingConfig:
    """Return what the deployment decided about selling."""
    desk = getattr(request.app.state, "desk", None)
    config = getattr(desk, "config", None)
    return cast("TicketingConfig", config or TicketingConfig())


ClockDep = Annotated[Clock, Depends(clock_of)]
KeyringDep = Annotated[Keyring, Depends(keyring_of)]
ConfigDep = Annotated[TicketingConfig, Depends(config_of)]


def ticket_service(
    session: SessionDep, clock: ClockDep, config: ConfigDep, keyring: KeyringDep
) -> TicketService:
    """Wire the service for one request."""
    return TicketService(session, clock, config, keyring)


TicketsDep = Annotated[TicketService, Depends(ticket_service)]
