"""The report in the shape of the canonical validator, with our fields beside."""

import math
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import orjson
import polars as pl

from gtfs_feeds.read.tables import FeedTables, Severity
from gtfs_feeds.validate.catalogue import LANGUAGES, text_of
from gtfs_feeds.validate.check import ORDER, Report
from gtfs_feeds.validate.findings import Fact, Finding, Sample
from gtfs_feeds.validate.profiles import DEFAULT

VERSION: Final = "kyushu-maas 1"
COUNTED: Final = {
    "Agencies": ("agency", "agency_id"),
    "Routes": ("routes", "route_id"),
    "Trips": ("trips", "trip_id"),
    "Stops": ("stops", "stop_id"),
    "Shapes": ("shapes", "shape_id"),
    "Blocks": ("trips", "block_id"),
}


def _plain(value: Fact) -> Fact:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _sample(sample: Sample, finding: Finding) -> dict[str, Fact]:
    notice: dict[str, Fact] = {}
    if finding.file:
        notice["filename"] = finding.file
    if sample.row is not None:
        notice["csvRowNumber"] = sample.row
    if finding.field:
        notice["fieldName"] = finding.field
    if sample.value is not None:
        notice["fieldValue"] = sample.value
    return notice | {key: _plain(value) for key, value in sample.facts.items()}


def geojson(finding: Finding) -> dict[str, Any]:
    """Return the places of a finding as a GeoJSON FeatureCollection (RFC 7946)."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
                "properties": _sample(place, finding) | {"code": finding.code},
            }
            for place in finding.places
            if place.lat is not None
            and place.lon is not None
            and math.isfinite(place.lat)
            and math.isfinite(place.lon)
        ],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding with its texts in both languages, its samples and its places."""
    texts: dict[str, Any] = {}
    for language in LANGUAGES:
        text = text_of(finding.code, language)
        texts[language] = {"message": text.message, "cause": text.cause, "remedy": text.remedy}
    return {
        "filename": finding.file,
        "fieldName": finding.field,
        "count": finding.count,
        "text": texts,
        "sampleNotices": [_sample(sample, finding) for sample in finding.samples],
        "geojson": geojson(finding) if finding.places else None,
    }


def _cells(tables: FeedTables, file: str, columns: Mapping[str, str]) -> list[dict[str, str]]:
    table = tables.tables.get(file)
    if table is None:
        return []
    rows = table.head(100).select(
        pl.col(column) if column in table.columns else pl.lit("").alias(column)
        for column in columns.values()
    )
    return [dict(zip(columns, row, strict=True)) for row in rows.rows()]


def summary(report: Report, validated_at: datetime, input_name: str) -> dict[str, Any]:
    """Return the summary: what was read, by which rules, and how it came out."""
    tables = report.tables
    infos = _cells(
        tables,
        "feed_info",
        {
            "publisherName": "feed_publisher_name",
            "publisherUrl": "feed_publisher_url",
            "feedLanguage": "feed_lang",
            "feedStartDate": "feed_start_date",
            "feedEndDate": "feed_end_date",
            "feedVersion": "feed_version",
        },
    )
    counts = {}
    for name, (file, column) in COUNTED.items():
        table = tables.tables.get(file)
        known = table is not None and column in table.columns
        counts[name] = (
            table[column].replace("", None).drop_nulls().n_unique()
            if table is not None and known
            else 0
        )
    return {
        "validatorVersion": VERSION,
        "validatedAt": validated_at.isoformat(timespec="seconds"),
        "gtfsInput": input_name,
        "dateForValidation": report.today.isoformat(),
        "countryCode": "JP",
        "feedInfo": infos[0] if infos else {},
        "agencies": _cells(
            tables,
            "agency",
            {
                "name": "agency_name",
                "url": "agency_url",
                "phone": "agency_phone",
                "email": "agency_email",
                "timezone": "agency_timezone",
            },
        ),
        "files": sorted([f"{name}.txt" for name in tables.tables] + list(tables.others)),
        "counts": counts,
        "sha256": report.sha256,
        "profile": report.profile.value,
        "profileIsDefault": report.profile is DEFAULT,
        "suggestedProfile": report.suggestion.profile.value,
        "suggestionEvidence": list(report.suggestion.evidence),
        "isValid": report.is_valid,
        "findings": {severity.value: report.count(severity) for severity in Severity},
        "silenced": report.silenced,
    }


def as_json(report: Report, validated_at: datetime, input_name: str) -> bytes:
    """Return the report as JSON in UTF-8."""

    def kind(finding: Finding) -> tuple[int, str]:
        return ORDER[finding.severity], finding.code

    notices = []
    for _, group in groupby(sorted(report.findings, key=kind), key=kind):
        findings = list(group)
        notices.append(
            {
                "code": findings[0].code,
                "severity": findings[0].severity.value,
                "totalNotices": sum(finding.count for finding in findings),
                "sampleNotices": [
                    _sample(sample, finding) for finding in findings for sample in finding.samples
                ],
                "findings": [finding_json(finding) for finding in findings],
            }
        )
    body = {"summary": summary(report, validated_at, input_name), "notices": notices}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)
