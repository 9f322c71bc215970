"""The report for a terminal."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text as RichText

from gtfs_feeds.read.tables import Severity
from gtfs_feeds.validate.catalogue import Language, text_of
from gtfs_feeds.validate.check import Report
from gtfs_feeds.validate.findings import Finding, Sample
from gtfs_feeds.validate.profiles import DEFAULT
from gtfs_feeds.validate.wording import word

STYLE: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
SHOWN: Final = 5


def printable(text: str) -> str:
    """Return a text of a feed without control characters, so that it cannot steer a terminal."""
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text)


def where(finding: Finding, sample: Sample) -> str:
    """Return `file:line:column` as far as it is known."""
    line = "" if sample.row is None else str(sample.row)
    return ":".join(part for part in (finding.file, line, finding.field) if part)


def context(sample: Sample) -> str:
    """Return the facts of a sample in one line."""
    return printable("  ".join(f"{key}={value}" for key, value in sample.facts.items()))


def _finding(finding: Finding, language: Language, shown: int) -> Iterator[RenderableType]:
    text = text_of(finding.code, language)
    head = RichText(no_wrap=False)
    head.append(f"{word(finding.severity.value, language)} ", STYLE[finding.severity])
    head.append(text.message, "bold")
    place = ":".join(part for part in (finding.file, finding.field) if part)
    head.append(f"  {printable(place)}  {finding.count:,} {word('count', language)}", "dim")
    head.append(f"  [{finding.code}]", "dim")
    yield head
    lines = RichText()
    lines.append(f"{word('cause', language)}: {text.cause}\n")
    lines.append(f"{word('remedy', language)}: {text.remedy}")
    for sample in finding.samples[:shown]:
        lines.append(f"\n{printable(where(finding, sample)) or word('whole', language)}", "green")
        if sample.value is not None:
            lines.append(f"  {printable(sample.value)}", "bold")
        if sample.facts:
            lines.append(f"  {context(sample)}", "dim")
    if finding.count > shown and finding.samples:
        rest = finding.count - min(shown, len(finding.samples))
        lines.append(f"\n{word('more', language)} {rest:,}", "dim")
    yield Padding(lines, (0, 0, 1, 4))


def as_text(report: Report, language: Language = "ja", shown: int = SHOWN) -> RenderableType:
    """Return the report as something that `rich` prints; `shown` lines of each finding."""
    parts: list[RenderableType] = []
    head = RichText()
    verdict = "valid" if report.is_valid else "invalid"
    head.append(f"{word('title', language)}: {printable(report.name)}\n", "bold")
    head.append(word(verdict, language), "bold green" if report.is_valid else "bold red")
    for severity in Severity:
        head.append(f"  {word(severity.value, language)} {report.count(severity)}", STYLE[severity])
    why = "default" if report.profile is DEFAULT else "chosen"
    head.append(f"\n{word('profile', language)}: {report.profile} ({word(why, language)})")
    head.append(f"\n{word('suggestion', language)}: {report.suggestion.profile}", "dim")
    evidence = printable(", ".join(report.suggestion.evidence))
    head.append(f" ({word('evidence', language)}: {evidence})", "dim")
    head.append(f"\n{word('date', language)}: {report.today.isoformat()}", "dim")
    parts.append(Padding(head, (0, 0, 1, 0)))
    for finding in report.findings:
        parts.extend(_finding(finding, language, shown))
    if not report.findings:
        parts.append(RichText(word("none", language)))
    if report.silenced:
        silent = ", ".join(f"{code} {count:,}" for code, count in sorted(report.silenced.items()))
        parts.append(RichText(f"{word('silenced', language)}: {silent}", "dim"))
    return Group(*parts)


def as_timing(report: Report, language: Language = "ja") -> RenderableType:
    """Return how long the rules took, the slowest first."""
    lines = RichText(f"{word('timing', language)}\n", "bold")
    total = sum(timing.seconds for timing in report.timings)
    slowest = sorted(report.timings, key=lambda timing: -timing.seconds)
    lines.append(f"{total:8.3f} s\n")
    for timing in slowest[:12]:
        lines.append(f"{timing.seconds:8.3f} s  {timing.rule}\n", "dim")
    return lines
