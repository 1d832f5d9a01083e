"""The chain for company_id goes on in tables of the warehouse: what arrives, who is asked and when, what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.performance import GOOD
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

DOMAIN = "annuity_performance"
CONFIGURATION = """\
domains:
  annuity_performance:
    pattern: xlsx
    sheet: 规模明细
    schema: public
    table: 规模明细
    pk: [月度, 业务类型, 计划类型]
    provisional: {company_id: IN*}
    company_ids:
      by_plan:
        Z0001: "600001001"
        from_table: {schema: public, table: 年金计划, key: 年金计划号, value: company_id}
      by_name:
        from_file: names.csv
        from_table: {schema: 档案, table: 客户, key: 名称, value: 编号}
      by_account_name:
        from_table: {schema: 档案, table: 账户, key: 账户名, value: 编号}
"""
TABLES = """
CREATE SCHEMA "档案";
CREATE TABLE "档案"."客户" ("名称" text, "编号" bigint);
INSERT INTO "档案"."客户" VALUES ('乙 公司', 600001003), ('文件公司', 999), (NULL, 1), ('', 2), ('无号公司', NULL);
CREATE TABLE "档案"."账户" ("账户名" text, "编号" numeric(12,2));
INSERT INTO "档案"."账户" VALUES ('丙集团年金', 600001004.00), ('丙集团 年金', 600001004);
INSERT INTO "年金计划" ("年金计划号", company_id) VALUES
    ('Z0001', '999'), ('Z0002', '600001002'), ('Z0004', 'INMFRGGZDF'), ('Z0006', ' ');
"""
ROWS: list[dict[str, Any]] = [
    {"计划代码": "Z0001", "客户名称": "甲公司"},
    {"计划代码": "Z0002", "客户名称": "乙公司"},
    {"计划代码": "Z0002", "客户名称": "乙公司-已转出", "计划类型": "集合计划"},
    {"计划代码": "Z0003", "客户名称": "文件公司"},
    {"计划代码": "Z0004", "客户名称": "丙公司", "年金账户名": "丙集团年金"},
    {"计划代码": "Z0005", "客户名称": "丁公司"},
]
PAGE = Path(__file__).parents[2] / "docs" / "annuity.md"
FOUND = "SELECT company_id FROM 规模明细 ORDER BY annuity_performance_id"


@pytest.fixture
def workspace(tmp_path: Path, database: Database) -> Workspace:
    workspace = Workspace(tmp_path, database)
    workspace.config.write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "names.csv").write_text("名称,company_id\n文件公司,600001005\n", encoding="utf-8")
    workspace.create_tables(DOMAIN)
    database.execute(TABLES)
    rows = [{**GOOD, "company_id": None, "年金账户号": None, "年金账户名": None, **row} for row in ROWS]
    write_rows(tmp_path / "a.xlsx", [list(rows[0]), *(list(row.values()) for row in rows)], sheet="规模明细")
    return workspace


def test_tables_are_asked_behind_the_configuration_and_again_before_a_run_is_skipped(workspace: Workspace) -> None:
    """A plan by the YAML, one by 年金计划, a name once cleaned, one of a file, an account name; no temporary id."""
    skipping = ("--execute", "--skip-unchanged")
    workspace.report(DOMAIN, *skipping)
    *known, temporary = [company for (company,) in workspace.database.rows(FOUND)]
    assert known == ["600001001", "600001002", "600001003", "600001005", "600001004"]
    assert temporary.startswith("IN_")
    assert workspace.report(DOMAIN, *skipping)["unchanged_since"] is None  # 年金计划 has the plans of the first run
    assert workspace.report(DOMAIN, *skipping)["unchanged_since"] is not None
    workspace.database.execute("""INSERT INTO "档案"."客户" VALUES ('丁公司', 600001006)""")
    assert workspace.report(DOMAIN, *skipping)["unchanged_since"] is None
    assert workspace.database.rows(FOUND)[-1] == ("600001006",)
    (view,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    workspace.database.execute(view)
    assert workspace.database.rows("SELECT * FROM 账户公司") == [("丙集团年金", "600001004")]


def test_a_plan_without_a_database_says_that_no_table_was_asked(workspace: Workspace) -> None:
    codes = {note["code"]: note["cases"] for note in workspace.report(DOMAIN)["notes"]}
    asked = ("by_account_name", "by_name", "by_plan")
    assert codes["table_not_asked"] == {f"company_ids.{name}": len(ROWS) for name in asked}
    assert codes["temporary_company_id"] == {"乙公司": 2, "丙公司": 1, "丁公司": 1}
    forecast = {note["code"]: note["cases"] for note in workspace.report(DOMAIN, "--forecast")["notes"]}
    assert "table_not_asked" not in forecast
    assert forecast["temporary_company_id"] == {"丁公司": 1}


CHANGES = {
    """INSERT INTO "档案"."客户" VALUES ('乙公司', 7)""": (
        "has two values in 编号 for one key, in the rows (名称 乙 公司, 编号 600001003) and (名称 乙公司, 编号 7)"
    ),
    """UPDATE "档案"."客户" SET "名称" = '__EMPTY__' WHERE "编号" = 7""": (
        '"档案"."客户" has a text that stands for nothing, so no row of a sheet can mean it, in the row '
        "(名称 __EMPTY__, 编号 7)"
    ),
    'ALTER TABLE "档案"."客户" RENAME "编号" TO "号"': '"档案"."客户" cannot be asked: column t.编号 does not exist',
    'DROP TABLE "档案"."客户"': '"档案"."客户" cannot be asked: it does not exist',
}


def test_a_table_that_cannot_be_a_mapping_ends_the_run_at_its_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for change, said in CHANGES.items():
        workspace.database.execute(change)
        ended = workspace.job(DOMAIN, "--execute")
        assert (ended.code, said in ended.err) == (2, True), ended.err
        assert "data_sources.yml:15:9 domains.annuity_performance.company_ids.by_name.from_table: " in ended.err
    monkeypatch.setattr("wdh.computing.lookups.MOST_ROWS", 3)
    assert '"public"."年金计划" has more than 3 rows' in workspace.job(DOMAIN, "--execute").err
    assert workspace.database.rows("SELECT count(*) FROM 规模明细") == [(0,)]
