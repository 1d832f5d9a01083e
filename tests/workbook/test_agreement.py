"""Both readers give the same: values, types, merged ranges, formats, row numbers, counts of blank and hidden rows."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from support.cells import FORMATS, STRINGS, ordinary, sheets, unusual
from support.helpers import near_helper
from support.readings import read_in_parts, read_whole
from support.thoroughness import examples
from support.workbooks import sheet_xml, write_package

ONE_FOLDER = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def write(folder: Path, xml: str, *, epoch_1904: bool) -> Path:
    return write_package(folder / "一.xlsx", xml, shared=STRINGS, formats=FORMATS, epoch_1904=epoch_1904)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=ONE_FOLDER)
@given(xml=sheets(unusual), epoch_1904=st.booleans(), batch_rows=st.sampled_from((1, 3, 4096)))
@example(sheet_xml('<row><c t="str"><v>甲</v></c></row><row/><row><c><v>1</v></c><c><v>2</v></c></row>'), False, 4096)
def test_readers_agree_on_unusual_sheets(tmp_path: Path, xml: str, epoch_1904: bool, batch_rows: int) -> None:
    path = write(tmp_path, xml, epoch_1904=epoch_1904)
    fast = read_whole(path, reader="fast", batch_rows=batch_rows)
    event(f"fallback: {fast.fallback}")
    assert fast.same() == read_whole(path, reader="openpyxl").same()


@settings(max_examples=examples(150), deadline=None, suppress_health_check=ONE_FOLDER)
@given(xml=sheets(ordinary), epoch_1904=st.booleans(), batch_rows=st.sampled_from((2, 4096)))
def test_readers_agree_on_ordinary_sheets(tmp_path: Path, xml: str, epoch_1904: bool, batch_rows: int) -> None:
    path = write(tmp_path, xml, epoch_1904=epoch_1904)
    fast = read_whole(path, reader="fast", batch_rows=batch_rows)
    event(f"fallback: {fast.fallback}")
    assert fast.same() == read_whole(path, reader="openpyxl").same()


def test_an_ordinary_sheet_is_read_fast_with_styles_merges_hidden_rows_and_formulas(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2" hidden="1"><c r="A2" s="9"><v>12</v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3" s="1"><v>45601</v></c></row>'
    )
    path = write(tmp_path, sheet_xml(rows), epoch_1904=False)
    read = read_whole(path, reader="auto")
    assert (read.reader, read.fallback) == ("fast", None)
    assert read.same() == read_whole(path, reader="openpyxl").same()


def test_a_sheet_the_fast_reader_would_get_wrong_falls_back_and_says_why(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><f>1+1</f></c></row>'
    read = read_whole(write(tmp_path, sheet_xml(rows), epoch_1904=False), reader="fast")
    assert (read.reader, read.fallback) == ("openpyxl", "a formula may lack its stored result")


@settings(max_examples=examples(400), deadline=None, suppress_health_check=ONE_FOLDER)
@given(xml=sheets(ordinary), epoch_1904=st.booleans(), batch_rows=st.sampled_from((1, 2, 3)), parts=st.integers(2, 5))
def test_a_sheet_read_in_parts_is_the_same(
    tmp_path: Path, xml: str, epoch_1904: bool, batch_rows: int, parts: int
) -> None:
    path = write(tmp_path, xml, epoch_1904=epoch_1904)
    read = read_in_parts(path, batch_rows=batch_rows, parts=parts)
    event(f"in parts: {read is not None}")
    whole = read_whole(path, reader="fast", batch_rows=batch_rows)
    assert read is None or read.same() == whole.same()


@settings(max_examples=examples(400), deadline=None, suppress_health_check=ONE_FOLDER)
@given(xml=sheets(ordinary), epoch_1904=st.booleans(), batch_rows=st.sampled_from((1, 2, 3)), parts=st.integers(2, 5))
def test_lower_rows_read_from_excerpts_are_the_same(
    tmp_path: Path, xml: str, epoch_1904: bool, batch_rows: int, parts: int
) -> None:
    path = write(tmp_path, xml, epoch_1904=epoch_1904)
    with near_helper(piece=100, processes=parts):
        read = read_in_parts(path, batch_rows=batch_rows, parts=parts)
    event(f"in parts: {read is not None}")
    whole = read_whole(path, reader="fast", batch_rows=batch_rows)
    assert read is None or read.same() == whole.same()
