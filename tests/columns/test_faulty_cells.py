"""A cell that the file marks as an error, or that is damaged, is a reject in every kind of column."""

from __future__ import annotations

import pytest
from support.batches import read_cell

from wdh.columns import Column, amount, boolean, choice, code, date, integer, month, percent, text
from wdh.facts import Reject
from wdh.facts.cells import CellValue, DamagedValue, ErrorValue, Merged, ShiftedValue

COLUMNS = [
    text("值"),
    code("值"),
    month("值"),
    date("值"),
    amount("值"),
    percent("值"),
    integer("值"),
    choice("值", values=["集合"]),
    boolean("值"),
]
CELLS: dict[str, tuple[CellValue, str, str | None]] = {
    "an error of a newer kind": (ErrorValue("#BUSY!"), "error_value", "#BUSY!"),
    "an error of another program": (ErrorValue("Err:502"), "error_value", "Err:502"),
    "an error that reads like a value": (ErrorValue("42"), "error_value", "42"),
    "an error without a name": (ErrorValue(""), "error_value", "without a name"),
    "a damaged number": (DamagedValue("1,5"), "damaged_value", "1,5"),
    "a cell of a row with too many": (ShiftedValue("1"), "shifted_cell", "1"),
}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: type(column.kind).__name__)
@pytest.mark.parametrize(("cell", "reason", "shown"), CELLS.values(), ids=CELLS)
def test_a_faulty_cell_is_a_reject_in_every_kind_of_column(
    column: Column, cell: CellValue, reason: str, shown: str
) -> None:
    """The reject names the cell, and says what the file holds there."""
    reject = read_cell(column, cell)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.cell, reject.value) == (reason, "A2", str(cell))
    assert shown in reject.sentence


@pytest.mark.parametrize("cell", [ErrorValue("#BUSY!"), DamagedValue("1,5")])
def test_a_merged_faulty_cell_is_a_reject_that_shows_what_it_holds(cell: ErrorValue | DamagedValue) -> None:
    for column in (text("值"), amount("值")):
        reject = read_cell(column, Merged(cell, "A2:A3"))
        assert isinstance(reject, Reject)
        assert (reject.value, cell.text in reject.sentence) == (cell.text, True)


@pytest.mark.parametrize("shown", ["Err:502", "#BUSY!", "#GETPIVOTDATA!"])
def test_a_text_that_reads_like_a_newer_error_is_a_text(shown: str) -> None:
    """An error cell is known by its type; only the usual names are refused as texts, too."""
    assert read_cell(text("值"), shown) == shown
