"""What the outcomes of a visit mean to people."""

from typing import Final

from gtfs_feeds.validate.catalogue import Language
from gtfs_feeds.watch.verdicts import Verdict
from gtfs_feeds.watch.watcher import Outcome

OUTCOMES: Final[dict[Outcome, dict[Language, str]]] = {
    Outcome.UNCHANGED: {"ja": "変更なし", "en": "unchanged"},
    Outcome.REPLACED: {"ja": "新しい版に替えました", "en": "replaced by the new version"},
    Outcome.HELD: {
        "ja": "保留しました（人の確認が必要です）",
        "en": "held: a person must look at it",
    },
    Outcome.REJECTED: {
        "ja": "使いませんでした（今の版のままです）",
        "en": "rejected: the present version stays",
    },
    Outcome.UNREACHABLE: {"ja": "取得できませんでした", "en": "could not be fetched"},
    Outcome.RESTING: {"ja": "サーバーの求めで待っています", "en": "waiting, as the server asked"},
}
VERDICTS: Final[dict[Verdict, dict[Language, str]]] = {
    Verdict.GOOD: {"ja": "合格", "en": "valid"},
    Verdict.FLAWED: {"ja": "エラーあり", "en": "has errors"},
    Verdict.UNREADABLE: {"ja": "読めません", "en": "unreadable"},
}
