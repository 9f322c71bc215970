"""Invitations, links by mail, sessions, and forgetting people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from maas.core.clock import FrozenClock
from maas.db.outbox import OutboxJob
from maas.rest.models import AccessKey
from operators.access.errors import AddressInvalid, AddressTaken, LinkInvalid
from operators.access.models import Role, StaffAccount
from operators.access.service import (
    INVITATION_LASTS,
    LINK_LASTS,
    MAIL_INVITATION,
    MAIL_SIGN_IN,
    Access,
    mail_address,
)
from operators.registry.errors import CompanyExists, CompanyInvalid
from operators.registry.models import Company, CompanyChange
from operators.registry.service import Because, Confirmed, NewCompany, Registry
from operators.registry.states import State
from tests.support.database import fresh_engine

START = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
MAIL = "Hanako@Example.JP"
SAID = Confirmed(
    "見本渡船", "みほんとせん", "Sample Ferry", "3000020401307", "", ("ferry",), ("福岡県",)
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with fresh_engine("sqlite", tmp_path) as engine, Session(engine) as session, session.begin():
        registry = Registry(session, FrozenClock(START))
        for slug in ("ferry", "bus"):
            registry.enter(NewCompany(slug, f"候補{slug}"), Because("council", "seed"))
        yield session


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def access(session: Session, clock: FrozenClock) -> Access:
    return Access(session, clock)


def link(access: Access, slug: str = "ferry", email: str = MAIL) -> str:
    made = access.invitation_link(access.invite(slug, email, "council").id)
    assert made is not None
    return made[0]


def test_an_invitation_takes_a_candidate_on_and_asks_for_one_mail(
    session: Session, access: Access
) -> None:
    invitation = access.invite("ferry", MAIL, "council")

    company = Registry(session, FrozenClock(START)).find_by_slug("ferry")
    assert company is not None
    assert company.state is State.INVITED
    (job,) = session.scalars(select(OutboxJob).where(OutboxJob.kind == MAIL_INVITATION))
    assert job.payload == {"invitation": str(invitation.id)}


def test_an_operator_confirms_its_company_and_is_signed_in(
    session: Session, access: Access
) -> None:
    signed_in = access.accept(link(access), SAID)

    assert (signed_in.role, signed_in.company) == (Role.OPERATOR, "ferry")
    (key,) = session.scalars(select(AccessKey))
    assert (key.operator_id, key.rights) == ("ferry", ["operator"])
    company = session.scalars(select(Company).where(Company.slug == "ferry")).one()
    assert (company.name, company.corporate_number) == ("見本渡船", "3000020401307")
    (change,) = session.scalars(select(CompanyChange))
    # Nothing is overwritten: what the council had entered is still to be read.
    assert change.before["name"] == "候補ferry"
    assert change.after["name"] == "見本渡船"


def test_a_link_works_once_and_no_secret_is_stored(session: Session, access: Access) -> None:
    secret = link(access)
    signed_in = access.accept(secret, SAID)

    with pytest.raises(LinkInvalid):
        access.accept(secret, SAID)
    session.flush()
    everything = ""
    for (table,) in session.execute(text("SELECT name FROM sqlite_master WHERE type='table'")):
        everything += str(session.execute(text(f'SELECT * FROM "{table}"')).all())
    assert secret not in everything
    assert signed_in.secret not in everything


def test_an_invitation_ends_after_two_weeks(access: Access, clock: FrozenClock) -> None:
    secret = link(access)
    clock.move(INVITATION_LASTS - timedelta(seconds=1))
    assert access.opened(secret)[1].slug == "ferry"

    clock.move(timedelta(seconds=1))

    with pytest.raises(LinkInvalid):
        access.opened(secret)


def test_an_invitation_that_was_taken_back_or_mailed_again_opens_nothing(access: Access) -> None:
    invitation = access.invite("ferry", MAIL, "council")
    first = access.invitation_link(invitation.id)
    second = access.invitation_link(invitation.id)
    assert first is not None
    assert second is not None
    with pytest.raises(LinkInvalid):
        access.opened(first[0])
    assert access.opened(second[0])[0].id == invitation.id

    assert access.revoke(invitation.id)

    with pytest.raises(LinkInvalid):
        access.opened(second[0])
    assert access.invitation_link(invitation.id) is None
    assert not access.revoke(invitation.id)


def test_wrong_company_data_leaves_the_link_usable(access: Access) -> None:
    secret = link(access)
    # The check digit of 3000020401307 is 3; with 4 it cannot be a 法人番号.
    with pytest.raises(CompanyInvalid):
        access.accept(secret, Confirmed("見本", corporate_number="4000020401307"))


def test_a_number_of_another_company_is_refused(access: Access) -> None:
    access.accept(link(access), SAID)

    with pytest.raises(CompanyExists):
        access.accept(link(access, "bus", "bus@example.jp"), SAID)


def test_one_address_signs_in_for_one_company(access: Access) -> None:
    access.accept(link(access), SAID)

    with pytest.raises(AddressTaken):
        access.invite("bus", MAIL, "council")
    with pytest.raises(AddressTaken):
        access.add_council_member(MAIL)


def test_a_mailed_link_signs_in_once_within_half_an_hour(
    session: Session, access: Access, clock: FrozenClock
) -> None:
    account = access.add_council_member("council@example.jp")
    access.ask("COUNCIL@example.jp ")
    (job,) = session.scalars(select(OutboxJob).where(OutboxJob.kind == MAIL_SIGN_IN))
    assert job.payload == {"staff": str(account.id)}
    made = [access.sign_in_link(account.id) for _ in range(2)]
    first, late = (one[0] for one in made if one)

    assert access.sign_in(first).role is Role.COUNCIL
    with pytest.raises(LinkInvalid):
        access.sign_in(first)
    clock.move(LINK_LASTS)
    with pytest.raises(LinkInvalid):
        access.sign_in(late)


def test_an_address_without_account_gets_no_mail_and_no_other_answer(
    session: Session, access: Access
) -> None:
    access.ask("nobody@example.jp")

    assert not session.scalars(select(OutboxJob)).all()


def test_forgetting_a_person_leaves_nothing_of_them(session: Session, access: Access) -> None:
    access.accept(link(access), SAID)
    account = session.scalars(select(StaffAccount)).one()
    access.sign_in_link(account.id)

    access.forget(account)

    everything = ""
    for (table,) in session.execute(text("SELECT name FROM sqlite_master WHERE type='table'")):
        everything += str(session.execute(text(f'SELECT * FROM "{table}"')).all())
    assert "hanako" not in everything.lower()
    assert not session.scalars(select(AccessKey)).all()


def test_an_invitation_that_ended_unused_forgets_whom_it_was_for(
    session: Session, access: Access, clock: FrozenClock
) -> None:
    invitation = access.invite("ferry", MAIL, "council")
    access.forget_expired()
    assert invitation.email == "hanako@example.jp"

    clock.move(INVITATION_LASTS)
    access.forget_expired()
    session.refresh(invitation)

    assert invitation.email == ""


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_is_refused(words: str) -> None:
    try:
        address = mail_address(words)
    except AddressInvalid:
        return
    assert address.isprintable()
    assert " " not in address


@pytest.mark.parametrize(
    "address", ["a@b", "a b@c.jp", "a@c.jp,d@e.jp", "a@c.jp\nBcc: x@y.jp", "<a@c.jp>", "@c.jp", ""]
)
def test_what_could_smuggle_a_header_or_a_second_receiver_is_no_address(address: str) -> None:
    with pytest.raises(AddressInvalid):
        mail_address(address)
