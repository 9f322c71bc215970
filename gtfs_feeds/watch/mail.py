"""Warnings as mail: one digest for each address, Japanese first, English below."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

from gtfs_feeds.validate.catalogue import LANGUAGES, Language
from gtfs_feeds.watch.expiry import Expiring
from maas.core.mail import Mail

TEXTS: Final[dict[str, dict[Language, str]]] = {
    "subject": {
        "ja": "時刻表データの有効期限のお知らせ（{count}件）",
        "en": "Timetable data about to end ({count})",
    },
    "greeting": {
        "ja": "公開中の時刻表データ (GTFS) の有効期限についてお知らせします。",
        "en": "This is about the validity of your published timetable data (GTFS).",
    },
    "before": {
        "ja": "・{name}（{tag}）: {end} まで有効です。あと {days} 日で終わります。",
        "en": "- {name} ({tag}): valid until {end}. It ends in {days} days.",
    },
    "today": {
        "ja": "・{name}（{tag}）: 本日 {end} で終わります。",
        "en": "- {name} ({tag}): it ends today, {end}.",
    },
    "after": {
        "ja": "・{name}（{tag}）: {end} で終わりました。{days} 日過ぎています。",
        "en": "- {name} ({tag}): it ended on {end}, {days} days ago.",
    },
    "ask": {
        "ja": "次期データを同じ URL で公開してください。季節運行であれば、お知らせを止められます。",
        "en": "Please publish the next period at the same address. Seasonal feeds can be snoozed.",
    },
}


ADDRESS: Final = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\"]+")


def _line(entry: Expiring, today: date, language: Language) -> str:
    days = (entry.last_day - today).days
    key = "before" if days > 0 else "today" if days == 0 else "after"
    name = "".join(mark if mark.isprintable() else " " for mark in entry.name)
    return TEXTS[key][language].format(
        name=name, tag=entry.tag, end=entry.last_day.isoformat(), days=abs(days)
    )


def digests(expiring: Iterable[Expiring], today: date) -> list[Mail]:
    """
    Return one mail for each address that has something to hear, most urgent feed first.

    Feeds without a proper address are left out; the operators' page lists them all the same.
    """
    by_address: defaultdict[str, list[Expiring]] = defaultdict(list)
    for entry in expiring:
        if ADDRESS.fullmatch(entry.contact):
            by_address[entry.contact].append(entry)
    mails: list[Mail] = []
    for address, entries in sorted(by_address.items()):
        entries.sort(key=lambda entry: (entry.last_day, entry.tag))
        parts: list[str] = []
        for language in LANGUAGES:
            lines = [_line(entry, today, language) for entry in entries]
            greeting, ask = TEXTS["greeting"][language], TEXTS["ask"][language]
            parts.append("\n".join([greeting, "", *lines, "", ask]))
        subject = " / ".join(
            TEXTS["subject"][language].format(count=len(entries)) for language in LANGUAGES
        )
        mails.append(Mail(address, subject, "\n\n--\n\n".join(parts) + "\n"))
    return mails
