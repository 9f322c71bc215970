"""The fast path of reading must never say anything else than the careful one."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gtfs_feeds.read.careful_csv import read_careful
from gtfs_feeds.read.clean_csv import read_clean
from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.limits import ReadLimits

LIMITS = ReadLimits()

# Little but nasty: what csv gives a meaning, blanks, and letters of one to four bytes.
NASTY = st.text(st.sampled_from(list('a1"",,,\n\n\r \t\0;é駅\ufeff\u3000𠮷#')), max_size=40)

CELL = st.one_of(
    st.sampled_from(["", " ", '""', '"a"', '"a,b"', '"a""b"', "駅", "09:00:00", "NULL", "nan"]),
    st.text(st.characters(codec="utf-8", exclude_characters='\n\r,"\0'), max_size=6),
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    for row in rows[1:]:
        odd = draw(st.integers(0, 9))
        if odd < 3:
            row[:] = (row[:-1], [*row, ""], [*row, "extra"])[odd]
        elif odd == 3:
            row.clear()
    return end.join(",".join(row) for row in rows) + draw(st.sampled_from(["", end]))


def paths_agree(text: str) -> bool:
    """Return whether the fast path took the text at all, after checking what it read."""
    noted, faults = FaultLog(LIMITS.listed_faults), FaultLog(LIMITS.listed_faults)
    fast = read_clean(text.encode(), "x.txt", LIMITS, noted)
    if fast is None:
        assert noted.faults() == ()
        return False
    careful = read_careful(text, "x.txt", LIMITS, faults)
    assert careful is not None
    assert fast.header == careful.header
    assert fast.rows.to_dicts() == careful.rows.to_dicts()
    assert faults.faults() == noted.faults()
    return True


@given(text=NASTY)
@example(text="a,b\n1,2,3\n4")  # one row too long, one too short: the commas add up
@example(text='a,b\n"x\ny",1\n')
@example(text='a,b\n1,"x"y\n')
@example(text='a,b\n",",1\n')
@example(text="a,b\r1,2\r")
@example(text="\ufeffa,b\n1,2\n")
@settings(max_examples=600, deadline=None)
def test_any_text_reads_alike_on_both_paths(text: str) -> None:
    paths_agree(text)


@given(text=tables())
@settings(max_examples=300, deadline=None)
def test_tables_read_alike_on_both_paths(text: str) -> None:
    paths_agree(text)


def test_clean_tables_take_the_fast_path() -> None:
    assert paths_agree('a,b\r\n1,"x,y"\r\n"",駅\r\n')
    assert paths_agree("a,b,c\n,,\n1,2,3")
    assert paths_agree('a,b\n1\n\n1,2,3\n1,2,,\n"x,y",2\n')
    assert not paths_agree('a,b\n1,"x ""y"" z"\n')
