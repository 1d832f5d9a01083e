"""A run whose lower rows helpers take gives what one process gives, and gets on where a helper does not."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_in
from support.helpers import record_helpers
from support.workbooks import sheet_xml, write_package, write_rows, write_sheets

from wdh.context import RunContext
from wdh.errors import DataError
from wdh.intake import PartialIntake, sharing
from wdh.intake import files as running
from wdh.process.helper import Helper
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out, task
from wdh.workbook import apart, open_sheets
from wdh_annuity_performance import demo

ROWS = 1_000
"""Of a workbook: enough for lower rows in batches of 16, and for an excerpt of them."""


@pytest.fixture(params=[1, 3])
def many(request: pytest.FixtureRequest) -> int:
    """How many helpers share a sheet."""
    return int(request.param)


@pytest.fixture(autouse=True)
def helpers(monkeypatch: pytest.MonkeyPatch, many: int) -> list[Helper]:
    """Let helpers take the lower rows of any sheet, in small batches."""
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=16))
    return record_helpers(monkeypatch, processes=many + 1)


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[PartialIntake]:
    """What was taken elsewhere and joined with the rest."""
    taken: list[PartialIntake] = []
    join = sharing.Collector.join

    def record(collector: Any, lower: PartialIntake, text: Any) -> bool:
        is_joined = join(collector, lower, text)
        if is_joined:
            taken.append(lower)
        return is_joined

    monkeypatch.setattr(sharing.Collector, "join", record)
    return taken


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next runs have no helper."""
    monkeypatch.setattr(apart, "WORTH_IT_FROM", 1 << 40)


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three workbooks of the demonstration with all their quirks, and its configuration."""
    folder = tmp_path_factory.mktemp("deliveries")
    demo.write_workbooks(folder, rows=ROWS)
    config = folder / "data_sources.yml"
    config.write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    return folder


def run(request: RunRequest) -> Any:
    """Plan, and show all that the plan and the report are made of."""
    heard: dict[str, int] = {}

    def on_rows(file: str, rows: int) -> None:
        heard[file] = heard.get(file, 0) + rows

    seen: list[Any] = []

    def on_plan(plan: Any) -> None:
        for step in plan.steps:
            facts = getattr(step, "facts", None)
            if facts is not None:
                lines = [facts.place(line, "期末资产规模") for line in range(1, facts.count + 1)]
                seen.append((facts.sha256, facts.columns, facts.scopes, facts.profiles, lines))
            else:
                seen.append((step.operation, getattr(step, "rows", None)))

    report = carry_out(request, open_warehouse=pytest.fail, on_rows=on_rows, on_plan=on_plan).report
    return replace_in(report.intake, returnable=None), seen, heard


def test_the_plan_is_the_same_to_the_last_row(
    deliveries: Path, helpers: list[Helper], joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Facts in their order with their cells, references, rejects, notes and counts, over several workbooks."""
    request = RunRequest(
        "annuity_performance",
        deliveries / "data_sources.yml",
        deliveries,
        max_files=3,
        reject_limit=RejectLimit(rows=1000),
    )
    there = run(request)
    assert len(helpers) == len(joined) == 3 * many
    assert all(taken.tally.facts > 100 for taken in joined)
    alone(monkeypatch)
    assert run(request) == there
    assert len(helpers) == 3 * many
    assert sum(there[2].values()) == sum(tally.data_rows for tally in there[0].workbooks)


COLUMNS = """
domains:
  sales:
    pattern: sales
    sheet: 规模明细
    table: 销售
    pk: [月度]
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: code, width: 4}
      名称: text
      金额: {kind: amount, scale: 2}
    refs:
      shops:
        table: 店铺
        key: [店铺]
        columns: {店铺: 店铺, 名称: 名称}
"""
HEADER = ["月度", "店铺", "名称", "金额"]


class Sales:
    """A declared domain with one workbook, whose rows can be odd."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "data_sources.yml"
        self.config.write_text(COLUMNS, encoding="utf-8")
        self.rows: list[list[Any]] = [
            ["2024-11", number % 40, f"店{number % 40}", number / 4] for number in range(ROWS)
        ]

    def request(self, **more: Any) -> RunRequest:
        """Write the workbook, and ask for it."""
        write_rows(self.folder / "sales.xlsx", [HEADER, *self.rows])
        return RunRequest("sales", self.config, self.folder, **more)


@pytest.fixture
def sales(tmp_path: Path) -> Sales:
    return Sales(tmp_path)


def test_a_declared_domain_is_shared_too(
    sales: Sales, joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    request = sales.request()
    there = run(request)
    assert len(joined) == many
    alone(monkeypatch)
    assert run(request) == there


def test_one_process_is_one_process(sales: Sales, helpers: list[Helper]) -> None:
    intake, *_ = run(sales.request(workers=1))
    assert intake.workbooks[0].facts == ROWS
    assert helpers == []


def test_blank_rows_around_the_cut_are_counted_once(
    sales: Sales, joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    for row in (*range(190, 240), 300):
        sales.rows[row] = [None] * 4
    request = sales.request()
    there = run(request)
    assert len(joined) == many
    assert there[0].workbooks[0].blank == 51
    alone(monkeypatch)
    assert run(request) == there


def test_nothing_but_blank_rows_below_the_cut(
    sales: Sales, joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    sales.rows[150:] = [[None, None, None, "\u200b"]] * (ROWS - 150)
    request = sales.request()
    there = run(request)
    assert len(joined) == many
    alone(monkeypatch)
    assert run(request) == there
    assert there[0].workbooks[0].facts == 150


@pytest.mark.parametrize("repeats", [(5, 200, ROWS), tuple(range(150, ROWS + 1))], ids=["some", "all below the cut"])
def test_rows_that_repeat_the_header_are_counted_once(
    sales: Sales, joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, repeats: tuple[int, ...], many: int
) -> None:
    for row in repeats:
        sales.rows[row - 1] = [*HEADER]
    sales.rows.insert(180, [None] * 4)
    request = sales.request()
    there = run(request)
    assert len(joined) == many
    tally = there[0].workbooks[0]
    assert (tally.facts, tally.repeated, tally.blank) == (ROWS - len(repeats), len(repeats), 1)
    (note,) = (note for note in there[0].notes if note.code == "repeated_header")
    assert note.cases == {"sales.xlsx, sheet 规模明细": len(repeats)}
    alone(monkeypatch)
    assert run(request) == there


@pytest.mark.parametrize("row", [5, ROWS - 5], ids=["above the cut", "below"])
def test_a_reject_names_its_cell_wherever_it_was_found(
    sales: Sales, joined: list[PartialIntake], row: int, many: int
) -> None:
    sales.rows[row][3] = "viel"
    with pytest.raises(TooManyRejects) as caught:
        run(sales.request())
    (reject,) = caught.value.intake.rejects
    assert (reject.cell, reject.value) == (f"D{row + 2}", "viel")
    assert len(joined) == many


def test_rows_below_that_are_all_rejects_are_joined(sales: Sales, joined: list[PartialIntake], many: int) -> None:
    for line in sales.rows[150:]:
        line[0] = "?"
    intake, *_ = run(sales.request(reject_limit=RejectLimit(rows=ROWS)))
    assert (intake.workbooks[0].facts, intake.workbooks[0].rejected) == (150, ROWS - 150)
    assert len(joined) == many


def test_disagreements_are_found_across_the_cut(sales: Sales, joined: list[PartialIntake], many: int) -> None:
    sales.rows[ROWS - 1][2] = "另店"
    intake, *_ = run(sales.request())
    (conflict,) = intake.candidates[0].disagreements
    assert conflict.values == ("店39", "另店")
    assert [row for _, row in conflict.places] == [41, ROWS + 1]
    assert len(joined) == many


def end(helper: Helper) -> None:
    """End a helper, as the system does it for lack of memory."""
    os.kill(helper._process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, helper._process.pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("moment", ["before it begins", "as it works"])
def test_a_helper_that_is_ended_is_not_missed(
    sales: Sales,
    helpers: list[Helper],
    joined: list[PartialIntake],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    many: int,
) -> None:
    """The rows are taken here."""
    request = sales.request()
    receive, ask = Helper.receive, Helper.ask

    def end_and_ask(helper: Helper, work: Any, *words: Any) -> None:
        if work is sharing._collect_apart:
            end(helper)
        ask(helper, work, *words)

    def receive_and_end(helper: Helper) -> Any:
        answer = receive(helper)
        if isinstance(answer, int):
            monkeypatch.setattr(Helper, "receive", receive)
            end(helper)
            while isinstance(receive(helper), int):  # what was on its way
                pass
        return answer

    if moment == "before it begins":
        monkeypatch.setattr(Helper, "ask", end_and_ask)
    else:
        monkeypatch.setattr(Helper, "receive", receive_and_end)
    there = run(request)
    assert (len(helpers), len(joined)) == (many, 0 if moment == "before it begins" else many - 1)
    alone(monkeypatch)
    here = run(request)
    assert there[:2] == here[:2]


@pytest.mark.parametrize("many", [3], indirect=True)
@pytest.mark.parametrize("ended", [{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}])
def test_rows_that_a_helper_did_not_take_stand_between_those_of_others(
    sales: Sales, helpers: list[Helper], joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, ended: set[int]
) -> None:
    """With blank rows and repeated headers around the cuts, which are counted once."""
    for row in (*range(230, 280), *range(490, 530), *range(740, 770)):
        sales.rows[row] = [None] * 4 if row % 7 else [*HEADER]
    request = sales.request()
    ask = Helper.ask

    def end_and_ask(helper: Helper, work: Any, *words: Any) -> None:
        if work is sharing._collect_apart and helpers.index(helper) in ended:
            end(helper)
        ask(helper, work, *words)

    monkeypatch.setattr(Helper, "ask", end_and_ask)
    there = run(request)
    assert len(joined) == 3 - len(ended)
    alone(monkeypatch)
    assert run(request) == there


def test_a_fault_below_the_cut_is_told_as_by_one_alone(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a cell without an end, which stops the reader: nothing of the rows that the helper took is kept."""
    request = sales.request()
    cells = "".join(
        f'<row r="{n}"><c r="A{n}"><v>202411</v></c><c r="B{n}"><v>{n}</v>{"" if n == ROWS else "</c>"}</row>'
        for n in range(2, ROWS + 2)
    )
    head = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>' for letter, name in zip("AB", HEADER, strict=False)
    )
    write_package(sales.folder / "sales.xlsx", sheet_xml(f'<row r="1">{head}</row>{cells}'))
    told = []
    for _ in range(2):
        with pytest.raises(DataError, match="sheet 规模明细: is damaged after row") as caught:
            run(request)
        told.append(caught.value.message)
        alone(monkeypatch)
    assert told[0] == told[1]


def test_what_cannot_be_sent_is_taken_here(
    sales: Sales, helpers: list[Helper], joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """As a setting for which a package gave a default of its own making."""
    request = sales.request()
    make = task.RunContext

    def make_unsendable(*words: Any) -> RunContext:
        return replace(make(*words), settings={"find": lambda: None})

    monkeypatch.setattr(task, "RunContext", make_unsendable)
    intake, *_ = run(request)
    assert intake.workbooks[0].facts == ROWS
    assert (len(helpers), joined) == (many, [])


def test_each_of_several_sheets_is_shared_and_the_workbook_counts_once(
    sales: Sales, joined: list[PartialIntake], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    request = sales.request()
    two = sales.config.read_text(encoding="utf-8").replace("sheet: 规模明细", "sheets: [甲*, 规模明细]")
    sales.config.write_text(two, encoding="utf-8")
    write_sheets(sales.folder / "sales.xlsx", {name: [HEADER, *sales.rows] for name in ("规模明细", "甲一")})
    there = run(request)
    assert len(joined) == 2 * many
    assert [(tally.sheet, tally.facts) for tally in there[0].workbooks] == [("甲一", ROWS), ("规模明细", ROWS)]
    places = next(seen for seen in there[1] if len(seen) == 5)[4]
    assert [(place.sheet, place.row) for place in places[:: ROWS - 1]] == [
        ("甲一", 2),
        ("甲一", ROWS + 1),
        ("规模明细", ROWS),
    ]
    alone(monkeypatch)
    assert run(request) == there
    assert [tally.sheet for tally in run(replace(request, sheet="规模明细"))[0].workbooks] == ["规模明细"]
