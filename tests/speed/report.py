"""Figures as tables that can be read, and put into a README."""

from typing import Any

from tests.speed.queries import KINDS

Json = dict[str, Any]


def tables(name: str, figures: Json) -> str:
    """Return what was measured of one input."""
    built, load = figures["build"], figures["load"]
    steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in built["seconds"].items())
    lines = [
        (
            f"\n## {name}: {built['stops']:,} stops, {built['patterns']:,} patterns, "
            f"{built['trips']:,} trips, {built['calls']:,} calls"
        ),
        (
            f"build {built['wall_s']:.1f} s, processor {built['cpu_s']:.1f} s ({steps}); peak {built['peak_mb']:,.0f} MB; "
            f"store {built['store_mb']:,.0f} MB; load {load['seconds']:.3f} s"
        ),
        "",
        "| query | median ms | p95 | p99 | processor median / p95 | answered |",
        "|---|---|---|---|---|---|",
    ]
    for kind, row in figures["kinds"].items():
        if "error" in row:
            lines.append(f"| {KINDS[kind]} | – | – | – | – | {row['error']} |")
        else:
            lines.append(
                f"| {KINDS[kind]} | {row['median']:.2f} | {row['p95']:.2f} | {row['p99']:.2f} "
                f"| {row['cpu_median']:.2f} / {row['cpu_p95']:.2f} | {row['answered']} |"
            )
    if "overlay" in figures:
        row = figures["overlay"]
        lines.append(
            f"\noverlay of {row['runs']} runs applied in {row['seconds'] * 1000:.0f} ms, "
            f"{row['cpu_seconds'] * 1000:.0f} ms of processor time"
        )
    if "threads" in figures:
        threads, processes = figures["threads"], figures["processes"]
        plain = figures["without_bounds"]
        lines += [
            (
                f"searches a second: {threads['one']} with one thread, {threads['two']} with two "
                f"(x {threads['gain']}), {processes['two']} with two processes "
                f"(x {processes['gain']}); two threads ÷ two processes {threads['of_processes']}"
            ),
            (
                f"without bounds: processor median {plain['cpu_median']:.2f} ms, x {plain['times']}; "
                f"same answers: {plain['same_answers']}"
            ),
        ]
    if "http" in figures:
        web = figures["http"]
        load = web["load"]
        asked = {
            "five journeys between coordinates": web,
            "stop to stop for an instant": web["instant"],
        }
        lines += [
            f"/api/v6/plan, {what}: median {row['median']} ms, p95 {row['p95']}; beyond its search "
            f"{row['beyond_median']} / {row['beyond_p95']}"
            for what, row in asked.items()
        ]
        lines.append(
            "; ".join(f"{k} {v['median']} / {v['p95']}" for k, v in web["others"].items())
            + f"; {load['clients']} clients: {load['per_second']} requests a second, "
            f"errors {load['errors'] or 'none'}"
        )
    return "\n".join(lines)


def comparison_table(name: str, figures: Json) -> str:
    """Return what was measured of one input for two commits."""
    lines = [f"\n## {name}", "| | before | now |", "|---|---|---|"]
    for key, unit in (("peak_mb", "MB"), ("store_mb", "MB")):
        values = [f"{figures['build'][side][key]:,.0f} {unit}" for side in ("before", "now")]
        lines.append(f"| {key} | {' | '.join(values)} |")
    values = [
        f"{sum(figures['build'][side]['seconds'].values()):.1f} s" for side in ("before", "now")
    ]
    lines.append(f"| build | {' | '.join(values)} |")
    lines += [
        "",
        "| query, processor ms | before median / p95 | now median / p95 | now ÷ before | same answers |",
        "|---|---|---|---|---|",
    ]
    for kind, row in figures["kinds"].items():
        if "error" in row:
            lines.append(f"| {KINDS[kind]} | {row['error']} | | | |")
            continue
        before, now = row["before"], row["now"]
        lines.append(
            f"| {KINDS[kind]} | {before['cpu_median']:.2f} / {before['cpu_p95']:.2f} "
            f"| {now['cpu_median']:.2f} / {now['cpu_p95']:.2f} | {row['ratio']:.2f} "
            f"| {row['same_answers']} of {row['queries']} |"
        )
    return "\n".join(lines)
