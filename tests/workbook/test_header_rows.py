"""Headers of several rows, headers whose place is given, and rows that repeat the header further down."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support.readings import read_in_parts, read_whole
from support.workbooks import write_rows

from wdh.errors import DataError
from wdh.settings import HeaderRows
from wdh.workbook import open_sheet

GROUPS = [
    ["盘点表", None, None, None, None],
    ["店铺", "期初", None, "期末", None],
    [None, "数量", "金额", "数量", "金额"],
    ["甲", 1, 10, 2, 20],
    ["乙", 3, 30, 4, 40],
]
JOINED = ("店铺", "期初/数量", "期初/金额", "期末/数量", "期末/金额")
MERGED = ("A1:E1", "A2:A3", "B2:C2", "D2:E2")


def write(folder: Path, rows: Sequence[Sequence[Any]], *areas: str) -> Path:
    path = write_rows(folder / "一.xlsx", rows)
    if areas:
        book = openpyxl.load_workbook(path)
        for area in areas:
            book.worksheets[0].merge_cells(area)
        book.save(path)
    return path


@pytest.mark.parametrize("areas", [MERGED, ()], ids=["merged", "left blank"])
@pytest.mark.parametrize(
    "options",
    [
        {"known": ["店铺", "期初/数量", "期末/金额"]},
        {"header": HeaderRows(rows=2), "known": ["店铺", "期初/数量", "期初/金额"]},
        {"header": HeaderRows(below=1), "known": ["店铺", "期末/数量", "期末/金额"]},
        {"header": HeaderRows(row=2), "required_columns": ["期末/金额"]},
    ],
    ids=["found", "of two rows", "below a row", "in a row"],
)
def test_the_names_of_a_group_stand_before_those_below_it(
    tmp_path: Path, reader: str, areas: tuple[str, ...], options: Any
) -> None:
    path = write(tmp_path, GROUPS, *areas)
    result = read_whole(path, reader=reader, **options)
    assert (result.headers, result.rows) == (JOINED, (4, 5))
    assert result.column("期末/数量") == [2, 4]
    assert result.letters == dict(zip(JOINED, "ABCDE", strict=True))


@pytest.mark.parametrize("wanted", [HeaderRows(rows=2), HeaderRows(rows=2, below=1), HeaderRows(rows=2, row=2)])
def test_a_merged_group_is_spread_where_no_name_is_known(tmp_path: Path, reader: str, wanted: HeaderRows) -> None:
    path = write(tmp_path, GROUPS, *MERGED)
    with open_sheet(path, sheet=0, reader=reader, header=wanted) as sheet:  # type: ignore[arg-type]
        assert (sheet.headers, sheet.header_row, sheet.header_beside) == (JOINED, 3, ())


def test_three_rows_are_joined_and_a_group_without_names_below_names_its_first_column(
    tmp_path: Path, reader: str
) -> None:
    rows: list[list[Any]] = [
        ["店铺", "上海", None, None, "备注", None],
        [None, "期初", None, "期末", None, None],
        [None, "数量", "金额", "数量", None, None],
        ["甲", 1, 10, 2, "x", None],
    ]
    path = write(tmp_path, rows, "A1:A3", "B1:D1", "B2:C2", "E1:F3")
    for options in ({"header": HeaderRows(rows=3)}, {"known": ["上海/期初/数量", "上海/期末/数量"]}):
        result = read_whole(path, reader=reader, **options)
        assert result.headers == ("店铺", "上海/期初/数量", "上海/期初/金额", "上海/期末/数量", "备注")


def test_numbers_and_dates_are_names_below_a_group_too(tmp_path: Path, reader: str) -> None:
    day = datetime.datetime(2024, 11, 1)  # noqa: DTZ001 - as sheets have them
    rows: list[list[Any]] = [["店铺", 2023, 2024, None], [None, 12, 1, day], ["甲", 5, 6, 7]]
    result = read_whole(write(tmp_path, rows, "C1:D1"), reader=reader, header=HeaderRows(rows=2, row=1))
    assert result.headers == ("店铺", "2023/12", "2024/1", "2024/2024-11-01")


def test_two_rows_are_no_header_where_one_has_as_many_of_the_names(tmp_path: Path, reader: str) -> None:
    rows = [["备注", "说明"], ["码", "名"], ["期初", "数量"], ["1", "甲"]]
    result = read_whole(write(tmp_path, rows), reader=reader, known=["码", "名"])
    assert (result.headers, result.rows[0]) == (("码", "名"), 3)


def test_a_header_may_stand_in_row_60_and_anywhere_where_its_row_is_given(tmp_path: Path, reader: str) -> None:
    above: list[list[Any]] = [["码", "名", n] for n in range(59)]
    table: list[list[Any]] = [["码", "名", "额"], ["1", "甲", 5]]
    found = read_whole(write(tmp_path, [*above, *table]), reader=reader, required_columns=["额"])
    assert (found.headers, found.rows) == (("码", "名", "额"), (61,))
    deep = write(tmp_path, [*above * 50, *table])
    given = read_whole(deep, reader=reader, header=HeaderRows(row=2951), batch_rows=64)
    assert (given.headers, given.rows) == (("码", "名", "额"), (2952,))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [(HeaderRows(row=2), "has nothing in row 2, and header_row"), (HeaderRows(below=9), "has nothing below row 9")],
)
def test_a_place_without_a_header_is_refused(tmp_path: Path, reader: str, wanted: HeaderRows, said: str) -> None:
    path = write(tmp_path, [["码", "名"], [], ["1", "甲"]])
    with pytest.raises(DataError, match=said):
        read_whole(path, reader=reader, header=wanted)


def test_a_row_that_repeats_the_header_is_left_out_and_counted(tmp_path: Path, reader: str) -> None:
    rows: list[list[Any]] = [["码", " 名\n称", 2024], ["1", "甲", 5], [], ["码", "名称", 2024], ["2", "码", 6], ["码"]]
    result = read_whole(write(tmp_path, rows), reader=reader)
    assert (result.rows, result.repeated, result.blank) == ((2, 5, 6), (4,), 1)


def test_all_rows_of_a_header_are_left_out_where_they_are_repeated(tmp_path: Path, reader: str) -> None:
    rows = [*GROUPS, [], *GROUPS[1:], *GROUPS[1:3]]
    path = write(tmp_path, rows, *MERGED, "A7:A8", "B7:C7", "D7:E7", "A11:A12", "B11:C11", "D11:E11")
    for options in ({"known": JOINED}, {"known": ["数量", "金额"]}):
        result = read_whole(path, reader=reader, batch_rows=2, **options)
        assert (result.rows, result.repeated, result.blank) == ((4, 5, 9, 10), (7, 8, 11, 12), 1)


def test_repeated_headers_of_the_lower_rows_are_found_there_too(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["码", "名"], *([n, f"名{n}"] for n in range(2, 41))]
    for row in (5, 19, 20, 21, 22, 23, 24, 33, 40):
        rows[row - 1] = ["码", "名"]
    path = write(tmp_path, rows)
    parts = read_in_parts(path, batch_rows=4)
    assert parts is not None
    assert parts.same() == read_whole(path, reader="openpyxl").same()
    assert parts.repeated == (5, 19, 20, 21, 22, 23, 24, 33, 40)
