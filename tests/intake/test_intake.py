"""Collecting workbooks loses no row: each is a fact, a total or a reject, and what is special about it is told."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from msgspec import structs

from wdh.errors import DataError, SetupError
from wdh.facts import Batch, Facts, Note
from wdh.facts.spool import Spool
from wdh.intake import Collector, OpenWorkbook, refuse_blank_scopes
from wdh.intake.tally import WorkbookTally, merge_notes
from wdh.settings import ColumnRule, Domain, Reference, Validation
from wdh.sql.identifiers import Target

PLANS = Reference("plans", Target("public", "计划"), ("号",), (ColumnRule("号", "代码"), ColumnRule("名", "名称")))
DOMAIN = Domain("d", "", 0, Target("public", "事实"), ("月度",), refs=(PLANS,))


def batch(rows: int, *, start: int = 2) -> Batch:
    numbers = list(range(start, start + rows))
    return Batch("f.xlsx", "明细", numbers, {"月度": ["202411"] * rows}, {"月度": "A"}, blank=1, hidden=2)


def tally() -> WorkbookTally:
    return WorkbookTally(Path("f.xlsx"), "f.xlsx", "明细", "openpyxl", "", "")


def facts(of: Batch, **columns: list[object]) -> Facts:
    return Facts(list(of.row_numbers), columns)  # type: ignore[arg-type]


def test_facts_without_a_value_in_the_scope_are_rejects_and_the_others_stay() -> None:
    rows = batch(3)
    kept = refuse_blank_scopes(facts(rows, 月度=["11", None, "11"], 额=[1, 2, 3]), rows, scope=("月度",))
    assert (kept.row_numbers, kept.columns) == ([2, 4], {"月度": ["11", "11"], "额": [1, 3]})
    (reject,) = kept.rejects
    assert (reject.row, reject.column, reject.reason) == (3, "月度", "blank_key")


def test_a_scope_column_that_the_facts_do_not_have_is_a_setup_error_with_the_near_one() -> None:
    rows = batch(1)
    with pytest.raises(SetupError, match="pk names '月分', which is no column of the facts.*did you mean '月度'"):
        refuse_blank_scopes(facts(rows, 月度=["11"]), rows, scope=("月分",))


def test_the_tally_counts_every_row_once() -> None:
    def transform(rows: Batch) -> Facts:
        reject = rows.reject(1, "月度", "bad", "is bad")
        again = rows.reject(1, None, "worse", "is bad twice")
        columns = {"月度": ["11"] * (len(rows) - 2), "代码": ["A"] * (len(rows) - 2), "名称": [None] * (len(rows) - 2)}
        return Facts([rows.row_numbers[0], *rows.row_numbers[3:]], columns, (reject, again), totals=1)

    with Spool(("月度",)) as spool:
        collector = Collector(DOMAIN, (PLANS,), transform=transform, spool=spool)
        collector.collect(OpenWorkbook(tally(), iter([batch(5), batch(4, start=10)])))
        intake = collector.intake()
        assert spool.facts().count == 5
    (found,) = intake.workbooks
    assert (found.facts, found.totals, found.rejected, found.blank, found.hidden) == (5, 2, 2, 2, 4)
    assert found.data_rows == 9
    assert len(intake.rejects) == 4
    assert intake.candidates[0].rows == (("A", None),)


@pytest.mark.parametrize("least", [1, 3])
def test_a_workbook_with_too_few_rows_is_a_data_error(least: int) -> None:
    domain = structs.replace(DOMAIN, validation=Validation(min_rows=least))
    with Spool(()) as spool:
        collector = Collector(domain, (), transform=lambda rows: facts(rows, 月度=["11"] * len(rows)), spool=spool)
        with pytest.raises(DataError, match=f"f.xlsx, sheet 明细: {least - 1} data rows, .* asks for {least}"):
            collector.collect(OpenWorkbook(tally(), iter([batch(least - 1)])))


def test_a_disagreement_is_a_reject_where_the_ref_asks_for_it() -> None:
    strict = structs.replace(PLANS, on_key_conflict="reject")
    with Spool(()) as spool:
        collector = Collector(
            DOMAIN,
            (strict,),
            transform=lambda rows: facts(rows, 代码=["A", "A"], 名称=["甲", "乙"]),
            spool=spool,
        )
        collector.collect(OpenWorkbook(tally(), iter([batch(2)])))
        (reject,) = collector.intake().rejects
    assert (reject.file, reject.row, reject.column, reject.value, reject.reason) == (
        "f.xlsx",
        3,
        "名",
        "乙",
        "key_conflict",
    )


@pytest.mark.parametrize("pick", ["sum", "max"])
def test_a_cell_that_a_pick_refuses_is_named_whoever_took_its_row_in(pick: str) -> None:
    """The lower rows of a sheet may be taken in elsewhere, and another workbook may have its columns elsewhere."""
    rule = ColumnRule("果", "额", pick)
    reference = structs.replace(PLANS, columns=(PLANS.columns[0], rule))

    def transform(rows: Batch) -> Facts:
        amounts = ["五" if row == 5 else 1 for row in rows.row_numbers]
        letter = "C" if rows.file == "f.xlsx" else "D"
        return replace(facts(rows, 代码=["A"] * len(rows), 额=amounts), letters={"额": letter})

    with Spool(()) as spool, TemporaryFile() as text, Spool((), text) as elsewhere:
        lower = Collector(DOMAIN, (reference,), transform=transform, spool=elsewhere)
        lower.begin(tally())
        lower.add(batch(3, start=4))
        collector = Collector(DOMAIN, (reference,), transform=transform, spool=spool)
        collector.begin(tally())
        collector.add(batch(2))
        sent = pickle.loads(pickle.dumps(lower.hand_over_from(4)))  # noqa: S301 - as to another process
        assert collector.join(sent, text)
        collector.begin(structs.replace(tally(), file="g.xlsx"))
        collector.add(replace(batch(4), file="g.xlsx"))
        rejects = collector.intake().rejects
    cells = {(reject.file, reject.sheet, reject.cell, reject.reason) for reject in rejects if reject.value == "五"}
    expected = {("f.xlsx", "明细", "C5", "pick_refused"), ("g.xlsx", "明细", "D5", "pick_refused")}
    assert cells == (expected if pick == "sum" else {("f.xlsx", "明细", "C5", "pick_refused")})


def test_notes_of_one_code_are_added_up_the_most_frequent_case_first() -> None:
    notes = [Note("n", "was done.", {"a": 1, "b": 2}), Note("m", "too.", {"x": 1}), Note("n", "was done.", {"a": 5})]
    merged = merge_notes(notes)
    assert merged == (Note("n", "was done.", {"a": 6, "b": 2}), Note("m", "too.", {"x": 1}))
    assert list(merged[0].cases) == ["a", "b"]
