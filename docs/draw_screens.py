"""Draws docs/images/*.svg: what a terminal of 80 columns shows of real commands.

Usage: ``python docs/draw_screens.py``. It takes a workspace and an embedded server of its own, in a temporary folder,
so that every run of it draws the same but for ids and times.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from openpyxl import load_workbook
from screens import Screens

BOOK = "demo/数据采集/202411/2024年11月年金终稿数据.xlsx"
JOB = ["wdh-run", "--domain", "annuity_performance", "--config", "demo/data_sources.yml", "--data-dir", "demo"]
CHANGE = (
    'UPDATE "年金计划" SET "客户名称" = NULL WHERE "年金计划号" < \'0030\'; '
    'DELETE FROM "组合计划" WHERE "组合代码" < \'0002\''
)
LOST = 'DELETE FROM "规模明细" WHERE "月度" = \'2024-11-01\''
FAULTS = ("三百", "#REF!", "1..5", "￥", "12 万", "n/a", "1e999", "2024-13", "一月", "=A1")


def main() -> None:
    """Run every command in one workspace, one after the other, and draw what it shows."""
    with tempfile.TemporaryDirectory(prefix="wdh-") as folder:
        place = Path(folder)
        screens = Screens(place)
        screens.draw("demo", ["wdh", "demo", "--directory", "demo"])
        screens.draw("plan", JOB)
        screens.run(["wdh", "psql", "-c", CHANGE])
        screens.draw("forecast", [*JOB, "--forecast"])
        screens.draw("executed", [*JOB, "--execute"])
        screens.run(["wdh", "psql", "-c", CHANGE, "-c", LOST])
        screens.draw("run", [*JOB, "--max-files", "3", "--execute"], height=35)
        screens.draw("history", ["wdh", "history"])
        screens.draw("domains", ["wdh", "domains", "--config", "demo/data_sources.yml"])
        spoil(place / BOOK)
        screens.draw("rejects", JOB, height=60)
        config = place / "demo" / "data_sources.yml"
        config.write_text(
            config.read_text("utf-8").replace("        updatable:", "        updatabel:", 1), encoding="utf-8"
        )
        screens.draw("error", JOB)


def spoil(path: Path) -> None:
    """Put forty faults into a workbook, in ten of its columns."""
    book = load_workbook(path)
    sheet = book["规模明细"]
    columns = [cell.column for cell in sheet[3] if cell.value in ("年", "月", "业务类型", "计划类型")]
    columns += list(range(11, 18))
    for number in range(40):
        cell = sheet.cell(20 + number, columns[number % len(columns)])
        cell.value = FAULTS[number % len(FAULTS)]
        cell.data_type = "s"
    book.save(path)


if __name__ == "__main__":
    main()
