"""Any timetable, drawn in any of the usual ways, becomes the trips that were drawn."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.sheets import SheetRefused, convert_sheets
from gtfs_feeds.sheets.words import clock_seconds
from tests.gtfs_feeds.sheets.books import STOPS, book, convert, runs

NAMES = [str(row[0]) for row in STOPS[1:]]

Times = list[int | None]


@st.composite
def trips(draw: st.DrawFn) -> list[Times]:
    """Minutes at each of three stops; None where it passes, but never fewer than two calls."""
    found: list[Times] = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(300, 1380))
        middle = start + draw(st.integers(1, 60))
        end = middle + draw(st.integers(1, 60))
        times: Times = [start, middle, end]
        skipped = draw(st.integers(0, 5))
        if skipped < 3:
            times[skipped] = None
        found.append(times)
    return found


def clock(minutes: int, style: int) -> str:
    hours, rest = divmod(minutes, 60)
    plain = f"{hours}:{rest:02}"
    wide = plain.translate(str.maketrans("0123456789:", "０１２３４５６７８９："))
    next_day = f"翌{hours - 24}:{rest:02}" if hours >= 24 else plain
    return (plain, wide, f"{hours}時{rest:02}分", f" {plain} ", next_day)[style]


@given(
    timetable=trips(),
    style=st.integers(0, 4),
    mark=st.sampled_from(["レ", "‖", "｜", "↓", "…", "－", "通過", None]),
    is_across=st.booleans(),
    has_names=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_any_drawing_of_a_timetable_gives_its_trips(
    timetable: list[Times], style: int, mark: str | None, is_across: bool, has_names: bool
) -> None:
    columns: list[list[str | None]] = [["便名" if has_names else None, *NAMES]]
    for number, times in enumerate(timetable, start=1):
        cells = [mark if time is None else clock(time, style) for time in times]
        columns.append([f"{number}便" if has_names else None, *cells])
    table = columns if is_across else [list(row) for row in zip(*columns, strict=True)]

    converted = convert({"大島航路 毎日": table})

    drawn = [
        " ".join(
            f"{name} {time // 60:02}:{time % 60:02}"
            for name, time in zip(NAMES, times, strict=True)
            if time is not None
        )
        for times in timetable
    ]
    assert [calls for _, calls in runs(converted)] == drawn


@given(text=st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_time_within_two_days_or_none(text: str) -> None:
    seconds = clock_seconds(text)

    assert seconds is None or 0 <= seconds < 48 * 3600


@given(rows=st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_text_in_the_cells_is_taken_or_refused(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in [["停留所名", "緯度", "経度"], *rows])

    with pytest.raises(SheetRefused):
        convert_sheets(text.encode(), "stops.csv")


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 * 1024 * 1024))

    with pytest.raises(SheetRefused):
        convert_sheets(buffer.getvalue(), "bomb.xlsx")


def test_a_cell_at_the_end_of_the_world_is_refused_with_its_sheet() -> None:
    made = openpyxl.load_workbook(io.BytesIO(book({})))
    made.create_sheet("広すぎる").cell(1_048_576, 16_384, "x")
    buffer = io.BytesIO()
    made.save(buffer)

    with pytest.raises(SheetRefused) as refusal:
        convert_sheets(buffer.getvalue(), "wide.xlsx")

    assert [(str(one.at), one.trouble.value) for one in refusal.value.problems] == [
        ("広すぎる", "too-large")
    ]


def test_a_merged_cell_over_the_whole_sheet_is_refused_before_it_fills_the_memory() -> None:
    rows = (("神湊", "7:40"), ("大島港", "8:05"))
    whole = book({"大島航路 毎日": rows}, {"大島航路 毎日": ("C3:D4",)})
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"C3:D4", b"C3:XFD1048576"))

    with pytest.raises(SheetRefused) as refusal:
        convert_sheets(buffer.getvalue(), "merged.xlsx")

    assert refusal.value.problems[0].trouble.value == "too-large"
