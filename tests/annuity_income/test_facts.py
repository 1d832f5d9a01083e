"""The facts of 收入明细: the amounts that are this sheet's own, and the rules that it shares with 规模明细."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from support.batches import make_batch
from support.income import GOOD, read_rows

import wdh_annuity_income
from wdh import DataError, RunContext
from wdh.facts.cells import UNCACHED, CellValue, Merged
from wdh_annuity_income.tables import FACTS

AMOUNTS = ("固费", "浮费", "回补", "税")

ARRIVE: dict[str, tuple[str, CellValue, str, object]] = {
    "月度 as 24年11月": ("月度", "24年11月", "月度", datetime.date(2024, 11, 1)),
    "计划代码 is upper-cased and loses -, _ and blanks": ("计划代码", "z-00_0 3", "计划代码", "Z0003"),
    "组合代码 loses its F": ("组合代码", "F123", "组合代码", "123"),
    "机构代码 in full width": ("机构代码", "Ｇ０１", "机构代码", "G01"),
    "机构代码 (空白) follows 机构名称": ("机构代码", "(空白)", "机构代码", "G01"),
    "机构 is 机构名称": ("机构", "上海", "机构名称", "北京"),
    "company_id is upper-cased": ("company_id", "a-6_0 1", "company_id", "A601"),
    "固费 exactly": ("固费", 10936191575.2101, "固费", 10936191575.2101),
    "浮费 in brackets": ("浮费", "(1,234.50)", "浮费", Decimal("-1234.50")),
    "回补 in full width": ("回补", "１，２３４．５０", "回补", Decimal("1234.50")),
    "税 with ¥": ("税", "¥1,234.50", "税", Decimal("1234.50")),
    "产品线代码 follows 业务类型": ("产品线代码", None, "产品线代码", "PL202"),
    "计划代码 of a 单一计划": ("计划代码", None, "计划代码", "AN002"),
    "组合代码 of a 单一计划": ("组合代码", None, "组合代码", "QTAN002"),
}
REFUSED: dict[str, tuple[str, CellValue, str]] = {
    "month 13": ("月度", 202413, "month_out_of_range"),
    "业务类型 blank": ("业务类型", None, "missing_value"),
    "计划类型 (空白)": ("计划类型", "(空白)", "missing_value"),
    "#N/A in an amount": ("固费", "#N/A", "error_value"),
    "a text in an amount": ("税", "免", "not_a_number"),
    "a merged amount": ("浮费", Merged(5, "K2:K3"), "merged_number"),
    "a formula without a stored result": ("回补", UNCACHED, "formula_without_value"),
    "an amount beyond numeric(18,4)": ("固费", 1e14, "out_of_range"),
}


@pytest.mark.parametrize(("header", "cell", "column", "expected"), ARRIVE.values(), ids=ARRIVE)
def test_a_quirk_comes_out_right(header: str, cell: CellValue, column: str, expected: object) -> None:
    """Each spelling of the field arrives as what it means, by the same rules as in 规模明细."""
    facts = read_rows({header: cell})
    assert facts.rejects == ()
    assert facts.columns[column] == [expected]


@pytest.mark.parametrize(("header", "cell", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_quirk_without_one_meaning_is_refused_by_cell(header: str, cell: CellValue, reason: str) -> None:
    """What cannot come out right is a reject that names its cell, and the row beside it is a fact."""
    facts = read_rows({}, {header: cell})
    (reject,) = facts.rejects
    assert (reject.reason, reject.row, reject.column) == (reason, 3, header)
    assert reject.cell is not None
    assert facts.row_numbers == [2]


def test_a_good_row_arrives_as_it_is() -> None:
    """Every column of the fact table but its key and stamps is there, in its order, and nothing else."""
    facts = read_rows({})
    assert list(facts.columns) == [name for name in FACTS.columns if name not in ("created_at", "updated_at")]
    assert {name: list(column) for name, column in facts.columns.items()} == {
        name: [cell] for name, cell in GOOD.items()
    } | {"月度": [datetime.date(2024, 11, 1)]}
    assert (facts.rejects, facts.totals, facts.notes) == ((), 0, ())


@pytest.mark.parametrize("blank", [None, "", " ", "-", "—", "无", "暂无", "N/A"])
@pytest.mark.parametrize("column", AMOUNTS)
def test_a_blank_amount_is_0(column: str, blank: CellValue) -> None:
    """What is not charged is nothing, and the warehouse wants a number."""
    facts = read_rows({column: blank}, {})
    assert facts.columns[column] == [0, GOOD[column]]
    assert facts.rejects == ()


@pytest.mark.parametrize("column", [*AMOUNTS, "计划代码", "业务类型", "计划类型"])
def test_a_sheet_that_lacks_a_whole_column_is_refused(column: str) -> None:
    """A column that is not there is no column of blanks: zeros for all of it would be a guess."""
    with pytest.raises(DataError, match=column):
        read_rows({}, without=[column])


def test_year_and_month_may_stand_apart() -> None:
    facts = read_rows({"年": "24年", "月": 9}, without=["月度"])
    assert facts.columns["月度"] == [datetime.date(2024, 9, 1)]


def test_a_company_is_found_by_plan_by_name_or_made_from_the_name() -> None:
    """As in 规模明细, but for the account, which this sheet does not have; equal names have equal ids."""
    settings = {"company_ids": {"by_plan": {"z-0003": "6-1"}, "by_name": {"远澜 示例": "62"}}}
    rows: list[dict[str, CellValue]] = [
        {},
        {"计划代码": "J1", "客户名称": "远澜示例"},
        {"计划代码": "J1"},
        {"计划代码": "J2"},
    ]
    facts = read_rows(*rows, without=["company_id"], settings=settings)
    *known, made, again = map(str, facts.columns["company_id"])
    assert known == ["61", "62"]
    assert made == again
    assert made.startswith("IN_")
    (note,) = facts.notes
    assert (note.code, note.cases) == ("temporary_company_id", {"青禾示例集团": 2})


def test_a_row_that_belongs_to_nobody_is_refused() -> None:
    facts = read_rows(
        {"company_id": None, "客户名称": None, "计划名称": None},
        {"计划代码": None, "计划类型": "职业年金"},
        settings={"unknown_company": "temporary"},
    )
    assert [(reject.reason, reject.column) for reject in facts.rejects] == [
        ("no_company", "客户名称"),
        ("no_plan_code", "计划代码"),
    ]


def test_totals_are_counted_and_are_no_facts() -> None:
    facts = read_rows({}, dict.fromkeys(GOOD) | {"月度": "合计", "固费": 5})
    assert (facts.totals, facts.row_numbers) == (1, [2])


def test_a_batch_without_rows_makes_no_facts() -> None:
    batch = make_batch({header: [] for header in GOOD})
    assert len(wdh_annuity_income.transform(batch, RunContext("annuity_income"))) == 0
