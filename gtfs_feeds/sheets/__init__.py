"""Timetable workbooks as small companies have them, to GTFS-JP v4."""

from gtfs_feeds.sheets.convert import Converted, convert_files, convert_sheets
from gtfs_feeds.sheets.model import Defaults, Suggestion
from gtfs_feeds.sheets.problems import Problem, Remark, SheetRefused, Spot
from gtfs_feeds.sheets.template import write_template

__all__ = [
    "Converted",
    "Defaults",
    "Problem",
    "Remark",
    "SheetRefused",
    "Spot",
    "Suggestion",
    "convert_files",
    "convert_sheets",
    "write_template",
]
