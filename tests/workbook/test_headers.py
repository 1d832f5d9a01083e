"""The header: its names, and how it is found below titles."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.readings import read_whole
from support.workbooks import merge_xml, sheet_xml, write_package, write_rows

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.headers import normalise_header
from wdh.workbook import open_sheet

DAY = datetime.datetime(2024, 11, 1)  # noqa: DTZ001 - as sheets have them


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("流失（含待遇支付）", "流失(含待遇支付)"),
        ("流失(含待遇支付)  ", "流失(含待遇支付)"),
        ("期末\n资产\t规模", "期末资产规模"),
        ("\ufeff计划\u200b代 码\u3000", "计划代码"),
        ("company_id\u00a0", "company_id"),
        ("机构　名称\r\n", "机构名称"),
        ("ＡＢ", "ＡＢ"),
        (" \u3000\u200b", ""),
    ],
)
def test_a_header_is_matched_without_its_blanks_and_by_its_half_width_brackets(text: str, name: str) -> None:
    assert normalise_header(text) == name


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_header(normalise_header(text)) == normalise_header(text)


def read(folder: Path, rows: list[list[Any]], **options: Any) -> Any:
    return read_whole(write_rows(folder / "一.xlsx", rows), **options)


def test_repeated_headers_are_numbered_and_never_collide(tmp_path: Path, reader: str) -> None:
    result = read(tmp_path, [["码", " 码", "码#2", "码", 2024], [1, 2, 3, 4, 5]], reader=reader, known=["码"])
    assert result.headers == ("码", "码#2", "码#2#2", "码#3", "2024")
    assert [result.column(name) for name in result.headers] == [[1], [2], [3], [4], [5]]
    assert result.letters == {"码": "A", "码#2": "B", "码#2#2": "C", "码#3": "D", "2024": "E"}


def test_a_column_without_header_is_ignored_when_empty_and_else_called_by_its_letter(
    tmp_path: Path, reader: str
) -> None:
    rows = [["码", None, "名", None, None], [1, None, "甲", None, None], [2, None, "乙", " ", "x"]]
    result = read(tmp_path, rows, reader=reader)
    assert result.headers == ("码", "名")
    assert set(result.letters) == {"码", "名", "(column E)"}
    assert result.column("(column E)") == [None, "x"]


@pytest.mark.parametrize("options", [{}, {"known": ["码", "名", "无"]}, {"required_columns": ["名", "码"]}])
def test_the_header_is_found_below_title_rows(tmp_path: Path, reader: str, options: Any) -> None:
    rows = [["年金终稿"], [], ["单位：元", None, 2024], ["码", " 名"], [1, "码"], [2, "名"]]
    result = read(tmp_path, rows, reader=reader, **options)
    assert (result.headers, result.rows) == (("码", "名"), (5, 6))


def test_the_first_of_the_rows_with_most_required_columns_is_the_header(tmp_path: Path) -> None:
    rows = [["码", "说明"], ["码", "名", "额"], ["码", "名", "额"], [1, 2, 3]]
    result = read(tmp_path, rows, required_columns=["额", "码"])
    assert result.rows == (4,)


def test_a_header_is_looked_for_as_far_down_as_the_limit_says(tmp_path: Path, reader: str) -> None:
    """Instructions of a page often stand above a table; the 60th row that holds something is still near the top."""
    above: list[list[Any]] = [[f"说明{n}，请勿修改"] for n in range(59)]
    table = [["码", "名"], ["1", "甲"]]
    for options in ({}, {"required_columns": ["码"]}, {"known": ["名"]}):
        assert read(tmp_path, [*above, *table], reader=reader, **options).rows == (61,)
    limits = Limits(header_rows=59)
    with pytest.raises(DataError, match="码"):
        read(tmp_path, [*above, *table], reader=reader, required_columns=["码"], limits=limits)


@pytest.mark.parametrize(
    ("rows", "row", "headers"),
    [
        ([["地区", 2019, 2020, 2021], ["北京", 1.5, 2, 3]], 1, ("地区", "2019", "2020", "2021")),
        ([["销售"], ["地区", 2019.0, 2020.0], ["北京", 1.5, 2]], 2, ("地区", "2019", "2020")),
        ([["销售"], ["地区", 202411, 202412], ["北京", 1.5, 2]], 2, ("地区", "202411", "202412")),
        ([["考勤"], ["姓名", 1, 2, 3], ["甲", 8, 8, 7.5]], 2, ("姓名", "1", "2", "3")),
        ([["月报"], ["地区", DAY, DAY.replace(month=12)], ["北京", 1, 2]], 2, ("地区", "2024-11-01", "2024-12-01")),
        (
            [["填报单位", "北京"], ["填报人", "甲"], ["码", "名", "额", "量"], [1, "x", 2, 3]],
            3,
            ("码", "名", "额", "量"),
        ),
        ([["销售表", "单位：万元"], ["店", "额"], ["甲", 1]], 2, ("店", "额")),
        ([["店", "a: b"], ["甲", "x"], ["乙", "y"]], 1, ("店", "a:b")),
        ([[1, 0.5, 7], [2, 0.5, 8]], 1, ("1", "0.5", "7")),
        ([["名"], ["甲"], ["乙"]], 1, ("名",)),
    ],
)
def test_the_header_of_an_unknown_sheet_is_the_first_row_of_names_as_wide_as_the_sheet(
    tmp_path: Path, reader: str, rows: list[list[Any]], row: int, headers: tuple[str, ...]
) -> None:
    """Years, months and days are names, too; titles, remarks and pairs of a label and a value above are none."""
    found = read(tmp_path, rows, reader=reader)
    assert (found.headers, found.rows[0]) == (headers, row + 1)


def test_of_an_unknown_header_in_two_rows_the_one_that_names_every_column_is_taken(tmp_path: Path, reader: str) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["码", "地址", None], [None, "省", "市"], ["1", "京", "北京"]])
    book = openpyxl.load_workbook(path)
    for area in ("A1:A2", "B1:C1"):
        book.worksheets[0].merge_cells(area)
    book.save(path)
    for known in ((), ("码", "省", "市"), ("码",)):
        with open_sheet(path, sheet=0, reader=reader, known=known) as sheet:
            assert (sheet.header_row, sheet.header_beside) == (2, (1,))
    with open_sheet(path, sheet=0, reader=reader, known=("码", "地址")) as sheet:
        assert (sheet.header_row, sheet.header_beside) == (1, ())


def test_all_missing_required_columns_are_named_with_near_matches_and_the_row(tmp_path: Path) -> None:
    rows = [["标题"], ["月度", "计划代号", "客户"], [1, 2, 3]]
    with pytest.raises(DataError) as caught:
        read(tmp_path, rows, required_columns=["月度", "计划代码", "期末资产规模", "company_id"])
    text = str(caught.value)
    assert "计划代码 (near: 计划代号), 期末资产规模, company_id" in text
    assert "Row 2 was taken for the header: 月度, 计划代号, 客户" in text
    assert caught.value.facts["missing"] == ("计划代码", "期末资产规模", "company_id")
    assert caught.value.facts["row"] == 2


def test_required_columns_are_matched_by_their_normal_form(tmp_path: Path) -> None:
    result = read(
        tmp_path, [["流失（含\n待遇支付）", "码"], [1, 2]], required_columns=["流失(含待遇支付)", "流失 （含待遇支付）"]
    )
    assert result.headers == ("流失(含待遇支付)", "码")


def test_a_header_over_two_rows_takes_the_merged_names_from_above(tmp_path: Path, reader: str) -> None:
    def cell(name: str, text: str) -> str:
        return f'<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>'

    rows = (
        f'<row r="1">{cell("A1", "码")}{cell("B1", "资产")}</row>'
        f'<row r="2">{cell("B2", "期初")}{cell("C2", "期末")}</row>'
        '<row r="3"><c r="A3"><v>7</v></c><c r="B3"><v>1</v></c><c r="C3"><v>2</v></c></row>'
    )
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, tail=merge_xml("A1:A2", "B1:C1")))
    result = read_whole(path, reader=reader, required_columns=["码", "期末"])
    assert (result.headers, result.rows) == (("码", "期初", "期末"), (3,))


def test_a_header_merged_over_columns_names_the_first_of_them(tmp_path: Path, reader: str) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["码", "资产", None], [1, 2, 3]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("B1:C1")
    book.save(path)
    result = read_whole(path, reader=reader)
    assert result.headers == ("码", "资产")
    assert result.column("(column C)") == [3]


@pytest.mark.parametrize(
    "renamed",
    [
        "金额(元)",
        "金额（人民币万元）",
        "*金额",
        "金额 ★",
        "金额：万元",
        "金额[USD]",
        "金额/元",
        "【必填】金额",
        "金 额*",
    ],
)
def test_a_refusal_names_a_header_that_was_renamed_by_a_mark_or_a_unit(
    tmp_path: Path, reader: str, renamed: str
) -> None:
    """Though a header that is nearer in letters stands beside it."""
    path = write_rows(tmp_path / "一.xlsx", [["月度", "金颢", renamed], [1, 2, 3]])
    with pytest.raises(DataError) as caught:
        read_whole(path, reader=reader, required_columns=["月度", "金额"])
    assert f"金额 (near: {normalise_header(renamed)})" in str(caught.value)


def test_a_refusal_names_a_header_in_another_case_or_width(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["月度", "ＣＯＭＰＡＮＹ＿ＩＤ"], [1, 2]])
    with pytest.raises(DataError, match="company_id .near: ＣＯＭＰＡＮＹ＿ＩＤ"):
        read_whole(path, required_columns=["月度", "company_id"])
