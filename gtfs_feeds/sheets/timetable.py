"""Timetables as people draw them: stops down and trips across, or the other way round."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from gtfs_feeds.sheets.context import Context, Worded
from gtfs_feeds.sheets.days import DAY_WORDS, is_only_about_days, words_of
from gtfs_feeds.sheets.entries import Found, entries, entry_of
from gtfs_feeds.sheets.footnotes import Legend, take_legend
from gtfs_feeds.sheets.model import Call, Stop, Trip
from gtfs_feeds.sheets.notes import limited
from gtfs_feeds.sheets.problems import Note, Spot, Trouble
from gtfs_feeds.sheets.words import (
    MEANT_AS_TIME,
    NOT_TIMES,
    clock_seconds,
    end_mark,
    folded,
    is_ditto,
    is_pass,
    key,
    label_of,
    minutes_of,
)
from gtfs_feeds.sheets.workbook import Cell, Sheet

DAY_S: Final = 86_400
HALF_DAY_S: Final = 12 * 3600
LINE_WORDS: Final = re.compile(r"(\S+?(?:線|航路|コース|ルート|系統))(?:\s|$|\(|時刻)")
SHEET_NOISE: Final = re.compile(
    r"[(（].*?[)）]|時刻表|ダイヤ|運行表|上り|下り|往路|復路|往復|平日|土曜日?|土日祝日?|土休日|日祝日?|休日|毎日"
)
DEFAULT_NAMES: Final = re.compile(r"(?:Sheet|シート|表)\s*\d*", re.IGNORECASE)
NOT_RUNNING: Final = frozenset({"運休", "運休中", "全便運休", "休止", "休航", "休航中", "欠航"})
NOTE_MARK: Final = re.compile(r"[※*＊]|注(?:意|[\d:]|$)|備考")
"""How a line begins that is a note and no title."""
AFTERNOON: Final = frozenset({"午後", "PM", "pm"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a block that belongs to a stop."""

    number: int
    stop: Stop
    mark: str
    """発, 着 or nothing."""


@dataclass
class Block:
    """One label column with the rows of its stops, and the columns of its trips."""

    label_column: int
    last_column: int
    rows: list[Row]
    head: range
    """Rows above that describe the trips."""
    foot: range
    """Rows below that do."""


@dataclass
class Draft:
    """A trip while its column is read."""

    column: int
    calls: list[tuple[Stop, str, int, Spot]] = field(default_factory=list)
    """Stop, mark, seconds as written, and the cell."""


def is_timetable(sheet: Sheet, *, least: int = 1) -> bool:
    """Say whether a sheet holds at least so many times."""
    times = 0
    for _, _, cell in sheet.filled():
        if looks_like_time(cell) and not cell.is_copy:
            times += 1
            if times == least:
                return True
    return False


def looks_like_time(cell: Cell) -> bool:
    """Say whether a cell is a time beyond doubt, so not a bare number."""
    return cell.is_time or (
        clock_seconds(cell.text) is not None
        and any(mark in cell.text for mark in ":時.")
        and not re.fullmatch(r"\d+\.\d", cell.text)
    )


def read_timetable(sheet: Sheet, context: Context) -> list[Trip]:
    """Return the trips of a sheet; what cannot be read becomes problems."""
    legend, sheet = take_legend(sheet)
    down, across = sheet, sheet.turned()
    view = max((down, across), key=lambda one: label_score(one, context))
    blocks = list(find_blocks(view, context))
    if not blocks:
        row, column, cell = next(at for at in sheet.filled() if looks_like_time(at[2]))
        context.review.problem(sheet.spot(row, column), Trouble.NO_TIMETABLE, cell.raw)
        return []
    is_down = view is down
    top = blocks[0].rows[0].number if is_down else blocks[0].label_column
    found = entries(sheet, rows=top)
    line = line_of(sheet, found, context)
    if is_down:
        found.pop("days", None)  # The rows above a block are read with the block.
    base = sheet_days(sheet, found, range(0 if is_down else top), context)
    trips: list[Trip] = []
    for block in blocks:
        check_neighbours(view, block, context)
        check_columns(view, block, context)
        base = block_days(view, block, context) or base
        if block is not blocks[0]:
            line = block_line(view, block, context) or line
        for column in trip_columns(view, block):
            trip = read_trip(view, block, column, line, base, legend, context)
            if trip:
                trips.append(trip)
    check_all_read(view, blocks, context)
    return limited(trips, loose_notes(view, blocks, context), context)


def loose_notes(view: Sheet, blocks: list[Block], context: Context) -> list[Worded]:
    """Return what stands outside of the tables; complain of days beside a trip across."""
    across = {column for block in blocks if view.is_turned for column in trip_columns(view, block)}
    notes: list[Worded] = []
    for row, column, cell in view.filled():
        if cell.is_copy or is_taken(view, blocks, row, column, context):
            continue
        at = view.spot(row, column)
        if column not in across:
            notes.append((cell.text, at))
        elif context.is_about_days(cell.text):
            context.review.problem(at, Trouble.NOTE_UNPLACED, cell.raw)
    return notes


def is_taken(view: Sheet, blocks: list[Block], row: int, column: int, context: Context) -> bool:
    """Say whether a cell is a stop's name, a label, or read with the trips of a block."""
    text = view.text(row, column)
    if context.stop(text) or label_of(text) or entry_of(text):
        return True
    if view.is_turned and column < blocks[0].label_column:
        return True  # The rows above the table: read with the sheet.
    for block in blocks:
        here = row in block.foot or any(row == one.number for one in block.rows)
        if row in block.head and not (block is not blocks[0] and NOTE_MARK.match(text)):
            return True
        if here and column in set(trip_columns(view, block)):
            return True
    return False


def check_all_read(view: Sheet, blocks: list[Block], context: Context) -> None:
    """Complain of every time that belongs to no trip, so that none is left out in silence."""
    covered = {
        (row, column)
        for block in blocks
        for column in trip_columns(view, block)
        for row in (*block.head, *(one.number for one in block.rows), *block.foot)
    }
    told = {problem.at for problem in context.review.problems}
    for row, column, cell in view.filled():
        at = view.spot(row, column)
        if (row, column) in covered or cell.is_copy or not is_surely_time(cell) or at in told:
            continue
        if any(problem_row(view, row, column, spot) for spot in told):
            continue
        context.review.problem(at, Trouble.UNREAD_TIME, cell.raw)


def problem_row(view: Sheet, row: int, column: int, told: Spot) -> bool:
    """Say whether the row of a cell has already been complained of at its label."""
    return any(view.spot(row, label) == told for label in range(column))


def is_surely_time(cell: Cell) -> bool:
    """Say whether a cell is a time and can be nothing else, such as kilometres."""
    return looks_like_time(cell) and (cell.is_time or ":" in cell.text or "時" in cell.text)


def label_score(view: Sheet, context: Context) -> int:
    """Return the most different stops that any column names."""
    columns: dict[int, set[str]] = {}
    for _, column, cell in view.filled():
        stop = context.stop(cell.text)
        if stop:
            columns.setdefault(column, set()).add(stop.id)
    return max((len(names) for names in columns.values()), default=0)


def find_blocks(view: Sheet, context: Context) -> Iterator[Block]:
    """Yield the blocks: runs of rows under one label column, with what stands above and below."""
    columns: dict[int, set[str]] = {}
    for _, column, cell in view.filled():
        stop = context.stop(cell.text)
        if stop and not looks_like_time(cell):
            columns.setdefault(column, set()).add(stop.id)
    labels = sorted(column for column, names in columns.items() if len(names) >= 2)
    labels = [column for column in labels if column - 1 not in labels or not labels]
    for order, column in enumerate(labels):
        end = labels[order + 1] - 1 if order + 1 < len(labels) else view.width - 1
        runs = runs_of(view, column, end, context)
        floor = 0
        for number, rows in enumerate(runs):
            after = runs[number + 1][0].number if number + 1 < len(runs) else view.height
            foot = foot_rows(view, column, rows[-1].number + 1, after)
            yield Block(column, end, rows, range(floor, rows[0].number), foot)
            floor = foot.stop


def runs_of(view: Sheet, column: int, end: int, context: Context) -> list[list[Row]]:
    """Return the rows of stops, split where a row without stop stands between them."""
    runs: list[list[Row]] = []
    current: list[Row] = []
    for number in range(view.height):
        row = row_of(view, number, column, current, context)
        if row:
            current.append(row)
            continue
        times = [
            beside
            for beside in range(column + 1, end + 1)
            if looks_like_time(view.at(number, beside))
        ]
        if current and times:
            label = view.at(number, column)
            if label.text:
                context.review.problem(view.spot(number, column), Trouble.UNKNOWN_STOP, label.raw)
            else:
                at = view.spot(number, times[0])
                context.review.problem(at, Trouble.UNREAD_TIME, view.at(number, times[0]).raw)
            continue
        if len({one.stop.id for one in current}) >= 2:
            runs.append(current)
        current = []
    if len({one.stop.id for one in current}) >= 2:
        runs.append(current)
    return runs


def row_of(view: Sheet, number: int, column: int, above: list[Row], context: Context) -> Row | None:
    """Return the stop of a row by its label; 〃 and a blank beside 発 or 着 mean the one above."""
    text = view.text(number, column)
    beside = view.text(number, column + 1)
    mark = beside if beside in {"発", "着"} else end_mark(text)
    if above and (is_ditto(text.rstrip("発着 ")) or (not text and beside in {"発", "着"})):
        return Row(number, above[-1].stop, mark)
    stop = context.stop(text)
    if stop is None:
        return None
    if key(text) in context.stops and beside not in {"発", "着"}:
        mark = ""
    return Row(number, stop, mark)


def foot_rows(view: Sheet, column: int, first: int, limit: int) -> range:
    """Return the rows right below a block that say something of its trips."""
    row = first
    while row < limit and label_of(view.text(row, column)) in {"days", "name", "headsign", "kind"}:
        row += 1
    return range(first, row)


def check_neighbours(view: Sheet, block: Block, context: Context) -> None:
    """Complain of rows with times right above a block: a first stop that is not known."""
    above = block.rows[0].number - 1
    label = view.text(above, block.label_column) if above >= 0 else ""
    if not label or label_of(label) or label in {"発", "着"}:
        return
    columns = range(block.label_column + 1, block.last_column + 1)
    if any(looks_like_time(view.at(above, column)) for column in columns):
        context.review.problem(view.spot(above, block.label_column), Trouble.UNKNOWN_STOP, label)


def check_columns(view: Sheet, block: Block, context: Context) -> None:
    """Complain of columns that hold no time but what somebody may have meant as one."""
    trips = set(trip_columns(view, block))
    for column in range(block.label_column + 1, block.last_column + 1):
        heads = [view.text(row, column) for row in block.head]
        if column in trips or any(NOT_TIMES.search(head) or label_of(head) for head in heads):
            continue
        for row in block.rows:
            cell = view.at(row.number, column)
            if not cell.is_copy and MEANT_AS_TIME.search(cell.text.replace(" ", "")):
                context.review.problem(view.spot(row.number, column), Trouble.BAD_TIME, cell.raw)


def trip_columns(view: Sheet, block: Block) -> Iterator[int]:
    """Yield the columns that hold times of trips."""
    for column in range(block.label_column + 1, block.last_column + 1):
        head = " ".join(view.text(row, column) for row in block.head)
        cells = [view.at(row.number, column) for row in block.rows]
        texts = [cell.text for cell in cells if cell.text]
        if not texts or all(text in {"発", "着"} for text in texts):
            continue
        if NOT_TIMES.search(head) and not any(is_surely_time(cell) for cell in cells):
            continue
        if any(clock_seconds(text) is not None for text in texts):
            yield column


def read_trip(
    view: Sheet,
    block: Block,
    column: int,
    line: str,
    base: list[Worded],
    legend: Legend,
    context: Context,
) -> Trip | None:
    """Return the trip of a column, or None where it does not run or cannot be read."""
    draft = Draft(column)
    marks: list[tuple[str, Spot]] = []
    for row in block.rows:
        cell = view.at(row.number, column)
        if not cell.text or is_pass(cell.text):
            continue
        at = view.spot(row.number, column)
        seconds = seconds_of(cell, draft, at, context)
        marks += [(mark, at) for mark in cell.marks]
        if seconds is None:
            if cell.text not in NOT_RUNNING:
                context.review.problem(at, Trouble.BAD_TIME, cell.raw)
            continue
        draft.calls.append((row.stop, row.mark or end_mark(cell.text), seconds, at))
    name, headsign, worded, runs = described(view, block, column, context)
    if not draft.calls:
        return None
    marks += [(mark, draft.calls[0][3]) for mark in name if mark in legend.words]
    bare = "".join(mark for mark in name if mark not in legend.words).strip()
    name = bare or folded(name)
    worded += legend.of(marks, context)
    at = draft.calls[0][3]
    if not runs:
        context.review.remark(at, Note.NOT_RUNNING, name)
        return None
    if is_morning_below_afternoon(view, block, draft):
        context.review.problem(at, Trouble.HALF_DAY, f"{draft.calls[0][2] // 3600}時")
        return None
    calls = joined(draft, context)
    if calls is None:
        return None
    if len(calls) < 2:
        context.review.problem(at, Trouble.ONE_CALL, calls[0].stop.name)
        return None
    rules = context.rules(base) + context.rules(worded)
    if not rules:
        context.review.problem(Spot(view.name), Trouble.NO_DAYS)
        return None
    dates = context.dates(rules, worded[0][1] if worded else at)
    if not dates:
        return None
    days = words_of(rules)
    return Trip(line, calls, dates, days, name, headsign, at)


def is_morning_below_afternoon(view: Sheet, block: Block, draft: Draft) -> bool:
    """Say whether a trip leaves before noon although the nearest heading to the left says 午後."""
    for row in block.head:
        for column in range(draft.column, block.label_column, -1):
            text = view.text(row, column)
            if text:
                if text in AFTERNOON and draft.calls[0][2] < HALF_DAY_S:
                    return True
                break
    return False


def seconds_of(cell: Cell, draft: Draft, at: Spot, context: Context) -> int | None:
    """Return the time of a cell; minutes alone follow the time before, within the hour."""
    seconds = clock_seconds(cell.text)
    minutes = minutes_of(cell.text)
    if seconds is not None or minutes is None or not draft.calls:
        return seconds
    before = draft.calls[-1][2]
    moment = before // 3600 * 3600 + minutes * 60
    context.review.remark(Spot(at.sheet), Note.MINUTES_ONLY)
    return moment if moment >= before else moment + 3600


def joined(draft: Draft, context: Context) -> tuple[Call, ...] | None:
    """Return the calls of a trip in the order of travel, past midnight where the clock turns."""
    written = draft.calls
    times = [seconds for _, _, seconds, _ in written]
    falls = [before > after for before, after in pairwise(times)]
    if len(falls) >= 2 and all(falls) and times[0] - times[-1] < HALF_DAY_S:
        context.review.remark(written[0][3], Note.UPWARDS)
        written = written[::-1]
    calls: list[Call] = []
    shift, last = 0, -1
    for stop, _, seconds, at in written:
        moment = seconds + shift
        if moment < last and last - moment > HALF_DAY_S:
            shift += DAY_S
            moment += DAY_S
            context.review.remark(at, Note.AFTER_MIDNIGHT)
        if moment < last:
            context.review.problem(at, Trouble.TIMES_FALL)
            return None
        last = moment
        if calls and calls[-1].stop is stop:
            before = calls.pop()
            calls.append(Call(stop, before.arrival_s, moment, before.at))
        else:
            calls.append(Call(stop, moment, moment, at))
    return tuple(calls)


def described(
    view: Sheet, block: Block, column: int, context: Context
) -> tuple[str, str, list[Worded], bool]:
    """Return a trip's name, headsign, words about its days, and whether it runs at all."""
    names: list[str] = []
    headsign = ""
    days: list[Worded] = []
    runs = True
    for row in (*block.head, *block.foot):
        cell, at = head_cell(view, block, row, column)
        if cell is None:
            continue
        head = view.text(row, block.label_column)
        label = label_of(head)
        if label is None and entry_of(head) not in {None, "days", "headsign"}:
            continue  # 路線名 | 沖島航路 is about the sheet, although it stands over a trip.
        text = cell.text
        if text.replace(" ", "") in NOT_RUNNING:
            runs = False
        elif label == "days" or (label is None and context.is_about_days(text)):
            days.append((text, at))
        elif label in {"name", "kind"} and DAY_WORDS.search(text) and context.is_about_days(text):
            days.append((text, at))  # Below a merged 便: 平日 is no trip's name.
        elif label == "headsign":
            headsign = cell.raw
        elif label in {"name", "kind"} or (label is None and row + 4 >= block.rows[0].number):
            names.append(cell.raw)
    return " ".join(dict.fromkeys(names)), headsign, days, runs


def head_cell(view: Sheet, block: Block, row: int, column: int) -> tuple[Cell | None, Spot]:
    """
    Return what a row says of one column: 〃 is the cell to its left.

    A text that also covers the label column is a title and says nothing of the column.
    """
    cell = view.at(row, column)
    at = column
    while is_ditto(cell.text) and at > block.label_column + 1:
        at -= 1
        cell = view.at(row, at)
    if not cell.text or is_ditto(cell.text):
        return None, view.spot(row, at)
    label = view.at(row, block.label_column)
    if cell.is_copy and (label.text == cell.text):
        return None, view.spot(row, at)
    return cell, view.spot(row, at)


def line_of(sheet: Sheet, found: dict[str, Found], context: Context) -> str:
    """Return the line's name: the entry, else the title's, else the sheet's."""
    if "line" in found:
        return found["line"][0]
    for row in range(min(4, sheet.height)):
        for column in range(min(4, sheet.width)):
            cell = sheet.at(row, column)
            match = LINE_WORDS.search(cell.text)
            if match and not cell.is_copy and context.stop(cell.text) is None:
                return match[1]
    name = SHEET_NOISE.sub("", sheet.name).strip(" _-・　")
    if not name or DEFAULT_NAMES.fullmatch(name):
        context.review.problem(Spot(sheet.name), Trouble.NO_LINE)
        return sheet.name
    return name


def block_line(view: Sheet, block: Block, context: Context) -> str:
    """Return the name of the line that stands above a further table of a sheet, or nothing."""
    for row in block.head:
        for column in range(view.width):
            cell = view.at(row, column)
            if cell.is_copy or context.stop(cell.text):
                continue
            if entry_of(cell.text) == "line" and view.text(row, column + 1):
                return view.at(row, column + 1).raw
            match = LINE_WORDS.search(cell.text)
            if match:
                return match[1]
    return ""


def sheet_days(
    sheet: Sheet, found: dict[str, Found], rows: range, context: Context
) -> list[Worded]:
    """Return the words about the days of a whole sheet: entry or title, name, default."""
    worded = [found["days"]] if "days" in found else []
    worded += [
        (cell.text, sheet.spot(row, column))
        for row, column, cell in sheet.filled()
        if row in rows and not cell.is_copy and context.is_about_days(cell.text)
    ]
    if worded:
        return worded
    if context.is_about_days(sheet.name):
        return [(sheet.name, Spot(sheet.name))]
    return [(context.default_days, Spot(sheet.name))] if context.default_days else []


def block_days(view: Sheet, block: Block, context: Context) -> list[Worded]:
    """Return the words above a block about the days of all its trips."""
    worded: list[Worded] = []
    columns = set(trip_columns(view, block))
    for row in block.head:
        label = view.text(row, block.label_column)
        beside = [
            column
            for column in range(block.label_column + 1, view.width)
            if view.text(row, column) and not view.at(row, column).is_copy
        ]
        if label_of(label) == "days" or entry_of(label) == "days":
            if len(beside) == 1 and not is_alone_among(view, row, beside[0], columns):
                worded.append((view.text(row, beside[0]), view.spot(row, beside[0])))
            continue
        for column in range(view.width):
            text, at = view.text(row, column), view.spot(row, column)
            if column in columns or view.at(row, column).is_copy or label_of(text):
                continue
            if not context.is_about_days(text):
                continue
            if NOTE_MARK.match(text) and not is_only_about_days(text):
                context.review.problem(at, Trouble.NOTE_UNPLACED, text)
            else:
                worded.append((text, at))
    return worded


def is_alone_among(view: Sheet, row: int, column: int, columns: set[int]) -> bool:
    """Say whether a word about days stands over one of several trips, other than the first."""
    if column not in columns or column == min(columns):
        return False
    return any(not view.text(row, other) for other in columns)
