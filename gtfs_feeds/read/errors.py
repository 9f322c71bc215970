"""The one failure of reading: the thing is no feed at all."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from maas.core.errors import Kind, MaasError


class Unreadable(StrEnum):
    """Why something is no feed."""

    MISSING = "missing"
    EMPTY = "empty"
    HTML = "html"
    NOT_ZIP = "not-zip"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    BOMB = "zip-bomb"
    TOO_LARGE = "too-large"
    TOO_MANY_FILES = "too-many-files"
    NO_TABLES = "no-tables"


JAPANESE: Final = MappingProxyType(
    {
        Unreadable.MISSING: "ファイルを開けません。パスと権限を確かめてください。",
        Unreadable.EMPTY: "ファイルが空です。もう一度書き出すか、取得し直してください。",
        Unreadable.HTML: "zip ではなくウェブページ (HTML) です。"
        "ログインや「見つかりません」のページを保存していないか、URL を確かめてください。",
        Unreadable.NOT_ZIP: "zip ファイルではありません。"
        "GTFS のファイルをまとめた zip かフォルダーを渡してください。",
        Unreadable.DAMAGED: "zip が壊れていて開けません。"
        "途中で切れていないか、もう一度取得してください。",
        Unreadable.ENCRYPTED: "zip にパスワードがかかっています。"
        "パスワードなしで作り直してください。",
        Unreadable.BOMB: "zip が異常な倍率で膨らむため、開くのをやめました (zip 爆弾の疑い)。",
        Unreadable.TOO_LARGE: "大きさが上限を超えています。不要なファイルを除いてください。",
        Unreadable.TOO_MANY_FILES: "ファイルの数が上限を超えています。"
        "GTFS のファイルだけにしてください。",
        Unreadable.NO_TABLES: "GTFS のファイル (stops.txt など) が一つもありません。",
    }
)

ENGLISH: Final = MappingProxyType(
    {
        Unreadable.MISSING: "The file cannot be opened. Check its path and permissions.",
        Unreadable.EMPTY: "The file is empty. Export or download it again.",
        Unreadable.HTML: "This is a web page (HTML), not a zip. Check the address: "
        "it may have answered with a login or a not-found page.",
        Unreadable.NOT_ZIP: "This is no zip file. "
        "Give a zip or a folder that holds the files of GTFS.",
        Unreadable.DAMAGED: "The zip is damaged and cannot be opened. "
        "It may be cut short: fetch it again.",
        Unreadable.ENCRYPTED: "The zip is protected by a password. Make it again without one.",
        Unreadable.BOMB: "The zip expands beyond any real feed, so it was not opened "
        "(a zip bomb?).",
        Unreadable.TOO_LARGE: "It is larger than the limit. Leave out what is not needed.",
        Unreadable.TOO_MANY_FILES: "It holds more files than the limit. "
        "Keep only the files of GTFS.",
        Unreadable.NO_TABLES: "It holds none of the files of GTFS (stops.txt and so on).",
    }
)


class FeedUnreadable(MaasError):
    """
    The thing is no feed at all; everything short of that is a `Fault`.

    `facts` holds `reason` (a value of `Unreadable`) and `detail_ja`; `detail` is English.
    """

    code = "feed-unreadable"
    title = "This cannot be read as a feed"
    kind = Kind.INVALID

    def __init__(self, reason: Unreadable, *, file: str = "", **facts: str | int) -> None:
        super().__init__(
            ENGLISH[reason], reason=reason.value, detail_ja=JAPANESE[reason], file=file, **facts
        )
        self.reason = reason

    @property
    def detail_ja(self) -> str:
        """The reason and its remedy in Japanese."""
        return JAPANESE[self.reason]
