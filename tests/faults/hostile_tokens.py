"""
Hostile ticket codes: not one may be accepted, not one may raise.

`python -m tests.faults.hostile_tokens --count 1000000` prints how many of each kind were tried
and what they were answered; it ends with 1 when one was accepted.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import base45
from nacl.signing import SigningKey

from tests.ticketing import vectors
from ticketing.inspection.coverage import Place
from ticketing.inspection.inspect import ReaderState, inspect
from ticketing.tickets.keys import RevocationList, open_revocations, seal_revocations
from ticketing.tickets.payload import LIVE_BYTES

PLACE = Place("op-rail", "main", "rail")
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def revocations() -> RevocationList:
    """Return a list issued an hour before the vectors' present."""
    sealed = seal_revocations(
        [vectors.REVOKED_SERIAL],
        version=1,
        issued=vectors.NOW - timedelta(hours=1),
        not_after=vectors.NOW + timedelta(days=30),
        key=vectors.LISTS,
    )
    return open_revocations(sealed, vectors.KEYS, vectors.NOW)


def reader() -> ReaderState:
    """Return a reader with fresh lists and a checked clock."""
    return ReaderState(vectors.KEYS, revocations(), vectors.RULES, {}, vectors.NOW)


def _text(data: bytes) -> str:
    return "KQ1:" + bytes(base45.b45encode(data)).decode()


def attacks(rng: random.Random) -> dict[str, Callable[[], tuple[str, datetime]]]:
    """Return ways to make a code that must be refused, and when it is shown."""
    good = [vectors.ticket(vectors.BASE), vectors.live()]
    data = [bytes(base45.b45decode(text[4:])) for text in good]
    revoked = vectors.ticket(replace(vectors.BASE, serial=vectors.REVOKED_SERIAL))
    strangers = [SigningKey(rng.randbytes(32)) for _ in range(20)]
    forged = [vectors.ticket(vectors.BASE, key) for key in strangers]
    stolen = [vectors.live(phone=key) for key in strangers]
    # A live code lives 60 s + 90 s of skew after it was drawn, and 90 s before.
    off = [*range(-600, -90), *range(151, 601)]

    def flip() -> tuple[str, datetime]:
        changed = bytearray(rng.choice(data))
        for _ in range(rng.choice([1, 1, 1, 2, 8])):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return (_text(bytes(changed)) if bytes(changed) not in data else ""), vectors.NOW

    def cut() -> tuple[str, datetime]:
        text = rng.choice(good)
        return text[: rng.randrange(len(text))], vectors.NOW

    def noise() -> tuple[str, datetime]:
        return "KQ1:" + "".join(rng.choices(ALPHABET, k=rng.randrange(300))), vectors.NOW

    def random_bytes() -> tuple[str, datetime]:
        body = bytes([rng.choice([0x11, 0x12]), 7])
        return _text(body + rng.randbytes(rng.choice([88, 120, LIVE_BYTES - 2]))), vectors.NOW

    def swapped() -> tuple[str, datetime]:
        begin = rng.randrange(4, 60)
        return good[0][:begin] + good[1][begin : len(good[0])], vectors.NOW

    def foreign() -> tuple[str, datetime]:
        prefix = rng.choice(["HC1:", "KT1:", "kq1:", "KQ2:", " KQ1:", "https://", "KQ1", "\x00"])
        return prefix + rng.choice(good)[4:], vectors.NOW

    def clock() -> tuple[str, datetime]:
        return good[1], vectors.NOW + timedelta(seconds=rng.choice(off))

    return {
        "bit flips": flip,
        "truncations": cut,
        "noise": noise,
        "random bytes with a good head": random_bytes,
        "spliced codes": swapped,
        "foreign prefixes": foreign,
        "wrong keys": lambda: (rng.choice(forged), vectors.NOW),
        "another phone": lambda: (rng.choice(stolen), vectors.NOW),
        "revoked": lambda: (revoked, vectors.NOW),
        "clock off by up to 10 minutes": clock,
        "list past its end": lambda: (good[0], datetime(2027, 1, 1, tzinfo=UTC)),
    }


def run(count: int, seed: int) -> Iterator[tuple[str, str, bool]]:
    """Yield attack, reason and whether it was accepted, `count` times."""
    rng = random.Random(seed)
    state = reader()
    kinds = list(attacks(rng).items())
    for number in range(count):
        name, attack = kinds[number % len(kinds)]
        text, at = attack()
        verdict = inspect(text, at, PLACE, state)
        yield name, verdict.reason, verdict.accepted


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.perf_counter()
    answers: Counter[tuple[str, str]] = Counter()
    accepted = 0
    for name, reason, taken in run(options.count, options.seed):
        answers[name, reason] += 1
        accepted += taken
    for (name, reason), number in sorted(answers.items()):
        print(f"{name:32} {reason:22} {number:9,}")
    spent = time.perf_counter() - begin
    print(f"{options.count:,} codes, {accepted} accepted, {options.count / spent:,.0f} a second")
    return 1 if accepted else 0


if __name__ == "__main__":
    raise SystemExit(main())
