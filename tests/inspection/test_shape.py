"""The shape of a sheet that is proposed, with its evidence: where it is plain, and where it only seems to be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from wdh.inspection import Inspection, inspect_workbook
from wdh.inspection.periods import find_wide

ROWS: Sequence[Sequence[Any]] = [["甲", 1, 2, 3], ["乙", 4, 5, 6], ["丙", 7, 8, 9]]


def inspect(
    folder: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]] | Sequence[Sequence[Any]],
    *,
    file: str = "一.xlsx",
    merges: Sequence[str] = (),
    sheet: str | None = None,
) -> Inspection:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in (sheets if isinstance(sheets, Mapping) else {"表": sheets}).items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
        for area in merges:
            page.merge_cells(area)
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return inspect_workbook(path, sheet=sheet)


@pytest.mark.parametrize(
    ("headers", "wide"),
    [
        (["店", "2024年9月", "2024年10月"], (r"\d{2,4}年\d{1,2}月", "月度", "数值")),
        (["店", "202409", "202410"], (r"20\d{4}", "月度", "数值")),
        (["店", "2024-09-01", "2024-10-01"], (r"20\d\d[-/.]\d{1,2}(?:[-/.]0?1)?", "月度", "数值")),
        (["店", "1月", "2月", "3月"], (r"\d{1,2}月", "月份", "数值")),
        (["shop", "2023", "2024", "note"], (r"20\d\d年?", "year", "value")),
        (["店", "2023年收入", "2024年收入"], (r"(?P<into>20\d\d年?)(?P<value>收入)", "年", None)),
        (["店", "数/1月", "额/1月", "数/2月", "额/2月"], (r"(?P<value>数|额)/(?P<into>\d{1,2}月)", "月份", None)),
        (["店", "1月", "2月"], None),  # two numbers may be anything
        (["店", "202413", "202414"], None),
        (["店", "2024年计划", "2023年实际"], None),
        (["店", "2024年11月", "2024年12月", "月度"], None),  # there is a column of this name already
        (["2024年11月", "2024年12月"], None),
        (["Shop", "Margin", "Market", "Mayor"], None),
    ],
)
def test_months_and_years_side_by_side_are_made_rows(headers: list[str], wide: tuple[str, ...] | None) -> None:
    found = find_wide(headers)
    assert wide == (None if found is None else (found.columns, found.into, found.value))


@pytest.mark.parametrize(
    ("rows", "merges", "names"),
    [
        ([["店", "期初", None, "末"], [None, "数", "额", None]], ["A1:A2", "B1:C1", "D1:D2"], ["期初_数", "期初_额"]),
        ([[None, "期初", None, None], ["店", "数", "额", "数"]], ["B1:C1"], ["期初_数", "期初_额"]),
        ([["店", "期初", None, "末"], [None, "数", "额", None]], [], ["期初_数", "期初_额"]),
        ([["销售表"], ["店", "数", "额", "数"]], [], None),  # a title names no group
        ([["销售表"], ["店", "数", "额", "均"]], ["A1:D1"], None),
    ],
)
def test_a_header_of_two_rows_is_joined_where_the_upper_one_names_groups(
    tmp_path: Path, rows: list[list[Any]], merges: list[str], names: list[str] | None
) -> None:
    found = inspect(tmp_path, [*rows, *ROWS], merges=merges)
    if names is None:
        assert "header" not in found.shape.keys
    else:
        assert found.shape.keys["header"] == {"rows": 2}
        assert found.shape.evidence["header"] == "rows 1 to 2 name the columns together, as in 期初/数"
        assert [one.name for one in found.columns][1:3] == names
    assert found.facts == len(ROWS)


@pytest.mark.parametrize(
    ("names", "sheets", "constants"),
    [
        (["仓库A", "仓库B"], "仓库*", {"仓库": {"sheet": "^(?P<value>.+)$"}}),
        (["北京", "上海"], ["北京", "上海"], {"工作表": {"sheet": "^(?P<value>.+)$"}}),
        (["24年9月", "24年10月"], "*年*月", {"月度": {"sheet": r"(?<!\d)(?P<value>\d{2,4}年\d{1,2}月)(?!\d)"}}),
        (["Jan 2024", "Feb 2024"], ["Jan 2024", "Feb 2024"], None),
    ],
)
def test_sheets_of_one_layout_are_read_together_and_told_apart_by_their_names(
    tmp_path: Path, names: list[str], sheets: str | list[str], constants: dict[str, Any] | None
) -> None:
    """A sheet that sums them up, and one of another layout, are none of them; nor is any other if one is named.

    A label that stands above one of the tables only gives no column.
    """
    lines = [["店号", "数", "额"], *([f"000{n}", *row[1:3]] for n, row in enumerate(ROWS))]
    pages = dict.fromkeys(names, lines) | {names[0]: [["部门：", "甲"], *lines]}
    others = {"汇总": lines, "说明": [["店号", "备注", "额"], *lines[1:]]}
    found = inspect(tmp_path, {**pages, **others})
    assert found.shape.keys["sheets"] == sheets
    assert found.facts == 2 * len(ROWS)
    assert constants is None or found.shape.keys["constants"] == constants
    assert {*found.shape.keys["constants"]} <= {*found.scope.columns}
    alone = inspect(tmp_path, {**pages, **others}, sheet=names[0])
    assert ("sheets" in alone.shape.keys, alone.facts) == (False, len(ROWS))


@pytest.mark.parametrize(
    ("above", "file", "constants"),
    [
        (
            [["部门：", "财务", None, "期间：", "2024年11月"]],
            "一.xlsx",
            {"部门": {"cell": "B1"}, "期间": {"cell": "E1"}},
        ),
        ([["部门", "财务"], ["制表人：", "丁"]], "一.xlsx", {"部门": {"cell": "B1"}}),
        ([["销售表", None, "2024-11"]], "2024年12月.xlsx", {"月度": {"cell": "C1"}}),
        ([], "销售202411.xlsx", {"月度": {"file": r"(?<!\d)(?P<value>20\d{4})(?!\d)"}}),
        ([], "销售2024.xlsx", {"年": {"file": r"(?<!\d)(?P<value>20\d\d年?)(?!\d)"}}),
        ([], "202411/销售.xlsx", {"月度": {"folder": r"^(?P<value>20\d{4})$"}}),
        ([["单位：万元"]], "2024年1月至11月销售.xlsx", {"年": {"file": r"(?<!\d)(?P<value>20\d\d年?)(?!\d)"}}),
        ([["2024年11月", "销售表"]], "2024-10~2024-11.xlsx", {"月度": {"cell": "A1"}}),
        ([], "销售.xlsx", None),
    ],
)
def test_what_stands_outside_the_table_becomes_a_column(
    tmp_path: Path, above: list[list[Any]], file: str, constants: dict[str, Any] | None
) -> None:
    found = inspect(tmp_path, [*above, ["店", "数", "额", "均"], *ROWS], file=file)
    assert found.shape.keys.get("constants") == constants
    assert found.facts == len(ROWS)
    assert found.shape.data_dir == (str(tmp_path) if "/" in file else None)


def test_a_month_in_the_rows_needs_none_from_a_name(tmp_path: Path) -> None:
    rows = [["账期", "店", "数"], *(["2024年11月", *row[:2]] for row in ROWS)]
    assert inspect(tmp_path, rows, file="2024年12月.xlsx").shape.keys == {}
    unhinted = [["何时", "店", "数"], *(["2024年11月", *row[:2]] for row in [*ROWS, *ROWS])]
    assert inspect(tmp_path, unhinted, file="2024年12月.xlsx").shape.keys == {}


def test_a_bad_cell_and_a_total_of_a_wide_row_are_counted_once_and_a_column_that_sums_up_is_left_out(
    tmp_path: Path,
) -> None:
    rows = [["店号", "名", "1月", "2月", "3月", "全年合计"], *([f"{n:04}", "甲", 1, 2, 3, 6] for n in range(30))]
    rows[4][0] = "#N/A"
    rows[5][2] = "#N/A"
    found = inspect(tmp_path, [*rows, ["合计", None, 29, 60, 90, 179]])
    assert (found.facts, found.totals, found.rows) == (86, 1, 31)
    assert (found.expected.cells, [one.cell for one in found.expected.first]) == (2, ["A5", "C6"])
    assert [(one.letter, one.header, one.reason) for one in found.left_out] == [
        ("F", "全年合计", "it sums up the columns side by side")
    ]
