"""The words of a report that belong to no finding."""

from typing import Final

from gtfs_feeds.validate.catalogue import Language

WORDS: Final[dict[str, dict[Language, str]]] = {
    "title": {"ja": "フィード検証レポート", "en": "Feed validation report"},
    "valid": {"ja": "合格（エラーなし）", "en": "Valid (no errors)"},
    "invalid": {"ja": "不合格（エラーあり）", "en": "Invalid (errors)"},
    "ERROR": {"ja": "エラー", "en": "Errors"},
    "WARNING": {"ja": "警告", "en": "Warnings"},
    "INFO": {"ja": "情報", "en": "Notes"},
    "profile": {"ja": "適用した基準", "en": "Profile used"},
    "default": {
        "ja": "既定値。フィードの内容から自動では切り替えません",
        "en": "the default; never switched by what a feed contains",
    },
    "chosen": {"ja": "指定による", "en": "as asked for"},
    "suggestion": {"ja": "内容からの推定", "en": "The content hints at"},
    "evidence": {"ja": "根拠", "en": "by"},
    "date": {"ja": "基準日", "en": "Date"},
    "cause": {"ja": "原因", "en": "Cause"},
    "remedy": {"ja": "直し方", "en": "Remedy"},
    "count": {"ja": "件", "en": "found"},
    "more": {"ja": "ほか", "en": "and more:"},
    "whole": {"ja": "（全体）", "en": "(whole feed)"},
    "silenced": {"ja": "この基準では報告しない指摘", "en": "Not reported in this profile"},
    "stops": {"ja": "停留所", "en": "Stops"},
    "routes": {"ja": "経路", "en": "Routes"},
    "trips": {"ja": "便", "en": "Trips"},
    "calls": {"ja": "停車", "en": "Calls"},
    "fares": {"ja": "運賃定義", "en": "Fare rules"},
    "agencies": {"ja": "事業者", "en": "Agencies"},
    "map": {"ja": "地図", "en": "Map"},
    "off_map": {"ja": "地図の外の指摘", "en": "Findings off the map"},
    "findings": {"ja": "指摘", "en": "Findings"},
    "none": {"ja": "指摘はありません。", "en": "Nothing was found."},
    "line": {"ja": "場所", "en": "Where"},
    "value": {"ja": "値", "en": "Value"},
    "context": {"ja": "内容", "en": "Context"},
    "all": {"ja": "すべて", "en": "All"},
    "reset": {"ja": "全体を表示", "en": "Show all"},
    "timing": {"ja": "所要時間", "en": "Time taken"},
    "help": {
        "ja": "指摘を選ぶと地図に場所が出ます。ドラッグで移動、ホイールで拡大します。",
        "en": "Choose a finding to see its places. Drag to move, wheel to zoom.",
    },
}


def word(key: str, language: Language) -> str:
    """Return a word of the report."""
    return WORDS[key][language]
