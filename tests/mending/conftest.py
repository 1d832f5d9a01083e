"""A folder with deliveries of sales, a warehouse, and the commands as a user runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.red_books import send_back
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

from wdh.testing.database import Database

SHEET = "销售"
HEADER = ["月度", "店铺代码", "店铺名称", "城市", "销售额", "备注"]
CONFIGURATION = """
domains:
  sales:
    pattern: '(?P<year>20[0-9][0-9])(?P<month>[0-9]{2}).*销售'
    sheet: 销售
    schema: public
    table: 门店销售
    pk: [月度, 店铺代码]
    columns:
      月度: {kind: month, required: true}
      店铺代码: {kind: code, width: 4, required: true}
      店铺名称: text
      城市: {kind: choice, values: [上海, 北京, 广州]}
      销售额: {kind: amount, scale: 2}
    refs:
      shops:
        table: 店铺
        schema: public
        key: [店铺代码]
        updatable: [店铺名称]
        columns:
          店铺代码: 店铺代码
          店铺名称: {from: 店铺名称, pick: most_frequent}
"""
TABLES = """
create table public."店铺" ("店铺代码" text primary key, "店铺名称" text);
create table public."门店销售" ("月度" date, "店铺代码" text references public."店铺", "店铺名称" text, "城市" text,
    "销售额" numeric(12, 2));
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with a configuration and deliveries, and a warehouse."""

    workspace: Workspace
    runs: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    def deliver(self, name: str, rows: Sequence[Sequence[Any]]) -> Path:
        """Write a delivery: a title, the header, and these rows from row 3 on."""
        return write_rows(self.folder / name, [["门店销售明细"], HEADER, *rows], sheet=SHEET)

    def run(self, *arguments: str, domain: str = "sales") -> Ended:
        """Run ``wdh-run``."""
        return self.workspace.job(domain, "--output", "json", *arguments)

    def load(self, *files: Path, mode: str = "delete_insert", more: Sequence[str] = ()) -> dict[str, Any]:
        """Load files; it must succeed. Gives the report."""
        named = [word for file in files for word in ("--file", str(file))]
        return self.run("--execute", "--mode", mode, *named, *more).report

    def send_back(self, original: Path, rejected: Sequence[int], **more: Any) -> Path:
        """Write the workbook that goes back for a delivery."""
        target = self.folder / "back" / original.name
        target.parent.mkdir(exist_ok=True)
        return send_back(original, target, domain="sales", sheet=SHEET, rejected=rejected, **more)

    def facts(self) -> list[Any]:
        """Give the facts in the warehouse, sorted."""
        return sorted(
            self.workspace.database.rows(
                'select to_char("月度", \'YYYY-MM\'), "店铺代码", "店铺名称", "城市", "销售额"::text '
                'from public."门店销售"'
            ),
            key=str,
        )

    def references(self) -> list[Any]:
        """Give the references in the warehouse, sorted."""
        return self.workspace.database.rows('select * from public."店铺" order by 1')


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Desk:
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    database.execute(TABLES)
    return Desk(Workspace(tmp_path, database))
