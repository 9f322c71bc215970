"""
Studies of the network that is served: whose joining helps, what breaks, and how good it is.

Results are kept by fingerprint (version, day of the question, feeds in test) and never made twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import select

from gtfs_feeds.merge import MergeOptions, merge_converted
from gtfs_feeds.watch import FeedStore
from maas.core.clock import Clock, japan_date
from maas.core.network import Network
from maas.db.session import Sessions
from maas.usecases.impact import (
    ImpactStudy,
    Question,
    companies_of,
    explain_weights,
    typical_morning,
)
from maas.usecases.live_network import LiveFeed, live_feeds, network_sources
from maas.usecases.prepare_feeds import SHELF, Preparation, prepare_feeds
from maas.usecases.quality import quality, to_geojson
from maas.usecases.study_kinds import IMPACT, JOINS, QUALITY, Work
from operators.council.service import Results
from operators.registry.models import Company, FeedRegistration
from operators.registry.states import State
from routing.errors import TimetableInvalid
from routing.planner import JourneyPlanner
from routing.street.boarding import change_seconds
from routing.street.footpaths import footpaths
from routing.timetable.compile import Footpaths, compile_timetable
from routing.timetable.model import Timetable
from routing.timetable.store import POINTER, load_timetable

TOGETHER: Final = 10
"""Companies in one job."""


@dataclass
class Studies:
    """What studies a network in one process."""

    sessions: Sessions
    clock: Clock
    network: Path
    """Directory of the network that is served."""
    store: FeedStore
    origins: int
    _study: tuple[str, ImpactStudy] | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @property
    def works(self) -> dict[str, Callable[[dict[str, Any]], None]]:
        """Return what does each kind of work, given its payload."""
        return {IMPACT: self._impact, QUALITY: self._quality, JOINS: self._joins}

    def jobs(self) -> list[Work]:
        """Return what the network asks for, and point the results of each kind at it."""
        opened = self._open()
        if opened is None:
            return []
        version, timetable = opened
        today = japan_date(self.clock)
        at = typical_morning(timetable.network, today - timedelta(days=today.weekday()))
        fingerprint = f"{version}@{at:%Y-%m-%d}"
        facts = {"fingerprint": fingerprint, "version": version, "at": at.isoformat()}
        names = sorted(companies_of(timetable.network))
        parts = [names[n : n + TOGETHER] for n in range(0, len(names), TOGETHER)]
        jobs = [
            Work(IMPACT, f"{fingerprint}:{number}", facts | {"part": number, "companies": part})
            for number, part in enumerate(parts)
        ]
        jobs.append(Work(QUALITY, fingerprint, facts))
        testing = [[feed.tag, feed.sha256] for feed in self._testing()]
        tested = f"{fingerprint}+{sha256(str(testing).encode()).hexdigest()[:16]}"
        if testing:
            jobs.append(Work(JOINS, tested, facts | {"fingerprint": tested, "feeds": testing}))
        with self.sessions.begin() as session:
            results = Results(session, self.clock)
            results.point("impact", fingerprint, parts=len(parts))
            results.point("quality", fingerprint, parts=1)
            results.point("joins", tested, parts=1 if testing else 0)
        return jobs

    def _impact(self, facts: dict[str, Any]) -> None:
        key = f"impact:{facts['fingerprint']}:{int(facts['part']):04}"
        study = self._study_of(facts)
        if study is None:
            return
        found = [study.of(name).as_json() for name in facts["companies"] if name in study.companies]
        document = {
            "at": facts["at"],
            "weights": {tag: explain_weights(study.weights, tag) for tag in ("ja", "en")},
            "companies": found,
        }
        with self.sessions.begin() as session:
            Results(session, self.clock).keep(key, document)

    def _quality(self, facts: dict[str, Any]) -> None:
        opened = self._open()
        if opened is None or opened[0] != facts["version"]:
            return
        timetable = opened[1]
        at = datetime.fromisoformat(facts["at"])
        rows = quality(timetable.network, JourneyPlanner(timetable), at, threads=1)
        with self.sessions.begin() as session:
            results = Results(session, self.clock)
            results.keep(f"quality:{facts['fingerprint']}", to_geojson(rows) | {"at": facts["at"]})

    def _joins(self, facts: dict[str, Any]) -> None:
        """Ask what each feed in test would bring: the network with all of them, without each."""
        testing = [LiveFeed(tag, digest) for tag, digest in facts["feeds"]]
        with self.sessions() as session:
            live = live_feeds(session, self.store)
        tags = {feed.tag for feed in testing}
        others = [feed for feed in live if feed.tag not in tags]
        sources = network_sources(self.network, [*others, *testing], self.store)
        options = MergeOptions()
        feeds = prepare_feeds(sources, Preparation(options, shelf=self.network / SHELF))
        network = merge_converted((feed.converted for feed in feeds), options).network
        walks = footpaths(network)
        changes = Footpaths(walks.from_stop, walks.to_stop, change_seconds(network, walks))
        planner = JourneyPlanner(compile_timetable(network, changes))
        question = Question(datetime.fromisoformat(facts["at"]), self.origins, 1)
        study = ImpactStudy(network, planner, question, companies_of(network, tags))
        found = [study.of(name).as_json() for name in study.companies]
        document = {"at": facts["at"], "companies": found}
        with self.sessions.begin() as session:
            Results(session, self.clock).keep(f"joins:{facts['fingerprint']}:0000", document)

    def _study_of(self, facts: dict[str, Any]) -> ImpactStudy | None:
        """Return the study of a network, kept for the next job; None where it is served no more."""
        with self._lock:
            if self._study is not None and self._study[0] == facts["fingerprint"]:
                return self._study[1]
            opened = self._open()
            if opened is None or opened[0] != facts["version"]:
                return None
            timetable = opened[1]
            question = Question(datetime.fromisoformat(facts["at"]), self.origins, 1)
            network: Network = timetable.network
            study = ImpactStudy(network, JourneyPlanner(timetable), question)
            self._study = (facts["fingerprint"], study)
            return study

    def _open(self) -> tuple[str, Timetable] | None:
        try:
            version = (self.network / POINTER).read_text(encoding="utf-8").strip()
            return version, load_timetable(self.network)
        except (OSError, TimetableInvalid):
            return None

    def _testing(self) -> list[LiveFeed]:
        """Return the newest version of each feed whose company is in test."""
        with self.sessions() as session:
            tags = session.scalars(
                select(FeedRegistration.tag)
                .join(Company, Company.id == FeedRegistration.company_id)
                .where(Company.state == State.IN_TEST, FeedRegistration.kind != "sample")
                .order_by(FeedRegistration.tag)
            ).all()
        found = []
        for tag in tags:
            state = self.store.state(tag)
            digest = state.held or state.current
            if digest:
                found.append(LiveFeed(tag, digest))
        return found
