"""
The little language in which cases expect fields of an answer.

Keys are paths into the JSON (`a.b[0].c`, `a[].b` for every element, `[-1]` from the end), or a path
inside `len(…)`, `set(…)`, or after `every …`; `X contains`, `match with id X`, `contains id`,
`does not contain id` look into lists. Values are JSON, or a text that says what must hold:
`not empty`, `absent or empty`, `null`, `>= 1`, `<= 110 m`, `2019-04-30T23:00Z..23:30Z`.
"""

import json
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.acceptance.cases import instant

Json = Any
ABSENT: Final = object()

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
}
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d{1,2}:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
REMARKS: Final = {"note", "notes", "comment", "description", "property"}


class NotUnderstood(Exception):
    """The expectation is written in words that this program does not know."""


def differences(expected: Mapping[str, Json], answer: Json) -> list[str]:
    """Return what is not as expected, empty where all is."""
    found: list[str] = []
    for key, wanted in expected.items():
        if key not in REMARKS:
            found += _check(key, wanted, answer)
    return found


def _check(key: str, wanted: Json, answer: Json) -> list[str]:
    key = key.strip()
    if key.startswith("every "):
        return _check_every(key[6:].strip(), wanted, answer)
    if found := re.fullmatch(r"(?:match|element|row|entry) with (\w+) (.+)", key):
        field, value = found[1], found[2]
        rows = [row for row in _main_list(answer) if field_of(row, field) == value]
        if not rows:
            return [f"no element with {field} {value}"]
        return [] if any(not _compare(wanted, row) for row in rows) else _compare(wanted, rows[0])
    if key == "contains id":
        return [] if wanted in _ids(answer) else [f"id {wanted} is missing in {_ids(answer)[:8]}"]
    if key == "does not contain id":
        return [f"id {wanted} must not be there"] if wanted in _ids(answer) else []
    if key.endswith(" contains"):
        value = lookup(answer, key[:-9].strip())
        inside = value if isinstance(value, list | str) else []
        listed = wanted if isinstance(wanted, list) else [wanted]
        return [f"{key[:-9]} is {_show(value)}, without {w}" for w in listed if w not in inside]
    if key.endswith(" in") and isinstance(wanted, list):
        value = lookup(answer, key[:-3].strip())
        return [] if value in wanted else [f"{key[:-3]} is {_show(value)}, not in {wanted}"]
    value = evaluate(key, answer)
    return [f"{key}: {line}" for line in _compare(wanted, value)]


def evaluate(key: str, answer: Json) -> Json:
    """Return the value of `path`, `len(path)` or `set(path)`, ABSENT where there is none."""
    if found := re.fullmatch(r"(len|set|count|sorted)\((.+)\)", key):
        value = lookup(answer, found[2].strip())
        if found[1] in {"len", "count"}:
            if value is ABSENT or value is None:
                return 0
            return len(value) if isinstance(value, list | dict | str) else ABSENT
        if not isinstance(value, list):
            return ABSENT
        rows = value if found[1] == "sorted" else {json.dumps(v): v for v in value}.values()
        return sorted(rows, key=json.dumps)
    if not re.fullmatch(r"[\w.$\[\]-]+", key):
        raise NotUnderstood(key)
    return lookup(answer, key)


def _check_every(key: str, wanted: Json, answer: Json) -> list[str]:
    if "[]" in key:
        head, _, tail = key.partition("[]")
        rows = lookup(answer, head) if head else answer
        rows = rows if isinstance(rows, list) else []
        tail = tail.lstrip(".")
    else:
        rows, tail = _main_list(answer), key
    found: list[str] = []
    for number, row in enumerate(rows):
        if measured := re.fullmatch(r"distance\((\w+), *(\w+)\)", tail):
            here, there = lookup(row, measured[1]), lookup(answer, measured[2])
            there = there if isinstance(there, dict) else lookup(answer, "place")
            lines = _compare(wanted, _distance_m(here, there))
        elif tail:
            lines = _check(tail, wanted, row)
        else:
            lines = _compare(wanted, row)
        found += [f"[{number}] {line}" for line in lines]
    return found


def lookup(answer: Json, path: str) -> Json:
    """
    Return what a path leads to; `a[].b` gives the list of all b.

    A path that the answer does not begin with is looked for in the first element of its lists:
    `legs[0].from` means `itineraries[0].legs[0].from`.
    """
    steps = re.findall(r"[^.\[\]]+|\[-?\d*\]", path)
    value = _walk(answer, steps)
    if value is not ABSENT or not isinstance(answer, dict) or steps[0] in answer:
        return value
    for name in ("itineraries", "stopTimes", "matches", *answer):
        rows = answer.get(name)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            value = _walk(rows[0], steps)
            if value is not ABSENT:
                return value
    return ABSENT


def _walk(value: Json, steps: list[str]) -> Json:
    for number, step in enumerate(steps):
        if step == "[]":
            if not isinstance(value, list):
                return ABSENT
            rows = [_walk(row, steps[number + 1 :]) for row in value]
            return [row for row in rows if row is not ABSENT]
        if step.startswith("["):
            at = int(step[1:-1])
            if not isinstance(value, list) or not -len(value) <= at < len(value):
                return ABSENT
            value = value[at]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return ABSENT
    return value


def _compare(wanted: Json, value: Json) -> list[str]:
    """Return why a value is not as wanted."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict | list):
            return [f"is {_show(value)}, not an object"]
        return differences(wanted, value)
    if isinstance(wanted, list):
        return list(_compare_list(wanted, value))
    if isinstance(wanted, str):
        return _compare_text(wanted, value)
    if wanted is None:
        return [] if value is None or value is ABSENT else [f"is {_show(value)}, not null"]
    if isinstance(wanted, bool) and value is ABSENT and not wanted:
        return []
    same = value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
    return [] if same else [f"is {_show(value)}, not {wanted}"]


def _compare_list(wanted: list[Json], value: Json) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"is {_show(value)}, not a list"
        return
    if len(wanted) != len(value):
        yield f"has {len(value)} elements, not {len(wanted)}: {_show(value)}"
        return
    for number, (want, row) in enumerate(zip(wanted, value, strict=True)):
        if _is_leg(want) and isinstance(row, dict):
            shown = [lookup(row, "from.stopId"), lookup(row, "to.stopId"), row.get("mode")]
            if shown != want:
                yield f"[{number}] is {shown}, not {want}"
        else:
            for line in _compare(want, row):
                yield f"[{number}] {line}"


def _is_leg(wanted: Json) -> bool:
    """Whether a leg is written as [from, to, mode]."""
    return (
        isinstance(wanted, list)
        and len(wanted) == 3
        and all(isinstance(part, str) for part in wanted)
        and wanted[2].isupper()
    )


def _compare_text(wanted: str, value: Json) -> list[str]:
    text = wanted.strip()
    empty = value is ABSENT or value is None or value in ("", [], {})
    if text in {"not empty", "non-empty", "present"}:
        return ["is empty"] if empty else []
    if text in {"absent or empty", "empty or absent", "empty"}:
        return [] if empty else [f"is {_show(value)}, not empty"]
    if text in {"absent", "missing"}:
        return [] if value is ABSENT else [f"is {_show(value)}, not absent"]
    if text in {"null", "absent or null"}:
        return [] if value is ABSENT or value is None else [f"is {_show(value)}, not null"]
    if found := re.fullmatch(r"(>=|<=|!=|==|>|<|=)\s*(.+)", text):
        return [] if _holds(found[1], found[2], value) else [f"is {_show(value)}, not {text}"]
    if ".." in text and _STAMP.fullmatch(text.partition("..")[0]):
        low, high = _between(text)
        inside = isinstance(value, str) and low <= instant(value).timestamp() <= high
        return [] if inside else [f"is {_show(value)}, not in {text}"]
    if isinstance(value, str) and _STAMP.fullmatch(text) and _STAMP.fullmatch(value):
        return [] if instant(text) == instant(value) else [f"is {value}, not {text}"]
    return [] if value == wanted else [f"is {_show(value)}, not {wanted}"]


def _holds(sign: str, limit: str, value: Json) -> bool:
    if isinstance(value, str) and _STAMP.fullmatch(limit) and _STAMP.fullmatch(value):
        return _COMPARE[sign](instant(value), instant(limit))
    number = re.match(r"-?\d+(\.\d+)?", limit)
    if number is None:
        return sign in {"!=", "=", "=="} and _COMPARE[sign](value, limit)
    if isinstance(value, list | dict):
        value = len(value)
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and _COMPARE[sign](value, float(number[0]))
    )


def _between(text: str) -> tuple[float, float]:
    """Return the ends of `2019-04-30T23:00Z..23:30Z`; the second may be a time only."""
    low, _, high = text.partition("..")
    if "T" not in high:
        high = low.partition("T")[0] + "T" + high
    return instant(low).timestamp(), instant(high).timestamp()


def _main_list(answer: Json) -> list[Json]:
    """Return the list that an answer is about."""
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict):
        for name in ("stopTimes", "itineraries", "matches"):
            if isinstance(answer.get(name), list):
                return answer[name]
        lists = [value for value in answer.values() if isinstance(value, list)]
        return lists[0] if lists else []
    return []


def field_of(row: Json, name: str) -> Json:
    """Return a field of an object, None of anything else."""
    return row.get(name) if isinstance(row, dict) else None


def _ids(answer: Json) -> list[Json]:
    return [field_of(row, "id") or field_of(row, "stopId") for row in _main_list(answer)]


def _distance_m(here: Json, there: Json) -> float:
    if not isinstance(here, dict) or not isinstance(there, dict):
        return math.inf
    lat_a, lat_b = math.radians(here["lat"]), math.radians(there["lat"])
    east = math.radians(there["lon"] - here["lon"])
    chord = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(east / 2) ** 2
    )
    return 2 * 6_371_000 * math.asin(math.sqrt(chord))


def _show(value: Json) -> str:
    if value is ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 160 else text[:157] + "…"
