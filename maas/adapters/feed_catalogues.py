"""
Catalogues of published feeds: gtfs-data.jp (API v2) and ODPT (members' portal).

Shapes as their documentation and three independent clients have them; what does not fit is passed
over and counted, never guessed. Both are asked with the limits of `HttpFetch`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import orjson

from gtfs_feeds.watch import Fetch, FetchFailed
from maas.core.errors import Kind, MaasError

ODPT_KEY: Final = "acl:consumerKey"
PREFECTURE_CODES: Final[Mapping[str, int]] = {
    "山口県": 35,
    "福岡県": 40,
    "佐賀県": 41,
    "長崎県": 42,
    "熊本県": 43,
    "大分県": 44,
    "宮崎県": 45,
    "鹿児島県": 46,
    "沖縄県": 47,
}
"""JIS X 0401."""
OK: Final = 200
ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,100}")


class CatalogueUnavailable(MaasError):
    """The catalogue gives no answer, or one that is no list of feeds."""

    code: ClassVar[str] = "catalogue-unavailable"
    title: ClassVar[str] = "The catalogue of feeds cannot be read"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed as a catalogue lists it."""

    id: str
    company: str
    name: str
    prefecture: str
    """Empty where the catalogue does not say."""
    url: str
    """Of the version that holds now; redirects to the file are followed when fetching."""
    realtime: tuple[str, ...]
    licence: str
    first_day: date | None
    last_day: date | None
    needs_key: bool = False


class Catalogue(Protocol):
    """Lists published feeds."""

    name: str

    def feeds(self, prefecture: str = "", words: str = "") -> list[ListedFeed]:
        """
        Return the feeds of a prefecture, or whose names hold some words.

        Raises:
            CatalogueUnavailable: There is no list to be had.
        """
        ...


class GtfsDataJp:
    """The repository of GTFS データリポジトリ."""

    name = "gtfs-data.jp"

    def __init__(self, fetch: Fetch, base: str) -> None:
        self._fetch = fetch
        self._base = base.rstrip("/")

    def feeds(self, prefecture: str = "", words: str = "") -> list[ListedFeed]:
        """Return feeds that are not discontinued; `Catalogue.feeds`."""
        code = PREFECTURE_CODES.get(prefecture)
        if prefecture and code is None:
            return []
        query = f"?pref={code}" if code else ""
        body = _asked(self._fetch, f"{self._base}/feeds{query}")
        rows = body.get("body") if isinstance(body, dict) else None
        if not isinstance(rows, list) or body.get("code", OK) != OK:
            raise CatalogueUnavailable("Its answer is no list of feeds.", catalogue=self.name)
        found = [feed for row in rows if (feed := self._feed(row)) is not None]
        return _chosen(found, prefecture, words)

    def _feed(self, row: object) -> ListedFeed | None:
        if not isinstance(row, dict) or row.get("feed_is_discontinued"):
            return None
        organization, feed = _text(row, "organization_id"), _text(row, "feed_id")
        if not ID.fullmatch(organization) or not ID.fullmatch(feed):
            return None
        names = {code: name for name, code in PREFECTURE_CODES.items()}
        live = row.get("real_time")
        kinds = ("trip_update_url", "vehicle_position_url", "alert_url")
        return ListedFeed(
            id=f"{organization}/{feed}",
            company=_text(row, "organization_name"),
            name=_text(row, "feed_name"),
            prefecture=names.get(_number(row.get("feed_pref_id")), ""),
            url=f"{self._base}/organizations/{quote(organization)}/feeds/{quote(feed)}"
            "/files/feed.zip?rid=current",
            realtime=tuple(
                url for kind in kinds if isinstance(live, dict) and (url := _text(live, kind))
            ),
            licence=_text(row, "feed_license"),
            first_day=_day(row.get("latest_feed_start_date")),
            last_day=_day(row.get("latest_feed_end_date")),
        )


class Odpt:
    """
    The Association for Open Data of Public Transportation.

    Its list names no prefecture, so feeds are found by words. Files need the consumer key of
    whoever asks, except those on the public host; the key is filled in when fetching
    (`{ODPT_KEY}`) and stands in no file or message.
    """

    name = "odpt"

    def __init__(self, fetch: Fetch, portal: str) -> None:
        self._fetch = fetch
        self._portal = portal

    def feeds(self, prefecture: str = "", words: str = "") -> list[ListedFeed]:
        """Return datasets of GTFS; a prefecture is taken for a word without its last letter."""
        body = _asked(self._fetch, self._portal)
        if not isinstance(body, list):
            raise CatalogueUnavailable("Its answer is no list.", catalogue=self.name)
        found = [feed for row in body for feed in self._of_organization(row)]
        return _chosen(found, "", words or prefecture.rstrip("県"))

    def _of_organization(self, row: object) -> Iterator[ListedFeed]:
        datasets = row.get("datasets") if isinstance(row, dict) else None
        for dataset in datasets if isinstance(datasets, list) else ():
            if not isinstance(dataset, dict) or "GTFS" not in _text(dataset, "format_type"):
                continue
            assert isinstance(row, dict)
            feed = self._feed(row, dataset)
            if feed is not None:
                yield feed

    def _feed(self, row: dict[str, Any], dataset: dict[str, Any]) -> ListedFeed | None:
        resources = dataset.get("dataresource")
        listed = [
            one
            for one in (resources if isinstance(resources, list) else ())
            if isinstance(one, dict) and _text(one, "url").startswith("http")
        ]
        if not listed:
            return None
        newest = max(listed, key=lambda one: _text(one, "start_at"))
        url, needs_key = with_key(_text(newest, "url"))
        return ListedFeed(
            id=f"{_text(row, 'label')}/{_text(dataset, 'label')}",
            company=_text(row, "name_ja"),
            name=_text(dataset, "name_ja"),
            prefecture="",
            url=url,
            realtime=(),
            licence=_text(dataset, "license_type") or _text(dataset, "license_name_ja"),
            first_day=_day(newest.get("feed_start_date")),
            last_day=_day(newest.get("feed_end_date")),
            needs_key=needs_key,
        )


def with_key(url: str) -> tuple[str, bool]:
    """Return a file's address for the version that holds now, with a place for the key."""
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query) if k not in {ODPT_KEY, "date"}]
    text = urlencode([*query, ("date", "current")])
    is_public = (parts.hostname or "").startswith("api-public.")
    if not is_public:
        text += f"&{ODPT_KEY}={{ODPT_KEY}}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path, text, "")), not is_public


def _asked(fetch: Fetch, url: str) -> Any:
    try:
        answer = fetch(url, etag="", last_modified="")
    except FetchFailed as error:
        raise CatalogueUnavailable(str(error)) from None
    if answer.status != OK:
        raise CatalogueUnavailable(f"It answers with status {answer.status}.")
    try:
        return orjson.loads(answer.body)
    except ValueError:
        raise CatalogueUnavailable("Its answer is no JSON.") from None


def _chosen(feeds: list[ListedFeed], prefecture: str, words: str) -> list[ListedFeed]:
    def fits(feed: ListedFeed) -> bool:
        where = not prefecture or feed.prefecture == prefecture
        return where and all(word in f"{feed.company} {feed.name} {feed.id}" for word in asked)

    asked = words.split()
    return sorted((feed for feed in feeds if fits(feed)), key=lambda feed: feed.id)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip()[:500] if isinstance(value, str) else ""


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else -1


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
