"""A folder with a workbook of sales and a data_sources.yml that says all there is to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workbooks import write_rows

from wdh.command.main import main as tool_command
from wdh.command.run import main as job_command

CONFIGURATION = r"""
domains:
  sales:
    pattern: '(?P<year>\d{4})年(?P<month>\d{1,2})月门店销售'
    sheet: 销售
    table: 门店销售
    pk: [月度, 店铺代码]
    totals: [合计]
    columns:
      月度: {kind: month, required: true}
      店铺代码: {kind: code, aliases: [店号], width: 4, required: true}
      店铺名称: text
      城市: {kind: text, blank: [(空白)]}
      类型: {kind: choice, values: [直营, 加盟]}
      销售额: {kind: amount, scale: 2, default: 0}
      毛利率: percent
      营业: boolean
    refs:
      shops:
        table: 店铺
        key: [店铺代码]
        updatable: [店铺名称, 城市]
        columns:
          店铺代码: 店铺代码
          店铺名称: {from: 店铺名称, pick: most_frequent}
          城市: 城市
          首次: {from: 月度, format: "%Y-%m"}
"""
HEADER = ["月度", "店号", "店铺名称", "城市", "类型", "销售额", "毛利率", "营业", "备注"]


@dataclass(frozen=True, slots=True)
class Place:
    """The folder, and a database for it."""

    folder: Path
    database: Any

    @property
    def config(self) -> Path:
        return self.folder / "data_sources.yml"

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write the workbook: a title, the header, and these rows."""
        write_rows(self.folder / "2024年11月门店销售.xlsx", [["门店销售月报"], HEADER, *rows], sheet="销售")

    def run(self, *arguments: str) -> Any:
        """Run wdh-run for the domain."""
        places = ["--domain", "sales", "--config", str(self.config), "--data-dir", str(self.folder)]
        return CliRunner().invoke(job_command, [*places, *arguments], env=self.database.environment)

    def tool(self, *arguments: str) -> Any:
        """Run wdh."""
        return CliRunner().invoke(tool_command, [*arguments, "--config", str(self.config)])


@pytest.fixture
def place(tmp_path: Path, database: Any) -> Place:
    place = Place(tmp_path, database)
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    return place
