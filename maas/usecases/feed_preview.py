"""
How travellers will see a feed: departures and journeys on the network that is live plus the feed.

The merged network lives in memory only; what is kept is a document, shown by the page, the API and
the command line alike.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from gtfs_feeds.merge import MergeOptions, merge_converted
from gtfs_feeds.watch import FeedStore
from maas.core.clock import Clock, japan_date
from maas.usecases.live_network import LiveFeed, network_sources
from maas.usecases.prepare_feeds import SHELF, Preparation, prepare_feeds

Json = dict[str, Any]
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Previews:
    """Makes previews and keeps them, a file each."""

    folder: Path
    network: Path
    store: FeedStore
    clock: Clock

    def read(self, tag: str, sha256: str) -> Json | None:
        """Return the preview of a version, None where none was made."""
        try:
            found: Json = orjson.loads(self._path(tag, sha256).read_bytes())
        except (OSError, ValueError):
            return None
        return found

    def make(self, tag: str, sha256: str, live: Sequence[LiveFeed]) -> Json:
        """Make the preview of a version on the network that is live, keep it, and return it."""
        others = [feed for feed in live if feed.tag != tag]
        sources = network_sources(self.network, [*others, LiveFeed(tag, sha256)], self.store)
        options = MergeOptions()
        feeds = prepare_feeds(sources, Preparation(options, shelf=self.network / SHELF))
        merged = merge_converted((feed.converted for feed in feeds), options)
        outcome = next(one for one in merged.report.feeds if one.tag == tag)
        seen: Json = {
            "tag": tag,
            "sha256": sha256,
            "madeAt": self.clock.now().isoformat(timespec="seconds"),
            "usable": not outcome.quarantined,
            "why": {language: outcome.why(language) for language in ("ja", "en")},
            "counts": {
                "stops": outcome.stops,
                "routes": outcome.routes,
                "trips": outcome.trips,
                "calls": outcome.calls,
            },
            "leftOut": [finding.as_json() for finding in outcome.findings],
        }
        if not outcome.quarantined:
            # It searches, and kernels take long to load.
            from maas.usecases.traveller_view import TravellerView  # noqa: PLC0415

            seen |= TravellerView(merged.network, tag, japan_date(self.clock)).seen()
        self._write(self._path(tag, sha256), seen)
        return seen

    def _path(self, tag: str, sha256: str) -> Path:
        if not DIGEST.fullmatch(sha256) or not re.fullmatch(r"[A-Za-z0-9-]+", tag):
            return self.folder / "none"
        return self.folder / f"{tag}-{sha256}.json"

    def _write(self, path: Path, seen: Json) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(orjson.dumps(seen))
        partial.replace(path)
