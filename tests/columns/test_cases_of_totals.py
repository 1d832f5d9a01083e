"""Workbooks that went wrong: rows that were dropped though they were good, and totals that were loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows

from wdh.columns import Columns, amount, code, month, text
from wdh.workbook import open_sheet

REMARKS = [
    ["月度", "代码", "名称", "金额", "备注"],
    ["202411", "0001", "甲", 100.5, "含补缴合计"],
    ["202411", "0002", "乙合计", 7.25, None],
    ["202411", "0003", "丙", 3, "以上小计"],
    ["202411", "0004", "丁", 4, "上月总计"],
]
SUBTOTALS = [
    ["名称", "代码", "金额"],
    ["甲", "0001", 100.5],
    ["甲", "0001", 7.25],
    ["甲 汇总", None, 107.75],
    ["乙", "0002", 1],
    ["乙 汇总", None, 1],
    ["总计", None, 108.75],
]


def read(folder: Path, rows: list[list[Any]], columns: Columns, reader: Any) -> Any:
    """Read a sheet of these rows in one batch."""
    write_rows(folder / "a.xlsx", rows, sheet="数据")
    with open_sheet(folder / "a.xlsx", sheet=0, reader=reader) as sheet:
        (facts,) = map(columns.clean, sheet.batches())
    return facts


@pytest.mark.parametrize("reader", ["fast", "openpyxl"])
def test_names_and_remarks_that_end_with_a_total_word_drop_no_row(tmp_path: Path, reader: str) -> None:
    """Four rows with month, code and amount are four facts; the note names the cells."""
    columns = Columns(month("月度"), code("代码"), text("名称"), amount("金额"), text("备注"), key=["月度", "代码"])
    facts = read(tmp_path, REMARKS, columns, reader)
    assert (len(facts), facts.totals) == (4, 0)
    (note,) = facts.notes
    assert list(note.cases) == ["E2 含补缴合计", "C3 乙合计", "E4 以上小计", "E5 上月总计"]


@pytest.mark.parametrize("key", [["代码"], ["名称"], ["名称", "代码"], None])
@pytest.mark.parametrize("reader", ["fast", "openpyxl"])
def test_the_subtotals_of_excel_are_totals_whatever_the_key(tmp_path: Path, reader: str, key: Any) -> None:
    """甲 汇总 is no shop, be the name the key or not."""
    facts = read(tmp_path, SUBTOTALS, Columns(text("名称"), code("代码"), amount("金额"), key=key), reader)
    assert (len(facts), facts.totals, facts.columns["金额"]) == (3, 3, [100.5, 7.25, 1])
