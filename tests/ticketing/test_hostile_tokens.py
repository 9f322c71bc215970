from tests.faults import hostile_tokens
from tests.ticketing import vectors
from ticketing.inspection.inspect import inspect


def test_no_hostile_code_is_accepted() -> None:
    accepted = [name for name, _, taken in hostile_tokens.run(11_000, seed=3) if taken]

    assert accepted == []


def test_the_same_reader_accepts_the_true_codes() -> None:
    # The control: the reader above does not simply refuse everything.
    for text in (vectors.ticket(vectors.BASE), vectors.live()):
        verdict = inspect(text, vectors.NOW, hostile_tokens.PLACE, hostile_tokens.reader())
        assert verdict.accepted
