"""The lower rows of a sheet can be read apart, or it is said that they cannot; see test_agreement.py, too."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.helpers import record_helpers
from support.readings import ONE_ROW, give_up_after, read_in_parts, read_whole
from support.workbooks import merge_xml, sheet_xml, write_package

from wdh.errors import DataError
from wdh.process.helper import Helper
from wdh.workbook import book, open_sheet
from wdh.workbook.survey import surveying
from wdh.workbook.survey.row_scan import RowScan

ROWS = 20


def write(folder: Path, *areas: str, rows: int = ROWS) -> Path:
    """Write two columns with a header and numbers, down to row ``rows``."""
    cells = (f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>' for letter, name in ("A甲", "B乙"))
    head = f'<row r="1">{"".join(cells)}</row>'
    lines = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{n}.5</v></c></row>' for n in range(2, rows + 1)
    )
    return write_package(folder / "一.xlsx", sheet_xml(head + lines, tail=merge_xml(*areas) if areas else ""))


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Start a helper however small a sheet is."""
    return record_helpers(monkeypatch)


@pytest.mark.parametrize("area", ["A2:A4", "A13:A15", "A13:B20"])
def test_merged_ranges_on_one_side_of_the_cut_change_nothing(tmp_path: Path, area: str) -> None:
    path = write(tmp_path, area)
    parts = read_in_parts(path, batch_rows=4)
    assert parts is not None
    assert parts.same() == read_whole(path, reader="fast").same()


@pytest.mark.parametrize(
    "area",
    ["A8:A12", "A2:A20", "B13:D15"],
    ids=["across the cut", "over all", "past the header, to an end that the rows above decide"],
)
def test_a_range_that_needs_the_rows_above_keeps_the_sheet_together(tmp_path: Path, area: str) -> None:
    assert read_in_parts(write(tmp_path, area), batch_rows=4) is None


def test_a_sheet_that_is_short_or_read_by_openpyxl_stays_together(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert read_in_parts(path, batch_rows=16) is None
    with open_sheet(path, sheet=0, reader="openpyxl", batch_rows=4, limits=ONE_ROW) as opened:
        assert not opened.lower_rows(2)


def test_rows_that_nobody_else_has_read_are_read_here(tmp_path: Path) -> None:
    asked = []
    with open_sheet(write(tmp_path), sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
        (lower,) = opened.lower_rows(2)
        batches = opened.batches([(lower, lambda: asked.append(lower.first))])  # type: ignore[func-returns-value]
        rows = [number for batch in batches for number in batch.row_numbers]
    assert rows == list(range(2, ROWS + 1))
    assert asked == [9]


def test_a_file_that_was_changed_is_found_out_where_the_rest_was_read_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path)
    with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
        (lower,) = opened.lower_rows(2)
        batches = opened.batches([(lower, lambda: path.write_bytes(b"other"))])
        with pytest.raises(DataError, match="was changed while it was read"):
            list(batches)


def test_a_small_sheet_has_no_helper(tmp_path: Path) -> None:
    with open_sheet(write(tmp_path), sheet=0, reader="fast") as opened:
        assert not opened.apart.helpers


def is_gone(helper: Helper) -> bool:
    """Say whether a helper has ended and was waited for."""
    return helper._process.returncode is not None


def test_a_helper_looks_over_the_lower_part_and_ends_with_the_sheet(
    tmp_path: Path, helpers: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 40_000  # some pieces, as the helper cuts them
    looked: list[int] = []
    scan_piece = RowScan.scan

    def scan_and_tell(scan: Any, *words: Any, **more: Any) -> None:
        scan_piece(scan, *words, **more)
        looked.append(scan.row)

    monkeypatch.setattr(RowScan, "scan", scan_and_tell)
    with open_sheet(write(tmp_path, rows=rows), sheet=0, reader="fast") as opened:
        assert [*opened.apart.helpers] == helpers
        assert not is_gone(helpers[0])
        assert [number for batch in opened.batches() for number in batch.row_numbers] == list(range(2, rows + 1))
    assert 0 < max(looked) < 0.8 * rows
    assert is_gone(helpers[0])


def test_one_that_ends_during_the_look_is_not_needed(
    tmp_path: Path, helpers: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "_PIECE", 256)
    ask = Helper.ask

    def end_and_ask(helper: Helper, *words: Any) -> None:
        helper._process.kill()
        helper._process.wait()
        ask(helper, *words)

    monkeypatch.setattr(Helper, "ask", end_and_ask)
    assert read_whole(write(tmp_path), reader="fast").rows == tuple(range(2, ROWS + 1))
    assert len(helpers) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interruption_of_the_opening_ends_it(
    tmp_path: Path, helpers: list[Helper], monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(book, "survey_sheet", fail)
    with pytest.raises((KeyboardInterrupt, DataError)):
        open_sheet(write(tmp_path), sheet=0, reader="fast")
    assert is_gone(helpers[0])


def test_a_sheet_that_is_not_fit_ends_it_at_once(tmp_path: Path, helpers: list[Helper]) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2" t="e"><v>#SPILL!</v></c></row>'
    with open_sheet(write_package(tmp_path / "一.xlsx", sheet_xml(rows)), sheet=0, reader="fast") as opened:
        assert (opened.reader, opened.apart.helpers) == ("openpyxl", ())
        assert is_gone(helpers[0])


def test_where_none_can_be_started_the_sheet_is_read_all_the_same(
    tmp_path: Path, helpers: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert read_whole(write(tmp_path), reader="fast").rows == tuple(range(2, ROWS + 1))
    assert not helpers


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("given", [1, 3])
def test_where_the_fast_reader_gives_up_rows_that_another_process_took_are_not_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_done: bool, given: int
) -> None:
    """Nor are any lost where it did not take them; rows that hold nothing are no rows of the file for openpyxl."""
    give_up_after(monkeypatch, given)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in (*range(1, 30), *range(70, 101)))
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows))
    for first, end in ((20, None), (30, None), (20, 27), (33, 61), (61, 70), (70, 75), (72, 79), (77, None)):
        with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
            lower = replace(opened.lower_rows(2)[0], first=first, end=end)
            batches = list(opened.batches([(lower, partial(next, iter([first if is_done else None])))]))
            assert opened.reader == "openpyxl"
        wanted = [n for n in (*range(2, 30), *range(70, 101)) if not (is_done and first <= n < (end or 101))]
        assert [n for batch in batches for n in batch.row_numbers] == wanted
