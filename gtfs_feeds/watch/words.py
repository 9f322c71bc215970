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
UNREACHED: Final[tuple[tuple[str, str], ...]] = (
    ("The address is malformed.", "アドレスとして読めません。"),
    ("The address or a header is malformed.", "アドレスか応答の形が正しくありません。"),
    ("There are too many redirects.", "転送が多すぎます。"),
    ("Only http and https are fetched.", "http と https のアドレスだけを取得します。"),
    ("The host is unknown.", "サーバーが見つかりません。"),
    (
        "The host is not on the public internet.",
        "公開されたインターネット上のサーバーではありません。",
    ),
    ("The answer is larger than any feed.", "応答が時刻表データとしては大きすぎます。"),
    ("The answer takes too long.", "応答に時間がかかりすぎます。"),
    ("No answer", "応答がありません"),
    ("status", "応答の状態コード"),
)
"""How the reasons begin for which nothing was fetched, in English and Japanese."""


def unreached(reason: str, language: Language) -> str:
    """Return why nothing was fetched; a reason that is not known stays as it is."""
    for english, japanese in UNREACHED:
        if language == "ja" and reason.startswith(english):
            return japanese + reason.removeprefix(english)
    return reason


VERDICTS: Final[dict[Verdict, dict[Language, str]]] = {
    Verdict.GOOD: {"ja": "合格", "en": "valid"},
    Verdict.FLAWED: {"ja": "エラーあり", "en": "has errors"},
    Verdict.UNREADABLE: {"ja": "読めません", "en": "unreadable"},
}
