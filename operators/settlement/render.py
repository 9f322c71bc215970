"""A statement as CSV for a spreadsheet and as PDF for the file."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from maas.pdf.paper import Column, Paper

_METHODS: Final = {
    "fixed": "固定配分",
    "nominal-fare": "みなし運賃（円）",
    "rides": "利用回数",
    "distance": "利用距離（m）",
    "duration": "利用時間（秒）",
    "active-days": "利用日数",
}
_NOTE: Final = (
    "金額は税込み。消費税額は税率ごとに一回だけ端数を切り捨てています。対象期間に届いた利用・払戻しを含み、"
    "締めた月は後から変わりません。電磁的に交付しています。"
)
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(statement: Mapping[str, Any]) -> str:
    """Return the lines, with a byte-order mark so that a spreadsheet reads the Japanese."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "精算書番号",
            "対象月",
            "対象 (商品/協定/販売月)",
            "販売数",
            "売上",
            "払戻",
            "自社利用数",
            "金額",
        ]
    )
    for line in statement["lines"]:
        now = line["now"]
        writer.writerow(
            [
                _safe(statement["number"]),
                statement["period"],
                _safe(line["cohort"]),
                now["sales"],
                now["gross"],
                now["refunded"],
                len(line["uses"]),
                line["amount"],
            ]
        )
    writer.writerow(
        [
            _safe(statement["number"]),
            statement["period"],
            "合計",
            "",
            "",
            "",
            "",
            statement["total"],
        ]
    )
    return out.getvalue()


def to_pdf(statement: Mapping[str, Any]) -> bytes:
    """Return the statement as A4 pages with the fields of a qualified invoice."""
    number, lines = statement["number"], statement["lines"]
    paper = Paper(
        f"精算書 {number}",
        footer=f"{number}   SHA-256 {statement['hash']}   検算: maas settlement verify",
    )
    paper.text(f"事業者間精算書  {statement['period']}", size=16, after=6)
    paper.facts(_head(statement))
    paper.space()
    paper.table(
        [
            Column("対象 (商品/協定/販売月)", 4),
            Column("売上", right=True),
            Column("払戻", right=True),
            Column("利用", right=True),
            Column("金額 (円)", 1.2, right=True),
        ],
        [
            (
                line["cohort"],
                f"{line['now']['gross']:,}",
                f"{line['now']['refunded']:,}",
                f"{len(line['uses']):,}",
                f"{line['amount']:,}",
            )
            for line in lines
        ],
        total=("合計", "", "", "", f"{statement['total']:,}"),
    )
    for row in statement["tax"]:
        rate, base, tax = row["rate_percent"], row["base_with_tax"], row["tax"]
        paper.text(f"{rate}%対象 {base:,}円（うち消費税額 {tax:,}円）", align="right")
    if lines:
        paper.heading("計算の内訳")
    for line in lines:
        _computation(paper, line, statement["operator"]["id"])
    paper.text(_NOTE, size=7, quiet=True)
    return paper.pdf()


def _computation(paper: Paper, line: Mapping[str, Any], operator: str) -> None:
    """Say how the amount of a line came about: the pool, each method, and what was paid before."""
    agreement, now, before = line["agreement"], line["now"], line["before"]
    kept = now["card_fees"] if agreement["card_fee_from_pool"] else 0
    pool = now["gross"] - now["refunded"] - now["commission"] - kept
    methods = []
    for part in agreement["parts"]:
        weights = now["weights"].get(part["method"], {})
        own, whole = weights.get(operator, 0), sum(weights.values())
        stood_in = now["stand_ins"].get(part["method"], {}).get(operator, 0)
        text = f"{_METHODS[part['method']]} {part['share'] / 100:g}%: {own:,} / {whole:,}"
        methods.append(text + (f"（うち協定値 {stood_in:,}件）" if stood_in else ""))
    whole_pool = (
        f"売上 {now['gross']:,} − 払戻 {now['refunded']:,} − 販売手数料 {now['commission']:,}"
        f" − 決済手数料 {kept:,} = {pool:,}円"
    )
    facts = [
        ("協定", f"{agreement['id']}   SHA-256 {line['agreement_fingerprint'][:16]}…"),
        ("配分対象額", whole_pool),
        ("自社 / 全体", "、".join(methods)),
        ("今回の金額", f"{line['amount']:,}円" + ("（前回までとの差額）" if before else "")),
    ]
    paper.text(line["cohort"], size=9, after=1)
    paper.facts(facts, size=8, share=0.18)
    paper.space(4)


def _head(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    operator, platform = statement["operator"], statement["platform"]
    rule = (
        "媒介者交付特例により交付" if statement["intermediary_rule"] else "媒介者交付特例の対象外"
    )
    return [
        ("番号", statement["number"]),
        ("宛先", f"{operator['name']} 御中"),
        (
            "宛先の登録番号",
            operator["registration"] or "未登録（適格請求書発行事業者ではありません）",
        ),
        ("発行者", f"{platform['name']}   {platform['address']}"),
        ("発行者の登録番号", platform["registration"] or "未登録"),
        ("取引の内容", f"共通乗車券等の販売代金の精算（{statement['period']}）"),
        ("発行日", statement["issued_on"]),
        ("精算額", f"{statement['total']:,}円"),
        ("交付", rule),
    ]


def _safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text
