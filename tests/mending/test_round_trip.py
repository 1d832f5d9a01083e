"""A delivery goes back to its sender, is mended in place, and loads as if it had been clean from the start."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from unittest.mock import ANY

import openpyxl
import pytest
from support.reds import convert, needs_office
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

from wdh.mending.mark import MARK_SHEET
from wdh.testing.database import Database

SHEET: Final = "明细"
ROWS: Final = 1_000
FAULTS: Final = 100
HEADER: Final = [
    "月度",
    "代码",
    "名称",
    "类型",
    "金额",
    "比例",
    "日期",
    "有效",
    "数量",
    "价格",
    "备注",
]
CONFIGURATION: Final = """
domains:
  sales:
    pattern: '(?P<year>20[0-9][0-9])(?P<month>[0-9]{2}).*明细'
    sheet: 明细
    schema: public
    table: 明细
    pk: [月度]
    columns:
      月度: {kind: month, required: true}
      代码: {kind: code, width: 6, required: true}
      名称: {kind: text, required: true, max_length: 20}
      类型: {kind: choice, values: [直营, 加盟]}
      金额: {kind: amount, scale: 2}
      比例: percent
      日期: date
      有效: boolean
      数量: integer
      价格: {kind: amount, scale: 1, range: [0, 1000]}
      备注: text
    refs:
      codes:
        table: 代码表
        schema: public
        key: [代码]
        updatable: [名称]
        columns:
          代码: 代码
          名称: {from: 名称, pick: most_frequent}
"""
BAD: Final[tuple[tuple[int, Any], ...]] = (
    (0, None),
    (0, "十三月"),
    (0, "2024-13"),
    (1, None),
    (1, 1.5),
    (1, -7),
    (2, "长" * 21),
    (2, datetime.datetime(2024, 1, 31)),  # noqa: DTZ001 - as a cell has it
    (3, "联营"),
    (4, "abc"),
    (4, "#N/A"),
    (4, "1,23"),
    (6, "2024-02-30"),
    (7, "也许"),
    (8, 1.5),
    (9, 5000),
)
"""Columns and what may stand in them that nothing can be made of."""


def make_row(number: int) -> list[Any]:
    day = datetime.datetime(2024, 11, 1 + number % 30)  # noqa: DTZ001 - as a cell has it
    kind = "直营" if number % 3 else "加盟"
    shares = number / 7, round(number / 1000, 4), day, "是" if number % 2 else "否", number, number % 997 + 0.1
    return [
        "2024-11",
        f"{number // 4:06d}",
        f"名称{number // 4}",
        kind,
        *shares,
        f"+ 备注 {number}" if number % 9 else None,
    ]


CLEAN: Final = [make_row(number) for number in range(ROWS)]


def make_faults() -> dict[tuple[int, int], Any]:
    """Give bad values by place in the rows and column, one for each tenth row."""
    found = {}
    for fault in range(FAULTS):
        column, value = BAD[fault % len(BAD)]
        found[fault * 10 + 3, column] = value
    return found


@pytest.fixture
def workspace(tmp_path: Path, database: Database) -> Workspace:
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    workspace = Workspace(tmp_path, database)
    workspace.create_tables("sales")
    return workspace


def read_warehouse(database: Database) -> tuple[list[Any], list[Any]]:
    columns = ", ".join(f'"{name}"' for name in HEADER)
    facts = database.rows(f'select {columns} from public."明细" order by "代码", "数量"')
    return facts, database.rows('select "代码", "名称" from public."代码表" order by 1')


@pytest.mark.once
@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_a_mended_workbook_loads_as_a_clean_one(workspace: Workspace, tmp_path: Path, mode: str) -> None:
    red = tmp_path / "back" / "mend-202411明细.xlsx"
    accepts = ["--max-rejects", str(FAULTS)] if mode == "append" else []
    ended = run(workspace, write(tmp_path / "202411明细.xlsx", make_faults()), mode, *accepts)
    assert ended.code == (0 if accepts else 3)
    report = run(workspace, mend_all(red, tmp_path / "mended.xlsx"), mode).report
    told = {note["code"]: sum(note["cases"].values()) for note in report["notes"]}
    assert told.pop("mended_loaded", ROWS - FAULTS) == ROWS - FAULTS
    assert told == {"mended": FAULTS, "rounded": ANY}
    loaded = read_warehouse(workspace.database)
    workspace.database.execute('truncate public."明细", public."代码表"')
    run(workspace, write(tmp_path / "clean.xlsx", {}), "delete_insert")
    assert loaded == read_warehouse(workspace.database)
    assert len(loaded[0]) == ROWS


@pytest.mark.once
@needs_office
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_workbook_that_libreoffice_saved_again_is_the_same(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    red = tmp_path / "back" / "mend-202411明细.xlsx"
    run(workspace, write(tmp_path / "202411明细.xlsx", make_faults()), "append", "--max-rejects", str(FAULTS))
    mended = mend_all(red, tmp_path / "mended.xlsx")
    report = run(workspace, convert(mended, tmp_path / "office", kind), "append").report
    told = {note["code"]: sum(note["cases"].values()) for note in report["notes"]}
    assert told == {"mended": FAULTS, "mended_loaded": ROWS - FAULTS, "rounded": ANY}
    again = run(workspace, mended, "append").report
    assert {note["code"]: sum(note["cases"].values()) for note in again["notes"]}["mended_loaded"] == ROWS
    loaded = read_warehouse(workspace.database)
    workspace.database.execute('truncate public."明细", public."代码表"')
    run(workspace, write(tmp_path / "clean.xlsx", {}), "delete_insert")
    assert loaded == read_warehouse(workspace.database)


def run(workspace: Workspace, file: Path, mode: str, *more: str) -> Ended:
    """Load a file, with a folder for what goes back."""
    words = ["--output", "json", "--execute", "--mode", mode, "--file", str(file)]
    return workspace.job("sales", *words, "--report-dir", str(workspace.folder / "back"), *more)


def write(path: Path, faults: Mapping[tuple[int, int], Any]) -> Path:
    """Write a delivery with these faults."""
    rows = [[faults.get((place, column), value) for column, value in enumerate(row)] for place, row in enumerate(CLEAN)]
    return write_rows(path, [["业务明细"], HEADER, *rows], sheet=SHEET)


def mend_all(red: Path, target: Path) -> Path:
    """Mend every fault in the workbook that came back."""
    book = openpyxl.load_workbook(red)
    assert book[MARK_SHEET].sheet_state != "visible"
    for place, column in make_faults():
        book[SHEET].cell(place + 3, column + 2, CLEAN[place][column])
    book.save(target)
    return target
