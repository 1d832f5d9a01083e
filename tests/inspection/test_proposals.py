"""What is proposed for a column, and why, on sheets of which every cell is known."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import WriteOnlyCell
from support.workbooks import write_rows

from wdh.errors import DataError
from wdh.inspection import FoundColumn, Inspection, deduce_pattern, inspect_sheet, propose_entry

DAY = datetime.date(2024, 11, 1)


def inspect_column(folder: Path, header: str, cells: Sequence[Any]) -> FoundColumn:
    """Inspect a sheet of this column and one of names."""
    rows = [[header, "说明"], *([cell, f"第{number}行"] for number, cell in enumerate(cells, 1))]
    return inspect_sheet(write_rows(folder / "a.xlsx", rows)).columns[0]


def write_formatted(path: Path, header: str, cells: Sequence[tuple[Any, str]]) -> Path:
    """Write a column of (value, number format) beside one of names."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("明细")
    page.append([header, "说明"])
    for value, number_format in cells:
        cell = WriteOnlyCell(page, value=value)
        cell.number_format = number_format
        page.append([cell, "甲"])
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("header", "cells", "kind", "options", "evidence"),
    [
        ("数", ["0012", "0345", "6789"], "code", {"width": 4}, "leading zeros in 2"),
        ("数", ["A-1", "B-2", "B-3"], "code", {}, "letters and digits without blanks"),
        ("数", ["1234", "5678", "9012"], "code", {}, "4 digits, typed as text, in each"),
        ("店铺代码", [12, 345, 6789], "code", {}, "the header says 代码"),
        ("plan_id", [12, 345, 6789], "code", {}, "the header says id"),
        ("planCode", [12, 345, 6789], "code", {}, "the header says Code"),
        ("月度", [202411], "month", {}, "the header says 月度"),
        ("什么", [202410, 202411, 202412, 202501, 202502], "month", {}, "no other kind says a year and a month"),
        ("什么", ["24年11月", "2024-12", "2024/1/1", "２０２４年２月"] * 2, "month", {}, "all 8 cells read as month"),
        ("什么", [DAY, DAY], "month", {}, "each date is the first of a month"),
        ("什么", [DAY, DAY.replace(day=9)], "date", {}, "days other than the first of a month"),
        ("什么", [DAY.replace(day=9), 202411, 202412], "month", {}, "1 cells say a day, which a month does not keep"),
        ("成立日期", [DAY, DAY], "date", {}, "the header says 日期"),
        ("什么", [20241101, 20241130, "2024-11-30"], "date", {}, "days other than"),
        ("什么", ["5.36%", "1%", "-0.5%"], "percent", {}, "a % sign in 3"),
        ("收益率", [0.0536, 0.01], "percent", {}, "the header says 率"),
        ("汇率", [7.1, 7.12], "amount", {"scale": 2}, "up to 2 decimals"),
        ("人数", [3, 4, 5], "integer", {}, "no decimals"),
        ("销售额", [3, 4, 5], "amount", {"scale": 2}, "the header says 额"),
        ("什么", [3, 4.125, "1,234.50", "-", "(1.00)"], "amount", {"scale": 4}, "up to 3 decimals"),
        ("什么", [1 / 3, 2 / 3], "amount", {}, "no scale is proposed, so none is cut"),
        ("什么", ["是", "否", "是"], "boolean", {}, "only 否 and 是"),
        ("什么", ["Y", "n", "N"], "boolean", {}, "only N and Y"),
        ("什么", ["Y", "Y"], "text", {}, "at most 1 characters long"),
        ("什么", [True, False], "boolean", {}, "TRUE and FALSE"),
        ("是否统括", [1, 0, 1], "boolean", {}, "the header says 是否"),
        ("什么", [1, 0, 1], "integer", {}, "no decimals"),
        ("计划类型", ["集合", "单一"] * 10, "choice", {"values": ["单一", "集合"]}, "2 values in 20 cells"),
        ("计划类型", ["集合", "单一"] * 3, "text", {"max_length": 255}, "at most 2 characters long"),
        ("类型名称", ["集合", "单一"] * 10, "text", {"max_length": 255}, "at most 2 characters long"),
        ("什么", [None, None], "text", {}, "every cell is blank: nothing tells its kind"),
        ("城市", ["北京", "(空白)", "上海"], "text", {"blank": ["(空白)"]}, "(空白) is taken for blank"),
    ],
)
def test_the_kind_is_what_all_cells_allow_and_the_looks_or_the_header_say(
    tmp_path: Path, header: str, cells: list[Any], kind: str, options: dict[str, Any], evidence: str
) -> None:
    found = inspect_column(tmp_path, header, cells)
    assert found.kind == kind, found.evidence
    assert options.items() <= found.declaration.options.items()
    assert evidence in "; ".join(found.evidence)


@pytest.mark.parametrize(
    ("header", "cells", "kind", "evidence"),
    [
        ("什么", [(0.05, "0.00%"), (0.0601, "0.0%")], "percent", "% format in 2"),
        ("什么", [(12, "0000"), (345, "0000")], "code", "a number format that pads with zeros in 2"),
        ("什么", [(12, "#,##0.00"), (345, "#,##0.00")], "amount", "a format with decimals"),
    ],
)
def test_number_formats_are_evidence(
    tmp_path: Path, header: str, cells: list[tuple[Any, str]], kind: str, evidence: str
) -> None:
    found = inspect_sheet(write_formatted(tmp_path / "a.xlsx", header, cells)).columns[0]
    assert (found.kind, evidence in found.evidence) == (kind, True), found.evidence


def test_codes_that_lost_their_zeros_are_padded_to_the_width_of_the_others(tmp_path: Path) -> None:
    found = inspect_column(tmp_path, "店号", ["0012", "0345", 12, 345, 6789])
    assert found.declaration.options["width"] == 4
    assert "4 digits: numbers that lost their zeros are filled up" in found.evidence
    assert found.distinct == 3


def test_codes_that_differ_only_in_case_and_dashes_are_made_one_and_named(tmp_path: Path) -> None:
    found = inspect_column(tmp_path, "计划代码", ["Z-001", "z001", "Z 001", "Z002"])
    assert {"upper": True, "drop": "-_ "}.items() <= found.declaration.options.items()
    assert any("are one code but for case, dashes and blanks" in each for each in found.evidence)
    assert found.distinct == 2


def test_a_few_bad_cells_do_not_hide_the_kind_and_are_named_as_rejects(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["月度", "销售额"],
        *([202411, n + 0.5] for n in range(98)),
        [202411, "约三千"],
        [202413, 7],
    ]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert [one.kind for one in found.columns] == ["month", "amount"]
    assert "all but 1 of 100 cells read as amount" in found.columns[1].evidence
    assert (found.expected.rows, [one.cell for one in found.expected.first]) == (2, ["B100", "A101"])


def test_an_error_value_says_nothing_of_the_kind_and_is_named_as_a_reject(tmp_path: Path) -> None:
    rows = [["销售额", "说明"], [1.5, "甲"], ["#REF!", "乙"], ["#N/A", "丙"], [2.5, "丁"]]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert found.columns[0].kind == "amount"
    assert [one.cell for one in found.expected.first] == ["A3", "A4"]


def test_a_time_of_day_is_kept_by_the_kind_that_is_proposed(tmp_path: Path) -> None:
    """A month would read it and drop it, and a date would refuse it."""
    moments = [datetime.datetime(2024, 11, day, 9, 30) for day in range(1, 5)]  # noqa: DTZ001 - as sheets have them
    rows = [["下单时间", "单号"], *([moment, f"A{moment.day}"] for moment in moments)]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert (found.columns[0].kind, found.facts, found.expected.cells) == ("datetime", 4, 0)
    assert "times of day, which no other kind keeps" in found.columns[0].evidence
    assert found.columns[0].samples[0] == moments[0]
    assert found.scope.columns == ("单号",)


def test_total_rows_and_titles_are_no_part_of_the_evidence(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["门店销售月报"],
        [],
        ["月度", "店号", "销售额"],
        *([202411, f"000{n}", n + 0.25] for n in range(8)),
        ["合计", None, 30],
    ]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert (found.header_row, found.rows, found.facts, found.totals) == (3, 9, 8, 1)
    assert [one.kind for one in found.columns] == ["month", "code", "amount"]
    assert found.expected.cells == 0
    assert found.scope.columns == ("月度", "店号")


def test_a_sheet_of_one_row_is_proposed_without_references(tmp_path: Path) -> None:
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", [["月度", "店铺代码", "店铺名称"], [202411, "0001", "甲"]]))
    assert [one.kind for one in found.columns] == ["month", "code", "text"]
    assert found.references == ()
    assert found.scope.evidence.endswith("there is one row")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "is empty: it has no header and no rows"),
        ([["月度", "销售额"]], "has no rows below its header"),
        ([[202411, 12, 0.5], [202411, 13, 0.75]], "has no header. Row 1 was taken for it, and most of its names"),
    ],
)
def test_a_sheet_of_which_nothing_can_be_said_is_refused_with_the_reason(
    tmp_path: Path, rows: list[list[Any]], message: str
) -> None:
    path = write_rows(tmp_path / "a.xlsx", rows)
    with pytest.raises(DataError, match=message.replace(".", r"\.")):
        inspect_sheet(path)


def test_columns_that_cannot_be_proposed_are_left_out_by_name(tmp_path: Path) -> None:
    rows = [
        ["码", "备注", None, "备注", "名", "名"],
        ["1", "甲", "x", "乙", "一", "一"],
        ["2", "丙", None, None, "二", "二"],
    ]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert [one.name for one in found.columns] == ["码", "名"]
    assert {(one.letter, one.reason.partition(",")[0].partition(":")[0]) for one in found.left_out} == {
        ("B", "its header occurs again"),
        ("C", "has values and no header"),
        ("D", "it repeats the header 备注"),
        ("F", "it repeats the header 名"),
    }
    assert found.expected.cells == 0


def test_a_header_longer_than_postgresql_keeps_gets_a_short_name_of_its_own(tmp_path: Path) -> None:
    long = "很" * 22
    rows = [[long + "甲", long + "乙", "短"], ["a", "b", "c"], ["d", "e", "f"]]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert [one.name for one in found.columns] == ["很" * 21, "很" * 20 + "_2", "短"]
    assert found.columns[1].declaration.options["source"] == long + "乙"
    assert [one.cells for one in found.columns] == [2, 2, 2]


def test_year_and_month_apart_are_both_in_the_delete_scope_and_said(tmp_path: Path) -> None:
    rows = [["年", "月", "店号"], *([2024, 11, f"000{n}"] for n in range(4))]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert found.scope.columns == ("年", "月", "店号")
    assert any("年 and 月 stand in two columns" in remark for remark in found.remarks)


def test_a_scope_without_a_month_says_what_that_means(tmp_path: Path) -> None:
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", [["店号", "额"], ["0001", 1.5], ["0002", 2.5]]))
    assert found.scope.columns == ("店号",)
    assert "no column says the month" in found.scope.evidence


@pytest.mark.parametrize(
    ("stem", "pattern", "month"),
    [
        ("2024年11月门店销售", r"(?P<year>\d{4}|\d{2})年(?P<month>\d{1,2})月门店销售", (2024, 11)),
        ("【甲】24年9月终稿1009采集", r"【甲】(?P<year>\d{4}|\d{2})年(?P<month>\d{1,2})月终稿\d+采集", (2024, 9)),
        ("sales-2024-03_v2", r"sales\-(?P<year>\d{4})\-(?P<month>\d{1,2})(?:[_ -]?[vV](?P<version>\d+))?", (2024, 3)),
        ("sales 202403", r"sales (?P<year>\d{4})(?P<month>\d{2})", (2024, 3)),
        ("sales", "sales", (None, None)),
        ("202411", r"^(?P<year>\d{4})(?P<month>\d{2})\.", (2024, 11)),
        ("a(b)[c]+", r"a\(b\)\[c\]\+", (None, None)),
    ],
)
def test_the_pattern_follows_from_the_files_name(stem: str, pattern: str, month: tuple[int, int]) -> None:
    found = deduce_pattern(stem)
    assert (found.pattern, (found.year, found.month)) == (pattern, month)


def test_another_sheet_is_inspected_by_name_and_by_index(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "一"
    book.active.append(["甲", "乙"])
    book.active.append(["1", "x"])
    page = book.create_sheet("二")
    page.append(["丙", "丁"])
    page.append(["1", "x"])
    book.save(tmp_path / "a.xlsx")

    def names(found: Inspection) -> list[str]:
        return [one.name for one in found.columns]

    assert names(inspect_sheet(tmp_path / "a.xlsx")) == ["甲", "乙"]
    assert names(inspect_sheet(tmp_path / "a.xlsx", sheet="二")) == ["丙", "丁"]
    assert names(inspect_sheet(tmp_path / "a.xlsx", sheet=1)) == ["丙", "丁"]
    assert inspect_sheet(tmp_path / "a.xlsx").sheets == ("一", "二")


def test_a_cover_page_is_passed_over_and_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "封面"
    page = book.create_sheet("明细")
    page.append(["码", "名"])
    page.append(["1", "x"])
    book.save(tmp_path / "a.xlsx")
    found = inspect_sheet(tmp_path / "a.xlsx")
    assert found.sheet == "明细"
    assert found.remarks[0].startswith("passed over: a.xlsx, sheet 封面: is empty")


def test_a_sheet_of_very_many_columns_is_inspected_in_good_time_and_the_bound_is_said(tmp_path: Path) -> None:
    rows = [[f"列{n}" for n in range(300)], *([f"值{n}{row}" for n in range(300)] for row in range(30))]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert len(found.columns) == 300
    assert "40 of 300 codes and texts were looked at as keys of references" in found.remarks


@pytest.mark.parametrize(
    ("sheet", "file", "table"),
    [
        ("销售", "2024年11月门店.xlsx", "销售"),
        ("Sheet1", "2024年11月门店_V2.xlsx", "门店"),
        ("工作表1", "sales-2024-11.xlsx", "sales"),
        ("Sheet1", "202411.xlsx", "Sheet1"),
        ("wdh_runs", "a.xlsx", "wdh_runs_2"),
    ],
)
def test_the_fact_table_is_called_after_the_sheet_or_the_file(
    tmp_path: Path, sheet: str, file: str, table: str
) -> None:
    assert inspect_sheet(write_rows(tmp_path / file, [["码", "名"], ["1", "x"]], sheet=sheet)).table == table


def test_a_row_number_is_no_part_of_the_delete_scope(tmp_path: Path) -> None:
    """A corrected delivery with fewer rows would leave the last ones of the earlier delivery."""
    rows = [["序号", "月度", "店铺代码"], *([n, 202411, f"000{n % 6}"] for n in range(60))]
    assert inspect_sheet(write_rows(tmp_path / "a.xlsx", rows)).scope.columns == ("月度", "店铺代码")


def test_a_second_code_is_in_the_delete_scope_only_where_it_tells_many_more_rows_apart(tmp_path: Path) -> None:
    header = ["月度", "订单号", "产品代码"]
    few = [header, *([202411, f"A{n // 2:03}", f"P{n % 10 // 9}"] for n in range(60))]
    many = [header, *([202411, f"A{n // 4:03}", f"P{n % 4}"] for n in range(60))]
    assert inspect_sheet(write_rows(tmp_path / "a.xlsx", few)).scope.columns == ("月度", "订单号")
    assert inspect_sheet(write_rows(tmp_path / "b.xlsx", many)).scope.columns == ("月度", "订单号", "产品代码")


@pytest.mark.parametrize(
    ("rows", "scope", "evidence"),
    [
        (
            [["月度", "店号"], ["202411", "0001"], [None, "0002"]],
            ("店号",),
            "月度 has blanks, and so cannot be part of it",
        ),
        ([["月度", "店号"], [202411, "0001"], [202411, None]], ("月度",), "rows of one scope are replaced together"),
        ([["金额", "地区"], [1.5, "北京"], [2.5, "上海"]], ("地区",), "no two of 2 rows share one"),
        ([["序号", "地区"], [1, "北京"], [2, "上海"]], ("地区",), "no two of 2 rows share one"),
        ([["序号", "金额"], [1, 1.5], [2, 2.5]], ("序号",), "no two of 2 rows share one"),
        ([["店号", "地区"], ["0001", None], ["0002", None], [None, "上海"]], ("店号",), "name another"),
    ],
)
def test_the_delete_scope_has_no_blanks_and_no_figures_while_any_other_column_has_none(
    tmp_path: Path, rows: list[list[Any]], scope: tuple[str, ...], evidence: str
) -> None:
    """A fact without a value in the scope is a reject, and what changes with a correction finds no fact again."""
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert found.scope.columns == scope
    assert evidence in found.scope.evidence
    assert found.expected.rows == ("name another" in evidence)
    assert all(found.column(name).declaration.options["required"] for name in scope)


def test_the_headers_of_all_columns_that_hold_something_are_required(tmp_path: Path) -> None:
    rows = [["店号", "备用", "错", "名\n称"], ["0001", None, "#N/A", "甲"], ["0002", None, "#N/A", None]]
    found = inspect_sheet(write_rows(tmp_path / "a.xlsx", rows))
    assert propose_entry(found)["required_columns"] == ["店号", "错", "名称"]


def test_two_header_rows_are_said_with_what_is_read_and_what_to_do(tmp_path: Path) -> None:
    header = [["代码", "名称", "地址", None], [None, None, "省", "市"]]
    path = write_rows(tmp_path / "a.xlsx", [*header, ["0001", "甲", "京", "北京"], ["0002", "乙", "沪", "上海"]])
    (said,) = inspect_sheet(path).remarks
    assert said == (
        "the header has two rows, 1 and 2: only row 1 is read as one, and row 2 would be taken for data. header: "
        "{rows: 2} joins the names of both with /: alias the columns so"
    )
    book = openpyxl.load_workbook(path)
    for area in ("A1:A2", "B1:B2", "C1:D1"):
        book.worksheets[0].merge_cells(area)
    book.save(path)
    found = inspect_sheet(path)
    assert ([one.name for one in found.columns], found.facts) == (["代码", "名称", "省", "市"], 2)
    (said,) = found.remarks
    assert said == (
        "the header has 2 rows: the columns are called after row 2, and what row 1 writes above several of them is in "
        "no name. Where names need it, header: {rows: 2} joins them with /: alias the columns so"
    )


def test_rows_that_are_no_data_are_no_evidence_and_are_named(tmp_path: Path) -> None:
    """A footnote would make texts of months and amounts, and then be a fact; a header said again is passed over."""
    header = ["月度", "店号", "金额"]
    lines = [[202411, f"{n:04}", n + 0.5] for n in range(4)]
    path = write_rows(tmp_path / "a.xlsx", [header, *lines, header, *lines, ["注：未经审计"]])
    found = inspect_sheet(path)
    assert [one.kind for one in found.columns] == ["month", "code", "amount"]
    assert (found.facts, found.expected.rows) == (8, 1)
    assert found.remarks == (
        "A11 stands alone below the data, and would be read as data: delete it, if it is a footnote",
    )
