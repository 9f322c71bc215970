"""
Candidates from a catalogue of feeds (CSV): who publishes what, where.

Columns as in the council's list: prefecture, mode, name, dup_group, static_url, rt_*, license,
auth, source, source_id. Rows of one `dup_group` are the same service found in several lists, so
they become one candidate with several sources. A wrong row is told with its line.
"""

import csv
import hashlib
import io
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from operators.registry.models import Company, CompanySource
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import PREFECTURES, Kind, Mode

_MODES = {  # `other` (a water-buffalo cart) is a company without one of our modes
    "bus": Mode.BUS,
    "drt": Mode.BUS,
    "rail": Mode.RAIL,
    "tram": Mode.RAIL,
    "metro": Mode.RAIL,
    "monorail": Mode.RAIL,
    "ferry": Mode.FERRY,
    "air": Mode.AIR,
}
_MUNICIPAL = ("市", "町", "村")
_NEEDED = ("prefecture", "mode", "name", "static_url")


@dataclass(slots=True)
class Imported:
    """What an import did."""

    companies: int = 0
    sources: int = 0
    known: int = 0
    """Sources that were there before: importing twice changes nothing."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Line of the file and why."""


def import_catalogue(session: Session, registry: Registry, text: str, because: Because) -> Imported:
    """Enter every service of a catalogue as a candidate with its sources."""
    done = Imported()
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or [])]
    if missing:
        done.refused.append((1, f"列がありません / missing columns: {', '.join(missing)}"))
        return done
    for row in reader:
        why = _refusal(row)
        if why:
            done.refused.append((reader.line_num, why))
            continue
        company = _company(registry, row, because, done)
        if row["static_url"]:
            _add_source(session, company, row, done)
    session.flush()
    return done


def _refusal(row: dict[str, str | None]) -> str:
    if None in row or any(row.get(name) is None for name in _NEEDED):
        return "列数が違います / wrong number of cells"
    if not (row["name"] or "").strip():
        return "名前がありません / no name"
    if row["mode"] not in _MODES and row["mode"] != "other":
        return f"種別が不明です / unknown mode: {row['mode']}"
    if row["static_url"] and not row["static_url"].startswith(("http://", "https://")):
        return f"URLではありません / no address: {row['static_url']}"
    return ""


def _company(
    registry: Registry, row: dict[str, str | None], because: Because, done: Imported
) -> Company:
    name = (row["name"] or "").strip()
    prefecture = row["prefecture"] or ""
    group = (row.get("dup_group") or "").strip()
    # A group is only as wide as a prefecture: the list's groups are name prefixes.
    slug = candidate_slug(prefecture, group or name)
    found = registry.find_by_slug(slug)
    if found is not None:
        return found
    done.companies += 1
    mode = _MODES.get(row["mode"] or "")
    return registry.enter(
        NewCompany(
            slug=slug,
            name=name,
            kind=Kind.OPERATOR,
            modes=(mode.value,) if mode else (),
            prefectures=(prefecture,) if prefecture in PREFECTURES else (),
            notes="community" if any(mark in name[:6] for mark in _MUNICIPAL) else "",
        ),
        because,
    )


def _add_source(
    session: Session, company: Company, row: dict[str, str | None], done: Imported
) -> None:
    columns = ("rt_trip_updates", "rt_vehicle_positions", "rt_alerts")
    added = add_source(
        session,
        company,
        NewSource(
            name=(row["name"] or "").strip(),
            url=row["static_url"] or "",
            realtime_urls=tuple(value for column in columns if (value := row.get(column))),
            licence=row.get("license") or "",
            needs_key=bool((row.get("auth") or "").strip()),
            catalogue=row.get("source") or "",
        ),
    )
    done.sources += added
    done.known += not added


@dataclass(frozen=True, slots=True)
class NewSource:
    """Where a feed can be had, as a catalogue says."""

    name: str
    url: str
    realtime_urls: tuple[str, ...] = ()
    licence: str = ""
    needs_key: bool = False
    catalogue: str = ""


def add_source(session: Session, company: Company, new: NewSource) -> bool:
    """Note where a feed of a company can be had; False where that is known."""
    known = session.scalar(
        select(CompanySource).where(
            CompanySource.company_id == company.id, CompanySource.url == new.url
        )
    )
    if known is not None:
        return False
    session.add(
        CompanySource(
            company_id=company.id,
            name=new.name[:255],
            url=new.url,
            realtime_urls=list(new.realtime_urls),
            licence=new.licence[:255],
            needs_key=new.needs_key,
            catalogue=new.catalogue[:255],
        )
    )
    session.flush()
    return True


def candidate_slug(prefecture: str, name: str) -> str:
    """Return the short name of a candidate of which only prefecture and name are known."""
    key = f"{prefecture}/{name}"
    return "c-" + hashlib.sha256(key.encode()).hexdigest()[:12]
