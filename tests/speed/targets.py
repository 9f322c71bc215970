"""What issue 3 asks for, beside what was measured."""

from typing import Any

from tests.speed.peers import PACKAGES

Json = dict[str, Any]


def target_table(result: Json) -> str:
    """Return the targets with `reached` or `not reached`; what was not measured is left out."""
    rows = [*_on_k(result), *_medians(result)]
    lines = ["\n## Targets (processor time where it says ms)", "| what | target | measured | |"]
    lines.append("|---|---|---|---|")
    lines += [
        f"| {what} | {target} | {measured} | {'reached' if good else 'not reached'} |"
        for what, target, measured, good in rows
    ]
    return "\n".join(lines) if rows else ""


Row = tuple[str, str, str, bool]


def _on_k(result: Json) -> list[Row]:
    k = result["inputs"].get("K")
    if k is None:
        return []
    kinds = {kind: row for kind, row in k["kinds"].items() if "error" not in row}
    rows = _against_prototype(result)
    base = kinds.get("earliest")
    for kind, times, what in (
        ("arrive-by", 1.2, "arrive-by ÷ depart-at"),
        ("door", 2.0, "door to door ÷ stop to stop"),
        ("pass", 1.0, "a pass's operators ÷ all"),
        ("live", 1.3, "with 2,000 updates ÷ without"),
        ("vias", 4.0, "2 vias ÷ none"),
    ):
        if base and kind in kinds:
            ratio = kinds[kind]["cpu_median"] / base["cpu_median"]
            rows.append((what, f"≤ {times}", f"{ratio:.2f}", ratio <= times))
    if "one-to-all" in kinds:
        took = kinds["one-to-all"]["cpu_median"]
        rows.append(("one to all", "≤ 6 ms", f"{took:.2f} ms", took <= 6))
    if "without_bounds" in k:
        times = k["without_bounds"]["times"]
        rows.append(("times our own without bounds", "≥ 5", f"{times}", times >= 5))
        gain = k["threads"]["gain"]
        rows.append(("two threads ÷ one", "≥ 1.8", f"{gain}", gain >= 1.8))
    if "overlay" in k:
        took = k["overlay"]["cpu_seconds"] * 1000
        rows.append(("2,000 updates applied", "< 100 ms", f"{took:.0f} ms", took < 100))
    if "http" in k:
        web = k["http"]
        for what, row in (
            ("/plan, five journeys between coordinates", web),
            ("/plan, stop to stop for an instant", web["instant"]),
        ):
            beyond, p95 = row["beyond_median"], row["p95"]
            rows.append((f"{what}: beyond its search", "≤ 5 ms", f"{beyond:.2f} ms", beyond <= 5))
            rows.append((f"{what}: p95", "≤ 15 ms", f"{p95:.1f} ms", p95 <= 15))
    built = k["build"]
    seconds, peak = sum(built["seconds"].values()), built["peak_mb"]
    limit, what = (25, "validated zips to live") if built["validated"] else (10, "zips to live")
    rows.append((what, f"≤ {limit} s", f"{seconds:.1f} s", seconds <= limit))
    rows.append(("peak of the build", "≤ 1,200 MB", f"{peak:,.0f} MB", peak <= 1200))
    load = k["load"]["seconds"]
    rows.append(("load of a stored network", "≤ 0.3 s", f"{load:.3f} s", load <= 0.3))
    return rows


def _against_prototype(result: Json) -> list[Row]:
    rows: list[Row] = []
    for peer in result.get("peers", ()):
        if peer["input"] != "K":
            continue
        for kind, row in peer.get("prototype", {}).items():
            measured = " / ".join(map(str, row["times"]))
            good = min(row["times"]) >= 1.3
            rows.append((f"times the prototype, {kind}, median / p95", "≥ 1.3", measured, good))
        npm = peer.get("npm", {}).get(next(iter(PACKAGES)), {})
        if "our_ms" in npm:
            times = npm["peer_ms"][0] / npm["our_ms"][0]
            rows.append(("times raptor-journey-planner", "≥ 300", f"{times:.0f}", times >= 300))
    return rows


def _medians(result: Json) -> list[Row]:
    rows: list[Row] = []
    for name, limit in (("sample", 1.0), ("real", 1.0), ("J", 8.0)):
        row = result["inputs"].get(name, {}).get("kinds", {}).get("earliest", {})
        if "cpu_median" in row:
            took = row["cpu_median"]
            rows.append(
                (f"{name}: earliest arrival", f"≤ {limit:g} ms", f"{took:.2f} ms", took <= limit)
            )
    return rows
