"""Keys are changed without breaking tickets, and nobody forgets to change them."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from typer.testing import CliRunner

from maas.cli import app
from maas.core.clock import FrozenClock
from maas.db.outbox import Handlers, work_off
from maas.db.periodic import Periodic, schedule
from maas.db.session import make_sessions
from tests.support.database import BACKENDS, fresh_engine
from ticketing.config import TicketingConfig
from ticketing.tickets.keyring import Keyring, demo_keyring, keyring_from
from ticketing.tickets.keys import KeyListRefused, KeySet, KeyUse, open_keys, seal_keys
from ticketing.tickets.payload import STATIC, RiderCategory, TicketBody
from ticketing.tickets.rotation import rotate
from ticketing.tickets.signing import OpenedTicket, Refusal, TicketIssuer, open_ticket
from ticketing.tickets.subscriptions import KEYS, subscribe

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ROOT = SigningKey(b"r" * 32)
LISTS = SigningKey(b"l" * 32)


def body(key_id: int, begin: datetime) -> TicketBody:
    return TicketBody(
        kind=STATIC,
        key_id=key_id,
        product=7,
        product_version=1,
        valid_from=begin,
        valid_until=begin + timedelta(days=2),
        category=RiderCategory.ADULT,
        riders=1,
        serial=os.urandom(12),
        device_key=b"",
    )


def added(keys: KeySet | None, key: SigningKey, now: datetime, days: int = 400) -> KeySet:
    lasts = timedelta(days=days)
    return rotate(keys, KeyUse.TICKET, key, now, lasts=lasts, issuer="kyushu-maas")


def test_a_ticket_of_the_old_key_is_good_after_the_change_until_the_old_key_ends():
    old, new = SigningKey.generate(), SigningKey.generate()
    first = added(None, old, NOW)
    ticket = TicketIssuer(1, old).issue(body(1, NOW + timedelta(days=300)))
    second = added(first, new, NOW + timedelta(days=200))
    fresh = TicketIssuer(2, new).issue(body(2, NOW + timedelta(days=300)))
    then = NOW + timedelta(days=301)

    for text in (ticket, fresh):
        assert isinstance(open_ticket(text, second, then), OpenedTicket)
    # A reader that has not fetched the new set knows only the old key.
    assert open_ticket(fresh, first, then) is Refusal.UNKNOWN_KEY
    assert second.version == first.version + 1
    third = added(second, SigningKey.generate(), NOW + timedelta(days=401))
    assert [key.key_id for key in third.keys] == [2, 1]  # the first has ended; its id is free


def test_readers_take_the_new_set_only_from_the_root_and_never_an_older_one():
    first = added(None, SigningKey.generate(), NOW)
    second = added(first, SigningKey.generate(), NOW)
    pinned = bytes(ROOT.verify_key)

    assert open_keys(seal_keys(second, ROOT), pinned, newer_than=1) == second
    with pytest.raises(KeyListRefused):
        open_keys(seal_keys(second, SigningKey.generate()), pinned)
    with pytest.raises(KeyListRefused):
        open_keys(seal_keys(first, ROOT), pinned, newer_than=2)


def ring(ends: datetime) -> Keyring:
    issuer = SigningKey(b"i" * 32)
    keys = rotate(None, KeyUse.TICKET, issuer, NOW, lasts=ends - NOW, issuer="x")
    keys = rotate(keys, KeyUse.LIST, LISTS, NOW, lasts=timedelta(days=4000), issuer="x")
    return Keyring(TicketIssuer(1, issuer), LISTS, keys, seal_keys(keys, ROOT), b"", demo=False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_reminder_a_day_however_many_schedulers_60_days_before_and_when_it_is_late(
    backend, tmp_path
):
    # A pass may be good for 180 days after its sale, so the key must change 180 days before.
    ends = NOW + timedelta(days=180 + 100)
    told: dict[int, int] = {}
    clock = FrozenClock(NOW)
    with fresh_engine(backend, tmp_path) as engine:
        sessions = make_sessions(engine)
        handlers = Handlers()

        def tell(reminder):
            told[(clock.now() - NOW).days] = told.get((clock.now() - NOW).days, 0) + 1
            assert reminder.ja
            assert reminder.en

        subscribe(handlers, clock, TicketingConfig(), ring(ends), tell)
        for _ in range(103):
            for _scheduler in range(3):
                schedule(sessions, clock, [Periodic(KEYS, timedelta(days=1))])
            work_off(sessions, clock, handlers)
            clock.move(timedelta(days=1))

    # 100 − 60, 30, 14, 7, 3, 1 days, then every day from the hundredth on.
    assert told == dict.fromkeys([40, 70, 86, 93, 97, 99, 100, 101, 102], 1)


def test_the_commands_make_a_root_and_keys_that_the_service_starts_with(tmp_path: Path):
    run = CliRunner()
    folder = str(tmp_path / "root")
    made = run.invoke(app, ["keys", "root", folder])
    again = run.invoke(app, ["keys", "root", folder])
    lists = run.invoke(app, ["keys", "rotate", folder, "--use", "list"])
    first = run.invoke(app, ["keys", "rotate", folder])
    second = run.invoke(app, ["keys", "rotate", folder])

    assert (made.exit_code, again.exit_code) == (0, 1)
    environment = {}
    for result in (made, lists, first, second):
        assert result.exit_code == 0, result.output
        for name, value in re.findall(r"^(MAAS_TICKET_\w+)=(.+)$", result.output, re.MULTILINE):
            environment[name] = value.strip("'")
    started = keyring_from(environment)
    assert not started.demo
    assert started.keys.version == 3
    assert started.issuer.key_id == 3
    shown = run.invoke(app, ["keys", "show"], env=environment)
    assert shown.exit_code == 0, shown.output
    assert len(shown.output.splitlines()) == 3
    assert (tmp_path / "root" / "root.key").stat().st_mode & 0o077 == 0


def test_the_demos_keys_remind_nobody():
    from ticketing.tickets.rotation import reminders

    assert reminders(demo_keyring(), datetime(2040, 1, 1, tzinfo=UTC)) == []
