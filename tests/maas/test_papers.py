"""What a reader sees of our papers; pypdfium2 is the reader."""

import pypdfium2
import pytest

from maas.pdf.paper import Column, Paper


def texts(content: bytes) -> list[str]:
    """The text of every page, without line breaks."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]
    finally:
        document.close()


def paper() -> Paper:
    made = Paper("領収書", footer="見本 / sample")
    made.text("領収書 / Receipt", size=16)
    made.facts([("宛名", "<b>山田</b> & 太郎\x00")])
    made.table(
        [Column("品目", 3), Column("金額", right=True)],
        [(f"品目{row}番", f"{row:,}") for row in range(100)],
        total=("合計", "4,950"),
    )
    return made


def test_a_paper_shows_its_texts_as_they_are_even_where_they_look_like_markup() -> None:
    shown = "".join(texts(paper().pdf()))

    assert "領収書 / Receipt" in shown
    assert "<b>山田</b> & 太郎" in shown
    assert "品目99番" in shown
    assert "4,950" in shown


def test_every_page_has_its_number_the_footer_and_the_headings_of_the_table() -> None:
    pages = texts(paper().pdf())

    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert "見本 / sample" in page
        assert "品目" in page
        assert "金額" in page


def test_the_font_is_in_the_file_so_that_a_phone_shows_it() -> None:
    content = paper().pdf()

    assert b"/FontFile2" in content
    assert b"IPAexGothic" in content


def test_the_same_content_is_the_same_bytes() -> None:
    assert paper().pdf() == paper().pdf()


def test_a_paper_of_nothing_is_one_empty_page() -> None:
    assert len(texts(Paper("").pdf())) == 1


@pytest.mark.parametrize(
    "text", ["A" * 500, "あ" * 500, "\ud83d", "a\u202eb", "<para>&#0;", "\n" * 200]
)
def test_any_text_can_be_written(text: str) -> None:
    made = Paper(text[:50])
    made.heading(text)
    made.facts([(text, text)])
    made.table([Column("品目"), Column("金額", right=True)], [(text, text)])

    assert made.pdf().startswith(b"%PDF")
