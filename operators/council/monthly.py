"""The council's month as one paper in Japanese."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from maas.pdf.paper import Column, Paper
from operators.council.figures import Figures
from operators.council.records import UNKNOWN
from operators.participation.counting import Count, Forecast

_WORDS: Final = {
    UNKNOWN: "不明",
    "rail": "鉄道",
    "bus": "バス",
    "ferry": "航路",
    "air": "航空",
    "ja": "日本語",
    "en": "英語",
    "municipality": "自治体",
    "tourism": "観光",
    "retail": "小売",
    "taxi": "タクシー",
    "share-cycle": "シェアサイクル",
    "other": "その他",
}


@dataclass(frozen=True, slots=True)
class Month:
    """Everything the paper says; what is None or empty is said to be missing."""

    month: str
    made_on: str
    publisher: str
    counts: Sequence[Count]
    """From the year before to the last day of the month."""
    outlook: Sequence[Forecast]
    figures: Figures
    settlement: Mapping[str, int] | None
    """`pool`, `commission`, `card_fees`, `statements`; None where the month is not closed."""
    quality: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    """Municipalities, as the quality report has them."""
    joins: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    """Candidates whose feed is in test, the most helpful first."""
    holds: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    """Companies by what would be lost without them, the greatest first."""


def monthly_report(month: Month) -> bytes:
    """Return the report as PDF."""
    year, number = month.month.split("-")
    title = f"九州MaaS 月次報告 {year}年{int(number)}月"
    paper = Paper(title, footer=f"{title}   {month.publisher}")
    paper.text(title, size=18, after=2)
    paper.text(f"作成日 {month.made_on}   {month.publisher}", quiet=True, after=6)
    _participation(paper, month)
    _sales(paper, month.figures)
    _rides(paper, month.figures)
    _settlement(paper, month.settlement)
    _quality(paper, month.quality)
    _impact(paper, month)
    return paper.pdf()


def _participation(paper: Paper, month: Month) -> None:
    paper.heading("1. 参加社局")
    if not month.counts:
        paper.text("この月までに登録された事業者はありません。")
        return
    last = month.counts[-1]
    paper.text(f"月末の参加社局数は {last.total} 社局です（{last.day.isoformat()}）。", after=4)
    paper.table(
        [
            Column("目標"),
            Column("期日"),
            Column("目標数", right=True),
            Column("現在", right=True),
            Column("見込", right=True),
            Column("不足", right=True),
            Column("見込不明", right=True),
        ],
        [
            (
                row.goal.label_ja,
                row.goal.by.isoformat(),
                f"{row.goal.companies}",
                f"{row.counted}",
                f"{row.expected}",
                f"{row.missing}",
                f"{row.unknown}",
            )
            for row in month.outlook
        ],
    )
    paper.space(6)
    paper.bars("社局数の推移", [(f"{c.day:%y-%m}", c.total) for c in month.counts])
    paper.facts(
        [
            ("県別（重複あり）", _listed(last.by_prefecture, "社局")),
            ("モード別（重複あり）", _listed(last.by_mode, "社局")),
            ("事業者以外の会員", _listed(last.others, "会員")),
        ]
    )


def _sales(paper: Paper, figures: Figures) -> None:
    paper.heading("2. 販売と払戻し")
    if not figures.sales.passes and not figures.returned:
        paper.text("この月の販売・払戻しはありません。")
        return
    rows = [
        (
            figures.product_names.get(product, product),
            f"{row.passes:,}",
            f"{row.persons:,}",
            f"{row.yen:,}",
            f"{figures.returned_yen_by_product.get(product, 0):,}",
        )
        for product, row in figures.sales_by_product.items()
    ]
    paper.table(
        [
            Column("商品", 4),
            Column("枚数", right=True),
            Column("人数", right=True),
            Column("売上 (円)", 1.4, right=True),
            Column("払戻 (円)", 1.2, right=True),
        ],
        rows,
        total=(
            "合計",
            f"{figures.sales.passes:,}",
            f"{figures.sales.persons:,}",
            f"{figures.sales.yen:,}",
            f"{figures.returned_yen:,}",
        ),
    )
    languages = {name: row.passes for name, row in figures.sales_by_language.items()}
    paper.facts(
        [
            ("購入者（画面の言語）", f"{_listed(languages, '枚')}  居住地はたずねていません。"),
            ("払戻し", f"{figures.returned:,}枚、手数料等 {figures.return_fees_yen:,}円"),
        ]
    )


def _rides(paper: Paper, figures: Figures) -> None:
    paper.heading("3. 利用")
    if not figures.rides:
        paper.text("この月の利用（検札）はありません。")
        return
    paper.text(f"{figures.rides:,}回、{figures.passes_used:,}枚の券で利用されました。", after=4)
    paper.bars("モード別の利用回数", _words(figures.rides_by_mode))
    paper.bars("県別の利用回数（乗車地）", _words(figures.rides_by_prefecture))


def _settlement(paper: Paper, settlement: Mapping[str, int] | None) -> None:
    paper.heading("4. 精算")
    if settlement is None:
        paper.text("この月の精算はまだ締められていません。")
        return
    paper.facts(
        [
            ("事業者への配分額", f"{settlement['pool']:,}円"),
            ("販売手数料", f"{settlement['commission']:,}円"),
            ("決済手数料", f"{settlement['card_fees']:,}円"),
            ("精算書", f"{settlement['statements']:,}通"),
        ]
    )


def _quality(paper: Paper, rows: Sequence[Mapping[str, Any]]) -> None:
    paper.heading("5. 市町村別の交通サービス（GTFSによる）")
    if not rows:
        paper.text("まだ計算されていません。")
        return
    by_prefecture: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_prefecture.setdefault(str(row["prefecture"]), []).append(row)
    paper.table(
        [
            Column("県"),
            Column("市町村", right=True),
            Column("データのない市町村", 1.6, right=True),
            Column("停留所", right=True),
            Column("平日の発車", 1.2, right=True),
            Column("日曜の発車", 1.2, right=True),
        ],
        [
            (
                prefecture,
                f"{len(towns)}",
                f"{sum(not town['stops'] for town in towns)}",
                f"{sum(town['stops'] for town in towns):,}",
                f"{sum(town['departures'] for town in towns):,}",
                f"{sum(town['departures_sunday'] for town in towns):,}",
            )
            for prefecture, towns in by_prefecture.items()
        ],
    )


def _impact(paper: Paper, month: Month) -> None:
    paper.heading("6. どの事業者の参加が役立つか")
    if month.joins:
        for number, row in enumerate(month.joins[:10], start=1):
            paper.text(f"{number}. {row['joins']['ja']}", size=8.5)
    else:
        paper.text("データ試験中の候補はありません。", size=8.5)
    paper.heading("7. 止まると影響が大きい事業者")
    if not month.holds:
        paper.text("まだ計算されていません。", size=8.5)
    for number, row in enumerate(month.holds[:10], start=1):
        paper.text(f"{number}. {row['stops']['ja']}", size=8.5)


def _words(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(_WORDS.get(name, name), count) for name, count in ordered]


def _listed(counts: Mapping[str, int], unit: str) -> str:
    return "、".join(f"{name} {count:,}{unit}" for name, count in _words(counts)) or "なし"
