"""
Papers: every PDF of the project is written here, in one font that it brings along.

    paper = Paper("領収書 / Receipt", footer="Kyushu MaaS")
    paper.facts([("番号 / Number", "AB12CD34EF")])
    paper.table([Column("品目 / Item"), Column("金額 / Amount", right=True)], rows)
    content: bytes = paper.pdf()

`maas.pdf.paper.Paper` holds what stands on the pages; the same content gives the same bytes.
`maas.pdf.font.font()` is for whoever draws on reportlab's canvas by hand.
"""
