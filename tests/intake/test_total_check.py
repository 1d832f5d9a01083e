"""Total rows are compared with the facts that they cover, exactly, however the rows are cut."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from support.batches import cut_batch, make_batch
from support.thoroughness import examples
from support.workbooks import write_rows

from wdh.columns import Columns, amount, code, text
from wdh.command.run import main as job_command
from wdh.facts.sums import Sums, sum_amounts
from wdh.intake.total_check import check_totals, make_notes
from wdh_annuity_performance.demo import write_configuration, write_workbooks

SHEET = Columns(text("名称"), code("代码"), amount("金额"), amount("件"))


def clean(*rows: tuple[Any, ...], cuts: tuple[int, ...] = ()) -> tuple[Sums, list[int]]:
    """Read rows of name, code, amount and pieces, cut before some of them."""
    columns = dict(
        zip(("名称", "代码", "金额", "件"), map(list, zip(*((*r, None)[:4] for r in rows), strict=True)), strict=True)
    )
    whole, rejected = Sums(), []
    for batch in cut_batch(make_batch(columns), cuts):
        facts = SHEET.clean(batch)
        assert facts.sums is not None
        whole = whole.joined(facts.sums)
        rejected += sorted({reject.row for reject in facts.rejects})
    return whole, rejected


def check(*rows: tuple[Any, ...]) -> list[str]:
    """Say what becomes of the totals among rows."""
    return [verdict.outcome for verdict in check_totals(*clean(*rows))]


EAST = (("甲", "1", 100.5), ("乙", "2", 7.25))


@pytest.mark.parametrize(
    "rows",
    [
        (*EAST, ("华东 汇总", None, 107.75), ("丙", "3", 1), ("华北 汇总", None, 1), ("总计", None, 108.75)),
        (*EAST, ("小计", None, 107.75), ("小计", None, 107.75), ("合计", None, 107.75)),
        (("Grand Total", None, 107.75), *EAST),
        (("East Total", None, 107.75), *EAST, ("West Total", None, 3), ("丙", "3", 3)),
        (*EAST, ("本页合计", None, 107.75), ("丙", "3", 1), ("本页合计", None, 1), ("累计", None, 108.75)),
        (("甲", "1", 0.1), ("乙", "2", 0.2), ("合计", None, 0.3)),
        (("甲", "1", 0.1), ("乙", "2", 0.2), ("合计", None, 0.1 + 0.2)),
        (("甲", "1", "1,234.50"), ("乙", "2", "(0.50)"), ("合计", None, 1234)),
        (*(("甲", str(n), 10936191575.21) for n in range(300)), ("合计", None, sum([10936191575.21] * 300))),
    ],
    ids=range(9),
)
def test_totals_that_give_the_sum_of_what_they_cover_agree(rows: tuple[Any, ...]) -> None:
    """By group, by page, from the first row, of all; above the rows or below them; never counting other totals."""
    assert set(check(*rows)) == {"agrees"}


def test_a_total_that_differs_is_told_with_its_cell_and_both_sums() -> None:
    """The difference is that to the covering that comes nearest."""
    sums, rejected = clean(*EAST, ("合计", None, 107.76))
    (verdict,) = check_totals(sums, rejected)
    assert verdict.outcome == "differs"
    (note,) = make_notes([verdict])
    assert dict(note.cases) == {"合计 C4 金额: the sheet says 107.76, the facts come to 107.75": 1}


@pytest.mark.parametrize(("says", "outcome"), [(108, "differs"), (107.7, "differs"), (107.75, "agrees")])
def test_a_total_without_a_format_is_what_it_says(says: float, outcome: str) -> None:
    """Only a number format makes the sheet show fewer decimals than there are."""
    assert check(*EAST, ("合计", None, says)) == [outcome]


@pytest.mark.parametrize(("says", "outcome"), [(107.8, "agrees"), (107.75, "agrees"), (107.6, "differs")])
def test_a_total_is_compared_as_its_format_shows_it(says: float, outcome: str) -> None:
    """Where the sheet shows one decimal, a total that was rounded to it agrees."""
    batch = make_batch(
        {"名称": ["甲", "合计"], "代码": ["1", None], "金额": [107.75, says]}, formats={"金额": [None, "#,##0.0"]}
    )
    sums = SHEET.clean(batch).sums
    assert sums is not None
    assert [verdict.outcome for verdict in check_totals(sums, [])] == [outcome]


def test_a_total_over_rejected_rows_cannot_be_checked_and_is_no_alarm() -> None:
    """Their amounts are missing; a total of other rows is checked all the same."""
    rows = (*EAST, ("小计", None, 107.75), ("丙", "3", "x"), ("小计", None, 9), ("总计", None, 116.75))
    assert check(*rows) == ["agrees", "unchecked", "unchecked"]
    assert check(*EAST, ("合计", None, "#REF!")) == ["unchecked"]
    assert check(*EAST, ("合计", None, None)) == []


def test_amounts_that_were_rounded_to_their_column_are_no_difference() -> None:
    """A column that keeps two decimals may be off by half a cent a row."""
    columns = Columns(text("名称"), code("代码"), amount("金额", scale=2))
    facts = columns.clean(
        make_batch({"名称": ["甲"] * 3 + ["合计"], "代码": ["1", "2", "3", None], "金额": [0.335] * 3 + [1.005]})
    )
    assert facts.sums is not None
    assert [verdict.outcome for verdict in check_totals(facts.sums, [])] == ["agrees"]


amounts = st.none() | st.floats(-1e9, 1e9) | st.decimals(-(10**9), 10**9, places=3).map(str) | st.just("x")
names = st.sampled_from(["甲", "乙", "甲 汇总", "小计", "合计", "总计", "Total"])
sheets = st.lists(st.tuples(names, st.sampled_from([None, "1"]), amounts, amounts), min_size=1, max_size=12)


@settings(max_examples=examples(300))
@given(sheets, st.sets(st.integers(1, 11)))
def test_the_verdicts_do_not_hang_on_the_cuts(rows: list[tuple[Any, ...]], cuts: set[int]) -> None:
    """Batches of any size, and two processes that take the sheet in, give the same answer."""
    whole = clean(*rows)
    parts = clean(*rows, cuts=tuple(cuts))
    assert whole == parts
    assert check_totals(*whole) == check_totals(*parts)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-(10**30), 10**30, places=9) | st.none())
)
def test_sums_are_exact(values: list[Any]) -> None:
    """Not a bit is rounded off, however many amounts there are and however far apart."""
    known = [Fraction(value) for value in values if value is not None]
    found = sum_amounts(values)
    assert (found.value, found.size) == (sum(known), sum(map(abs, known)))


CONFIGURATION = """
domains:
  shops:
    pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月'
    table: 店
    pk: [代码]
    columns: {名称: text, 代码: code, 金额: amount}
    totals: TOTALS
"""
ROWS = [
    ["名称", "代码", "金额"],
    ["甲", "1", 100.5],
    ["乙", "2", 7.25],
    ["华东 汇总", None, 107.75],
    ["总计", None, 108],
]


def run(
    folder: Path,
    totals: str,
    *arguments: str,
    rows: list[list[Any]] = ROWS,
    configuration: str = CONFIGURATION,
) -> Any:
    """Plan a run over a real workbook."""
    (folder / "data_sources.yml").write_text(configuration.replace("TOTALS", totals), encoding="utf-8")
    write_rows(folder / "2024年11月.xlsx", rows, sheet="数据")
    places = ["--domain", "shops", "--config", str(folder / "data_sources.yml"), "--data-dir", str(folder)]
    return CliRunner().invoke(job_command, [*places, *arguments])


@pytest.mark.parametrize("reader", ["fast", "openpyxl"])
def test_the_report_lists_the_totals_and_says_how_many_agree(tmp_path: Path, reader: str) -> None:
    """For people and for programs."""
    shown = run(tmp_path, "{add: [结余]}", "--reader", reader, "--verbose")
    assert shown.exit_code == 0, shown.output
    assert "2 rows left out: 4–5" in shown.stdout
    assert "1 of 2 totals agree with their facts" in shown.stdout
    assert "the sheet says 108, the facts come to 107.75" in " ".join(shown.stdout.split())
    (tally,) = json.loads(run(tmp_path, "{}", "--output", "json").stdout)["workbooks"]
    assert (tally["total_rows"], tally["totals_checked"], tally["totals_agreed"]) == ([[4, 5]], 2, 1)


def test_a_run_is_refused_where_a_total_differs_and_the_file_says_so(tmp_path: Path) -> None:
    """verify: refuse stops it, planned or executed, with the row, the cell, and both sums."""
    ended = run(tmp_path, "{verify: refuse}", "--output", "json")
    assert ended.exit_code == 3
    error = json.loads(ended.stdout)["error"]
    facts = error["facts"]
    assert (facts["row"], facts["cell"], facts["expected"], facts["found"]) == (5, "C5", "108.0", "107.75")
    right = [*ROWS[:-1], ["总计", None, 107.75]]
    assert run(tmp_path, "{verify: refuse}", rows=right).exit_code == 0


@pytest.mark.parametrize(("totals", "rows"), [("[汇总]", [[4, 4]]), ("{words: [总计]}", [[5, 5]]), ("[]", [])])
def test_a_list_replaces_the_usual_words(tmp_path: Path, totals: str, rows: list[list[int]]) -> None:
    """Whoever names words has only these; an empty list has none."""
    ended = run(tmp_path, totals, "--output", "json", "--max-rejects", "9")
    (tally,) = json.loads(ended.stdout)["workbooks"]
    assert tally["total_rows"] == rows


def test_a_fault_of_totals_is_told_with_what_to_write(tmp_path: Path) -> None:
    """A misspelt key, a wrong word and a wrong kind."""
    for totals, said in (
        ("{verfy: refuse}", "did you mean verify?"),
        ("{verify: stop}", "none of note, refuse"),
        ("合计", "must be a list or a mapping"),
        ("{add: ['()']}", "every row would be a total"),
    ):
        ended = run(tmp_path, totals)
        assert ended.exit_code == 2
        assert said in ended.output


def test_a_total_may_sum_up_the_rows_of_its_group_wherever_they_stand(tmp_path: Path) -> None:
    """Totals by group at the end of a sheet, whose rows are mixed, agree with the rows of that name."""
    rows = [ROWS[0], ["甲", "1", 1], ["乙", "2", 2.5], ["甲", "3", 4], ["甲 汇总", None, 5], ["乙 汇总", None, 2.5]]
    shown = run(tmp_path, "{verify: refuse}", rows=[*rows, ["总计", None, 7.5]])
    assert shown.exit_code == 0, shown.output
    assert "3 of 3 totals agree" in shown.stdout
    wrong = run(tmp_path, "{verify: refuse}", rows=[*rows[:-2], ["甲 汇总", None, 6], *rows[-1:]])
    assert (wrong.exit_code, "C5" in wrong.output) == (3, True)


AVERAGES = [["名称", "代码", "金额", "单价"], ["甲", "1", 100.5, 2], ["乙", "2", 7.25, 4], ["总计", None, 107.75, 3]]


def test_a_column_whose_totals_are_no_sums_is_not_compared(tmp_path: Path) -> None:
    """An average price is right, and no sum of prices."""
    configuration = CONFIGURATION.replace("金额: amount", "金额: amount, 单价: amount")
    for totals, code_, said in (
        ("{verify: refuse}", 3, "no_sums names a column whose totals are no sums"),
        ("{verify: refuse, no_sums: [单价]}", 0, "1 of 1 total agrees with its facts"),
        ("{no_sums: [单阶]}", 2, "did you mean '单价'?"),
    ):
        ended = run(tmp_path, totals, rows=AVERAGES, configuration=configuration)
        assert ended.exit_code == code_, ended.output
        assert said in " ".join(ended.output.split())


def run_demo(folder: Path, totals: str, *, total: float | None = None) -> Any:
    """Plan a run of the annuity domain over one small delivery, whose grand total may be changed."""
    (first, *_) = write_workbooks(folder, rows=40)
    if total is not None:
        book = openpyxl.load_workbook(first)
        sheet = book["规模明细"]
        cells = (cell for row in sheet.iter_rows(max_row=9) for cell in row)
        (column,) = {cell.column for cell in cells if cell.value == "期末\n资产规模"}
        sheet.cell(sheet.max_row, column).value = total
        book.save(first)
    text_ = write_configuration("annuity_performance").replace("min_rows: 100", "min_rows: 1")
    text_ = text_.replace("    validation:", f"    totals: {totals}\n    validation:", 1)
    (folder / "data_sources.yml").write_text(text_, encoding="utf-8")
    places = ["--config", str(folder / "data_sources.yml"), "--file", str(first)]
    return CliRunner().invoke(job_command, ["--domain", "annuity_performance", *places])


def test_the_totals_of_a_domain_with_a_package_are_verified_as_well(tmp_path: Path) -> None:
    """A total that differs from its facts stops the run where the file says so, unless its column has no sums."""
    right = run_demo(tmp_path, "{verify: refuse}")
    assert right.exit_code == 0, right.output
    wrong = run_demo(tmp_path, "{verify: refuse}", total=1.5)
    assert (wrong.exit_code, "the sheet says 1.5" in wrong.output) == (3, True)
    assert run_demo(tmp_path, "{verify: refuse, no_sums: [期末资产规模]}", total=1.5).exit_code == 0


@pytest.mark.parametrize("totals", ["[合计]", "{add: [结余]}", "{label: 项目}"])
def test_the_words_of_a_domain_with_a_package_are_its_own(tmp_path: Path, totals: str) -> None:
    """verify and no_sums may stand in its entry, and nothing else of totals."""
    ended = run_demo(tmp_path, totals)
    assert (ended.exit_code, "totals" in ended.output) == (2, True), ended.output
