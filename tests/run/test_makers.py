"""What is told beside a refused value: the cells around it, as they stand in the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wdh.facts import Reject
from wdh.run.makers import find_beside
from wdh.workbook import Sheet, open_sheet

ROWS = 3000


@pytest.fixture
def sheet(tmp_path: Path) -> Iterator[Sheet]:
    path = tmp_path / "f.csv"
    lines = (f"s{number},{number},{number * 2},x{number},y,z" for number in range(2, ROWS + 2))
    path.write_text("\n".join(("店,月,额,名,甲,乙", *lines)), encoding="utf-8")
    with open_sheet(path, sheet=0, batch_rows=1000) as opened:
        yield opened


def reject(row: int, cell: str | None, *, file: str = "f.csv") -> Reject:
    return Reject(file, "f", row, cell, "额", "x", "odd", "Odd.")


@pytest.mark.parametrize("row", [2, 1001, 1002, 2500, ROWS + 1])
def test_two_cells_on_each_side_are_shown_wherever_the_row_is(sheet: Sheet, row: int) -> None:
    found = find_beside(reject(row, f"C{row}"), iter([sheet]))
    assert found is not None
    assert (found.row, found.letter) == (row, "C")
    assert [cell.text for cell in found.cells] == [f"s{row}", str(row), str(row * 2), f"x{row}", "y"]
    assert [(cell.letter, cell.header) for cell in found.cells[:2]] == [("A", "店"), ("B", "月")]


@pytest.mark.parametrize(
    "refused",
    [
        reject(5, None),
        reject(ROWS + 2, f"C{ROWS + 2}"),
        reject(5, "K5"),
        reject(5, "C5", file="g.csv"),
        reject(20_001, "C20001"),
    ],
)
def test_nothing_is_shown_of_a_cell_that_is_not_there(sheet: Sheet, refused: Reject) -> None:
    assert find_beside(refused, iter([sheet])) is None
