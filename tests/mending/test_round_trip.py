"""A delivery goes back to its sender, is mended in place, and loads as if it had been clean from the start."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from support.workbooks import write_rows
from support.workspaces import Workspace

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


def test_a_mended_workbook_loads_as_a_clean_one(workspace: Workspace, tmp_path: Path) -> None:
    faults = make_faults()
    rows = [[faults.get((place, column), value) for column, value in enumerate(row)] for place, row in enumerate(CLEAN)]
    original = write_rows(tmp_path / "202411明细.xlsx", [["业务明细"], HEADER, *rows], sheet=SHEET)
    back = tmp_path / "back"
    ended = workspace.job("sales", "--execute", "--file", str(original), "--report-dir", str(back))
    assert ended.code == 3
    (red,) = back.glob("mend-*.xlsx")
    book = openpyxl.load_workbook(red)
    assert book[MARK_SHEET].sheet_state != "visible"
    for place, column in faults:
        value = CLEAN[place][column]
        book[SHEET].cell(place + 3, column + 2, value)
    mended = tmp_path / "mended.xlsx"
    book.save(mended)
    report = workspace.report("sales", "--execute", "--file", str(mended))
    assert report["rejects"] == []
    assert sum(next(note for note in report["notes"] if note["code"] == "mended")["cases"].values()) == FAULTS
    loaded = read_warehouse(workspace.database)
    if (office := shutil.which("soffice")) is not None:
        again = save_again(office, mended, tmp_path / "office")
        told = workspace.report("sales", "--execute", "--file", str(again))
        assert {note["code"] for note in told["notes"]} & {"mended_changed", "mended_gone", "mended_added"} == set()
        assert read_warehouse(workspace.database) == loaded
    workspace.database.execute('truncate public."明细", public."代码表"')
    clean = write_rows(tmp_path / "clean.xlsx", [["业务明细"], HEADER, *CLEAN], sheet=SHEET)
    workspace.report("sales", "--execute", "--file", str(clean))
    assert loaded == read_warehouse(workspace.database)
    assert len(loaded[0]) == ROWS


def save_again(office: str, book: Path, folder: Path) -> Path:
    profile = f"-env:UserInstallation=file://{folder}-profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder), str(book)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / book.name
