"""The proposals for the sample workbooks of annuity_performance, beside what the domain itself says."""

from __future__ import annotations

from pathlib import Path

import pytest

from wdh import month
from wdh.inspection import Inspection, inspect_sheet
from wdh_annuity_performance import demo
from wdh_annuity_performance.columns import COLUMNS

pytestmark = pytest.mark.once

CLOSED = {"业务类型", "计划类型", "组合类型"}
"""Texts to the domain; that they have few values is a matter of taste."""


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample workbook with a title, merged cells, totals, hidden and blank rows."""
    folder = tmp_path_factory.mktemp("deliveries")
    demo.write_demo("annuity_performance", folder, 20241101)
    (path,) = folder.rglob("*24年9月*.xlsx")
    return path


@pytest.fixture(scope="module")
def found(workbook: Path) -> Inspection:
    return inspect_sheet(workbook)


def test_all_23_columns_get_the_kind_that_the_domain_gives_them(found: Inspection) -> None:
    own = {header: column.kind for column in (month("月度"), *COLUMNS) for header in column.headers}
    kinds = {one.header: type(one.declaration.column().kind).__name__ for one in found.columns}
    assert len(kinds) == 23
    assert {header for header, kind in kinds.items() if kind != type(own[header]).__name__} == CLOSED


def test_the_rows_are_counted_as_a_run_counts_them_and_none_is_a_reject(found: Inspection) -> None:
    assert (found.header_row, found.rows, found.facts, found.totals) == (2, 3007, 3000, 7)
    assert found.expected.cells == 0
    assert found.sheets == ("规模明细", "收入明细")


def test_plans_and_portfolios_are_found_with_their_dependency(found: Inspection) -> None:
    references = {reference.key: reference for reference in found.references}
    plans, portfolios = references["计划代码"], references["组合代码"]
    assert {"计划名称", "计划类型"} <= set(plans.columns)
    assert set(portfolios.columns) == {"计划代码", "组合名称"}
    assert portfolios.depends_on == (plans.name,)
    assert found.references.index(plans) < found.references.index(portfolios)
    assert "each of 60 计划代码 has one 计划名称, in 2,914 rows" in plans.evidence


def test_a_branch_that_merged_cells_lend_to_other_rows_is_outvoted_and_named(found: Inspection) -> None:
    (plans,) = (reference for reference in found.references if reference.key == "计划代码")
    assert plans.columns["机构代码"] == "most_frequent"
    assert plans.exceptions[0].cell == "R154"


def test_the_month_is_in_the_delete_scope_and_required(found: Inspection) -> None:
    assert found.scope.columns[0] == "月度"
    assert all(found.column(name).declaration.options["required"] for name in found.scope.columns)
    assert all(found.column(name).blanks == 0 for name in found.scope.columns)


def test_the_rejects_to_expect_are_the_cells_that_nobody_can_read(tmp_path: Path) -> None:
    faults = demo.write_faulty_workbook(tmp_path / "faulty.xlsx")
    found = inspect_sheet(tmp_path / "faulty.xlsx")
    assert [reject.cell for reject in found.expected.first] == [fault.cell for fault in faults]


def test_another_sheet_of_the_workbook_gets_references_of_its_own(found: Inspection, workbook: Path) -> None:
    income = inspect_sheet(workbook, sheet=found.sheets[1])
    fees = {one.name: one.kind for one in income.columns if one.name in ("固费", "浮费", "回补", "税")}
    assert fees == dict.fromkeys(fees, "amount")
    assert len(fees) == 4
    assert {"计划代码", "组合代码"} <= {reference.key for reference in income.references}
