"""A folder with a workbook of sales, a configuration that declares all of it, and a warehouse that knows some of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

CONFIGURATION = r"""
domains:
  sales:
    pattern: '(?P<year>\d{4})年(?P<month>\d{1,2})月门店销售'
    sheet: 销售
    table: 门店销售
    pk: [月度, 店铺代码]
    columns:
      月度: {kind: month, required: true}
      店铺代码: {kind: code, required: true}
      店铺名称: text
      城市: text
      销售额: {kind: amount, scale: 2}
    refs:
      shops:
        table: 店铺
        key: [店铺代码]
        updatable: [店铺名称, 城市]
        mode: insert_and_fill
        columns: {店铺代码: 店铺代码, 店铺名称: 店铺名称, 城市: 城市}
"""
TABLES = """
CREATE TABLE 门店销售 (月度 date, 店铺代码 text, 店铺名称 text, 城市 text, 销售额 numeric(14,2));
CREATE TABLE 店铺 (店铺代码 text PRIMARY KEY, 店铺名称 text, 城市 text);
INSERT INTO 店铺 VALUES ('0001', '甲店', '北京'), ('0002', NULL, NULL), ('0009', '旧店', '上海');
INSERT INTO 门店销售 VALUES
    ('2024-11-01', '0001', '甲店', '北京', 1000.50), ('2024-11-01', '0001', '甲店', '北京', -20),
    ('2024-11-01', '0009', '旧店', '上海', 300), ('2024-11-01', '0009', '旧店', '上海', 5),
    ('2024-10-01', '0001', '甲店', '北京', 9)
"""
ROWS = [
    ["202411", "0001", "甲店", "天津", 1200],
    ["202411", "0002", "乙店", "北京", 80.25],
    ["202411", "0003", "丙店", "西安", 7],
]


@dataclass(frozen=True, slots=True)
class Sales(Workspace):
    """The folder, the database, and one domain."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write the workbook: the header and these rows."""
        header = ["月度", "店铺代码", "店铺名称", "城市", "销售额"]
        write_rows(self.folder / "2024年11月门店销售.xlsx", [header, *rows], sheet="销售")

    def ask(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh-run`` for the domain."""
        return self.job("sales", *arguments, environment=environment)

    def contents(self) -> list[list[tuple[Any, ...]]]:
        """Read all rows of both tables."""
        return [sorted(self.database.rows(f"SELECT * FROM {table}"), key=repr) for table in ("门店销售", "店铺")]


@pytest.fixture
def sales(tmp_path: Path, database: Any) -> Sales:
    place = Sales(tmp_path, database)
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    place.write(ROWS)
    database.execute(TABLES)
    return place
