"""The account of mending for people and for programs."""

from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from gtfs_feeds.mend.changes import OBSTACLE_TEXTS, RULE_TEXTS, Change, Mended, Rule

SHOWN: Final = 5
"""Changes shown per file and rule."""
CELL_CHARS: Final = 60


def as_text(mended: Mended, *, shown: int = SHOWN) -> str:
    """Return the changes as a diff for people, by file and rule, in Japanese and English."""
    lines = [f"{mended.name}: 変更 / changes {len(mended.changes)}"]
    groups: dict[tuple[str, Rule], list[Change]] = {}
    for change in mended.changes:
        groups.setdefault((change.file, change.rule), []).append(change)
    for (file, rule), changes in sorted(groups.items()):
        japanese, english = RULE_TEXTS[rule]
        lines.append(f"\n{file or mended.name} [{rule}] {japanese} / {english}: {len(changes)}")
        for change in changes[:shown]:
            where = f"{change.file}:{change.row or ''}:{change.field}".rstrip(":")
            lines += [f"  @ {where}"] if where else []
            cells = (("-", change.before), ("+", change.after))
            lines += [f"  {sign} {shortened(cell)}" for sign, cell in cells if cell]
        if len(changes) > shown:
            lines.append(f"  … {len(changes) - shown}")
    for left in mended.left:
        japanese, english = OBSTACLE_TEXTS[left.obstacle]
        lines.append(f"\n! {left.file}:{left.row or ''} {japanese} / {english}")
    return "\n".join(lines) + "\n"


def shortened(text: str) -> str:
    """Return a cell on one line, with its blanks visible and its middle left out when long."""
    shown = text.replace("\r", "␍").replace("\n", "␊").replace("\t", "␉").replace("\u3000", "␣␣")
    shown = f"«{shown}»" if shown != shown.strip() else shown
    return shown if len(shown) <= CELL_CHARS else f"{shown[:CELL_CHARS]}…"


def as_json(mended: Mended) -> dict[str, Any]:
    """Return every change, and the counts by rule, as values of JSON."""
    counts = Counter(change.rule.value for change in mended.changes)
    return {
        "name": mended.name,
        "counts": dict(sorted(counts.items())),
        "changes": [asdict(change) for change in mended.changes],
        "left": [
            asdict(left)
            | {"ja": OBSTACLE_TEXTS[left.obstacle][0], "en": OBSTACLE_TEXTS[left.obstacle][1]}
            for left in mended.left
        ],
        "rules": {
            rule: {"ja": RULE_TEXTS[Rule(rule)][0], "en": RULE_TEXTS[Rule(rule)][1]}
            for rule in sorted(counts)
        },
    }
