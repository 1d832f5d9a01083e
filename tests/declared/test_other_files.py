"""A delivery in text or .xls is loaded like any other: found by its pattern, planned, executed, traced, skipped."""

from __future__ import annotations

import csv
import datetime
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

CONFIGURATION = r"""
domains:
  sales:
    pattern: '门店销售(?P<year>\d{4})(?P<month>\d\d)\.(?:csv|xls)$'
    table: 门店销售
    pk: [月度]
    text: {encoding: gb18030, delimiter: ";"}
    lineage: {file: 来源, sheet: 表, row: 行}
    columns:
      月度: {kind: month, required: true}
      店号: {kind: code, width: 4}
      名称: text
      金额: {kind: amount, scale: 2}
      毛利: percent
"""
SHOPS = Path(__file__).parents[1] / "workbook" / "files" / "shops.xls"
HEADER = ["月度", "店号", "名称", "金额", "毛利"]
ROWS = [["2024-11", "12", "南京路\n二楼", "1,234.50", "5.36%"], ["2024年11月", "0013", "甲; 乙", "(20)", "-"]]
NOVEMBER = datetime.date(2024, 11, 1)


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["门店销售月报"], HEADER, *rows])


def test_a_delivery_in_text_arrives_once_and_its_rejects_name_their_cells(place: Any) -> None:
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    path = place.folder / "门店销售202411.csv"
    write(path, [*ROWS, ["202411", "14", "丙", "#N/A", "1"], ["202411", "15", "丁", "1", "1", "2"]])
    planned = place.run("--output", "json")
    assert planned.exit_code == 3, planned.output
    report = json.loads(planned.stdout)
    assert "text_form" not in {note["code"] for note in report["notes"]}, "all of it is said"
    cells = [(one["row"], one["cell"], one["reason"]) for one in report["rejects"]]
    assert cells[:2] == [(5, "D5", "error_value"), (6, "A6", "shifted_cell")]
    write(path, ROWS)
    place.database.execute(place.tool("ddl", "sales").stdout)
    assert place.run("--execute").exit_code == 0
    again = place.run("--execute", "--skip-unchanged", "--output", "json")
    assert (again.exit_code, json.loads(again.stdout)["workbooks"]) == (0, [])
    shutil.copy(SHOPS, place.folder / "门店销售202412.xls")
    december = place.run("--execute", "--max-rejects", "1", "--output", "json")
    assert december.exit_code == 0, december.output
    assert [one["cell"] for one in json.loads(december.stdout)["rejects"]] == ["D5"]
    assert place.database.rows('SELECT "店号", "金额", "毛利", "行" FROM "门店销售" WHERE "月度" = \'2024-12-01\'') == [
        ("0012", Decimal("1234.50"), Decimal("0.0536"), 3),
        ("0013", Decimal("10936191575.21"), None, 4),
    ]
    assert place.database.rows(
        'SELECT "月度", "店号", "名称", "金额", "毛利", "来源", "表", "行" FROM "门店销售" ORDER BY 1, 8 LIMIT 2'
    ) == [
        (NOVEMBER, "0012", "南京路 二楼", Decimal("1234.50"), Decimal("0.0536"), path.name, path.stem, 3),
        (NOVEMBER, "0013", "甲; 乙", Decimal("-20.00"), None, path.name, path.stem, 4),
    ]
