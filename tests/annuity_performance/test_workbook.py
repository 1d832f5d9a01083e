"""One real workbook with the quirks of the field, from the file to facts."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from support.performance import GOOD

import wdh_annuity_performance
from wdh import Facts, RunContext
from wdh.workbook import open_sheet

ROWS = 6


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A sheet with a title row, quirky headers, number formats, a merged month, a total and a bad cell."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "规模明细"
    sheet.append(["2024年11月规模明细"])
    renamed = {"流失(含待遇支付)": "流失（含\n待遇支付） ", "机构名称": " 机构 ", "年金账户号": "集团企业客户号"}
    sheet.append([renamed.get(header, header) for header in GOOD])
    columns = {header: place for place, header in enumerate(GOOD, 1)}
    for row in range(3, 3 + ROWS):
        for header, place in columns.items():
            sheet.cell(row, place, GOOD[header])  # type: ignore[arg-type]
    sheet.merge_cells(start_row=3, end_row=4, start_column=1, end_column=1)
    sheet.cell(5, columns["计划代码"], 12).number_format = "0000"
    sheet.cell(5, columns["年金账户号"], 77).number_format = '"C"0000'
    sheet.cell(5, 1, datetime.date(2024, 11, 30)).number_format = "yyyy-mm"
    sheet.cell(6, columns["供款"], "(１，２３４.50)")
    sheet.cell(7, columns["供款"], "#REF!")
    for place in columns.values():
        sheet.cell(8, place).value = None
    sheet.cell(8, columns["客户名称"], "合 计：")
    path = tmp_path / "24年11月年金终稿数据.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("batch_rows", [1, 4, 4096])
@pytest.mark.parametrize("reader", ["openpyxl", "fast"])
def test_a_real_workbook_comes_out_right(workbook: Path, reader: str, batch_rows: int) -> None:
    """Every cell arrives as the sheet shows it or is a reject with its place, with either reader."""
    with open_sheet(
        workbook, sheet="规模明细", reader=reader, required_columns=["计划代码"], batch_rows=batch_rows
    ) as sheet:  # type: ignore[arg-type]
        parts = [wdh_annuity_performance.transform(b, RunContext("annuity_performance")) for b in sheet.batches()]
    assert [number for part in parts for number in part.row_numbers] == [3, 4, 5, 6]
    assert column(parts, "月度") == [datetime.date(2024, 11, 1)] * 4
    assert column(parts, "计划代码") == ["Z0003", "Z0003", "0012", "Z0003"]
    assert column(parts, "年金账户号") == ["700001", "700001", "0077", "700001"]
    assert column(parts, "供款") == [5, 5, 5, Decimal("-1234.50")]
    assert column(parts, "流失_含待遇支付") == [1.5] * 4
    assert column(parts, "机构名称") == ["北京"] * 4
    assert [(r.cell, r.column, r.reason) for part in parts for r in part.rejects] == [("L7", "供款", "error_value")]
    assert sum(part.totals for part in parts) == 1


def column(parts: list[Facts], name: str) -> list[object]:
    """Put one column of consecutive batches together."""
    return [value for part in parts for value in part.columns[name]]
