"""The workbook that a company fills in; as it comes, it is a small example that converts."""

import io

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

HELP = (
    ("このひな形の使い方 / How to fill in",),
    ("例の値を自社のものに書き換えてください。シートは増やしても減らしてもかまいません。",),
    ("1. 事業者: 名前、法人番号、ウェブサイト、有効期間を書きます。",),
    ("2. 停留所: 名前と緯度・経度。よみがなと英語名が空のときは候補を示します。",),
    ("3. 時刻表: 一つの路線と運行日ごとに一枚。停留所は縦でも横でもかまいません。",),
    ("   通過は レ、経由しないは ‖、翌日の時刻は 25:10 または 翌1:10 と書きます。",),
    ("   便ごとの運行日は、便の上か下に 土休日運休、月水金 のように書きます。",),
    ("4. 運行日: 夏ダイヤのような名前を付けた日は、ここで曜日と期間を決めます。",),
    ("5. 運賃: 三角表、または「均一運賃」の右に金額。",),
    ("年末年始、お盆、休日、学校休業日は会社ごとに違うため、日付か曜日で書いてください。",),
    ("Replace the example. Unclear cells are named, none is guessed.",),
)
OPERATOR = (
    ("事業者名", "見本渡船株式会社"),
    ("よみがな", "みほんとせん"),
    ("英語名", "Sample Ferry"),
    ("法人番号", "3000020401307"),
    ("URL", "https://example.jp/"),
    ("電話番号", "092-000-0000"),
    ("交通の種類", "船"),
    ("開始日", "2026-04-01"),
    ("終了日", "2027-03-31"),
)
STOPS = (
    ("停留所名", "よみがな", "英語名", "緯度", "経度", "住所", "のりば"),
    ("本土港", "ほんどこう", "Hondo Port", 33.5700, 130.1500, "", ""),
    ("中島", "なかしま", "", 33.5800, 130.1000, "", ""),
    ("沖島", "おきしま", "", 33.5900, 130.0500, "", ""),
)
TIMETABLE = (
    ("路線名", "沖島航路"),
    ("運行日", "毎日"),
    (),
    ("便名", "1便", "2便", "3便", "5便"),
    ("備考", "", "土日祝運休", "夏ダイヤ", ""),
    ("本土港", "7:00", "9:30", "13:00", "17:40"),
    ("中島", "7:20", "レ", "13:20", "18:00"),
    ("沖島", "7:45", "10:05", "13:45", "18:25"),
    (),
    ("便名", "2便", "4便", "6便"),
    ("沖島", "8:00", "10:30", "14:30"),
    ("中島", "8:25", "‖", "14:55"),
    ("本土港", "8:45", "11:05", "15:15"),
)
DAYS = (
    ("運行日名", "曜日", "開始", "終了", "運休日"),
    ("夏ダイヤ", "毎日", "7/1", "8/31", "8月15日"),
)
FARES = (
    ("運賃表", "(大人、円)"),
    ("本土港",),
    (300, "中島"),
    (570, 300, "沖島"),
)


def write_template() -> bytes:
    """Return the template as an xlsx file."""
    book = openpyxl.Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    fill(first, "はじめに", HELP, widths=(100,))
    fill(book.create_sheet(), "事業者", OPERATOR, widths=(16, 40), labels=True)
    fill(book.create_sheet(), "停留所", STOPS, widths=(16, 18, 20, 12, 12, 30, 8), head=1)
    fill(
        book.create_sheet(), "時刻表 沖島航路", TIMETABLE, widths=(14, 12, 12, 12, 12), labels=True
    )
    fill(book.create_sheet(), "運行日", DAYS, widths=(14, 12, 12, 12, 16), head=1)
    fill(book.create_sheet(), "運賃", FARES, widths=(12, 12, 12))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def fill(
    sheet: Worksheet,
    title: str,
    rows: tuple[tuple[str | int | float, ...], ...],
    *,
    widths: tuple[int, ...],
    head: int = 0,
    labels: bool = False,
) -> None:
    """Write rows to a sheet, its labels in bold on grey."""
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for number, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    grey = PatternFill("solid", fgColor="DDDDDD")
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(horizontal="left")
            if cell.value is not None and (cell.row <= head or (labels and cell.column == 1)):
                cell.font = Font(bold=True)
                cell.fill = grey
