"""A fact that a check refuses is none for the whole run, as if its cell could not be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from support.distributions import write_distribution
from support.workbooks import write_rows, write_sheets

from wdh.domain.loading import load_hooks
from wdh.errors import DataError, PluginError, SetupError
from wdh.intake import files as running
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out
from wdh.run.record import versions_of
from wdh.testing.database import Database

HEADER = ["日期", "号", "名", "额"]
ROWS: list[list[Any]] = [
    ["2024-11-01", "A", "甲", 1],
    ["2024-11-02", "B", "乙", 2],
    ["2024-11-01", "C", "丙", 4],
    ["2024-11-03", "A", "丁", 8],
]
COLUMNS = "columns: {日期: date, 号: code, 名: text, 额: {kind: amount, scale: 2}}\n"
REFS = "refs: {shops: {table: 店, key: [号], columns: {名: {from: 名, pick: last}, 额: {from: 额, pick: sum}}}}\n"
ANY = RejectLimit(rows=100)
HEAD = "from wdh import Columns, DataError, Facts, Reject, amount, code, date, hookimpl, text\n"
TRANSFORM = """
FACTS = Columns(date("日期"), code("号"), text("名"), amount("额", scale=2))

@hookimpl
def transform(batch):
    return FACTS.clean(batch)
"""
BACK = """
@hookimpl
def check_facts(facts):
    for sheet in facts.sheets():
        last = None
        for row in sheet.rows("日期"):
            if last is not None and row["日期"] < last:
                yield row.reject("日期", "back", "Goes back.")
            last = row["日期"]
"""


class Bank:
    """A domain ``bank`` in a folder with one workbook."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder, self.site = folder, site
        write_rows(folder / "a.xlsx", [HEADER, *ROWS])

    def configure(self, entry: str, *, head: str = "") -> None:
        text = (
            f"{head}domains:\n  bank:\n    pattern: a\n    table: 账\n    pk: [日期]\n{indent(dedent(entry), '    ')}"
        )
        (self.folder / "data_sources.yml").write_text(text, encoding="utf-8")

    def install(self, source: str, *, name: str = "bank", group: str = "wdh.domains") -> None:
        modules = {f"wdh_{name}": HEAD + dedent(source)}
        write_distribution(self.site, f"wdh-{name}", entry_points={group: {name: f"wdh_{name}"}}, modules=modules)

    def run(self, *, limit: RejectLimit = ANY, **more: Any) -> tuple[Any, list[tuple[Any, ...]]]:
        """Plan, and give the report and the facts."""
        seen: list[tuple[Any, ...]] = []

        def on_plan(plan: Any) -> None:
            seen.extend(values for _, values in plan.facts.lines(plan.facts.columns))

        request = RunRequest("bank", self.folder / "data_sources.yml", self.folder, reject_limit=limit, **more)
        return carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan).report, seen


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    site, folder = tmp_path / "site", tmp_path / "data"
    site.mkdir()
    folder.mkdir()
    monkeypatch.syspath_prepend(str(site))
    yield Bank(folder, site)
    for name in ("wdh_bank", "wdh_gate"):
        sys.modules.pop(name, None)


def kept(rows: list[tuple[Any, ...]]) -> list[Any]:
    return [row[2] for row in rows]


@pytest.mark.parametrize("kind", ["declared", "packaged", "packaged and declared", "packaged, checked by YAML"])
def test_neither_facts_nor_references_nor_counts_have_a_fact_that_was_refused(bank: Bank, kind: str) -> None:
    checks = "checks: {increasing: 日期}\n"
    if kind == "declared":
        bank.configure(COLUMNS + checks + REFS)
    elif kind == "packaged":
        bank.install(TRANSFORM + BACK)
        bank.configure(REFS)
    elif kind == "packaged and declared":
        bank.install(BACK)
        bank.configure(COLUMNS + REFS)
    else:
        bank.install(TRANSFORM)
        bank.configure(REFS + checks)
    report, facts = bank.run()
    assert kept(facts) == ["甲", "乙", "丁"]
    (found,) = report.intake.candidates
    assert [tuple(map(str, row)) for row in found.rows] == [("A", "丁", "9"), ("B", "乙", "2")]
    (tally,) = report.intake.workbooks
    assert (tally.data_rows, tally.facts, tally.rejected) == (4, 3, 1)
    (reject,) = report.intake.rejects
    assert (reject.cell, reject.column, reject.value) == ("A4", "日期", "2024-11-01")
    assert report.plan.facts.periods.keys() == {fact[0] for fact in report.plan.facts.scopes}
    assert len(report.plan.facts.scopes) == 3


def test_a_run_that_stops_counts_the_same_and_reads_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.configure(COLUMNS + "checks: {increasing: 日期, between: {额: [2, null]}}\n" + REFS)
    opened: list[Path] = []
    open_sheets = running.open_sheets

    def count(path: Path, *words: Any, **more: Any) -> Any:
        opened.append(path)
        return open_sheets(path, *words, **more)

    monkeypatch.setattr(running, "open_sheets", count)
    with pytest.raises(TooManyRejects) as caught:
        bank.run(limit=RejectLimit(rows=1))
    assert len(opened) == 2, "once, and once more for the cells beside the first reject"
    (tally,) = caught.value.intake.workbooks
    assert (tally.data_rows, tally.facts, tally.rejected) == (4, 2, 2)
    assert [reject.cell for reject in caught.value.intake.rejects] == ["D2", "A4"]
    bank.run(limit=RejectLimit(rows=2))
    assert len(opened) == 4


def test_what_transform_refuses_is_told_together_with_what_the_checks_refuse(bank: Bank) -> None:
    write_rows(bank.folder / "a.xlsx", [HEADER, *ROWS, ["2024-11-09", "D", "戊", "viel"], ["2024-11-04", "D", "己", 1]])
    bank.configure(COLUMNS + "checks: {increasing: 日期}\n")
    with pytest.raises(TooManyRejects) as caught:
        bank.run(limit=RejectLimit())
    assert {reject.cell for reject in caught.value.intake.rejects} == {"A4", "D6"}
    report, facts = bank.run()
    assert kept(facts) == ["甲", "乙", "丁", "己"]
    assert [reject.cell for reject in report.intake.rejects] == ["A4", "D6"]


def test_a_reject_has_the_facts_value_whether_the_run_stops_or_goes_on(bank: Bank) -> None:
    write_rows(bank.folder / "a.xlsx", [HEADER, *ROWS, ["2024-11-04", "D", "戊", " 1,000.5 "]])
    bank.configure(COLUMNS + "checks: {between: {额: [null, 9]}}\n")
    with pytest.raises(TooManyRejects) as caught:
        bank.run(limit=RejectLimit())
    report, _ = bank.run()
    assert report.intake.rejects == caught.value.intake.rejects
    assert [(reject.cell, reject.value) for reject in report.intake.rejects] == [("D6", "1000.5")]


def test_the_version_of_a_plugin_that_checks_is_part_of_what_makes_facts(bank: Bank) -> None:
    bank.configure(COLUMNS)
    config = bank.folder / "data_sources.yml"
    bank.install(BACK, name="gate", group="wdh.plugins")
    assert versions_of(load_hooks("bank", config)).keys() == {"wdh", "wdh-gate"}
    off = load_hooks("bank", config, without={"gate"})
    assert versions_of(off).keys() == {"wdh"}


def test_checks_see_columns_that_are_computed_and_given_from_outside(bank: Bank) -> None:
    bank.configure(
        """
        columns: {日期: date, 名: text, 额: amount, 差: amount, 表: text}
        constants: {表: {sheet: "(?P<value>.*)"}}
        computed: {差: {from: [额, 号], pick: difference}}
        checks: {between: {差: [0, null]}, unique: [表, 差]}
        """
    )
    rows = [["2024-11-01", 1, "甲", 3], ["2024-11-02", 2, "乙", 4], ["2024-11-03", 9, "丙", 4]]
    write_rows(bank.folder / "a.xlsx", [HEADER, *rows])
    report, facts = bank.run()
    assert [row[1] for row in facts] == ["甲"]
    told = [(reject.row, reject.cell, reject.column, reject.value) for reject in report.intake.rejects]
    assert told == [(3, None, "表", "规模明细"), (4, None, "差", "-5")]


def test_of_a_wide_row_only_the_fact_that_is_refused_is_left_out(bank: Bank) -> None:
    bank.configure(
        """
        columns: {日期: date, 店: text, 额: amount}
        unpivot: {columns: '2024.*', into: 日期, value: 额}
        checks: {between: {额: [0, null]}}
        """
    )
    header = ["店", "2024-11-01", "2024-12-01"]
    write_rows(bank.folder / "a.xlsx", [header, ["甲", 1, -2], ["乙", 3, 4], ["丙", -5, -6]])
    report, facts = bank.run()
    assert sorted((row[1], row[2]) for row in facts) == [("乙", "3"), ("乙", "4"), ("甲", "1")]
    assert [reject.cell for reject in report.intake.rejects] == ["C2", "B4", "C4"]
    (tally,) = report.intake.workbooks
    assert (tally.facts, tally.rejected) == (3, 2)
    with pytest.raises(TooManyRejects) as caught:
        bank.run(limit=RejectLimit())
    (stopped,) = caught.value.intake.workbooks
    assert (stopped.facts, stopped.rejected) == (3, 2)


def test_each_sheet_and_workbook_is_checked_by_itself_and_unique_over_all(bank: Bank) -> None:
    bank.configure(COLUMNS + "sheets: ['*']\nchecks: {increasing: 额, unique: 名}\n")
    one, two = ROWS[:2], [["2024-11-05", "D", "丁", 1], ["2024-11-05", "D", "甲", 3]]
    write_sheets(bank.folder / "a.xlsx", {"一": [HEADER, *one], "二": [HEADER, *two]})
    report, facts = bank.run()
    assert kept(facts) == ["甲", "乙", "丁"]
    (reject,) = report.intake.rejects
    assert (reject.sheet, reject.cell) == ("二", "C3")
    assert reject.sentence == "名: 甲 stands already in a.xlsx, sheet 一, C2."
    assert [(tally.sheet, tally.facts, tally.rejected) for tally in report.intake.workbooks] == [
        ("一", 2, 0),
        ("二", 1, 1),
    ]


def test_sums_over_a_sheet_that_differ_stop_the_run_whatever_the_limit(bank: Bank) -> None:
    bank.configure(COLUMNS + "checks: {sum_equals: {column: 额, plus: 额, minus: 额, over: sheet}}\n")
    with pytest.raises(TooManyRejects, match="no --max-rejects lets a sheet_sum_differs pass"):
        bank.run()


def test_what_is_loaded_is_what_was_planned(bank: Bank, database: Database) -> None:
    """The forecast, the plan to be approved and the transaction all have the facts without those refused."""
    bank.configure(COLUMNS + "checks: {increasing: 日期}\n", head="forecast: true\n")
    database.execute('CREATE TABLE "账" (日期 date, 号 text, 名 text, 额 numeric)')
    request = RunRequest(
        "bank", bank.folder / "data_sources.yml", bank.folder, reject_limit=ANY, execute=True, forecast=True
    )
    from wdh.apply.applying import Warehouse  # the server's own address

    warehouse = Warehouse("a test", database.connect)
    report = carry_out(request, open_warehouse=lambda: warehouse).report
    assert database.rows('SELECT 名 FROM "账" ORDER BY 1') == [("丁",), ("乙",), ("甲",)]
    assert report.forecast is not None


def test_a_workbook_that_changes_between_both_readings_is_refused(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.configure(COLUMNS + "checks: {increasing: 日期}\n")
    open_sheets, opened = running.open_sheets, []

    def change(path: Path, *words: Any, **more: Any) -> Any:
        opened.append(path)
        if len(opened) == 2:
            write_rows(path, [HEADER, *ROWS[:1]])
        return open_sheets(path, *words, **more)

    monkeypatch.setattr(running, "open_sheets", change)
    with pytest.raises(DataError, match="a.xlsx: was changed while it was read. Run again when it is complete."):
        bank.run()


@pytest.mark.parametrize("check", ["unique: 名", "increasing: {column: 额, strict: true}", "between: {额: [7, 8]}"])
def test_sentences_of_checks_are_withheld_with_their_values(bank: Bank, check: str) -> None:
    write_rows(bank.folder / "a.xlsx", [HEADER, *[["2024-11-01", "A", "秘密", 987654]] * 2])
    bank.configure(COLUMNS + f"checks: {{{check}}}\n")
    with pytest.raises(TooManyRejects) as caught:
        bank.run(limit=RejectLimit(), withhold_values=True)
    told = repr(caught.value.intake.rejects)
    assert "(withheld)" in told
    assert not any(value in told for value in ("秘密", "987654"))
    assert "withheld, as it may" not in told  # the sentence is wdh's own, and says which rule it was


def test_a_column_that_no_sheet_has_is_told_with_the_line_of_its_check(bank: Bank) -> None:
    bank.install(TRANSFORM)
    bank.configure("checks:\n  unique: 号\n  increasing: 日其\n")
    with pytest.raises(SetupError) as caught:
        bank.run()
    assert caught.value.message.startswith(
        "data_sources.yml:8:19 domains.bank.checks.increasing: there is no fact column '日其'; did you mean '日期'?"
    )


WRONG = {
    "return 7": "returned a value of type int (7); return the rejects that row.reject made, in a list, or None",
    "return 'A4'": "returned a value of type str ('A4')",
    "return [None]": "gave None among the rejects; give what row.reject made, of the row to be refused",
    "return [Reject('a.xlsx', '规模明细', 9, None, None, None, 'x', 'y')]": "gave a Reject made by hand among the",
    "return [next(facts.rows('额')).reject('额', '', 'y')]": "with a value of type str ('') as reason; it is a text",
    "return [next(facts.rows('额')).reject('额', 'x', None)]": "(a.xlsx, sheet 规模明细, D2) with None as sentence",
    "return [next(facts.rows('额')).reject('名', 'x', 'y')]": "raised ValueError: '名' is no column that was asked for",
    "yield from facts.rows('金额')": "raised ValueError: '金额' is no column of the facts; did you mean '额'?",
    "yield facts.rows('额')": "gave a value of type generator",
    "KEPT.extend(r.reject('额', 'x', 'y') for r in facts.rows('额')); return KEPT[:1]": None,
    "yield 1 / 0": "raised ZeroDivisionError: division by zero",
}


@pytest.mark.parametrize("answer", WRONG)
def test_an_answer_that_is_none_is_told_with_the_package_and_the_hook(bank: Bank, answer: str) -> None:
    bank.install(f"{TRANSFORM}\nKEPT = []\n@hookimpl\ndef check_facts(facts):\n    {answer}\n")
    bank.configure("")
    sentence = WRONG[answer]
    if sentence is None:
        bank.run()
        sentence = "gave a reject of an earlier call (a.xlsx, sheet 规模明细, D2); keep none between calls"
    with pytest.raises(PluginError) as caught:
        bank.run()
    assert caught.value.message.startswith("wdh-bank 1.2.0 (wdh.domains: bank = wdh_bank), hook check_facts: ")
    assert sentence in caught.value.message


def test_a_data_error_of_the_hook_refuses_the_run(bank: Bank) -> None:
    bank.install(TRANSFORM + "\n@hookimpl\ndef check_facts(facts):\n    raise DataError('The sheet is not closed.')\n")
    bank.configure("")
    with pytest.raises(DataError, match="The sheet is not closed."):
        bank.run()


def test_a_plugin_is_asked_too_with_settings_of_its_own(bank: Bank) -> None:
    bank.configure(COLUMNS, head="plugins: {gate: {most: 4}}\n")
    bank.install(
        """
        @hookimpl
        def provide_settings(domain):
            return {"most": {"type": "integer"}} if domain is None else None

        @hookimpl
        def check_facts(domain, facts, context, settings):
            assert context.domain == domain == "bank"
            much = (row for row in facts.rows("额") if row["额"] > settings["most"])
            return [row.reject("额", "much", "Is too much.") for row in much]
        """,
        name="gate",
        group="wdh.plugins",
    )
    report, facts = bank.run()
    assert kept(facts) == ["甲", "乙", "丙"]
    assert [reject.reason for reject in report.intake.rejects] == ["much"]
