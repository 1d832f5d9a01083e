"""Workbooks as they go back to their sender, reduced to what the way back needs: the first column, and the mark."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl

from wdh.mending.mark import (
    MARK_SHEET,
    Mark,
    OtherFile,
    SheetMark,
    is_header,
    read_mark,
    write_header,
    write_mark,
    write_state,
)
from wdh.mending.marking import mark_again, mark_sheet
from wdh.workbook import Workbook, open_sheet, open_sheets

WORDS = {"a": "accepted", "r": "REJECTED", "o": "no data"}


def send_back(
    original: Path,
    target: Path,
    *,
    domain: str,
    sheet: str,
    rejected: Collection[int],
    left_out: Collection[int] = (),
    run_id: str | None = None,
    others: Collection[Path] = (),
) -> Path:
    """Write the workbook that goes back for ``original``, of which the rows with these numbers were rejected."""
    with open_sheet(original, sheet=sheet) as opened:
        header = opened.header_row
        own = mark_sheet(opened.sheet, opened.batches(), rejected=rejected, left_out=left_out)
    mark = Mark(
        domain,
        run_id,
        original.name,
        str(original.absolute().parent),
        original.stat().st_size,
        hash_of(original),
        (own,),
        tuple(OtherFile(each.name, str(each.absolute().parent), each.stat().st_size, hash_of(each)) for each in others),
    )
    book = openpyxl.load_workbook(original)
    page = book[sheet]
    areas = [*page.merged_cells.ranges]
    page.insert_cols(1)
    for area in areas:
        area.shift(col_shift=1)
    page.cell(header, 1, write_header("State"))
    _write_states(page, own, [int(row) for row in own.rows])
    summary = book.create_sheet("wdh", 0)
    summary.append(["What is wrong"])
    hidden = book.create_sheet(MARK_SHEET)
    hidden.sheet_state = "veryHidden"
    _write_mark(hidden, mark)
    book.save(target)
    return target


def send_again(mended: Path, target: Path, *, sheet: str, rejected: Collection[int], run_id: str | None = None) -> Path:
    """Write the workbook that goes back for one that came back, and of which these rows were rejected again."""
    before = mark_of(mended)
    marked = before.sheet(sheet)
    assert marked is not None
    with closing(open_sheets(mended, [sheet], added=is_header)) as sheets:
        page = next(sheets)
        own, numbers = mark_again(marked, page.batches(), page.added_cells, rejected=rejected, left_out=())
    book = openpyxl.load_workbook(mended)
    _write_states(book[sheet], own, numbers)
    others = before.others
    mark = Mark(before.domain, run_id, before.file, before.folder, before.size, before.sha256, (own,), others)
    _write_mark(book[MARK_SHEET], mark)
    book.save(target)
    return target


def mark_of(book: Path) -> Mark:
    """Read the mark of a workbook."""
    with Workbook(book) as opened:
        texts = opened.read_texts(MARK_SHEET)
    assert texts is not None
    return read_mark(texts)


def hash_of(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def change(book: Path, sheet: str, do: Callable[[Any], None], *, target: Path | None = None) -> Path:
    """Change the sheet of a workbook by openpyxl."""
    opened = openpyxl.load_workbook(book)
    do(opened[sheet])
    opened.save(target or book)
    return target or book


def mend(book: Path, sheet: str, cells: Mapping[tuple[int, str], Any], *, target: Path | None = None) -> Path:
    """Put values into cells of a workbook that was sent back, by number of the row and name of the column."""

    def put(page: Any) -> None:
        header = next(row for row in page.iter_rows() if str(row[0].value or "").endswith("[wdh]"))
        places = {cell.value: cell.column for cell in header}
        for (row, column), value in cells.items():
            page.cell(row, places[column], value)

    return change(book, sheet, put, target=target)


def _write_states(page: Any, mark: SheetMark, numbers: Collection[int]) -> None:
    for row, state, number in zip(mark.rows, mark.states, numbers, strict=True):
        if number:
            page.cell(number, 1, write_state(WORDS[state], row))


def _write_mark(page: Any, mark: Mark) -> None:
    page.delete_rows(1, page.max_row)
    for place, text in enumerate(write_mark(mark), start=1):
        page.cell(place, 1, text)
