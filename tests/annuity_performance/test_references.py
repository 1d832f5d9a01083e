"""Plans and portfolios, as they follow from facts by the domain's default rules."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from support.batches import make_batch
from support.performance import read_rows

import wdh_annuity_performance
from wdh import Facts, RunContext, SetupError, Target
from wdh.configuration import Provided, load_configuration
from wdh.facts.cells import CellValue
from wdh.references import Derivation
from wdh.settings import Domain, Reference

WITHOUT_REFS = """\
domains:
  annuity_performance:
    pattern: 年金终稿数据
    sheet: 规模明细
    schema: public
    table: 规模明细
    pk: [月度, 计划代码, company_id]
"""


def configure(folder: Path, text: str) -> Domain:
    """Complete a data_sources.yml with what the domain provides, as a run does."""
    path = folder / "data_sources.yml"
    path.write_text(text, encoding="utf-8")
    provided = Provided(
        wdh_annuity_performance.provide_refs(), wdh_annuity_performance.provide_settings(), "wdh 0, annuity_performance"
    )
    return load_configuration(path, domain="annuity_performance", provided=provided).domain


def derive(reference: Reference, facts: Facts) -> dict[object, dict[str, object]]:
    """Derive the reference's rows from facts, by their keys."""
    derivation = Derivation(reference)
    derivation.absorb(facts, workbook=0)
    candidates = derivation.candidates()
    return {row[0]: dict(zip(candidates.columns, row, strict=True)) for row in candidates.rows}


@pytest.fixture
def plans(tmp_path: Path) -> Reference:
    """The completed plans of a configuration without a refs block."""
    return configure(tmp_path, WITHOUT_REFS).refs[0]


@pytest.fixture
def portfolios(tmp_path: Path) -> Reference:
    """The completed portfolios of a configuration without a refs block."""
    return configure(tmp_path, WITHOUT_REFS).refs[1]


def test_without_a_refs_block_the_defaults_hold(plans: Reference, portfolios: Reference) -> None:
    """Schema public, the two tables, their keys, what may be filled, and plans before portfolios."""
    assert (plans.name, plans.target, plans.key) == ("plans", Target("public", "年金计划"), ("年金计划号",))
    assert plans.updatable == ("计划全称", "计划类型", "客户名称", "company_id")
    assert (portfolios.name, portfolios.target) == ("portfolios", Target("public", "组合计划"))
    assert portfolios.key == ("组合代码",)
    assert portfolios.updatable == ("组合名称", "组合类型", "运作开始日")
    assert (portfolios.depends_on, portfolios.required) == (("plans",), ("年金计划号",))
    assert plans.blank == portfolios.blank == ("(空白)",)
    assert plans.mode == portfolios.mode == "insert_missing"


def test_a_plan_is_derived_column_by_column(plans: Reference) -> None:
    """First non-blank, most frequent, the largest row's, the qualifications in order, and the first month."""
    rows: list[dict[str, CellValue]] = [
        {
            "计划名称": None,
            "客户名称": "甲",
            "期末资产规模": 1,
            "业务类型": "职年投资",
            "机构代码": "G1",
            "机构名称": "北京",
        },
        {
            "计划名称": "一号",
            "客户名称": "乙",
            "期末资产规模": 9,
            "业务类型": "企年投资",
            "机构代码": "G2",
            "机构名称": "上海",
        },
        {"计划名称": "二号", "客户名称": "甲", "期末资产规模": 2, "业务类型": "企年受托", "月度": 202412},
        {"计划名称": "二号", "客户名称": "丙", "期末资产规模": None, "业务类型": "其他"},
    ]
    assert derive(plans, read_rows(*rows)) == {
        "Z0003": {
            "年金计划号": "Z0003",
            "计划全称": "一号",
            "计划类型": "单一计划",
            "company_id": "600001001",
            "客户名称": "甲",
            "主拓代码": "G2",
            "主拓机构": "上海",
            "管理资格": "企年受托+企年投资+职年投资",
            "备注": "2411_新建",
        }
    }


@pytest.mark.parametrize(("sizes", "expected"), [((1, 2), "乙"), ((2, 1), "甲"), ((1, 1), "甲"), ((None, 1), "乙")])
def test_a_tie_of_names_goes_to_the_largest_row_then_to_the_first(
    plans: Reference, sizes: tuple[Any, Any], expected: str
) -> None:
    """客户名称: equally frequent names are decided by 期末资产规模."""
    facts = read_rows({"客户名称": "甲", "期末资产规模": sizes[0]}, {"客户名称": "乙", "期末资产规模": sizes[1]})
    assert derive(plans, facts)["Z0003"]["客户名称"] == expected


def test_a_portfolio_is_derived_column_by_column(portfolios: Reference) -> None:
    """F123 and 123 are one portfolio, in facts and references alike; 运作开始日 is never derived."""
    facts = read_rows({"组合代码": "F123", "组合名称": None}, {"组合代码": "123", "组合名称": "一号"})
    assert derive(portfolios, facts) == {
        "123": {
            "组合代码": "123",
            "年金计划号": "Z0003",
            "组合名称": "一号",
            "组合类型": "固收",
            "运作开始日": None,
            "备注": "2411_新建",
        }
    }


def test_a_blank_code_makes_no_reference_row(portfolios: Reference) -> None:
    """A row whose 组合代码 stays NULL belongs to no portfolio."""
    facts = read_rows({"组合代码": None, "计划类型": "其他"})
    assert facts.columns["组合代码"] == [None]
    assert derive(portfolios, facts) == {}


def test_a_portfolio_without_a_plan_is_reported_and_not_inserted(portfolios: Reference) -> None:
    """年金计划号 is required, whoever made the facts."""
    columns = {"组合代码": ["1"], "计划代码": [None], "月度": [datetime.date(2024, 11, 1)], "组合名称": [None]}
    derivation = Derivation(portfolios)
    derivation.absorb(Facts([2], {**columns, "组合类型": [None]}), workbook=0)
    candidates = derivation.candidates()
    assert candidates.rows == ()
    assert candidates.incomplete == ((("1",), ("年金计划号",)),)


def test_settings_are_completed_with_their_defaults(tmp_path: Path) -> None:
    """What the YAML says joins the defaults, and reaches the facts."""
    domain = configure(tmp_path, WITHOUT_REFS + '    company_ids: {by_plan: {Z0003: "600001009"}}\n')
    assert domain.settings["total_words"][:3] == ["合计", "总计", "小计"]
    facts = read_rows({}, without=["company_id"], settings=domain.settings)
    assert facts.columns["company_id"] == ["600001009"]
    blank = read_rows({"计划代码": None}, settings=domain.settings)
    assert blank.columns["计划代码"] == ["AN002"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("company_idz: {}", "company_ids"),
        ("company_ids: {by_plam: {}}", "by_plan"),
        ("company_ids: {by_plan: {Z0003: 600001009}}", "quotes"),
        ("total_words: 合计", "total_words"),
        ("product_lines: {企年投资: ''}", "product_lines"),
    ],
)
def test_a_wrong_setting_is_a_fault_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    """A misspelt key, a number for a code, a text for a list: each is told with its place before anything runs."""
    with pytest.raises(SetupError, match=rf"data_sources\.yml:8:\d+ .*{fault}"):
        configure(tmp_path, WITHOUT_REFS + f"    {line}\n")


def test_a_batch_needs_no_more_than_the_required_columns(plans: Reference, portfolios: Reference) -> None:
    """A sheet with the bare minimum still makes facts from which both references follow."""
    batch = make_batch({"月度": [202411], "计划代码": ["Z1"], "客户名称": ["甲"]})
    facts = wdh_annuity_performance.transform(batch, RunContext("annuity_performance"))
    assert derive(plans, facts)["Z1"]["客户名称"] == "甲"
    assert derive(portfolios, facts) == {}
