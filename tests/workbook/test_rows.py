"""Rows become batches: blank, hidden and merged rows, row numbers, and how much memory a sheet may take."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from support.readings import READERS, read_whole
from support.workbooks import merge_xml, sheet_xml, write_package, write_rows

from wdh.facts.cells import Merged
from wdh.workbook import open_sheet


def line(number: int, *cells: Any, hidden: str = "") -> str:
    """Write a row: texts inline, numbers as they are, None left out."""
    inner = ""
    for letter, cell in zip("ABCDEF", cells, strict=False):
        if isinstance(cell, str):
            inner += f'<c r="{letter}{number}" t="inlineStr"><is><t xml:space="preserve">{cell}</t></is></c>'
        elif cell is not None:
            inner += f'<c r="{letter}{number}"><v>{cell}</v></c>'
    return f'<row r="{number}"{hidden}>{inner}</row>'


HEAD = line(2, "码", "额")


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 4096])
def test_blank_rows_are_counted_and_the_others_keep_their_numbers(tmp_path: Path, reader: str, batch_rows: int) -> None:
    rows = HEAD + line(3, 1, 2) + line(5, "\u3000", " \u200b") + line(6) + line(7, 3, 4) + line(9, " ") + line(11, 0)
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows + line(20, " ")))
    result = read_whole(path, reader=reader, batch_rows=batch_rows)
    assert (result.rows, result.blank) == ((3, 7, 11), 6)
    assert result.column("码") == [1, 3, 0]


@pytest.mark.parametrize("mark", [' hidden="1"', ' hidden="true"', " ht='5' hidden='1'"])
def test_hidden_rows_are_rows_and_counted(tmp_path: Path, reader: str, mark: str) -> None:
    rows = HEAD + line(3, 1) + line(4, 2, hidden=mark) + line(5, hidden=mark) + line(6, 3, hidden=' hidden="0"')
    result = read_whole(write_package(tmp_path / "一.xlsx", sheet_xml(rows)), reader=reader)
    assert (result.rows, result.hidden) == ((3, 4, 6), 1)


@pytest.mark.parametrize("batch_rows", [1, 2, 4096])
def test_every_cell_of_a_merged_range_carries_what_the_range_shows(
    tmp_path: Path, reader: str, batch_rows: int
) -> None:
    rows = HEAD + line(3, "甲", 1) + line(4, None, 2) + line(5, None, 3) + line(6, "乙", 4)
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("A3:A5")))
    result = read_whole(path, reader=reader, batch_rows=batch_rows)
    assert result.reader == reader
    assert result.column("码") == [Merged("甲", "A3:A5")] * 3 + ["乙"]
    assert result.column("额") == [1, 2, 3, 4]


def test_a_range_over_columns_and_one_without_value_are_merged_too(tmp_path: Path, reader: str) -> None:
    rows = line(1, "甲", "乙", "丙") + line(2, 5, None, 1) + line(3, 6, None, None) + line(5, 7, 8, 9)
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("A2:B2", "C3:C5")))
    result = read_whole(path, reader=reader)
    assert result.column("乙") == [Merged(5, "A2:B2"), None, 8]
    assert result.column("丙") == [1, Merged(None, "C3:C5"), Merged(None, "C3:C5")]


def test_the_lower_rows_of_ranges_merged_all_across_are_blank(tmp_path: Path, reader: str) -> None:
    rows = HEAD + line(3, 1, 2) + line(4) + line(5, 3, 4)
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("A3:A4", "B3:B4")))
    assert read_whole(path, reader=reader).rows == (3, 5)


def test_a_merged_code_keeps_the_number_format_of_its_first_cell(tmp_path: Path, reader: str) -> None:
    rows = (
        line(1, "码", "额") + '<row r="2"><c r="A2" s="1"><v>12</v></c><c r="B2"><v>1</v></c></row>' + line(3, None, 2)
    )
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("A2:A3")), formats=["0000"])
    assert read_whole(path, reader=reader).formats == {(2, "码"): "0000", (3, "码"): "0000"}


def test_a_range_to_the_end_of_the_sheet_costs_nothing(tmp_path: Path, reader: str) -> None:
    rows = HEAD + line(3, 1, 2) + line(50_000, 3, 4)
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("C3:XFD1048576")))
    result = read_whole(path, reader=reader)
    assert result.rows == (3, 50_000)
    assert result.blank == 49_996


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "C9:D10", "A1:XFD1048576", "junk", "A1:ZZ9"])
def test_a_wrong_dimension_changes_nothing(tmp_path: Path, reader: str, dimension: str) -> None:
    rows = HEAD + line(3, 1, 2) + line(4, 3, 4)
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, dimension=dimension))
    result = read_whole(path, reader=reader)
    assert (result.rows, result.column("额")) == ((3, 4), [2, 4])
    assert set(result.letters) == {"码", "额"}


def test_a_sheet_that_claims_to_be_far_too_wide_is_not_padded_to_that(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", sheet_xml(HEAD + line(3, 1, 2), dimension="A1:XFD1048576"))
    assert read_whole(path, reader="fast").fallback == "it claims to be far too wide"


@pytest.mark.parametrize("batch_rows", [1, 4096])
def test_blank_texts_of_a_column_without_header_are_nothing_however_the_rows_are_cut(
    tmp_path: Path, reader: str, batch_rows: int
) -> None:
    path = write_package(tmp_path / "一.xlsx", sheet_xml(HEAD + line(3, 1, 2, 5) + line(4, 1, 2, " ")))
    cells = read_whole(path, reader=reader, batch_rows=batch_rows).cells
    assert cells.get((3, "(column C)")) == 5
    assert (4, "(column C)") not in cells


def test_cells_out_of_order_and_without_names_are_all_read(tmp_path: Path, reader: str) -> None:
    rows = '<row><c t="inlineStr"><is><t>甲</t></is></c><c t="inlineStr"><is><t>乙</t></is></c></row>'
    rows += '<row r="2"><c r="B2"><v>2</v></c><c r="A2"><v>1</v></c></row><row><c><v>3</v></c></row>'
    result = read_whole(write_package(tmp_path / "一.xlsx", sheet_xml(rows)), reader=reader)
    assert (result.column("甲"), result.column("乙"), result.rows) == ([1, 3], [2, None], (2, 3))


def test_empty_styled_cells_far_to_the_right_cost_nothing(tmp_path: Path, reader: str) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="XFD{n}" s="1"/></row>' for n in range(2, 60))
    path = write_package(tmp_path / "一.xlsx", sheet_xml(line(1, "码") + rows), formats=["0000"])
    tracemalloc.start()
    assert len(read_whole(path, reader=reader).rows) == 58
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def test_a_sheet_can_be_left_in_the_middle(tmp_path: Path, reader: str) -> None:
    """Leaving closes the file: an unclosed one would be a ResourceWarning, and so a failure."""
    path = write_rows(tmp_path / "一.xlsx", [["码"]] + [[n] for n in range(100)])
    with open_sheet(path, sheet=0, reader=reader, batch_rows=10) as sheet:  # type: ignore[arg-type]
        first = next(sheet.batches())
    assert list(first.row_numbers) == list(range(2, 11))
    sheet.close()


def test_rows_are_given_once_and_never_silently_none(tmp_path: Path, reader: str) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["码"], [1]])
    with open_sheet(path, sheet=0, reader=reader) as sheet:  # type: ignore[arg-type]
        assert sum(map(len, sheet.batches())) == 1
        with pytest.raises(RuntimeError, match="once"):
            list(sheet.batches())


@pytest.mark.parametrize("with_styles", [False, True])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, reader: str, with_styles: bool) -> None:
    """Eight times the rows take less than twice the memory at the peak."""
    style = ' s="1"' if with_styles else ""
    peaks = []
    for count in (1_000, 8_000):
        rows = "".join(
            f'<row r="{n}"><c r="A{n}"{style}><v>{n}</v></c><c r="B{n}"><v>{n}.5</v></c></row>' for n in range(2, count)
        )
        path = write_package(tmp_path / "一.xlsx", sheet_xml(line(1, "码", "额") + rows), formats=["0000"])
        tracemalloc.start()
        with open_sheet(path, sheet=0, reader=reader, batch_rows=250) as sheet:  # type: ignore[arg-type]
            assert sum(len(batch) for batch in islice(sheet.batches(), 10**6)) == count - 2
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + (4 << 20)


def test_importing_the_package_loads_no_library_that_reads() -> None:
    """``wdh-run --help`` stays light."""
    code = "import sys, wdh.workbook; print([m for m in ('openpyxl', 'python_calamine_plus') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_no_cell_is_not_counted_as_one(tmp_path: Path) -> None:
    """A row of more extensions than a sheet has columns is read, and alike by both readers."""
    many = "<x/>" * 20_000
    rows = f'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2"><v>5</v></c>{many}</row>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows))
    exact, fast = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.same() == fast.same()
    assert exact.column("a") == [5]
