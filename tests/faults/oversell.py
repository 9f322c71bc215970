"""
300 buyers, 50 places, real processes: exactly 50 are sold.

`python -m tests.faults.oversell [--postgres URL]` prints what happened, also with the protection
off: the negative control must oversell, or the test proves nothing.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from maas.core.clock import JAPAN, SystemClock
from maas.core.errors import MaasError
from maas.db.session import make_engine, make_sessions, read_session
from tests.faults.shop_server import context
from tests.support.database import postgres_url, sqlite_url
from ticketing.audit import audit
from ticketing.config import TicketingConfig
from ticketing.offers.service import OfferService, Wish
from ticketing.orders.models import OrderLine
from ticketing.orders.service import Buyer, OrderService
from ticketing.products.definition import Quota, RiderCategory
from ticketing.products.models import QuotaBucket
from ticketing.products.repository import ProductRepository
from ticketing.products.service import ProductService, load_samples

PRODUCT = "sample-fifty"


@dataclass
class Outcome:
    """What the buyers got."""

    placed: int
    refused: int
    counted: int
    seconds: float
    wrong: list[str]


def unprotected_take(self: ProductRepository, bucket_id: int, places: int) -> bool:
    """Write what was thought before the transaction began."""
    self._session.execute(
        text("UPDATE quota_buckets SET sold = sold + :n WHERE id = :id"),
        {"n": places, "id": bucket_id},
    )
    return True


def looks_free(sessions) -> bool:
    """Read and think: what the conditional UPDATE replaces."""
    with read_session(sessions) as session:
        bucket = session.scalar(
            select(QuotaBucket).where(QuotaBucket.name.startswith(f"{PRODUCT}@"))
        )
    time.sleep(0.005)
    return bucket is None or bucket.sold < bucket.size


def buy(url: str, buyers: int, ready, protected: bool, results) -> None:
    """One process of buyers: each makes an offer, then all order at once."""
    engine = make_engine(url)
    sessions = make_sessions(engine)
    clock, config = SystemClock(), TicketingConfig()
    day = clock.now().astimezone(JAPAN).date() + timedelta(days=9)
    if not protected:
        ProductRepository.take = unprotected_take
    wish = Wish(PRODUCT, {RiderCategory.ADULT: 1}, day)
    with sessions.begin() as session:
        made = [OfferService(session, clock, config).make([wish]).id for _ in range(buyers)]
    ready.wait()
    placed = 0
    for offer in made:
        if not protected and not looks_free(sessions):
            continue
        try:
            with sessions.begin() as session:
                orders = OrderService(session, clock, config)
                orders.place([offer], Buyer("a@example.jp", "ja"), terms_accepted=True)
            placed += 1
        except MaasError as error:
            if error.code != "sold-out":
                raise
    results.put((placed, buyers - placed))


def run(url: str, *, buyers: int = 300, places: int = 50, protected: bool = True) -> Outcome:
    """Let the buyers loose on a fresh, migrated database."""
    engine = make_engine(url)
    sessions = make_sessions(engine)
    [base] = [each for each in load_samples() if each.id == "sample-all-modes-2"]
    quota = Quota(size=places, per="first-day")
    definition = base.model_copy(update={"id": PRODUCT, "number": 901, "quota": quota})
    with sessions.begin() as session:
        ProductService(session, SystemClock()).publish(definition)
    if not protected:
        _drop_check(engine)
    processes = 6
    ready, results = context.Barrier(processes), context.Queue()
    args = (url, buyers // processes, ready, protected, results)
    workers = [context.Process(target=buy, args=args) for _ in range(processes)]
    began = time.monotonic()
    for worker in workers:
        worker.start()
    counts = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    with sessions() as session:
        counted = session.scalar(select(func.count()).select_from(OrderLine)) or 0
        wrong = [f"{found.code}: {found.what}" for found in audit(session)]
    engine.dispose()
    placed, refused = (sum(row[each] for row in counts) for each in (0, 1))
    return Outcome(placed, refused, counted, time.monotonic() - began, wrong)


def _drop_check(engine) -> None:
    """Take the second lock away too; SQLite cannot drop it, so it is told to ignore checks."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(
                text("ALTER TABLE quota_buckets DROP CONSTRAINT ck_quota_buckets_not_oversold")
            )
        else:
            connection.execute(text("PRAGMA writable_schema=ON"))
            connection.execute(
                text(
                    "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (sold <= size)', "
                    "'CHECK (sold >= 0)') WHERE name = 'quota_buckets'"
                )
            )
            connection.execute(text("PRAGMA writable_schema=RESET"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="use MAAS_TEST_POSTGRES")
    arguments = parser.parse_args()
    bad = False
    for protected in (True, False):
        if arguments.postgres:
            with postgres_url() as url:
                outcome = run(url, protected=protected)
        else:
            with tempfile.TemporaryDirectory() as folder:
                outcome = run(sqlite_url(Path(folder)), protected=protected)
        print("protected" if protected else "negative control", outcome)
        bad |= outcome.placed != 50 if protected else outcome.placed <= 50
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
