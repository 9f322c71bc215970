"""What the codes of a merge mean, for people, in Japanese and English."""

from typing import Final

_MESSAGES: Final[dict[str, tuple[str, str]]] = {
    # why a feed is quarantined
    "bad-tag": (
        "フィードの短縮名が正しくありません。半角英数字とハイフンだけを使ってください。",
        "The tag of the feed is not valid: use letters, digits and hyphens only.",
    ),
    "tag-twice": (
        "同じ短縮名のフィードが二つあります。別の短縮名を付けてください。",
        "Two feeds have the same tag: give one of them another.",
    ),
    "missing-table": (
        "必要なファイルがないか空です (agency, stops, routes, trips, stop_times, calendar)。",
        "A required file is missing or empty (agency, stops, routes, trips, stop_times, calendar).",
    ),
    "no-time-zone": (
        "有効なタイムゾーンを持つ事業者がありません。agency_timezone を直してください。",
        "No agency has a valid time zone: mend agency_timezone.",
    ),
    "no-usable-trip": (
        "使える便が一つもありません。下の指摘を直してください。",
        "Not one trip is usable: mend the findings below.",
    ),
    "no-service-day": (
        "運行日が一日もありません。calendar と calendar_dates を確かめてください。",
        "There is no day of service: check calendar and calendar_dates.",
    ),
    "no-service-in-window": (
        (
            "指定された期間に運行日がありません。期間を変えるか、延長 (--extend-until) か移動 "
            "(--shift-to) を指定してください。"
        ),
        (
            "No service in the days asked for: change the days, or ask to extend "
            "(--extend-until) or shift (--shift-to) the calendar."
        ),
    ),
    "expired": (
        "有効期間が過ぎています。新しいデータを取り寄せるか、延長を指定してください。",
        "The feed has expired: get its successor, or ask to extend its calendar.",
    ),
    "too-many-services": (
        "運行区分と日数の組み合わせが多すぎます。使わない運行区分を除いてください。",
        "Too many services over too many days: leave out the services that no trip uses.",
    ),
    "too-many-languages": (
        "翻訳の言語が多すぎます。行の多い五十言語だけを使います。",
        "Too many languages; only the fifty with most rows are used.",
    ),
    "far-from-the-others": (
        "運行日がほかのフィードと十年以上離れています。日付を確かめてください。",
        "The days of service lie more than a decade from the other feeds': check the dates.",
    ),
    "internal-error": (
        "変換中に予期しない誤りが起きました。開発者に知らせてください。",
        "The conversion met an error that it did not expect: tell the developers.",
    ),
    # rows that are left out
    "duplicate-key": (
        "同じキーの行が前にあります。後の行は使いません。",
        "A row before has the same key; this one is not used.",
    ),
    "missing-id": ("ID が空の行は使いません。", "A row without an id is not used."),
    "unknown-reference": (
        "参照先がありません。この行は使いません。",
        "What the row refers to does not exist; the row is not used.",
    ),
    "bad-value": (
        "値が読めません。この行は使いません。",
        "The value cannot be read; the row is not used.",
    ),
    "bad-time": (
        "時刻が読めません。この通過時刻は使いません (推定はしません)。",
        "The time cannot be read; the call is not used (nothing is guessed).",
    ),
    "bad-date": ("日付が読めません。", "The date cannot be read."),
    "times-fall": (
        "時刻が前の停留所より戻っています。この便は使いません。24時以降は 25:10:00 と書きます。",
        (
            "The times fall from one call to the next; the trip is not used. Write times after "
            "midnight as 25:10:00."
        ),
    ),
    "too-few-calls": (
        "使える通過時刻が二つ未満の便は使いません。",
        "A trip with fewer than two usable calls is not used.",
    ),
    "untimed-end": (
        "始発または終着側に時刻のない停留所があります。時刻のある区間だけを使います。",
        "The first or last calls have no time; only the part between timed calls is used.",
    ),
    "on-demand-row": (
        "予約制区域運行の行 (GTFS-Flex) は時刻表の検索には使いません。",
        "A row of on-demand service (GTFS-Flex) takes no part in the timetable search.",
    ),
    "not-for-passengers": (
        "入口や通路など乗降できない地点への通過時刻です。この行は使いません。",
        "A call at an entrance or a node where nobody boards; the row is not used.",
    ),
    "endless-calendar": (
        "運行期間が長すぎます (四年超)。その一部だけを使います。",
        "The calendar runs for more than four years; only a part is used.",
    ),
    # rows that are read with care
    "no-coordinate": (
        "座標がないか範囲外です。徒歩の乗換には使いません。",
        "No coordinate, or one off the earth; no walk leads there.",
    ),
    "agency-assumed": (
        "事業者 ID が一致しません。事業者は一つだけなのでそれとみなします。",
        "The agency id is unknown; as the feed has one agency, that one is meant.",
    ),
    "parent-ignored": (
        "親駅がないか、親子関係が循環しています。親なしとして扱います。",
        "The parent station does not exist or goes round in a circle; it is ignored.",
    ),
    "unknown-mode": (
        "route_type が不明です。「その他」として扱います。",
        "The route_type is not known; it is taken as miscellaneous.",
    ),
    "value-ignored": (
        "値が範囲外です。未指定として扱います。",
        "The value is out of range; it is taken as not given.",
    ),
    "repeated-sequence": (
        "前の行と同じ stop_sequence です。別の停留所なので次の停車として読みます。",
        "The stop_sequence is that of the row before; at another stop, so it is read as the next.",
    ),
    "service-without-days": (
        "運行日が一日もない運行区分の便は検索に現れません。",
        "A service without a single day: its trips never appear.",
    ),
    "override-unknown": (
        "場所の手直し表にある停留所がネットワークにありません。",
        "The table of place corrections names a stop that is not in the network.",
    ),
}


def message(code: str, language: str) -> str:
    """Return what a code means in `ja` or `en`; the code itself where it has no text."""
    texts = _MESSAGES.get(code)
    return code if texts is None else texts[language != "ja"]
