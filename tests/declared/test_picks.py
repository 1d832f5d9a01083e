"""Picks that make something of many facts, against what PostgreSQL makes of the same facts."""

from __future__ import annotations

from typing import Any

import pytest
from support.workbooks import write_rows

CONFIGURATION = """
domains:
  sales:
    pattern: 销售
    sheet: 销售
    table: 门店销售
    pk: [月度]
    columns:
      月度: month
      店铺代码: code
      店铺名称: text
      销售额: {kind: amount, scale: 2, precision: 12}
      件数: integer
      日期: date
    refs:
      shops:
        table: 店铺
        key: [店铺代码]
        columns: {店铺代码: 店铺代码, 果: {from: COLUMN, pick: PICK}}
"""
HEADER = ("月度", "店铺代码", "店铺名称", "销售额", "件数", "日期")
ROWS = (
    (202411, "A", "b店", 0.1, 2_000_000_000, "2024-11-30"),
    (202411, "A", "B店", 0.2, 2_000_000_000, "2024-02-29"),
    (202411, "B", None, -5, None, None),
    (202411, "A", "乙店", None, 1, None),
    (202411, "A", "甲店", 1234567890.12, -3, "2023-12-31"),
)
TYPES = {
    ("sum", "销售额"): "numeric",
    ("sum", "件数"): "numeric",
    ("min", "销售额"): "numeric(12,2)",
    ("max", "销售额"): "numeric(12,2)",
    ("max", "件数"): "bigint",
    ("min", "日期"): "date",
    ("max", "日期"): "date",
    ("min", "店铺名称"): "text",
    ("max", "店铺名称"): "text",
}


@pytest.mark.parametrize(("pick", "column"), TYPES, ids=" of ".join)
def test_a_pick_comes_to_what_postgresql_says_of_the_facts(place: Any, pick: str, column: str) -> None:
    """In a column of the type that wdh ddl gives it; blanks count for nothing, and a key with blanks alone has NULL."""
    text = CONFIGURATION.replace("COLUMN", column).replace("PICK", pick)
    place.config.write_text(text, encoding="utf-8")
    made = place.tool("ddl", "sales")
    assert f'"果" {TYPES[pick, column]},' in made.stdout.replace("\n", ",\n"), made.stdout
    place.database.execute(made.stdout)
    write_rows(place.folder / "销售.xlsx", [HEADER, *ROWS], sheet="销售")
    run = place.run("--execute")
    assert run.exit_code == 0, run.output
    order = ' COLLATE "C"' if TYPES[pick, column] == "text" else ""
    said = place.database.rows(f'SELECT "店铺代码", {pick}("{column}"{order}) FROM "门店销售" GROUP BY 1 ORDER BY 1')
    assert place.database.rows('SELECT "店铺代码", "果" FROM "店铺" ORDER BY 1') == said
