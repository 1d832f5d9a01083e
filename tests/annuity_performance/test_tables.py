"""The domain's tables, on a real server."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg2 import sql
from support.performance import read_rows

import wdh_annuity_performance
from wdh import Facts, Target
from wdh.sql.tables import create_tables
from wdh.testing.database import Database

TARGETS = {
    "facts": Target("public", "规模明细"),
    "plans": Target("public", "年金计划"),
    "portfolios": Target("档案", "组合计划"),
    "product_lines": Target("public", "产品线"),
    "organizations": Target("public", "组织架构"),
    "customers": Target("customer", "客户明细"),
}
_COLUMNS = """
SELECT column_name, data_type, coalesce(character_maximum_length, numeric_precision), numeric_scale, is_nullable
FROM information_schema.columns WHERE table_name = %s
"""


@pytest.fixture
def warehouse(database: Database) -> Database:
    """A database with the domain's tables; made twice, for the second time must change nothing."""
    tables = wdh_annuity_performance.provide_tables()
    for statement in 2 * create_tables({TARGETS[name]: table for name, table in tables.items()}):
        database.execute(statement)
    return database


def load(warehouse: Database, facts: Facts) -> None:
    """Insert facts as they are."""
    names = sql.SQL(", ").join(map(sql.Identifier, facts.columns))
    holders = sql.SQL(", ").join(sql.Placeholder() * len(facts.columns))
    statement = sql.SQL('INSERT INTO "规模明细" ({}) VALUES ({})').format(names, holders)
    for row in zip(*facts.columns.values(), strict=True):
        warehouse.execute(statement.as_string(warehouse.connect()), row)


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("规模明细", "月度", ("date", None, None, "NO")),
        ("规模明细", "计划代码", ("character varying", 255, None, "NO")),
        ("规模明细", "客户名称", ("character varying", 255, None, "YES")),
        ("规模明细", "年金账户号", ("character varying", 50, None, "YES")),
        ("规模明细", "流失_含待遇支付", ("numeric", 20, 4, "YES")),
        ("规模明细", "当期收益率", ("numeric", 12, 6, "YES")),
        ("规模明细", "company_id", ("character varying", 50, None, "YES")),
        ("规模明细", "annuity_performance_id", ("bigint", 64, 0, "NO")),
        ("年金计划", "年金计划号", ("character varying", 255, None, "NO")),
        ("年金计划", "主拓代码", ("character varying", 10, None, "YES")),
        ("年金计划", "主拓机构", ("character varying", 10, None, "YES")),
        ("年金计划", "组合数", ("integer", 32, 0, "YES")),
        ("年金计划", "是否统括", ("smallint", 16, 0, "YES")),
        ("年金计划", "备注", ("text", None, None, "YES")),
        ("年金计划", "annuity_plans_id", ("bigint", 64, 0, "NO")),
        ("组合计划", "组合代码", ("character varying", 255, None, "NO")),
        ("组合计划", "运作开始日", ("date", None, None, "YES")),
        ("组合计划", "是否PK组合", ("smallint", 16, 0, "YES")),
        ("组合计划", "portfolio_plans_id", ("bigint", 64, 0, "NO")),
    ],
)
def test_the_tables_are_as_described(warehouse: Database, table: str, column: str, expected: tuple[Any, ...]) -> None:
    """Types, lengths and NOT NULL are those of the warehouses in the field."""
    columns = {name: rest for name, *rest in warehouse.rows(_COLUMNS, (table,))}
    assert tuple(columns[column]) == expected


def test_a_fact_fits_with_its_greatest_values(warehouse: Database) -> None:
    """What the domain lets through, the tables take: the longest texts and the largest amounts, to the last digit."""
    large = "9999999999999999.9999"
    facts = read_rows(
        {"客户名称": "年" * 255, "计划代码": "Z" * 255, "机构代码": "G" * 10, "机构名称": "北" * 10, "供款": large},
        {"年金账户号": "7" * 50, "company_id": "C" * 50, "投资收益": f"({large})", "当期收益率": "1000%"},
    )
    assert facts.rejects == ()
    load(warehouse, facts)
    rows = warehouse.rows('SELECT "供款"::text, "投资收益"::text, "当期收益率"::text FROM "规模明细" ORDER BY 1 DESC')
    assert rows == [(large, "12.3400", "0.053600"), ("5.0000", f"-{large}", "10.000000")]


def test_an_amount_arrives_as_the_workbook_shows_it(warehouse: Database) -> None:
    """10936191575.21 stays exactly that, in the warehouse too."""
    load(warehouse, read_rows({"期初资产规模": 10936191575.21}))
    assert warehouse.rows('SELECT "期初资产规模"::text, created_at IS NOT NULL FROM "规模明细"') == [
        ("10936191575.2100", True)
    ]


@pytest.mark.parametrize(
    ("table", "unique"), [("年金计划", ["年金计划号"]), ("组合计划", ["组合代码"]), ("规模明细", [])]
)
def test_keys_are_unique_and_scopes_are_not(warehouse: Database, table: str, unique: list[str]) -> None:
    """A reference has one row per key; several facts may share a delete scope."""
    rows = warehouse.rows(
        """
        SELECT a.attname FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE c.relname = %s AND i.indisunique AND NOT i.indisprimary
        """,
        (table,),
    )
    assert [name for (name,) in rows] == unique
