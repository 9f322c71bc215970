"""
What sells in a running service: the database, the desk, the keys, and who works off the outbox.

Without a Stripe key a fake account on loopback takes the payments, and tickets carry the demo's
keys and prefix: enough to try everything, and nothing that a real reader accepts. A live key with
sample products on sale is refused at the start.
"""

import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from maas.adapters.singles import SingleFares, Timetabled
from maas.core.clock import Clock
from maas.core.errors import Kind, MaasError
from maas.core.mail import Mail, Outbox
from maas.council import PERIODIC as STUDYING
from maas.council import CouncilWork
from maas.db.outbox import Handlers
from maas.db.runner import Runner
from maas.db.session import Sessions, make_engine, make_sessions
from maas.house import PERIODIC as WATCHING
from maas.house import House, open_house
from maas.migrations import upgrade
from maas.settings import Settings
from ticketing.config import TicketingConfig
from ticketing.desk import PERIODIC as SELLING
from ticketing.desk import Desk
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION, StripeGateway, StripeKeys
from ticketing.products.service import ProductService, load_samples
from ticketing.tickets.keyring import Keyring, keyring_from
from ticketing.tickets.rotation import Reminder, subject
from ticketing.tickets.subscriptions import subscribe

log = logging.getLogger(__name__)


LATER: Final = timedelta(minutes=10)
"""Until the network is studied in a process that also answers travellers."""
PERIODIC: Final = (*SELLING, *WATCHING, *STUDYING)
"""Periodic jobs of the whole service."""


DEMO_KEY: Final = "sk_test_demo"
"""Of the fake account."""


class TradeMisconfigured(MaasError):
    """The settings do not fit together."""

    code = "trade-misconfigured"
    title = "The settings for selling do not fit together"
    kind = Kind.INVALID


@dataclass
class Trade:
    """Everything that sells, as one process holds it."""

    engine: Engine
    sessions: Sessions
    desk: Desk
    keyring: Keyring
    handlers: Handlers
    runner: Runner | None
    fake: FakeStripe | None
    house: House

    def start(self, url: str) -> None:
        """Start what works in the background; `url` is where this service answers."""
        if self.fake is not None:
            self.fake.start()
            self.fake.deliver_to(f"{url}/v1/webhooks/stripe", self.desk_secret)
        if self.runner is not None:
            self.runner.start()

    def stop(self) -> None:
        """Let the work in hand end."""
        if self.runner is not None:
            self.runner.stop()
        self.house.stop()
        if self.fake is not None:
            self.fake.stop()
        self.engine.dispose()

    desk_secret: str = ""
    """Of the fake account's webhooks; made anew for every process."""


def open_trade(
    settings: Settings,
    clock: Clock,
    *,
    current: Callable[[], Timetabled] | None = None,
    config: TicketingConfig | None = None,
    environment: Mapping[str, str] | None = None,
) -> Trade:
    """
    Open the database, bring it up to date, and wire everything that sells.

    Args:
        settings: What whoever runs the service sets.
        clock: Tells the time.
        current: The network in use, for single tickets; without one none are sold.
        config: What is decided about selling.
        environment: Holds the ticket keys; by default the process's own.

    Raises:
        TradeMisconfigured: A live key without ticket keys of its own, or with samples on sale.

    """
    environment = os.environ if environment is None else environment
    keyring = keyring_from(environment)
    live = settings.stripe_key.startswith(("sk_live_", "rk_live_"))
    config = config or TicketingConfig(sell_samples=not live)
    if live and (keyring.demo or config.sell_samples):
        raise TradeMisconfigured("Live money needs ticket keys of its own and no samples on sale.")
    engine = make_engine(settings.database_address)
    upgrade(engine)
    sessions = make_sessions(engine)
    fake, keys = _stripe(settings)
    fares = SingleFares(current, sessions) if current is not None else None
    house = open_house(settings, sessions, clock)
    desk = Desk(
        sessions,
        clock,
        StripeGateway(keys),
        config,
        fares,
        mail=house.mail,
        url=house.url,
        staff=settings.admin_mail,
    )
    handlers = Handlers()
    desk.register(handlers)
    house.register(handlers)
    study = CouncilWork(sessions, clock, house.network, house.store, house.workshop)
    study.wait = LATER if settings.run_jobs else timedelta()
    study.register(handlers)
    subscribe(handlers, clock, config, keyring, _teller(settings, house.mail))
    if config.sell_samples:
        _publish_samples(sessions, clock)
    runner = Runner(sessions, clock, handlers, PERIODIC) if settings.run_jobs else None
    return Trade(
        engine=engine,
        sessions=sessions,
        desk=desk,
        keyring=keyring,
        handlers=handlers,
        runner=runner,
        fake=fake,
        house=house,
        desk_secret=keys.webhook_secret,
    )


def _teller(settings: Settings, mail: Outbox) -> Callable[[Reminder], None] | None:
    """Return what mails reminders to whoever runs the service."""
    if not settings.admin_mail:
        return None

    def tell(reminder: Reminder) -> None:
        mail.send(Mail(settings.admin_mail, subject(), f"{reminder.ja}\n\n{reminder.en}\n"))

    return tell


def _stripe(settings: Settings) -> tuple[FakeStripe | None, StripeKeys]:
    if settings.stripe_key:
        secret, url = settings.stripe_webhook_secret, settings.stripe_url
        return None, StripeKeys(settings.stripe_key, secret, url)
    log.warning("no Stripe key: a fake account on loopback takes the payments")
    fake = FakeStripe(version=API_VERSION)
    return fake, StripeKeys(DEMO_KEY, f"whsec_{secrets.token_urlsafe(24)}", fake.url)


def _publish_samples(sessions: Sessions, clock: Clock) -> None:
    with sessions.begin() as session:
        products = ProductService(session, clock)
        for definition in load_samples():
            products.publish(definition)
