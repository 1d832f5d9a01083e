"""The totals row of a table is a total, whatever it says, and nobody else's row is."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.table import Table

from wdh.columns import Columns, amount, code, text
from wdh.errors import DataError
from wdh.facts import Facts
from wdh.workbook import open_sheet

COLUMNS = Columns(text("名称"), code("代码"), amount("金额"))
ROWS = [["名称", "代码", "金额"], ["甲", "1", 100.5], ["乙", "2", 7.25]]


def write(path: Path, rows: list[list[Any]], *tables: Table) -> Path:
    """Write rows, with these tables over them, as Excel stores them."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for table in tables:
        book.active.add_table(table)
    book.save(path)
    return path


def read(path: Path, reader: Any) -> Facts:
    with open_sheet(path, sheet=0, reader=reader) as sheet:
        (facts,) = map(COLUMNS.clean, sheet.batches())
    return facts


@pytest.mark.parametrize("last", [[None, None, 107.75], ["全部", None, 107.75], ["Résultat", "x", 107.75]])
def test_the_totals_row_of_a_table_is_a_total_whatever_its_label_says(
    tmp_path: Path, reader: str, last: list[Any]
) -> None:
    path = write(tmp_path / "a.xlsx", [*ROWS, last], Table(displayName="T", ref="A1:C4", totalsRowCount=1))
    facts = read(path, reader)
    assert (facts.columns["金额"], facts.rejects, facts.totals) == ([100.5, 7.25], (), 1)
    assert facts.sums is not None
    (total,) = facts.sums.totals
    assert (total.row, total.amounts["金额"].value) == (4, 107.75)


def test_only_the_last_row_of_a_table_that_has_a_totals_row_is_one(tmp_path: Path, reader: str) -> None:
    below = [*ROWS, ["丙", "3", 1], ["丁", "4", 2]]
    assert read(write(tmp_path / "a.xlsx", below, Table(displayName="T", ref="A1:C5")), reader).totals == 0
    facts = read(write(tmp_path / "b.xlsx", below, Table(displayName="T", ref="A1:C4", totalsRowCount=1)), reader)
    assert (facts.columns["名称"], facts.totals) == (["甲", "乙", "丁"], 1)


def test_a_table_beside_the_facts_makes_none_of_them_a_total(tmp_path: Path, reader: str) -> None:
    """Its header stands elsewhere, so that its rows are not theirs."""
    rows = [[*ROWS[0]], [*ROWS[1]], [*ROWS[2], None, "项", "值"], ["丙", "3", 1, None, "a", 5]]
    facts = read(write(tmp_path / "a.xlsx", rows, Table(displayName="T", ref="E3:F4", totalsRowCount=1)), reader)
    assert (len(facts), facts.totals) == (3, 0)


def test_a_sheet_that_names_no_totals_has_none(tmp_path: Path, reader: str) -> None:
    path = write(tmp_path / "a.xlsx", [*ROWS, ["全部", "9", 1]], Table(displayName="T", ref="A1:C4", totalsRowCount=1))
    columns = Columns(*COLUMNS, totals=())
    with open_sheet(path, sheet=0, reader=reader) as sheet:  # type: ignore[arg-type]
        (facts,) = map(columns.clean, sheet.batches())
    assert (len(facts), facts.totals) == (3, 0)


@pytest.mark.parametrize("damage", [b'ref="A1;C4"', b'ref="A1:C4" totalsRowCount="one"', b'ref="A1:C4" ref="A1:C4"'])
def test_a_damaged_table_is_refused_by_its_part(tmp_path: Path, reader: str, damage: bytes) -> None:
    path = write(tmp_path / "a.xlsx", [*ROWS, [None, None, 1]], Table(displayName="T", ref="A1:C4"))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content.replace(b'ref="A1:C4"', damage, 1) if "tables/" in name else content)
    with pytest.raises(DataError, match=r"a\.xlsx: its part xl/tables/table1\.xml is damaged"):
        read(path, reader)
