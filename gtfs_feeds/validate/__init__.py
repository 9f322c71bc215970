"""Judging a feed: what is wrong, why, and how to put it right."""

from gtfs_feeds.validate.catalogue import Language, Text, catalogue, text_of
from gtfs_feeds.validate.check import Report, validate
from gtfs_feeds.validate.findings import Finding, Sample
from gtfs_feeds.validate.profiles import DEFAULT, Profile, Suggestion, severity_of, suggest
from gtfs_feeds.validate.report_html import as_html
from gtfs_feeds.validate.report_json import as_json, geojson
from gtfs_feeds.validate.report_text import as_text, as_timing

__all__ = [
    "DEFAULT",
    "Finding",
    "Language",
    "Profile",
    "Report",
    "Sample",
    "Suggestion",
    "Text",
    "as_html",
    "as_json",
    "as_text",
    "as_timing",
    "catalogue",
    "geojson",
    "severity_of",
    "suggest",
    "text_of",
    "validate",
]
