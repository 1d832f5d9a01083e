"""A declared domain with a workbook of each month, and runs over them that show all that came of them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from support.workbooks import write_sheets
from wdh.errors import DataError
from wdh.intake.ahead import ReadAhead
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out_together

COLUMNS = r"""
domains:
  sales:
    pattern: '(?P<year>\d{4})年(?P<month>\d{2})月_sales'
    sheets: [明细*]
    table: 销售
    pk: [月度]
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: code, width: 4}
      名称: text
      备注: text
      金额: {kind: amount, scale: 2}
    totals: {label: 店铺}
    refs:
      shops:
        table: 店铺
        key: [店铺]
        columns: {店铺: 店铺, 名称: 名称, 合计: {from: 金额, pick: sum}}
"""
HEADER = ["月度", "店铺", "名称", "备注", "金额"]


class Sales:
    """A declared domain with a workbook of each month, whose rows can be odd."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.config = folder, folder / "data_sources.yml"
        self.config.write_text(COLUMNS, encoding="utf-8")

    def write(self, months: int, rows: int, **sheets: list[list[Any]]) -> None:
        """Write plain workbooks, and ``sheets`` in all of them."""
        for month in range(1, months + 1):
            own = [[f"2024-{month:02d}", number % 40, f"店{number % 40}", None, number / 4] for number in range(rows)]
            write_sheets(self.folder / f"2024年{month:02d}月_sales.xlsx", {"明细": [HEADER, *own], **sheets})

    def write_odd(self, dice: random.Random) -> None:
        """Write workbooks with whatever people send."""
        for month in range(1, dice.randint(2, 6) + 1):
            names = [f"明细{number}" for number in range(dice.choice([1, 1, 1, 2, 3]))]
            header = [name for name in HEADER if name in ("月度", "店铺", "金额") or dice.random() < 0.8]
            if dice.random() < 0.3:
                dice.shuffle(header)
            sheets = {name: [header, *_odd_rows(dice, header, month)] for name in names}
            write_sheets(self.folder / f"2024年{month:02d}月_sales.xlsx", sheets)

    def request(self, **more: Any) -> RunRequest:
        """Ask for all months."""
        limit = RejectLimit(rows=1000)
        return RunRequest("sales", self.config, self.folder, **{"max_files": 99, "reject_limit": limit, **more})


def _odd_rows(dice: random.Random, header: list[str], month: int) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for number in range(dice.choice([1, 3, 20, 60])):
        if dice.random() < 0.1:
            rows += [[None] * len(header)] * dice.randint(1, 3)
        if dice.random() < 0.03:
            rows.append([*header])
        amount = dice.choice([number, number / 8, "1,234.50", -3e-6, "viel", None])
        shop = dice.choice([7, "0007", number % 20, "合计", None])
        value = {"月度": f"2024-{month:02d}", "店铺": shop, "名称": dice.choice(["甲", "乙", None]), "金额": amount}
        rows.append([value.get(name) for name in header])
    return rows


def run_sales(request: RunRequest, reading: ReadAhead) -> Any:
    """Plan, and show all that the plan and the report are made of, or how it failed."""
    heard: dict[str, int] = {}

    def on_rows(file: str, rows: int) -> None:
        heard[file] = heard.get(file, 0) + rows

    seen: list[Any] = []

    def on_plan(plan: Any) -> None:
        for step in plan.steps:
            facts = getattr(step, "facts", None)
            if facts is not None:
                seen.append((facts, b"".join(facts.chunks()), facts.sha256))
            else:
                seen.append((step.operation, getattr(step, "rows", None)))

    try:
        (finished,) = carry_out_together(
            [request], open_warehouse=pytest.fail, on_rows=on_rows, on_plan=on_plan, reading=reading
        )
    except TooManyRejects as error:
        return error.message, replace(error.intake, returnable=None)
    except DataError as error:
        return error.message, error.facts
    return replace(finished.report.intake, returnable=None), seen, heard
