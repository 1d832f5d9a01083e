"""Corrections and computed columns over real workbooks: every cell that arrives, every one that is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace
from support.helpers import record_helpers

from wdh.errors import DataError
from wdh.intake import files as running
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out
from wdh.workbook import open_sheets

CONFIGURATION = """
domains:
  sales:
    pattern: xlsx
    table: 销售
    pk: [月度]
    headers: exact
    required_columns: [店铺]
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: text, required: true}
      地区: text
      编号: code
      净额: {kind: amount, scale: 2}
      金额: amount
      联系人: text
    corrections:
      店铺: {aliases: [门店, 网点], replace: {南京: 南京路, 废: 作废店}}
      地区: {mapping: areas.csv}
    drop_rows:
      - when: {状态: [作废, 7]}
      - when: {店铺: [作废店], 状态: [null]}
    computed:
      月度: {from: [年, 月], pick: concat, separator: "-"}
      支出额: {from: 支出, default: 0}
      净额: {from: [收入, 支出额], pick: difference}
      金额: {from: [数量, 单价], pick: product}
      编号: {from: 店铺, mapping: {南京路: "0012", 解放碑: "0013"}, default: "9999"}
      联系人: {from: [经理, 店长]}
"""
AREAS = "名称,地区\n华东,东区\n华西,西区\n"
HEADER = ["年", "月", "门 店", "地区", "状态", "收入", "支出", "数量", "单价", "经理", "店长"]
ROWS: Sequence[Sequence[Any]] = [
    [2024, 11, "南京", "华东", "营业", 12.5, 2.25, 3, 0.1, None, "王"],
    [2024, 11, "解放碑", "Ｈ", "作 废", "x", 1, 1, 1, None, None],
    [2024, 12, "解放碑", "华西", None, 10, None, 2, "5%", " ", None],
    [2024, 12, "新店", None, None, "1,000.10", "(1)", None, 3, "李", "王"],
    [2024, 12, "废", "华东", 7, 1, 1, 1, 1, None, None],
    [2024, 12, "废", "华东", None, 1, 1, 1, 1, None, None],
    [None, None, None, "合计", None, 1, 1, 1, 1, None, None],
]
ARRIVED = [
    ("2024-11-01", "南京路", "东区", "0012", "10.25", "0.3", "王"),
    ("2024-12-01", "解放碑", "西区", "0013", "10", "0.1", None),
    ("2024-12-01", "新店", None, "9999", "1001.1", None, "李"),
]
NAMES = ("月度", "店铺", "地区", "编号", "净额", "金额", "联系人")


class Place:
    """A folder with a configuration, a mapping and one workbook."""

    def __init__(self, folder: Path, reader: str = "fast") -> None:
        self.folder, self.reader = folder, reader
        self.configuration = CONFIGURATION
        (folder / "areas.csv").write_text(AREAS, encoding="utf-8")

    def run(
        self,
        rows: Sequence[Sequence[Any]],
        *,
        header: Sequence[str] = HEADER,
        formats: Mapping[str, str] = MappingProxyType({}),
        **more: Any,
    ) -> Any:
        """Plan the run; give what was taken in, and the facts. ``formats`` are the number formats of cells."""
        config = self.folder / "data_sources.yml"
        config.write_text(self.configuration, encoding="utf-8")
        book = openpyxl.Workbook()
        for row in (["销售月报"], header, *rows):
            book.worksheets[0].append(list(row))
        for cell, number_format in formats.items():
            book.worksheets[0][cell].number_format = number_format
        book.save(self.folder / "a.xlsx")
        seen: list[Any] = []

        def on_plan(plan: Any) -> None:
            facts = next((step.facts for step in plan.steps if hasattr(step, "facts")), None)
            seen[:] = [] if facts is None else [values for _, values in facts.lines(NAMES)]

        request = RunRequest("sales", config, self.folder, reader=self.reader, **more)  # type: ignore[arg-type]
        return carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan).report.intake, seen

    def refuse(self, rows: Sequence[Sequence[Any]], **more: Any) -> list[tuple[str | None, str | None, str, str]]:
        """Plan a run that is refused; give its rejects."""
        with pytest.raises(TooManyRejects) as caught:
            self.run(rows, **more)
        rejects = caught.value.intake.rejects
        return [(reject.cell, reject.value, reject.reason, reject.sentence) for reject in rejects]


@pytest.fixture(params=["fast", "openpyxl"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(tmp_path, request.param)


def test_rows_arrive_corrected_and_completed_and_what_was_done_is_told(place: Place) -> None:
    intake, facts = place.run(ROWS)
    assert facts == ARRIVED
    (tally,) = intake.workbooks
    assert (tally.data_rows, tally.facts, tally.totals, tally.rejected) == (4, 3, 1, 0)
    notes = {note.code: note.cases for note in intake.notes}
    assert notes["dropped_rows"] == {
        "a.xlsx, sheet Sheet: 状态 is 作废": 1,
        "a.xlsx, sheet Sheet: 状态 is 7": 1,
        "a.xlsx, sheet Sheet: 店铺 is 作废店, 状态 is blank": 1,
    }
    assert notes["replaced"] == {"店铺: 废 is 作废店": 2, "店铺: 南京 is 南京路": 1}


def test_the_lower_rows_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, rows = Place(tmp_path), [ROWS[index % 6] for index in range(900)]
    rows[700] = [2024, 11, "南京路", "月球", None, 1, 1, 1, 1, None, None]
    limit = RejectLimit(rows=1)
    alone = place.run(rows, reject_limit=limit)
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=16))
    helpers = record_helpers(monkeypatch)
    shared = place.run(rows, reject_limit=limit)
    assert len(helpers) == 1
    of_one, of_two = ([replace(tally, sha256="") for tally in found.workbooks] for found in (alone[0], shared[0]))
    assert of_one == of_two
    assert (shared[0].rejects, shared[0].notes, shared[1]) == (alone[0].rejects, alone[0].notes, alone[1])
    assert [reject.cell for reject in shared[0].rejects] == ["D703"]


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("地区", "北区", ("D3", "北区", "not_in_mapping", "'北区' is not in the mapping of corrections.地区: correct")),
        (
            "收入",
            "x",
            (
                "F3",
                "x",
                "not_a_number",
                "'x' is not a number: write digits, or clear the cell. (computed.净额 reads it)",
            ),
        ),
        ("单价", "#N/A", ("I3", "#N/A", "error_value", "The cell holds Excel's error")),
        ("月", 13, ("A3", "2024-13", "month_out_of_range", "'2024-13' is not a month")),
        ("店长", "\x85#REF!", ("K3", "\x85#REF!", "error_value", "The cell holds Excel's error")),
        ("年", None, ("B3", None, "missing_value", "This cell must not be blank: fill it in. (it comes from computed")),
    ],
)
def test_a_reject_names_the_cell_that_the_value_is_made_of(tmp_path: Path, column: str, cell: Any, told: Any) -> None:
    row = list(ROWS[0])
    row[[name.replace(" ", "") for name in HEADER].index(column)] = cell
    ((place, value, reason, sentence),) = Place(tmp_path).refuse([row])
    assert (place, value, reason) == told[:3]
    assert sentence.startswith(told[3])


def test_a_value_that_no_mapping_knows_is_what_the_default_says(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.configuration = place.configuration.replace("areas.csv}", "areas.csv, default: null}").replace(
        ', default: "9999"}', "}"
    )
    ((cell, value, reason, _),) = place.refuse([[2024, 11, "新店", "月球", None, 1, 1, 1, 1, None, None]])
    assert (cell, value, reason) == ("C3", "新店", "not_in_mapping")
    _, ((_, _, area, *_),) = place.run([[2024, 11, "解放碑", "月球", None, 1, 1, 1, 1, None, None]])
    assert area is None


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ([*HEADER, "店铺"], "has the columns 店铺 and 门店, and corrections.店铺.aliases calls them one"),
        ([*HEADER, "门店"], "1 row cannot be loaded"),
        ([*HEADER, "净额"], "has a column 净额, and computed.净额 gives its value, too"),
        ([name.replace("收入", "进账") for name in HEADER], "has no column 收入, which computed.净额"),
        ([name.replace("状态", "情况") for name in HEADER], "has no column 状态, which drop_rows"),
        (
            [name.replace("门 店", "门号") for name in HEADER],
            "has no column 店铺 (did you mean 店长?), which required_columns",
        ),
        ([*HEADER, "别的"], "nothing reads L2 别的, and headers: exact"),
    ],
)
def test_a_sheet_without_what_is_needed_stops_the_run(tmp_path: Path, header: list[str], said: str) -> None:
    with pytest.raises(DataError) as caught:
        Place(tmp_path).run([[*row, "又"][: len(header)] for row in ROWS[:1]], header=header)
    assert said in str(caught.value)


def test_what_a_sheet_has_itself_comes_first(place: Place) -> None:
    """A column may be a source of its own: what the sheet has under it, where it has it."""
    place.configuration = place.configuration.replace("[经理, 店长]", "[联系人, 店长]").replace("headers: exact", "")
    _, facts = place.run(ROWS)
    assert [row[-1] for row in facts] == ["王", None, "王"]
    header = ["联系人" if name == "经理" else name for name in HEADER]
    assert [row[-1] for row in place.run(ROWS, header=header)[1]] == ["王", None, "李"]
    assert place.refuse([[*ROWS[0][:-1], "#REF!"]], header=header)[0][:3] == ("K3", "#REF!", "error_value")


def test_a_cell_is_what_its_number_format_shows(place: Place) -> None:
    place.configuration = """
domains:
  sales:
    pattern: xlsx
    table: 销售
    pk: [月度]
    columns: {月度: month, 店铺: code, 地区: text, 编号: code, 净额: amount, 金额: amount, 联系人: text}
    corrections:
      店铺: {replace: {"0007": 甲}, mapping: {甲: 甲店, "0008": 乙店}}
    computed:
      编号: {from: [编号, 备号]}
      金额: {from: [大, 小], pick: product}
"""
    header = ["月度", "店铺", "编号", "备号", "大", "小"]
    rows = [[202411, 7, 12, None, 123456789.01, 987654321.01], [202411, 8, None, 9, 1e15, 100]]
    formats = {"B3": '0000;0;0;"#"@', "B4": "0000", "C3": "0000", "D4": "000"}
    _, facts = place.run(rows, header=header, formats=formats)
    assert [(row[1], row[3], row[5]) for row in facts] == [
        ("甲店", "0012", "121932631123746380.1001"),
        ("乙店", "009", "100000000000000000"),
    ]


def test_rows_are_dropped_and_computed_after_wide_ones_are_made_long(place: Place) -> None:
    place.configuration = """
domains:
  sales:
    pattern: xlsx
    table: 销售
    pk: [月度]
    columns: {月度: month, 店铺: text, 地区: text, 编号: code, 净额: amount, 金额: amount, 联系人: text}
    unpivot: {columns: '\\d+月', into: 月份, value: 数量}
    corrections: {店铺: {replace: {甲: 甲店}}}
    drop_rows: {when: {月份: [12月, 1月], 店铺: [乙]}}
    computed:
      月度: {from: 月份, mapping: {11月: 2024-11, 12月: 2024-12}}
      金额: {from: [数量, 单价], pick: product}
"""
    rows = [["甲", 3, 1, 2], ["乙", 4, 1, 2], ["乙", 5, None, 3], ["丙", 6, None, None], ["合计", None, 2, 7]]
    intake, facts = place.run(rows, header=["店铺", "单价", "11月", "12月"])
    assert [(row[0], row[1], row[5]) for row in facts] == [
        ("2024-11-01", "甲店", "3"),
        ("2024-11-01", "乙", "4"),
        ("2024-12-01", "甲店", "6"),
    ]
    notes = {note.code: note.cases for note in intake.notes}
    assert notes["no_values"] == {"a.xlsx, sheet Sheet": 1}
    assert notes["replaced"] == {"店铺: 甲 is 甲店": 1}  # one cell, of which two facts come
    assert notes["dropped_rows"] == {"a.xlsx, sheet Sheet: 月份 is 12月, 店铺 is 乙": 2}
    (tally,) = intake.workbooks
    assert (tally.data_rows, tally.facts, tally.totals) == (4, 3, 1)
