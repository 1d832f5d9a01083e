"""Wide rows made long: each fact keeps its row and its cells, totals are checked group by group, nothing is lost."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.helpers import record_helpers
from support.workbooks import write_rows

from wdh.errors import DataError
from wdh.intake import files as running
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out
from wdh.workbook import open_sheets

CONFIGURATION = r"""
domains:
  stock:
    pattern: xlsx
    table: 库存
    pk: [月度, 店铺]
    required_columns: [店铺, 月度]
    totals: {add: [合计], verify: note}
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: text, max_length: 5}
      金额: {kind: amount, scale: 2}
    unpivot: {columns: '\d{4}年\d+月|\d{6}|\d{4}-\d\d-01', into: 月度, value: 金额}
    refs:
      shops:
        table: 店铺
        key: [店铺]
        columns:
          店铺: 店铺
          首月: {from: 月度, pick: first, format: "%Y%m"}
          末月: {from: 月度, pick: last, format: "%Y%m"}
"""
HEADER = ["店铺", "2024年11月", "2024年12月", "2025年1月"]
ANY = RejectLimit(rows=1_000)


class Place:
    """A folder with one wide sheet."""

    def __init__(self, folder: Path, reader: str = "fast") -> None:
        self.folder, self.reader = folder, reader
        self.configuration = CONFIGURATION

    def run(self, rows: Sequence[Sequence[Any]], **more: Any) -> Any:
        """Plan the run; give what was taken in, the facts, and where each of them stands."""
        config = self.folder / "data_sources.yml"
        config.write_text(self.configuration, encoding="utf-8")
        write_rows(self.folder / "a.xlsx", rows)
        seen: list[Any] = []

        def on_plan(plan: Any) -> None:
            facts = next(step.facts for step in plan.steps if hasattr(step, "facts"))
            seen[:] = [
                (
                    *values,
                    *(facts.place(line, column).cell for column in ("金额", "店铺", "月度")),
                    facts.place(line).row,
                )
                for line, values in facts.lines(("月度", "店铺", "金额"))
            ]

        request = RunRequest("stock", config, self.folder, reader=self.reader, **more)  # type: ignore[arg-type]
        return carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan).report.intake, seen


@pytest.fixture(params=["fast", "openpyxl"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(tmp_path, request.param)


def notes(intake: Any, code: str) -> list[dict[str, int]]:
    return [note.cases for note in intake.notes if note.code == code]


def test_each_cell_is_a_fact_that_keeps_its_own_place(place: Place) -> None:
    intake, facts = place.run(
        [["库存表"], HEADER, ["甲", 1, None, " "], [], ["乙", 2.5, "3", 0], ["丙", None, "", None]]
    )
    assert facts == [
        ("2024-11-01", "甲", "1", "B3", "A3", None, 3),
        ("2024-11-01", "乙", "2.5", "B5", "A5", None, 5),
        ("2024-12-01", "乙", "3", "C5", "A5", None, 5),
        ("2025-01-01", "乙", "0", "D5", "A5", None, 5),
    ]
    tally = intake.workbooks[0]
    assert (tally.data_rows, tally.facts, tally.blank, tally.rejected) == (3, 4, 1, 0)
    assert notes(intake, "no_values") == [{"a.xlsx, sheet 规模明细": 1}]
    assert intake.candidates[0].rows == (("乙", "202411", "202501"), ("甲", "202411", "202411"))


def test_numbers_and_dates_as_headers_are_months_too(place: Place) -> None:
    day = datetime.datetime(2024, 12, 1)  # noqa: DTZ001 - as sheets have them
    _, facts = place.run([["店铺", 202411, day], ["甲", 1, 2]])
    assert [fact[:4] for fact in facts] == [("2024-11-01", "甲", "1", "B2"), ("2024-12-01", "甲", "2", "C2")]


def test_a_reject_names_the_cell_and_a_bad_cell_of_the_whole_row_is_refused_once(place: Place) -> None:
    rows = [HEADER, ["甲", 1, "viel", 3], ["店铺名称太长", 1, 2, 3], ["乙", 1, 2, "#REF!"]]
    with pytest.raises(TooManyRejects) as caught:
        place.run(rows)
    found = caught.value.intake
    assert [(r.cell, r.column, r.value) for r in found.rejects] == [
        ("A3", "店铺", "店铺名称太长"),
        ("C2", "金额", "viel"),
        ("D4", "金额", "#REF!"),
    ]
    tally = found.workbooks[0]
    assert (tally.data_rows, tally.facts, tally.rejected) == (3, 4, 3)


def test_a_header_that_is_no_month_is_told_by_its_own_cell(place: Place) -> None:
    with pytest.raises(TooManyRejects) as caught:
        place.run([["库存"], ["店铺", "2024年13月"], ["甲", 1], ["乙", None], ["丙", 2]])
    rejects = caught.value.intake.rejects
    assert [(r.cell, r.row, r.value, r.reason) for r in rejects] == [
        ("B2", 3, "2024年13月", "month_out_of_range"),
        ("B2", 5, "2024年13月", "month_out_of_range"),
    ]


def test_totals_are_checked_group_by_group_however_the_rows_are_cut(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = [[f"店{n}", n, n * 2 if n % 3 else None, 1] for n in range(1, 40)]
    total = ["合计", sum(range(1, 40)), sum(n * 2 for n in range(1, 40) if n % 3), 39]
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=8))
    intake, _ = place.run([HEADER, *body, total])
    tally = intake.workbooks[0]
    assert (tally.totals, tally.total_rows, tally.totals_checked, tally.totals_agreed) == (1, ((41, 41),), 1, 1)
    total[2] += 1
    intake, _ = place.run([HEADER, *body, total])
    (cases,) = notes(intake, "total_differs")
    assert [case.split(":")[0] for case in cases] == ["合计 C41 金额"]
    place.configuration = CONFIGURATION.replace("verify: note", "verify: refuse")
    with pytest.raises(DataError, match="row 41"):
        place.run([HEADER, *body, total])


def test_a_total_that_names_a_group_is_said_not_to_be_checked_where_it_does_not_sum_up_its_neighbours(
    place: Place,
) -> None:
    rows = [HEADER, ["华东", 1, 2, 3], ["华北", 5, 5, 5], ["华东", 1, 2, 3], ["华东合计", 2, 4, 6]]
    intake, _ = place.run(rows)
    assert notes(intake, "total_differs") == []
    assert notes(intake, "total_unchecked") == [{"row 5 华东合计": 1}]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["店铺", "额"], "has no column whose whole header matches the pattern of unpivot"),
        (["店铺", "2024年11月", "2024 年11月"], "both would be 金额 of 2024年11月"),
        (["店铺", "2024年11月", "金额"], "has a column 金额, and unpivot makes one of this name"),
        (["店铺", "2024年11月", "月度"], "has a column 月度, and unpivot makes one of this name"),
    ],
)
def test_headers_that_make_no_sense_stop_the_run(place: Place, header: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        place.run([header, [f"甲{n}" for n, _ in enumerate(header)]])


def test_the_lower_rows_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    body = [[f"店{n % 50}", n, None if n % 4 else n / 4, "x" if n in (7, 590) else 1] for n in range(600)]
    rows = [HEADER, *body, ["合计", sum(range(600)), sum(n / 4 for n in range(0, 600, 4)), 598]]
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=16))
    whole = place.run(rows, reject_limit=ANY)
    helpers = record_helpers(monkeypatch)
    shared = place.run(rows, reject_limit=ANY)
    assert len(helpers) == 1
    of_one, of_two = ([replace(tally, sha256="") for tally in found.workbooks] for found in (whole[0], shared[0]))
    assert of_one == of_two  # but for the second in which the workbook was written
    assert (shared[0].rejects, shared[0].notes) == (whole[0].rejects, whole[0].notes)
    assert shared[1] == whole[1]
    assert shared[0].candidates == whole[0].candidates
