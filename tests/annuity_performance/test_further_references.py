"""The three references that a configuration may enable: absent where nothing is said, there by one line of YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.workspaces import Workspace

from wdh.testing.database import Database
from wdh_annuity_performance import demo

DOMAIN = "annuity_performance"
OLD_BLOCK = re.compile(r"\n    refs:\n(      .*\n)+")
ROWS = 300


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    demo.write_workbooks(folder, rows=ROWS, deliveries=demo.DELIVERIES[-1:])
    return folder


@pytest.fixture
def workspace(deliveries: Path, database: Database) -> Workspace:
    """The workbook of one month, with the configuration that people have had: two references."""
    (deliveries / "data_sources.yml").write_text(demo.write_configuration(DOMAIN), encoding="utf-8")
    return Workspace(deliveries, database)


def change_refs(workspace: Workspace, block: str) -> None:
    """Put another refs block, or none, in the place of the old one."""
    text = workspace.config.read_text(encoding="utf-8")
    assert OLD_BLOCK.search(text)
    workspace.config.write_text(OLD_BLOCK.sub(block, text), encoding="utf-8")


def steps(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["operation"], step["target"]) for step in report["steps"]]


OLD_STEPS = [
    ("INSERT_MISSING", '"public"."年金计划"'),
    ("INSERT_MISSING", '"public"."组合计划"'),
    ("DELETE", '"public"."规模明细"'),
    ("INSERT", '"public"."规模明细"'),
]


def test_an_old_configuration_plans_what_it_planned_with_a_refs_block_and_without(workspace: Workspace) -> None:
    """No step more, no Skip, no other SQL, and no table that wdh ddl would make."""
    with_block = workspace.report(DOMAIN)
    assert steps(with_block) == OLD_STEPS
    ddl = workspace.tool("ddl", DOMAIN, "--config", str(workspace.config)).out
    assert re.findall(r"CREATE TABLE IF NOT EXISTS (\S+)", ddl) == [
        '"public"."规模明细"',
        '"public"."年金计划"',
        '"public"."组合计划"',
        '"wdh_runs"',
    ]
    change_refs(workspace, "\n")
    without = workspace.report(DOMAIN)
    assert without["steps"] == with_block["steps"]
    assert workspace.tool("ddl", DOMAIN, "--config", str(workspace.config)).out == ddl


def test_backfill_refs_does_not_know_what_is_switched_off(workspace: Workspace) -> None:
    ended = workspace.job(DOMAIN, "--backfill-refs", "customers")
    assert (ended.code, "it has plans, portfolios" in ended.err) == (2, True)


def test_one_line_switches_one_on_and_it_is_backfilled_before_the_facts(workspace: Workspace) -> None:
    """Each customer as its facts say, and a second run inserts nothing."""
    change_refs(workspace, "\n    refs:\n      customers: {enabled: true}\n")
    workspace.create_tables(DOMAIN)
    first = workspace.report(DOMAIN, "--execute")
    assert steps(first) == [OLD_STEPS[0], ("INSERT_MISSING", '"customer"."客户明细"'), *OLD_STEPS[1:]]
    (same,) = workspace.database.rows(
        """SELECT count(*) = (SELECT count(DISTINCT company_id) FROM "规模明细"),
                  bool_and(tags = '["2411新建"]'::jsonb), bool_and("关联计划数" > 0)
             FROM customer.客户明细"""
    )
    assert same == (True, True, True)
    (largest,) = workspace.database.rows(
        """SELECT count(*) FROM customer.客户明细 c WHERE "主拓机构" IS DISTINCT FROM
           (SELECT f."机构名称" FROM "规模明细" f WHERE f.company_id = c.company_id
             ORDER BY f."期末资产规模" DESC NULLS LAST, f.annuity_performance_id LIMIT 1)"""
    )
    assert largest == (0,)
    again = workspace.report(DOMAIN, "--execute")
    assert {step["rows"] for step in again["steps"] if step["operation"] == "INSERT_MISSING"} == {0}


def test_all_three_can_be_enabled_beside_an_old_block(workspace: Workspace) -> None:
    further = "".join(f"      {name}: {{enabled: true}}\n" for name in ("product_lines", "organizations", "customers"))
    block = OLD_BLOCK.search(workspace.config.read_text(encoding="utf-8"))
    assert block is not None
    change_refs(workspace, block[0] + further)
    workspace.create_tables(DOMAIN)
    workspace.report(DOMAIN, "--execute", "--skip-facts")
    rows = workspace.database.rows('SELECT "产品线代码", "产品线" FROM "产品线" ORDER BY 1')
    assert rows == [("PL201", "企年投资"), ("PL202", "企年受托"), ("PL203", "职年投资"), ("PL204", "职年受托")]
    assert workspace.database.rows('SELECT bool_and("机构名称" LIKE \'%示例分公司\') FROM "组织架构"') == [(True,)]
