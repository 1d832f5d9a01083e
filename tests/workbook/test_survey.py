"""A sheet looked over in two parts needs the same of its reader as one looked over from top to bottom."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.readings import READERS, read_whole
from support.workbooks import merge_xml, sheet_xml, write_package

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.workbook.package.archive import open_archive
from wdh.workbook.package.contents import choose_sheet, read_contents
from wdh.workbook.survey import surveying
from wdh.workbook.survey.surveying import ScannedPart, scan_part, survey_sheet

LIMITS = Limits()
CELLS = ('<c r="{}{}"/>', '<c r="{}{}" s="1"><v>7</v></c>', '<c r="{}{}" t="inlineStr"><is><t>甲</t></is></c>')
ODD = (
    ' hidden="1">', ">", ">", ">", '><c r="B{0}" t="e"><v>#SPILL!</v></c>', '><c s="1" r="C{0}"><v>1</v></c>',
    '><c r="AAAA{0}" s="1"><v>1</v></c>', '><c r="C{0}"><f>A1</f></c>', '><c r="C{0}" s="2"><v>-1</v></c>',
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "_PIECE", 256)


@st.composite
def row_lists(draw: st.DrawFn) -> str:
    """Rows, most of them usual, some hidden or not to be read fast; now and then out of order, or without a number."""
    rows, number = [], 0
    for _ in range(draw(st.integers(1, 40))):
        number += draw(st.sampled_from((1, 1, 1, 1, 1, 2, 5)))
        if draw(st.integers(0, 60)) == 0:
            number = max(number - 3, 1)
        cells = "".join(draw(st.sampled_from(CELLS)).format(letter, number) for letter in "AB")
        odd = draw(st.sampled_from(ODD)).format(number) if draw(st.integers(0, 9)) == 0 else ">"
        named = f' r="{number}"' if draw(st.integers(0, 60)) else ""
        rows.append(f"<row{named}{odd}{cells}</row>")
    return "".join(rows)


def look(path: Path, *lower: Callable[[], ScannedPart | None]) -> Any:
    """Survey a sheet; what it comes to, be it an error."""
    with open_archive(path, most=100) as package:
        contents = read_contents(path, package, limits=LIMITS)
        sheet = choose_sheet(path, contents, 0)
        try:
            found = survey_sheet(path, package, contents, sheet, limits=LIMITS, seeks_proof=True, lower=lower)
        except DataError as error:
            return str(error)
    if found.unfit or found.styled:
        return found.unfit, found.styled, found.hidden, found.areas
    return found.hidden, found.areas, [found.runs.of(column, range(1, 200)) for column in range(4)], found.runs.size


def look_below(path: Path, part: int = 1, parts: int = 2) -> ScannedPart | None:
    with open_archive(path, most=100) as package:
        contents = read_contents(path, package, limits=LIMITS)
        sheet = choose_sheet(path, contents, 0)
    try:
        with tempfile.TemporaryFile() as excerpt:
            return scan_part(path, contents, sheet, LIMITS, part=part, parts=parts, excerpt=excerpt)
    except DataError:
        return None


def test_a_sheet_without_rows_has_one_head(tmp_path: Path) -> None:
    """What follows the head is no second one, which would lack the namespace, and send the sheet to openpyxl."""
    tail = "".join(f'<pageMargins left="0.{number}" right="0.7" top="0.75"/>' for number in range(20))
    path = write_package(tmp_path / "空.xlsx", sheet_xml("", tail=tail))
    hidden, areas, _, size = look(path)
    assert (list(hidden), list(areas), size) == ([], [], 0)


@given(
    rows=row_lists(),
    areas=st.lists(st.sampled_from(("A1:B2", "A30:A40", "B9")), max_size=2, unique=True),
    parts=st.integers(2, 5),
)
def test_several_parts_come_to_the_same_as_one(
    tmp_path_factory: pytest.TempPathFactory, rows: str, areas: list[str], parts: int
) -> None:
    """Hidden rows, merged ranges, styles, what is unfit, and rows out of order, wherever they stand."""
    path = tmp_path_factory.mktemp("sheet") / "一.xlsx"
    xml = sheet_xml(rows, tail=merge_xml(*areas) if areas else "")
    write_package(path, xml, formats=["General", "0000", "yyyy-mm-dd"])
    assert look(path, *(partial(look_below, path, part, parts) for part in range(1, parts))) == look(path)


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_the_parts_follow_each_other_and_none_is_scanned_twice(tmp_path: Path, parts: int) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 800))
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows))
    found = [look_below(path, part, parts) for part in range(1, parts)]
    edges = [(part.first, part.last) for part in found if part is not None]
    assert [last + 1 for _, last in edges] == [*(first for first, _ in edges[1:]), 800]


def test_rows_that_go_back_where_a_part_begins_are_told(tmp_path: Path) -> None:
    """Each part alone is in order."""
    path, numbers = tmp_path / "一.xlsx", [*range(10, 99)]
    for _ in range(2):
        rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in numbers)
        write_package(path, sheet_xml(rows))
        found = look_below(path)
        assert found is not None
        numbers = [*range(10, found.first), *range(found.first - 20, 79)]
    assert look(path, lambda: found) == look(path)
    assert f"row {found.first} follows row {found.first + 19}" in look(path)


def test_the_lower_part_is_looked_over_once_by_someone_else(tmp_path: Path) -> None:
    """The upper part ends before it, and what another saw is believed."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 100))
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("A90:A95")))
    found = look_below(path)
    assert found is not None
    assert (50 < found.first < 70, found.last, [area.name for area in found.areas]) == (True, 99, ["A90:A95"])
    asked = []
    assert look(path, lambda: asked.append(1)) == look(path)  # type: ignore[func-returns-value]
    assert asked == [1]


def test_strings_that_are_marked_are_exact_wherever_they_are_cut(tmp_path: Path) -> None:
    """A chunk may end within a mark that keeps the outer blanks of a string."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{n}</v></c></row>' for n in range(1, 4))
    marked = [f'<t xml:space="preserve">甲{number} </t>' for number in range(40_000)]
    for length in range(0, 48, 6):
        shared = [f"<t>{'长' * (length // 3)}</t>", *marked]
        reading = read_whole(write_package(tmp_path / "一.xlsx", sheet_xml(rows), shared=shared))
        assert (reading.reader, reading.fallback) == ("fast", None), length


@pytest.mark.parametrize(
    "inner",
    [
        "<r><rPr><b/></rPr><t> 甲 </t></r>",
        "<r><t>甲</t></r><r><rPr><b/></rPr><t> </t></r>",
        "<t>甲 /> </t>",
        "<t>row> </t>",
    ],
    ids=["rich", "blank run", "a tag's end as text", "a row's end as text"],
)
def test_outer_blanks_are_found_wherever_a_text_is_cut(tmp_path: Path, inner: str) -> None:
    """A piece may end within a cell, behind what looks like the end of an element: both readers give the text."""
    for length in range(1, 257, 8):
        rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 9))
        text = f'<row r="9" spans="{"1" * length}"><c r="A9" t="inlineStr"><is>{inner}</is></c></row>'
        path = write_package(tmp_path / "一.xlsx", sheet_xml(rows + text + '<row r="10"><c r="A10"><v>1</v></c></row>'))
        exact, other = (read_whole(path, reader=reader) for reader in READERS)
        assert exact.same() == other.same(), length


@pytest.mark.parametrize(
    "mark", ["", " ", "\n", ' xml:space="default"', ' xml:space="preserve" xml:lang="zh"', ' xml:lang="zh"']
)
@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("blank", [" ", "&#32;", "&#x0020;"])
def test_a_text_with_an_unusual_mark_is_read_alike(tmp_path: Path, mark: str, is_shared: bool, blank: str) -> None:
    text = f"<t{mark}>{blank}甲{blank}</t>"
    cell = '<c r="A2" t="s"><v>0</v></c>' if is_shared else f'<c r="A2" t="inlineStr"><is>{text}</is></c>'
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cell}</row>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows), shared=[text])
    exact, other = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.column("1") == [" 甲 "]
    assert exact.same() == other.same()


def test_indented_rows_are_no_texts_with_outer_blanks(tmp_path: Path) -> None:
    """Where a piece starts with the blanks between two elements."""
    rows = "".join(
        f'\n  <row r="{n}">\n    <c r="A{n}" t="inlineStr"><is><t>甲</t></is></c>\n    <c r="B{n}"/>\n  </row>'
        for n in range(1, 90)
    )
    assert read_whole(write_package(tmp_path / "一.xlsx", sheet_xml(rows)), reader="fast").reader == "fast"


@pytest.mark.parametrize(
    "formula", ["", "<f>B2-C2</f>", '<f t="shared" si="0"/>', '<f t="shared" ref="A2" si="0">B2</f>']
)
@pytest.mark.parametrize("value", ["-1", "-0.5", " -1", "2958466", "0.999999", "1E+7"])
@pytest.mark.parametrize("blank", ["", "\n  "])
def test_dates_at_the_edge_of_the_calendar_are_read_alike(tmp_path: Path, formula: str, value: str, blank: str) -> None:
    """Also where a formula gives them, as a difference of two days may."""
    cell = f'<c r="A2" s="1">{blank}{formula}{blank}<v>{value}</v>{blank}</c>'
    xml = sheet_xml(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cell}</row>')
    path = write_package(tmp_path / "一.xlsx", xml, formats=["yyyy-mm-dd"])
    exact, other = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.same() == other.same()
