"""Values looked up in the warehouse: what arrives, who is asked and when, and what is refused."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.computing import look_up
from wdh.settings import Computed, Domain, Lookup
from wdh.sql.identifiers import Target

CONFIGURATION = """
domains:
  sales:
    pattern: xlsx
    table: 销售
    pk: [月度]
    corrections: {店铺: {mapping: shops.csv}}
    columns: {月度: month, 店铺: text, 公司: code, 折扣: amount, 开业: date, 实收: amount}
    computed:
      公司:
        lookup: {schema: 档案, table: 公司, by: 名称, value: 编号}
      折扣:
        lookup: {schema: 档案, table: 折扣, by: {店号: 店号, 月: 月度}, value: 折扣}
        default: 1
      开业:
        lookup: {schema: 档案, table: 公司, by: 名称, value: 开业}
        default: null
      实收: {from: [金额, 折扣], pick: product}
"""
TABLES = """
CREATE SCHEMA "档案";
CREATE TABLE "档案"."公司" ("名称" text, "编号" varchar(20), "开业" date);
INSERT INTO "档案"."公司" VALUES
    ('甲 店', '0012', '2020-01-31'), ('甲店', '0012', NULL), ('乙（店）', '0013', NULL),
    (NULL, '9', NULL), ('', '8', NULL), ('', '7', NULL);
CREATE TABLE "档案"."折扣" ("店号" numeric(6,2), "月" timestamp, "折扣" numeric(9,4));
INSERT INTO "档案"."折扣" VALUES (7, '2024-11-01', 0.9500), (7.50, '2024-11-01', 2), (8, '2024-11-01', NULL);
"""
HEADER = ["月度", "店铺", "名称", "店号", "金额"]
MONTH = datetime.datetime(2024, 11, 1)  # noqa: DTZ001 - as sheets and tables have them


@pytest.fixture
def workspace(tmp_path: Path, database: Any) -> Workspace:
    workspace = Workspace(tmp_path, database)
    workspace.config.write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "shops.csv").write_text("号,店铺\n" + "".join(f"{n},店{n}\n" for n in "一二三四"), encoding="utf-8")
    workspace.create_tables("sales")
    database.execute(TABLES)
    return workspace


def write(workspace: Workspace, *rows: list[Any]) -> None:
    write_rows(workspace.folder / "a.xlsx", [HEADER, *([MONTH, *row] for row in rows)])


def test_values_are_looked_up_read_only_and_asked_again_before_a_run_is_skipped(workspace: Workspace) -> None:
    """Codes keep their zeros, numbers are exact, two columns are one key, and a changed table is another input."""
    write(
        workspace,
        ["一", "甲店", 7, 10],
        ["二", "乙(店)", 7.5, 10],
        ["三", " 甲　店", 8, "1,000.5"],
        ["四", None, 9, None],
    )
    skipping = ("--execute", "--skip-unchanged")
    report = workspace.report("sales", *skipping)
    assert [note["code"] for note in report["notes"]] == []
    query = 'SELECT "店铺", "公司", "折扣"::text, "开业"::text, "实收"::text FROM "销售" ORDER BY id'
    assert workspace.database.rows(query) == [
        ("店一", "0012", "0.9500", "2020-01-31", "9.5"),
        ("店二", "0013", "2.0000", None, "20"),
        ("店三", "0012", "1", "2020-01-31", "1000.5"),
        ("店四", None, "1", None, None),
    ]
    assert workspace.report("sales", *skipping)["unchanged_since"] is not None
    workspace.database.execute("""UPDATE "档案"."公司" SET "编号" = '0099' WHERE "名称" LIKE '乙%'""")
    assert workspace.report("sales", *skipping)["unchanged_since"] is None
    assert workspace.database.rows(query)[1][1] == "0099"
    asked = [file for (files,) in workspace.database.rows("SELECT files FROM wdh_runs LIMIT 1") for file in files]
    assert {file["read_by"] for file in asked if "read_by" in file} == {"data_sources.yml"}


def test_a_changed_mapping_file_is_another_input_and_not_what_was_approved(workspace: Workspace) -> None:
    write(workspace, ["一", "甲店", 7, 10])
    assert workspace.report("sales", "--execute", "--skip-unchanged")["executed"]
    plan = workspace.folder / "plan.json"
    assert workspace.report("sales", "--plan-out", str(plan))["notes"] == []
    with (workspace.folder / "shops.csv").open("a", encoding="utf-8") as file:
        file.write("五,店五\n")
    refused = workspace.job("sales", "--execute", "--approved", str(plan))
    assert (refused.code, "configuration: what data_sources.yml" in refused.err) == (3, True)
    assert workspace.report("sales", "--execute", "--skip-unchanged")["unchanged_since"] is None


def test_a_plan_without_a_database_says_that_nobody_was_asked(workspace: Workspace) -> None:
    write(workspace, ["一", "甲店", 7, 10], ["二", "无此店", 7, 10])
    planned = workspace.report("sales")
    (note,) = [note for note in planned["notes"] if note["code"] == "not_looked_up"]
    assert note["cases"] == {"公司": 2, "折扣": 2, "开业": 2}
    assert "--forecast" in note["sentence"]
    ended = workspace.job("sales", "--forecast", "--output", "json")
    assert ended.code == 3
    (reject,) = json.loads(ended.out)["rejects"]
    assert (reject["cell"], reject["value"], reject["reason"]) == ("C3", "无此店", "not_in_table")
    assert reject["sentence"].startswith('\'无此店\' has no value in "档案"."公司", where computed.公司 looks it up: ')
    assert "it comes from" not in reject["sentence"]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (7.0, "7"),
        (7.25, "7.25"),
        (1e16, "10000000000000000"),
        (Decimal("7.50"), "7.5"),
        (MONTH, "2024-11-01"),
        (MONTH.replace(hour=9), "2024-11-0109:00:00"),
    ],
)
def test_a_value_of_the_table_is_found_by_the_cell_that_shows_it(value: object, key: str) -> None:
    """Whatever the column's type: a month may be a timestamp there, and a number floating."""
    lookup = Lookup(Target(None, "t"), ("k",), "v")
    domain = Domain("s", None, 0, Target(None, "s"), ("c",), computed=(Computed("c", ("k",), lookup=lookup),))
    reader = SimpleNamespace(rows=lambda *_: [(value, "x")])
    assert look_up(domain, reader) == {"c": {(key,): "x"}}


CHANGES = {
    """INSERT INTO "档案"."公司" VALUES ('甲　店', '0014', NULL)""": (
        "has two values in 编号 for one key, in the rows (名称 甲 店, 编号 0012) and (名称 甲　店, 编号 0014)"
    ),
    """ALTER TABLE "档案"."公司" ALTER "编号" TYPE text[] USING '{a}'""": "cell of a sheet can hold, as bytes, lists",
    'DROP TABLE "档案"."公司"': '"档案"."公司" cannot be asked: it does not exist',
}


def test_a_table_that_says_two_things_or_nothing_ends_the_run(workspace: Workspace) -> None:
    write(workspace, ["一", "甲店", 7, 10])
    for change, said in CHANGES.items():
        workspace.database.execute(change)
        ended = workspace.job("sales", "--execute")
        assert (ended.code, said in ended.err) == (2, True), ended.err
        assert "data_sources.yml:10:7 domains.sales.computed.公司: " in ended.err
    assert workspace.database.rows('SELECT count(*) FROM "销售"') == [(0,)]
