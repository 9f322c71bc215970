"""The receipt and the return invoice as PDF: the same facts, Japanese and English side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from maas.pdf.paper import Column, Paper

_PAID_BY: Final = {
    "card": "クレジットカード / Card",
    "checkout": "クレジットカード等 / Card or wallet",
    "konbini": "コンビニエンスストア / Convenience store",
}
_SAMPLE: Final = "見本: 架空の商品で、実際の取引ではありません。 / SAMPLE: made up, no real sale."
_STAMP: Final = (
    "電磁的記録として発行したため、収入印紙は不要です。 / Issued electronically: no revenue stamp."
)
_ITEM: Final = Column("品目 / Item", 4)
_COUNT: Final = Column("数量 / No.", 0.8, right=True)
_AMOUNT: Final = Column("金額(税込) / Yen", 1.4, right=True)
_TAX: Final = Column("税率 / Tax", 0.9, right=True)


def receipt_pdf(document: Mapping[str, Any], *, paid_by: str | None) -> bytes:
    """
    Return what `receipt` returns as one sheet.

    `paid_by` is the method of the payment: `card`, `konbini` or `checkout`.
    """
    paper = _begin(document, "領収書 / Receipt")
    facts = [
        ("宛名 / For", f"{document['recipient']} 様" if document["recipient"] else "―"),
        ("番号 / Number", document["number"]),
        ("取引日 / Date", document["transaction_date"]),
    ]
    if paid_by in _PAID_BY:
        facts.append(("お支払い / Paid by", _PAID_BY[paid_by]))
    paper.facts(facts)
    paper.space()
    paper.table(
        [_ITEM, _COUNT, Column("単価 / Each", right=True), _TAX, _AMOUNT],
        [
            (
                f"{line['name']['ja']}\n{line['name']['en']}",
                f"{line['quantity']}",
                f"{line['unit_price']:,}",
                f"{line['tax_percent']}%",
                f"{line['price']:,}",
            )
            for line in document["lines"]
        ],
        total=("合計 / Total", "", "", "", f"¥{document['total']:,}"),
    )
    _by_rate(paper, document["by_rate"])
    _refunds(paper, document["refunds"])
    _issuer(paper, document)
    paper.text(_STAMP, size=7, quiet=True)
    return paper.pdf()


def return_invoice_pdf(document: Mapping[str, Any]) -> bytes:
    """Return what `return_invoice` returns as one sheet."""
    paper = _begin(document, "返還明細書 / Refund statement")
    paper.facts(
        [
            ("宛名 / For", f"{document['recipient']} 様" if document["recipient"] else "―"),
            ("注文番号 / Order", document["number"]),
            ("返還日 / Returned on", document["returned_on"]),
            ("元の取引日 / Sold on", document["transaction_date"]),
        ]
    )
    paper.space()
    rows = [
        (
            f"{line['name']['ja']}\n{line['name']['en']}",
            f"{line['quantity']}",
            f"{line['tax_percent']}%",
            f"{line['returned']:,}",
        )
        for line in document["lines"]
    ]
    for fee in document["fees"]:
        rate = f"{fee['tax_percent']}%" if fee["tax_percent"] is not None else "不課税 / none"
        rows.append((f"{fee['ja']}\n{fee['en']}", "", rate, f"-{fee['yen']:,}"))
    paper.table(
        [_ITEM, _COUNT, Column("税率 / Tax", 1.3, right=True), _AMOUNT],
        rows,
        total=("差引返金額 / Paid back", "", "", f"¥{document['amount']:,}"),
    )
    _by_rate(paper, document["by_rate"], of="返還 / returned")
    _by_rate(paper, document["fees_by_rate"], of="手数料 / fee")
    _issuer(paper, document)
    return paper.pdf()


def _begin(document: Mapping[str, Any], title: str) -> Paper:
    paper = Paper(f"{title} {document['number']}", footer=f"{title} {document['number']}")
    paper.text(title, size=18, after=0)
    paper.text(document["kind"], size=9, quiet=True, after=8)
    if document["sample"]:
        paper.text(_SAMPLE, colour="#b3261e", after=6)
    return paper


def _by_rate(paper: Paper, rates: Sequence[Mapping[str, Any]], *, of: str = "") -> None:
    paper.space(4)
    for row in rates:
        text = (
            f"{of} {row['tax_percent']}%対象 ¥{row['total']:,}（うち消費税額 ¥{row['tax']:,}） / "
            f"of which tax at {row['tax_percent']}%: ¥{row['tax']:,}"
        )
        paper.text(text.strip(), align="right")


def _refunds(paper: Paper, refunds: Sequence[Mapping[str, Any]]) -> None:
    if not refunds:
        return
    paper.heading("払戻し / Refunds", size=10)
    for row in refunds:
        fee = f"（手数料等 / fee ¥{row['fee']:,}）" if row["fee"] else ""
        paper.text(f"{row['date']}  ¥{row['amount']:,}{fee}", size=8)


def _issuer(paper: Paper, document: Mapping[str, Any]) -> None:
    issuer = document["issuer"]
    paper.heading("発行者 / Issued by", size=10)
    paper.text(issuer["name"])
    paper.text(issuer["address"], size=8)
    number = issuer["registration_number"] or "なし / none"
    paper.text(f"登録番号 / Registration number  {number}", size=9, after=6)
