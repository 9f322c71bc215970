"""What `maas network build` prints, in Japanese and English."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer

from gtfs_feeds.merge.messages import message
from maas.usecases.publish_network import REPORT, Progress
from maas.usecases.published import Published

_STEPS: Final = {
    "read": "読み込み / reading",
    "merge": "統合 / merging",
    "footpaths": "徒歩連絡 / footpaths",
    "compile": "検索用に変換 / compiling",
    "places": "地名 / places",
    "store": "保存 / storing",
}
_COUNTS: Final = {
    "feeds": "フィード / feeds",
    "operators": "事業者 / operators",
    "places": "場所 / places",
    "stops": "標柱・のりば / stops",
    "routes": "経路 / routes",
    "patterns": "停車パターン / patterns",
    "trips": "便 / trips",
    "calls": "通過時刻 / calls",
    "days": "日数 / days",
    "footpaths": "徒歩連絡 / footpaths",
    "duplicate_trips": "重複した便 / duplicate trips",
    "bytes": "バイト / bytes",
}
_FINDINGS_SHOWN: Final = 3
_WIDTH: Final = 30


def progress_printer() -> Callable[[Progress], None]:
    """Return what shows the progress: a bar on a terminal, a line a step elsewhere."""
    terminal = sys.stderr.isatty()
    seen: set[str] = set()

    def tell(progress: Progress) -> None:
        text = _STEPS[progress.step]
        if terminal:
            full = _WIDTH * progress.done // max(progress.total, 1)
            bar = "█" * full + "░" * (_WIDTH - full)
            sys.stderr.write(f"\r\x1b[K{bar} {text} {progress.subject}")
            if progress.step == "store":
                sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        elif progress.step not in seen:
            seen.add(progress.step)
            sys.stderr.write(f"{text} …\n")

    return tell


def print_published(published: Published, out: Path) -> None:
    """Print what became of every feed, and how large the network is."""
    quiet = [feed for feed in published.report.feeds if feed.tag in published.synthetic]
    quiet = [feed for feed in quiet if not feed.quarantined and not feed.findings]
    if quiet:
        typer.echo(
            f"✓ 合成サンプル / synthetic sample: {len(quiet)} 社 / companies  "
            f"{sum(feed.trips for feed in quiet):,} 便/trips  "
            f"{sum(feed.calls for feed in quiet):,} 通過時刻/calls"
        )
    for feed in published.report.feeds:
        if feed in quiet:
            continue
        if feed.quarantined:
            typer.echo(f"✗ {feed.tag}  [{feed.quarantined}]")
            typer.echo(f"    {feed.why('ja')}\n    {feed.why('en')}")
        else:
            looped = f"  ↻ {feed.looped_since}" if feed.looped_since else ""
            typer.echo(
                f"✓ {feed.tag}  {feed.start_day}..{feed.end_day}{looped}  "
                f"{feed.trips:,} 便/trips  {feed.calls:,} 通過時刻/calls"
            )
        if found := published.findings.get(feed.tag):
            counts = "  ".join(f"{severity} {number}" for severity, number in found.items())
            typer.echo(f"    検証 / validator: {counts}")
        for finding in feed.findings[:_FINDINGS_SHOWN]:
            lines = ", ".join(str(line) for line, _ in finding.samples[:3] if line)
            where = f"{finding.file}:{lines}" if lines else finding.file
            typer.echo(
                f"    ! {where} {finding.field} ({finding.count:,}): "
                f"{message(finding.code, 'ja')} / {message(finding.code, 'en')}"
            )
        if len(feed.findings) > _FINDINGS_SHOWN:
            typer.echo(f"    … {len(feed.findings) - _FINDINGS_SHOWN} → {out / REPORT}")
    if published.folder is None:
        typer.echo("使えるフィードがありません。/ Not one feed is usable.", err=True)
        return
    typer.echo("")
    for name, number in published.counts.items():
        typer.echo(f"{_COUNTS[name]:　<18} {number:>14,}")
    took = "  ".join(f"{_STEPS[step]} {value:.1f} s" for step, value in published.seconds.items())
    typer.echo(f"{took}\n→ {published.folder}\n→ {out / REPORT}")
