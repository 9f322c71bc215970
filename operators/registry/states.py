"""The way of a company into the service, and out of it."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a company stands."""

    CANDIDATE = "candidate"
    INVITED = "invited"
    AGREED = "agreed"
    IN_TEST = "data-in-test"
    LIVE = "live"
    SUSPENDED = "suspended"
    LEFT = "left"


class Kind(StrEnum):
    """What sort of member it is; only operators count towards the goal of 社局."""

    OPERATOR = "operator"
    MUNICIPALITY = "municipality"
    TOURISM = "tourism"
    RETAIL = "retail"
    TAXI = "taxi"
    SHARE_CYCLE = "share-cycle"
    OTHER = "other"


class Mode(StrEnum):
    """What an operator runs."""

    RAIL = "rail"
    BUS = "bus"
    FERRY = "ferry"
    AIR = "air"


PREFECTURES: Final = (
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "山口県",
    "沖縄県",
)

STEPS: Final[dict[State, frozenset[State]]] = {
    State.CANDIDATE: frozenset({State.INVITED, State.LEFT}),
    State.INVITED: frozenset({State.AGREED, State.CANDIDATE, State.LEFT}),
    State.AGREED: frozenset({State.IN_TEST, State.LEFT}),
    State.IN_TEST: frozenset({State.LIVE, State.AGREED, State.LEFT}),
    State.LIVE: frozenset({State.SUSPENDED, State.LEFT}),
    State.SUSPENDED: frozenset({State.LIVE, State.IN_TEST, State.LEFT}),
    State.LEFT: frozenset({State.CANDIDATE}),
}
"""The one table of allowed steps. Who has left may become a candidate again."""

WORDS: Final[dict[State, tuple[str, str]]] = {
    State.CANDIDATE: ("候補", "candidate"),
    State.INVITED: ("招待済み", "invited"),
    State.AGREED: ("協定締結", "agreed"),
    State.IN_TEST: ("データ試験中", "data in test"),
    State.LIVE: ("参加中", "live"),
    State.SUSPENDED: ("休止中", "suspended"),
    State.LEFT: ("退会", "left"),
}
