"""A mended workbook of any shape is read as the one that was delivered first: cells, letters, names and ranges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support.workspaces import Workspace

from wdh.testing.database import Database

OUTSIDE = """
domains:
  stock:
    path_pattern: '华.*/盘点'
    sheet: 2024年11月
    schema: public
    table: 盘点
    pk: [月度, 仓库]
    totals: [合计]
    columns:
      月度: {kind: month, required: true}
      大区: text
      仓库: {kind: code, width: 4}
      批次: text
      店铺: text
      数量: integer
    constants:
      月度: {sheet: '^(?P<value>\\d{4}年\\d+月)$'}
      大区: {folder: '^(?P<value>华.)$'}
      批次: {file: '盘点(?P<value>\\d+)'}
      仓库: {cell: B2}
"""
OUTSIDE_ROWS = [
    ["盘点表", None],
    ["仓库：", "0012"],
    ["店铺", "数量"],
    ["南京路", 12],
    ["解放碑", "许多"],
    ["合计", 15],
]
OUTSIDE_FACTS = [("11", "华东", "0012", "7", "南京路", 12), ("11", "华东", "0012", "7", "解放碑", 3)]

WIDE = """
domains:
  stock:
    path_pattern: '华.*/盘点'
    sheet: 2024年11月
    schema: public
    table: 盘点
    header: {rows: 2}
    pk: [月度, 店铺]
    columns:
      月度: {kind: month, required: true}
      店铺: text
      数量: integer
      金额: {kind: amount, scale: 0}
    unpivot: {columns: '(?P<into>\\d+年\\d+月)/(?P<value>数量|金额)', into: 月度}
"""
WIDE_ROWS = [
    ["店铺", "2024年11月", None, "2024年12月", None],
    [None, "数量", "金额", "数量", "金额"],
    ["南京路", 12, 120, 9, 90],
    ["解放碑", 3, 30, "许多", 40],
]
WIDE_FACTS = [("11", "南京路", 12, 120), ("11", "解放碑", 3, 30), ("12", "南京路", 9, 90), ("12", "解放碑", 4, 40)]
SHEET = "2024年11月"


def write(path: Path, rows: list[list[Any]], merged: list[str]) -> Path:
    path.parent.mkdir()
    book = openpyxl.Workbook()
    page = book.active
    page.title = SHEET
    for row in rows:
        page.append(row)
    for area in merged:
        page.merge_cells(area)
    book.save(path)
    return path


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
@pytest.mark.parametrize(
    ("configuration", "rows", "merged", "mended", "columns", "facts"),
    [
        (OUTSIDE, OUTSIDE_ROWS, ["A1:B1"], {"C5": 3}, "大区, 仓库, 批次, 店铺, 数量", OUTSIDE_FACTS),
        (WIDE, WIDE_ROWS, ["A1:A2", "B1:C1", "D1:E1"], {"E4": 4}, "店铺, 数量, 金额", WIDE_FACTS),
    ],
    ids=["outside", "wide"],
)
def test_a_mended_workbook_is_read_as_its_original(
    tmp_path: Path,
    database: Database,
    configuration: str,
    rows: list[list[Any]],
    merged: list[str],
    mended: dict[str, Any],
    columns: str,
    facts: list[Any],
    mode: str,
) -> None:
    (tmp_path / "data_sources.yml").write_text(configuration, encoding="utf-8")
    workspace = Workspace(tmp_path, database)
    workspace.create_tables("stock")
    file = write(tmp_path / "华东" / "盘点7.xlsx", rows, merged)
    words = ["--output", "json", "--execute", "--mode", mode, "--report-dir", str(tmp_path / "back")]
    first = workspace.job("stock", *words, "--file", str(file), "--max-rejects", "1")
    assert first.code == 0, first.err
    red = tmp_path / "back" / "mend-盘点7.xlsx"
    book = openpyxl.load_workbook(red)
    for cell, value in mended.items():
        book[SHEET][cell] = value
    book.save(red)
    report = workspace.job("stock", *words, "--file", str(red)).report
    assert report["rejects"] == []
    assert sorted(database.rows(f'select to_char("月度", \'MM\'), {columns} from public."盘点"')) == sorted(facts)
    book[SHEET]["C4"] = "乱"
    book.save(red)
    refused = workspace.job("stock", *words, "--file", str(red))
    assert refused.code == 3
    assert '"cell": "C4"' in refused.out, "a reject names the cell as the sender sees it"


def test_a_fact_of_a_wide_row_that_was_loaded_beside_a_rejected_one_is_not_appended_twice(
    tmp_path: Path, database: Database
) -> None:
    """The row is loaded in part by the delivery, then by the mended workbook, each replacing; then the rest comes."""
    (tmp_path / "data_sources.yml").write_text(WIDE, encoding="utf-8")
    workspace = Workspace(tmp_path, database)
    workspace.create_tables("stock")
    file = write(tmp_path / "华东" / "盘点7.xlsx", WIDE_ROWS, ["A1:A2", "B1:C1", "D1:E1"])
    words = ["--output", "json", "--execute", "--report-dir", str(tmp_path / "back"), "--max-rejects", "1"]
    assert workspace.job("stock", *words, "--file", str(file)).code == 0
    red = tmp_path / "back" / "mend-盘点7.xlsx"
    book = openpyxl.load_workbook(red)
    for value, mode in (("几个", "delete_insert"), (4, "append"), (4, "append")):
        book[SHEET]["E4"] = value
        book.save(red)
        ended = workspace.job("stock", *words, "--mode", mode, "--file", str(red))
        assert ended.code == 0, ended.err
    facts = 'select to_char("月度", \'MM\'), 店铺, 数量, 金额 from public."盘点"'
    assert sorted(database.rows(facts)) == sorted(WIDE_FACTS)
