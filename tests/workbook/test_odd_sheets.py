"""Sheets whose XML is written as no Excel writes it: the same rows by both readers, or one refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.readings import read_whole
from support.workbooks import MAIN, write_package

from wdh.errors import DataError

HEADER = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
ROW = '<row r="2"><c r="A2"><v>5</v></c><c r="B2" t="s"><v>2</v></c></row>'
DATA = f"<sheetData>{HEADER}{ROW}</sheetData>"
OPEN, CLOSE = f'<worksheet xmlns="{MAIN}">', "</worksheet>"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

READ = {
    "a line break before the declaration": f"\n{DECLARATION}{OPEN}{DATA}{CLOSE}",
    "no declaration": f"{OPEN}{DATA}{CLOSE}",
    "single quotes": f"{DECLARATION}{OPEN}{DATA}{CLOSE}".replace('"', "'"),
    "a line for each element": f"{DECLARATION}{OPEN}{DATA}{CLOSE}".replace("><", ">\r\n  <"),
    "a row with extensions": f"{OPEN}{DATA}{CLOSE}".replace(
        "</row></sheetData>", '<extLst><ext uri="x"/></extLst></row></sheetData>'
    ),
    "text between cells": f"{OPEN}{DATA}{CLOSE}".replace("</c><c", "</c>x<c"),
    "a row without its number": f"{OPEN}{DATA}{CLOSE}".replace('<row r="2">', "<row>"),
    "a cell without its name": f"{OPEN}{DATA}{CLOSE}".replace('<c r="B2"', "<c"),
    "cells that are counted from 0": f"{OPEN}{DATA}{CLOSE}".replace('"A2"', '"0"').replace('"B2"', '"1"'),
    "cells out of order": f"{OPEN}<sheetData>{HEADER}"
    '<row r="2"><c r="B2" t="s"><v>2</v></c><c r="A2"><v>5</v></c></row></sheetData></worksheet>',
    "a cell of a prefixed name": f"{OPEN}{DATA}{CLOSE}".replace(
        '<c r="A2"><v>5</v></c>', f'<x:c xmlns:x="{MAIN}" r="A2"><x:v>5</x:v></x:c>'
    ),
}
DIMENSIONS = ["A0", "A0:D3", "A1:D0", "", "A:D", "1:3", "$A$1:$B$2", "a1:b2", "B2:A1", "A1 B2", "A1:B2:C3", "#REF!"]
DIMENSIONS += ["Sheet1!A1:B2", "A-1:B2", "A1:", "A1:XFE2", "A1:B9999999"]


@pytest.mark.parametrize("xml", READ.values(), ids=READ)
def test_a_sheet_that_is_written_in_an_odd_way_is_read(tmp_path: Path, reader: str, xml: str) -> None:
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>甲</t>", "<t>乙</t>", "<t>丙</t>"])
    read = read_whole(path, reader=reader)
    assert (read.column("甲"), read.column("乙")) == ([5], ["丙"])


@pytest.mark.parametrize("size", DIMENSIONS)
def test_a_sheet_is_read_whatever_size_it_claims(tmp_path: Path, reader: str, size: str) -> None:
    """The claim is of no use to anyone, and the fast reader's library trips over a wrong one."""
    xml = f'{OPEN}<dimension ref="{size}"/>{DATA}{CLOSE}'
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>甲</t>", "<t>乙</t>", "<t>丙</t>"])
    assert read_whole(path, reader=reader).column("甲") == [5]


@pytest.mark.parametrize("xml", [f"{DECLARATION}foo{OPEN}{DATA}{CLOSE}", f"foo{OPEN}{DATA}{CLOSE}"])
def test_a_sheet_with_text_before_its_first_element_is_a_refusal(tmp_path: Path, reader: str, xml: str) -> None:
    """Such a part is no XML; the fast reader's library would not notice."""
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>甲</t>", "<t>乙</t>", "<t>丙</t>"])
    with pytest.raises(DataError, match="damaged"):
        read_whole(path, reader=reader)


@pytest.mark.parametrize("name", ["2", "0", "A", "$B$2", "-1"])
def test_a_cell_whose_name_says_no_column_is_a_refusal(tmp_path: Path, reader: str, name: str) -> None:
    """A number is taken for a name only where it is the very place at which the cell stands."""
    xml = f"{OPEN}{DATA}{CLOSE}".replace('r="B2"', f'r="{name}"')
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>甲</t>", "<t>乙</t>", "<t>丙</t>"])
    with pytest.raises(DataError, match="规模明细"):
        read_whole(path, reader=reader)


@pytest.mark.parametrize("number", ["0", "-1", "x", "2.0"])
def test_a_row_of_no_number_is_a_refusal_and_not_a_dropped_row(tmp_path: Path, reader: str, number: str) -> None:
    xml = f"{OPEN}{DATA}{CLOSE}".replace('<row r="2">', f'<row r="{number}">')
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>甲</t>", "<t>乙</t>", "<t>丙</t>"])
    with pytest.raises(DataError, match="规模明细"):
        read_whole(path, reader=reader)


def test_formulas_that_repeat_another_do_not_send_a_large_sheet_to_the_slow_reader(tmp_path: Path) -> None:
    """A piece of the sheet is never cut between a formula and its result."""
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><f t="shared" si="0"/><v>{row}</v></c><c r="B{row}"><v>1</v></c></row>'
        for row in range(2, 9000)
    )
    path = write_package(
        tmp_path / "一.xlsx", f"{OPEN}<sheetData>{HEADER}{rows}</sheetData>{CLOSE}", shared=["<t>甲</t>", "<t>乙</t>"]
    )
    read = read_whole(path, reader="fast")
    assert (read.reader, read.fallback) == ("fast", None)
    assert read.column("甲") == [*range(2, 9000)]


@pytest.mark.parametrize("around", ["mergeCells", "extLst", "worksheet"])
def test_rows_deeper_in_the_sheet_than_they_belong_are_the_same_to_both_readers(tmp_path: Path, around: str) -> None:
    """What follows them ends more elements than were opened behind them."""
    xml = f"{OPEN}<{around}><x>{DATA}<x/></x></{around}><x/>{CLOSE}"
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>甲</t>", "<t>乙</t>", "<t>丙</t>"])
    exact, fast = (read_whole(path, reader=reader) for reader in ("openpyxl", "fast"))
    assert exact.same() == fast.same()
    assert exact.column("甲") == [5]
