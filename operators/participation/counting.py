"""
The count of companies that take part: a query with history, not a number typed in.

A company counts on a day only while it is live with a valid agreement and a valid feed or a
product that it accepts. Facts carry their days, so the count of any past day can be asked
again and gives the same answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from maas.core.clock import JAPAN
from operators.registry.models import Company
from operators.registry.states import Kind, State

Span = tuple[date, date | None]
"""First and last day, both included; None: open."""


@dataclass(frozen=True, slots=True)
class Goal:
    """How many companies by when."""

    label_ja: str
    label_en: str
    by: date
    companies: int


GOALS: Final = (
    Goal("2027年度末", "end of FY2027", date(2028, 3, 31), 60),
    Goal("2030年末", "end of 2030", date(2030, 12, 31), 100),
)
"""100 is 60 % of the region's rail, bus, domestic ferry and air companies (about 167)."""

REGION_COMPANIES: Final = 167


@dataclass(frozen=True, slots=True)
class Member:
    """A company as the count sees it."""

    slug: str
    name: str
    kind: Kind
    modes: tuple[str, ...]
    prefectures: tuple[str, ...]
    state: State
    states: tuple[tuple[date, State], ...]
    """Day in Japan of each step and the state after it, in order."""
    agreements: tuple[Span, ...]
    feeds: tuple[Span, ...]
    products: tuple[Span, ...]

    def state_on(self, day: date) -> State | None:
        """Return the state at the end of the day, None before it was entered."""
        found = None
        for begin, state in self.states:
            if begin > day:
                break
            found = state
        return found

    def lacks(self, day: date) -> tuple[str, ...]:
        """Return what keeps it from counting on a day: `live`, `agreement`, `feed-or-product`."""
        missing = []
        if self.state_on(day) is not State.LIVE:
            missing.append("live")
        if not _any(self.agreements, day):
            missing.append("agreement")
        if not _any(self.feeds, day) and not _any(self.products, day):
            missing.append("feed-or-product")
        return tuple(missing)

    def counts(self, day: date) -> bool:
        """Tell whether it counts on a day."""
        return not self.lacks(day)


def _any(spans: Iterable[Span], day: date) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in spans)


def members(session: Session) -> list[Member]:
    """Return every company with all its days."""
    query = select(Company).options(
        selectinload(Company.steps),
        selectinload(Company.feeds),
        selectinload(Company.products),
        selectinload(Company.agreements),
    )
    return [_member(company) for company in session.scalars(query.order_by(Company.slug))]


def _member(company: Company) -> Member:
    return Member(
        slug=company.slug,
        name=company.name,
        kind=company.kind,
        modes=tuple(company.modes),
        prefectures=tuple(company.prefectures),
        state=company.state,
        states=tuple((step.at.astimezone(JAPAN).date(), step.after) for step in company.steps),
        agreements=tuple(
            (row.valid_from, _end(row.valid_until, row.terminated_on)) for row in company.agreements
        ),
        feeds=tuple((row.valid_from, row.valid_until) for row in company.feeds),
        products=tuple((row.valid_from, row.valid_until) for row in company.products),
    )


def _end(valid_until: date | None, terminated_on: date | None) -> date | None:
    ends = [day for day in (valid_until, terminated_on) if day is not None]
    return min(ends) if ends else None


@dataclass(frozen=True, slots=True)
class Count:
    """Who counts on a day. A company of two prefectures is in both rows, and once in `total`."""

    day: date
    total: int
    by_prefecture: dict[str, int]
    by_mode: dict[str, int]
    by_state: dict[str, int]
    others: dict[str, int]
    """Live members that are no operators, by kind: kept and counted apart."""


def count_on(people: Sequence[Member], day: date) -> Count:
    """Count one day."""
    operators = [member for member in people if member.kind is Kind.OPERATOR]
    counted = [member for member in operators if member.counts(day)]
    others = [
        member
        for member in people
        if member.kind is not Kind.OPERATOR and member.state_on(day) is State.LIVE
    ]
    states = [state for member in operators if (state := member.state_on(day))]
    return Count(
        day=day,
        total=len(counted),
        by_prefecture=_tally(name for member in counted for name in member.prefectures),
        by_mode=_tally(mode for member in counted for mode in member.modes),
        by_state=_tally(state.value for state in states),
        others=_tally(member.kind.value for member in others),
    )


def _tally(names: Iterable[str]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name in names:
        sums[name] = sums.get(name, 0) + 1
    return dict(sorted(sums.items()))


def history(
    people: Sequence[Member], first: date, last: date, *, every_days: int = 1
) -> list[Count]:
    """Count each day of a span, or every so many days; the last day is always in it."""
    days = [
        first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, every_days)
    ]
    if days and days[-1] != last:
        days.append(last)
    return [count_on(people, day) for day in days]


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the goal would be met if every company in the pipeline went on as others did."""

    goal: Goal
    counted: int
    expected: int
    """Counted now, and those in the pipeline whose remaining stages would end by then."""
    missing: int
    unknown: int
    """In a stage that no company has passed yet: no pace is known, so they are not expected."""


STAGES: Final = (State.CANDIDATE, State.INVITED, State.AGREED, State.IN_TEST)


def pace(people: Sequence[Member]) -> dict[State, float]:
    """Return the median days that companies spent in each stage that at least one has left."""
    spent: dict[State, list[int]] = {}
    for member in people:
        for (begin, state), (end, after) in zip(member.states, member.states[1:], strict=False):
            if state in STAGES and after is not State.LEFT:
                spent.setdefault(state, []).append((end - begin).days)
    return {state: median(days) for state, days in spent.items()}


def forecast(
    people: Sequence[Member], today: date, goals: Sequence[Goal] = GOALS
) -> list[Forecast]:
    """
    Say what the pipeline would bring by each goal's day, at the pace seen so far.

    Candidates that nobody has invited are not in the pipeline: they are not expected.
    """
    speed = pace(people)
    counted = sum(member.counts(today) for member in people if member.kind is Kind.OPERATOR)
    arrivals: list[date] = []
    unknown = 0
    for member in people:
        state = member.state_on(today)
        if member.kind is not Kind.OPERATOR or state not in STAGES[1:]:
            continue
        ahead = STAGES[STAGES.index(state) :]
        if any(stage not in speed for stage in ahead):
            unknown += 1
            continue
        since = max(day for day, _ in member.states if day <= today)
        days = sum(speed[stage] for stage in ahead)
        # A stage that already lasts longer than the median ends today at the earliest.
        arrivals.append(max(since + timedelta(days=round(days)), today))
    return [
        Forecast(
            goal=goal,
            counted=counted,
            expected=counted + sum(day <= goal.by for day in arrivals),
            missing=max(goal.companies - counted - sum(day <= goal.by for day in arrivals), 0),
            unknown=unknown,
        )
        for goal in goals
    ]
