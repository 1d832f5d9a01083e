"""The chain by which a row's company is found, and what stands at its end."""

from __future__ import annotations

from typing import Any

import pytest
from support.performance import make_rows, note_cases, read_rows

import wdh_annuity_performance
from wdh import Facts, RunContext, SetupError
from wdh.facts.cells import CellValue

CHAIN: dict[str, Any] = {
    "by_plan": {"Z0003": "PLAN"},
    "by_account": {"700001": "ACCOUNT"},
    "by_name": {"青禾示例集团": "NAME"},
    "by_account_name": {"青禾示例集团 年金": "ACCOUNTNAME"},
}
LINKS = ("by_plan", "by_account", "by_name", "by_account_name")


@pytest.mark.parametrize("first", range(len(LINKS)))
def test_the_first_that_knows_the_row_wins(first: int) -> None:
    """Plan, account, name, account name: each is asked where those before it know nothing."""
    settings = {"company_ids": {link: CHAIN[link] for link in LINKS[first:]}}
    facts = read_rows({"company_id": None}, settings=settings)
    assert facts.columns["company_id"] == [_only(LINKS[first])]
    assert facts.notes == ()


def _only(link: str) -> str:
    (company,) = CHAIN[link].values()
    return str(company)


@pytest.mark.parametrize("kind", ["集合计划", "职业年金", None])
def test_a_plan_of_several_owners_tells_no_company(kind: str | None) -> None:
    """by_plan is asked for single plans only, and a note says which of its plans were passed over."""
    settings = {"company_ids": {"by_plan": {"Z0003": "PLAN"}}}
    facts = read_rows({"company_id": None, "客户名称": None, "计划类型": kind}, settings=settings)
    assert facts.columns["company_id"] == [None]
    assert note_cases(facts, "shared_plan") == {"Z0003": 1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("甲（南湖）", "FIRST"), ("甲(北桥)", "SECOND"), ("甲（西岭）", None), ("乙", "THIRD"), ("乙-已转出", "THIRD")],
)
def test_names_are_asked_as_typed_and_then_as_cleaned(name: str, expected: str | None) -> None:
    """Two spellings of the settings that clean to one name stay apart, and neither stands for that name."""
    known = {"甲（南湖）": "FIRST", "甲（北桥）": "SECOND", "乙（东山）": "THIRD"}
    facts = read_rows({"company_id": None, "客户名称": name}, settings={"company_ids": {"by_name": known}})
    (company,) = facts.columns["company_id"]
    assert company == expected or (expected is None and str(company).startswith("IN_"))


def test_a_name_from_the_plan_is_asked_for_as_well() -> None:
    row: dict[str, CellValue] = {"company_id": None, "客户名称": None, "计划名称": "乙有限公司企业年金计划"}
    settings = {"company_ids": {"by_name": {"乙有限公司": "62"}}}
    assert read_rows(row, settings=settings).columns["company_id"] == ["62"]


@pytest.mark.parametrize("text", ["null", "无", "(空白)", "N/A", "--"])
def test_a_placeholder_is_no_company(text: str) -> None:
    settings = {"company_ids": {"by_plan": {"Z0003": "PLAN"}}}
    assert read_rows({"company_id": text}, settings=settings).columns["company_id"] == ["PLAN"]


def test_the_sheet_wins_unless_it_is_told_not_to() -> None:
    """Then what the mappings know corrects it, in a note, and what they do not know stays."""
    rows: list[dict[str, CellValue]] = [
        {"company_id": "61"},
        {"company_id": "61", "计划代码": "Z9"},
        {"company_id": "PLAN"},
    ]
    known = {"by_plan": {"Z0003": "PLAN"}}
    assert read_rows(*rows, settings={"company_ids": known}).columns["company_id"] == ["61", "61", "PLAN"]
    facts = read_rows(*rows, settings={"company_ids": {**known, "sheet_wins": False}})
    assert facts.columns["company_id"] == ["PLAN", "61", "PLAN"]
    assert note_cases(facts, "corrected_company_id") == {"61 → PLAN": 1}


NAMED: dict[str, CellValue] = {"company_id": None}
NAMELESS: dict[str, CellValue] = {"company_id": None, "客户名称": None, "计划类型": "集合计划"}


def at_the_end(**settings: Any) -> Facts:
    return read_rows(NAMED, NAMELESS, settings=settings)


def test_by_default_a_name_makes_a_temporary_id_and_no_name_makes_none() -> None:
    facts = at_the_end()
    named, nameless = facts.columns["company_id"]
    assert (str(named)[:3], nameless, facts.rejects) == ("IN_", None, ())
    assert note_cases(facts, "temporary_company_id") == {"青禾示例集团": 1}
    assert note_cases(facts, "no_company_id") == {"Z0003": 1}


def test_temporary_needs_a_name() -> None:
    facts = at_the_end(unknown_company="temporary")
    assert [str(company)[:3] for company in facts.columns["company_id"]] == ["IN_"]
    assert [(reject.row, reject.reason, reject.column) for reject in facts.rejects] == [(3, "no_company", "客户名称")]


def test_null_leaves_both_without_one() -> None:
    facts = at_the_end(unknown_company=None)
    assert (facts.columns["company_id"], facts.rejects) == ([None, None], ())
    assert note_cases(facts, "no_company_id") == {"Z0003": 2}


def test_an_id_stands_for_all_that_nobody_knows() -> None:
    facts = at_the_end(unknown_company="600866980")
    assert (facts.columns["company_id"], facts.rejects) == (["600866980"] * 2, ())
    assert note_cases(facts, "fixed_company_id") == {"青禾示例集团": 1, "(空白)": 1}


def test_reject_refuses_both() -> None:
    facts = at_the_end(unknown_company="reject")
    assert [(reject.row, reject.reason) for reject in facts.rejects] == [(2, "no_company"), (3, "no_company")]
    assert all("unknown_company is reject" in reject.sentence for reject in facts.rejects)


@pytest.mark.parametrize(("settings", "rows"), [({}, [3]), ({"unknown_company": None}, [2, 3])])
def test_a_company_that_would_be_null_in_the_scope_is_refused_in_one_sentence(
    settings: dict[str, Any], rows: list[int]
) -> None:
    """A later delivery could not replace such a row; the sentence says which keys to change."""
    context = RunContext("annuity_performance", settings, pk=("月度", "计划代码", "company_id"))
    facts = wdh_annuity_performance.transform(make_rows(NAMED, NAMELESS), context)
    assert [(reject.row, reject.reason) for reject in facts.rejects] == [(row, "no_company") for row in rows]
    assert all("part of pk" in reject.sentence and "unknown_company" in reject.sentence for reject in facts.rejects)


def test_an_id_that_no_row_can_have_is_a_fault_of_the_setup() -> None:
    with pytest.raises(SetupError, match=r"company_id.*data_sources\.yml"):
        at_the_end(unknown_company="6" * 51)
