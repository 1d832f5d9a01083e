"""Cells whose outline is plain are left out of the search for what the fast reader would not read exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wdh.settings import Limits
from wdh.workbook.package.contents import Contents
from wdh.workbook.package.styles import Styles
from wdh.workbook.survey.exactness import Exactness
from wdh.workbook.survey.outlines import Outlines, Parted

STYLES = Styles(
    ("General", "0.00%", "yyyy-mm-dd", "0000"), telling=frozenset((1, 3)), dates=frozenset((2,)), durations=frozenset()
)
CALCULATED, UNCALCULATED = (
    Contents((), None, STYLES, epoch_1904=False, is_calculated=is_calculated, strict=False, has_styles=True, unfit=None)
    for is_calculated in (True, False)
)
USUAL = (
    b'<c r="A1"/>',
    b'<c r="A1" s="3" />',
    b'<c r="AB12" t="s"><v>17</v></c>',
    b'<c r="C7" s="2"><v>45597</v></c>',
    b'<c r="D9" t="n"><v>1.5E-05</v></c></row><row r="10" spans="1:23" x14ac:dyDescent="0.25">',
    b'<c r="S1" t="str"><f>A1&amp;"x"</f><v>text</v></c>',
    b'<c r="S1"><f>SUM(A1:B2)</f><v>12</v></c>',
    b'<c r="E1" t="b"><f>1=1</f><v>1</v></c>',
    b'<c r="S2" t="str"><v>E5</v></c>',
    '<c r="E2" t="inlineStr"><is><t>集合 1 号, PL201</t></is></c>'.encode(),
    '<c r="E2" t="inlineStr"><is><t xml:space="preserve"> 集合　</t></is></c></row><row r="3">'.encode(),
    b'<c r="A5" t="inlineStr"></c>',
)
HARM = (
    b"""< > " ' = = =' ="" / <!-- <c :row <x:row <row/> _x000A_ _x - . 0.99999 1234567890123456789 # x e AAA a S E """
    b"""s="2" s="3" t="e" t="d" "><v> <v> </v> <f> </f> <f/> <t> </t> </is> </c> </row> <row #N/A #SPILL!"""
).split()
HARM += [
    b" ",
    b"\n",
    "　".encode(),
    b'= "',
    b' ="',
    b"<c ",
    b' s="2"',
    b' t="e"',
    b' t="d"',
    b'<row hidden="1">',
    b"x" * 300,
    b"&#32;",
    b"&#x20;",
    b"&amp;",
    *b"0 0.0 1,5 1-2 1.2.3 E+ 0E0".split(),
    b' t="b"',
    b' t="s"',
    b' t="str"',
    b"<f>1</f><v>0</v>",
    b"<v/>",
]


@st.composite
def harmed_cells(draw: st.DrawFn) -> bytes:
    """A usual cell into which up to three harmful pieces were put, or out of which something was cut."""
    cell = draw(st.sampled_from(USUAL))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(2, len(cell)))
        end = draw(st.integers(place, min(place + 3, len(cell))))
        cell = cell[:place] + draw(st.sampled_from((b"", *HARM))) + cell[end:]
    return cell


def judge(piece: bytes, parted: Parted, contents: Contents) -> tuple[str | None, bool, dict[int, list[int]]]:
    exactness = Exactness(contents, Limits())
    exactness.judge(piece, parted)
    return exactness.unfit, exactness.is_styled, {column: exactness.runs.of(column, [1, 2]) for column in range(3)}


@given(cell=harmed_cells(), contents=st.sampled_from((CALCULATED, UNCALCULATED)))
def test_a_cell_left_out_is_one_of_which_no_search_finds_anything(cell: bytes, contents: Contents) -> None:
    """Judging a cell by its outline says the same as all the searches over its text."""
    start = b'<row r="1">'
    known = Outlines(trusted=contents.is_calculated)
    known.part(start + b"".join(USUAL))
    unfit, *styles = judge(start + cell, known.part(start + cell), contents)
    whole, *all_styles = judge(start + cell, Parted(start + cell, cell.count(b"<c"), ()), contents)
    assert styles == all_styles
    # Where harm made it two cells, and one is odd, the text of the other may look like a tag that is odd, too.
    assert unfit == whole or (
        cell.count(b"<c") > 1 and unfit is None and whole == "its XML is written in an unusual way"
    )


@given(cells=st.lists(harmed_cells(), max_size=6))
def test_what_is_left_out_has_usual_rows_and_no_merged_ranges(cells: list[bytes]) -> None:
    """All rows that are written in an unusual way, and the end of the sheet, are in what is to be looked at."""
    piece = b'<row r="1">' + b"".join(cells) + b'</row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
    parted = Outlines().part(piece)
    assert parted.cells == piece.count(b"<c")
    assert b'<mergeCell ref="A1:B2"/>' in parted.odd
    for mark in (b"<!", b"='", b":row", b"<row/", b"<row h", b"_x000A_", b"<f/>"):
        assert parted.odd.count(mark) == piece.count(mark)


def test_usual_cells_are_left_out() -> None:
    """Of what writers write every day nothing is looked at twice."""
    parted = Outlines().part(b"".join(USUAL))
    assert (parted.odd, parted.cells, parted.frame) == (b"", len(USUAL), (b"", None, b""))


def test_outlines_do_not_pile_up() -> None:
    """Many and long outlines are forgotten, and judged the same again."""
    outlines = Outlines()
    for length in range(100):
        texts = "".join(f'<c r="A1" t="inlineStr"><is><t>{"ab" * length}{n:b}</t></is></c>' for n in range(300))
        letters = texts.replace("0", "a").replace("1", "b").replace('r="Ab"', 'r="A1"').encode()
        assert outlines.part(letters).cells == 300
    assert sum(map(len, outlines._plain)) < 20_000 * 500
    assert outlines.part(USUAL[0]).odd == b""
