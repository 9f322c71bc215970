"""The count as CSV, JSON and a chart."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from operators.participation.counting import Count, Forecast, Goal

WIDTH: Final = 960
HEIGHT: Final = 420
_TITLE: Final = {"ja": "参加社局数 {total}（{day}）", "en": "{total} companies take part ({day})"}
_GOAL: Final = {"ja": "{name} {companies}社局", "en": "{name}: {companies}"}
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 56, 48


def to_json(counts: Sequence[Count], forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Return the history and the outlook."""
    return {
        "days": [
            {
                "day": count.day.isoformat(),
                "total": count.total,
                "by_prefecture": count.by_prefecture,
                "by_mode": count.by_mode,
                "by_state": count.by_state,
                "others": count.others,
            }
            for count in counts
        ],
        "goals": [
            {
                "label": {"ja": row.goal.label_ja, "en": row.goal.label_en},
                "by": row.goal.by.isoformat(),
                "goal": row.goal.companies,
                "counted": row.counted,
                "expected": row.expected,
                "missing": row.missing,
                "unknown": row.unknown,
            }
            for row in forecasts
        ],
    }


def to_csv(counts: Sequence[Count]) -> str:
    """Return one row a day; columns for every prefecture and mode that occurs."""
    prefectures = sorted({name for count in counts for name in count.by_prefecture})
    modes = sorted({name for count in counts for name in count.by_mode})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["day", "total", *prefectures, *modes])
    for count in counts:
        places = [count.by_prefecture.get(name, 0) for name in prefectures]
        kinds = [count.by_mode.get(name, 0) for name in modes]
        writer.writerow([count.day.isoformat(), count.total, *places, *kinds])
    return out.getvalue()


def to_svg(counts: Sequence[Count], goals: Sequence[Goal], language: str = "ja") -> str:
    """Return a step line of the count with the goals, readable without colour."""
    if not counts:
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"/>'
    first = counts[0].day.toordinal()
    last = max(counts[-1].day.toordinal(), *(goal.by.toordinal() for goal in goals))
    top = max([count.total for count in counts] + [goal.companies for goal in goals] + [10])

    def x(ordinal: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (ordinal - first) / max(last - first, 1)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / (top * 1.1)

    steps = [f"M{x(first):.1f},{y(counts[0].total):.1f}"]
    steps += [f"H{x(row.day.toordinal()):.1f}V{y(row.total):.1f}" for row in counts[1:]]
    grid = "".join(_grid_line(value, y(value)) for value in range(0, int(top * 1.1) + 1, 20))
    marks = "".join(
        _goal_mark(goal, x(goal.by.toordinal()), y(goal.companies), language) for goal in goals
    )
    newest = counts[-1]
    title = _TITLE[language].format(total=newest.total, day=newest.day.isoformat())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13" fill="#223">'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{_LEFT}" y="32" font-size="18">{title}</text>{grid}'
        f'<path d="{"".join(steps)}" fill="none" stroke="#0b57d0" stroke-width="2.5"/>{marks}'
        f'<text x="{_LEFT}" y="{HEIGHT - 16}">{counts[0].day.isoformat()}</text></svg>'
    )


def _grid_line(value: int, y: float) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dde"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
    )


def _goal_mark(goal: Goal, x: float, y: float, language: str) -> str:
    name = goal.label_ja if language == "ja" else goal.label_en
    label = escape(_GOAL[language].format(name=name, companies=goal.companies))
    return (
        f'<path d="M{x - 6:.1f},{y:.1f}l6,-6l6,6l-6,6z" fill="#b3261e"/>'
        f'<text x="{x - 10:.1f}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )
