"""Columns whose values stand outside the table: what they are, where a reject says they stand, and what is no value."""

from __future__ import annotations

import datetime
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace
from support.helpers import record_helpers

from wdh.errors import DataError
from wdh.intake import files as running
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out
from wdh.workbook import open_sheets

CONFIGURATION = r"""
domains:
  stock:
    pattern: xlsx
    sheets: "*"
    table: 库存
    pk: [月度, 店铺]
    required_columns: [月度]
    columns:
      月度: {kind: month, required: true}
      大区: {kind: code, width: 3}
      汇率: {kind: amount, scale: 2}
      店铺: text
      数量: amount
    refs:
      areas:
        table: 大区
        key: [大区]
        columns: {大区: 大区, 首月: {from: 月度, pick: first, format: "%Y%m"}}
    constants:
"""
DAY = datetime.datetime(2024, 11, 5)  # noqa: DTZ001 - as sheets have them


class Place:
    """A folder with a workbook of some sheets."""

    def __init__(self, folder: Path, reader: str = "fast") -> None:
        self.folder, self.reader = folder, reader

    def run(self, constants: str, sheets: dict[str, Any], *, file: str = "a.xlsx", rows: int = 2, **more: Any) -> Any:
        """Plan the run of a workbook whose sheets have these cells above their tables."""
        config = self.folder / "data_sources.yml"
        config.write_text(CONFIGURATION + f"      {constants}\n", encoding="utf-8")
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, (cell, number_format) in sheets.items():
            sheet = book.create_sheet(name)
            sheet["B2"] = cell
            sheet["B2"].number_format = number_format or "General"
            sheet.append([])
            for line in (["店铺", "数量"], *([f"{name}{n}", n] for n in range(rows)), ["合计", sum(range(rows))]):
                sheet.append(line)
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        seen: list[Any] = []

        def on_plan(plan: Any) -> None:
            for step in plan.steps:
                if hasattr(step, "facts"):
                    seen[:] = [values for _, values in step.facts.lines(("月度", "大区", "汇率", "店铺"))]

        request = RunRequest("stock", config, self.folder, reader=self.reader, **more)  # type: ignore[arg-type]
        return carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan).report.intake, seen


@pytest.fixture(params=["fast", "openpyxl"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(tmp_path, request.param)


def test_the_month_of_each_sheet_stands_in_its_name(place: Place) -> None:
    constants = '{月度: {sheet: "(?P<value>\\\\d+年\\\\d+月)"}, 汇率: 7.125}'
    intake, seen = place.run(constants, {"24年11月": (None, None), "2024年12月": (None, None)})
    assert seen == [
        ("2024-11-01", None, "7.13", "24年11月0"),
        ("2024-11-01", None, "7.13", "24年11月1"),
        ("2024-12-01", None, "7.13", "2024年12月0"),
        ("2024-12-01", None, "7.13", "2024年12月1"),
    ]
    assert [(tally.totals, tally.totals_checked, tally.totals_agreed) for tally in intake.workbooks] == [(1, 1, 1)] * 2


def test_the_nearest_folder_and_the_name_of_the_file_give_values_that_references_see(place: Place) -> None:
    constants = '{大区: {folder: "^(?P<value>\\\\d)区$"}, 月度: {file: "(?P<value>\\\\d+)"}}'
    intake, seen = place.run(constants, {"甲": (None, None)}, file="1区/2区/收集/销售202411.xlsx", rows=1)
    assert seen == [("2024-11-01", "002", None, "甲0")]
    assert intake.candidates[0].rows == (("002", "202411"),)


@pytest.mark.parametrize(
    ("cell", "number_format", "area"),
    [(12, None, "012"), (12, "00000", "00012"), ("７", None, "007"), (None, None, None)],
)
def test_a_cell_is_read_as_its_column_would_read_it(
    place: Place, cell: Any, number_format: str | None, area: str | None
) -> None:
    _, seen = place.run("{月度: 202411, 大区: {cell: B2}}", {"甲": (cell, number_format)}, rows=1)
    assert seen == [("2024-11-01", area, None, "甲0")]
    _, seen = place.run("{月度: {cell: B2}}", {"甲": (DAY, "yyyy-mm-dd")}, rows=1)
    assert seen == [("2024-11-01", None, None, "甲0")]


@pytest.mark.parametrize(
    ("constants", "cell", "told"),
    [
        ("{月度: {cell: B2}}", "2024-13", ("B2", "2024-13", "month_out_of_range", "cell B2")),
        ("{月度: {cell: B2}}", None, ("B2", None, "missing_value", "cell B2")),
        ('{月度: {file: "(?P<value>.)"}}', None, (None, "a", "not_a_month", "the file's name")),
        ('{月度: {sheet: "(?P<value>.)"}}', None, (None, "甲", "not_a_month", "the sheet's name")),
        ("{月度: 13}", None, (None, "13", "not_a_month", "data_sources.yml")),
    ],
)
def test_a_reject_says_where_the_value_stands(place: Place, constants: str, cell: Any, told: tuple[Any, ...]) -> None:
    with pytest.raises(TooManyRejects) as caught:
        place.run(constants, {"甲": (cell, None)})
    rejects = caught.value.intake.rejects
    assert [reject.row for reject in rejects] == [5, 6]
    first = rejects[0]
    assert (first.cell, first.value, first.reason) == told[:3]
    assert first.sentence.endswith(f"(it comes from {told[3]})")
    assert (first.file, first.sheet, first.column) == ("a.xlsx", "甲", "月度")


@pytest.mark.parametrize(
    ("constants", "said"),
    [
        ('{月度: {sheet: "(?P<value>\\\\d+)"}}', r"constants.月度 finds no match .* in the sheet's name \(甲\)"),
        ("{月度: 202411, 数量: 5}", "has a column 数量, and constants.数量 gives its value, too"),
        ("{月度: {cell: B2000}}", "B2000 is too far down"),
    ],
)
def test_what_is_not_there_or_is_there_twice_stops_the_run(place: Place, constants: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        place.run(constants, {"甲": (None, None)}, rows=200)


def test_the_lower_rows_have_the_same_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, sheets = Place(tmp_path), {"甲": (202411, None), "乙": (202412, None)}
    constants = "{月度: {cell: B2}, 汇率: 2}"
    alone = place.run(constants, sheets, rows=600)
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=16))
    helpers = record_helpers(monkeypatch)
    shared = place.run(constants, sheets, rows=600, reject_limit=RejectLimit(rows=0))
    assert shared[1] == alone[1]
    assert len(helpers) == 2
    assert [replace(tally, sha256="") for tally in shared[0].workbooks] == [
        replace(tally, sha256="") for tally in alone[0].workbooks
    ]
