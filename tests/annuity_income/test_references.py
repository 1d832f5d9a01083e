"""The five references, as they follow from facts by the domain's default rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.income import read_rows

import wdh_annuity_income
from wdh import Facts, SetupError, Target
from wdh.configuration import Provided, load_configuration
from wdh.facts.cells import CellValue
from wdh.references import Derivation
from wdh.settings import Domain, Reference

WITHOUT_REFS = """\
domains:
  annuity_income:
    pattern: 年金终稿数据
    sheet: 收入明细
    table: 收入明细
    pk: [月度, 业务类型, 计划类型]
"""


def configure(folder: Path, text: str) -> Domain:
    """Complete a data_sources.yml with what the domain provides, as a run does."""
    path = folder / "data_sources.yml"
    path.write_text(text, encoding="utf-8")
    provided = Provided(wdh_annuity_income.provide_refs(), wdh_annuity_income.provide_settings(), "wdh 0, income")
    return load_configuration(path, domain="annuity_income", provided=provided).domain


def derive(reference: Reference, facts: Facts) -> dict[object, dict[str, object]]:
    """Derive the reference's rows from facts, by their keys."""
    derivation = Derivation(reference)
    derivation.absorb(facts, workbook=0)
    candidates = derivation.candidates()
    return {row[0]: dict(zip(candidates.columns, row, strict=True)) for row in candidates.rows}


@pytest.fixture
def references(tmp_path: Path) -> dict[str, Reference]:
    """The completed references of a configuration without a refs block."""
    return {reference.name: reference for reference in configure(tmp_path, WITHOUT_REFS).refs}


def test_without_a_refs_block_the_defaults_hold(references: dict[str, Reference]) -> None:
    assert {name: (reference.target, reference.key) for name, reference in references.items()} == {
        "plans": (Target("public", "年金计划"), ("年金计划号",)),
        "portfolios": (Target("public", "组合计划"), ("组合代码",)),
        "product_lines": (Target("public", "产品线"), ("产品线代码",)),
        "organizations": (Target("public", "组织架构"), ("机构代码",)),
        "customers": (Target("customer", "客户明细"), ("company_id",)),
    }
    assert references["portfolios"].depends_on == ("plans",)
    assert {reference.blank for reference in references.values()} == {("(空白)",)}


def test_the_largest_row_is_that_of_the_largest_fixed_fee(references: dict[str, Reference]) -> None:
    rows: list[dict[str, CellValue]] = [
        {"机构代码": "G1", "机构名称": "北京", "固费": 1},
        {"机构代码": "G2", "机构名称": "上海", "固费": 2},
    ]
    plan = derive(references["plans"], read_rows(*rows))["Z0003"]
    assert (plan["主拓代码"], plan["主拓机构"]) == ("G2", "上海")


def test_a_product_line_and_an_organization_are_derived(references: dict[str, Reference]) -> None:
    facts = read_rows(
        {}, {"产品线代码": None, "业务类型": "企年投资", "机构代码": "(空白)"}, {"机构代码": "g2", "机构名称": None}
    )
    assert derive(references["product_lines"], facts) == {
        "PL202": {"产品线代码": "PL202", "产品线": "企年受托"},
        "PL201": {"产品线代码": "PL201", "产品线": "企年投资"},
    }
    assert derive(references["organizations"], facts) == {
        "G01": {"机构代码": "G01", "机构名称": "北京"},
        "g2": {"机构代码": "g2", "机构名称": None},
    }


def test_a_customer_is_derived_column_by_column(references: dict[str, Reference]) -> None:
    """Most frequent name, the largest row's institution, distinct qualifications, types and plans, and a JSON array."""
    facts = read_rows(
        {"业务类型": "企年投资", "固费": 5, "机构名称": "上海", "客户名称": "青禾"},
        {"计划代码": "Z0004", "固费": None, "计划类型": "集合计划", "业务类型": "其他"},
        {"月度": 202412},
    )
    assert derive(references["customers"], facts) == {
        "600001001": {
            "company_id": "600001001",
            "客户名称": "青禾示例集团",
            "主拓机构": "北京",
            "管理资格": "企年受托+企年投资",
            "年金计划类型": "单一计划+集合计划",
            "关联计划数": 2,
            "tags": '["2411新建"]',
        }
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [("company_idz: {}", "company_ids"), ("company_ids: {by_account: {}}", "by_account: is not a key here")],
)
def test_a_wrong_setting_is_a_fault_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    """Also by_account: this sheet has no accounts, and a mapping that is never asked would only seem to work."""
    with pytest.raises(SetupError, match=rf"data_sources\.yml:7:\d+ .*{fault}"):
        configure(tmp_path, WITHOUT_REFS + f"    {line}\n")


def test_a_setting_that_no_row_can_have_names_its_domain(tmp_path: Path) -> None:
    domain = configure(tmp_path, WITHOUT_REFS + "    company_ids: {by_plan: {'-_': '1'}}\n")
    with pytest.raises(SetupError, match="The settings of annuity_income give '-_' for 计划代码"):
        read_rows({}, settings=domain.settings)
