"""Timetable workbooks as small companies have them, to GTFS-JP v4."""

from gtfs_feeds.sheets.convert import Converted, convert_files, convert_sheets
from gtfs_feeds.sheets.model import Defaults, Known, Position, nowhere
from gtfs_feeds.sheets.problems import Problem, Remark, SheetRefused, Spot, Suggestion
from gtfs_feeds.sheets.template import write_template

__all__ = [
    "Converted",
    "Defaults",
    "Known",
    "Position",
    "Problem",
    "Remark",
    "SheetRefused",
    "Spot",
    "Suggestion",
    "convert_files",
    "convert_sheets",
    "nowhere",
    "write_template",
]
