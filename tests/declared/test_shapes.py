"""Sheets of an odd shape arrive in a real warehouse by data_sources.yml alone, and a second run changes nothing."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import openpyxl

from wdh.testing.domain import load_subject

CONFIGURATION = r"""
domains:
  sales:
    pattern: '^盘点'
    sheets: 仓库*
    header: {rows: 2, below: 2}
    table: 盘点
    pk: [月度, 仓库]
    columns:
      月度: {kind: month, required: true}
      仓库: {kind: text, required: true}
      店铺代码: {kind: code, aliases: [店铺], width: 4, required: true}
      数量: integer
      金额: {kind: amount, scale: 2}
      单位: text
    constants:
      仓库: {sheet: '仓库(?P<value>.)'}
      单位: {cell: B1}
    unpivot: {columns: '(?P<into>\d+年\d+月)/(?P<value>数量|金额)', into: 月度}
    refs:
      shops:
        table: 店铺
        key: [店铺代码]
        columns: {店铺代码: 店铺代码, 首次: {from: 月度, format: "%Y-%m"}}
"""


def write(path: Any, sheets: dict[str, list[list[Any]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in (
            ["单位", "万元"],
            ["2024年盘点"],
            ["店铺", "2024年11月", None, "2024年12月", None],
            [None, "数量", "金额", "数量", "金额"],
            *lines,
        ):
            sheet.append(line)
        for area in ("A2:E2", "A3:A4", "B3:C3", "D3:E3"):
            sheet.merge_cells(area)
    book.save(path)


def test_wide_sheets_of_a_workbook_arrive_as_facts_of_months(place: Any) -> None:
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    write(
        place.folder / "盘点.xlsx",
        {
            "仓库A": [[7, 1, 1.5, None, None], [8, 2, None, 3, 3.25], ["合计", 3, 1.5, 3, 3.25]],
            "仓库B": [[7, None, None, 5, 5]],
        },
    )
    ddl = place.tool("ddl", "sales")
    assert ddl.exit_code == 0, ddl.output
    place.database.execute(ddl.stdout)
    november, december = datetime.date(2024, 11, 1), datetime.date(2024, 12, 1)
    for _ in range(2):
        ended = place.run("--execute")
        assert ended.exit_code == 0, ended.output
        facts = 'SELECT "月度", "仓库", "店铺代码", "数量", "金额", "单位" FROM "盘点" ORDER BY 1, 2, 3'
        assert [
            (*row[:4], None if row[4] is None else float(row[4]), row[5]) for row in place.database.rows(facts)
        ] == [
            (november, "A", "0007", 1, Decimal("1.50"), "万元"),
            (november, "A", "0008", 2, None, "万元"),
            (december, "A", "0008", 3, Decimal("3.25"), "万元"),
            (december, "B", "0007", 5, 5, "万元"),
        ]
        assert place.database.rows('SELECT "店铺代码", "首次" FROM "店铺" ORDER BY 1') == [
            ("0007", "2024-11"),
            ("0008", "2024-11"),
        ]
    assert "References: 0 inserted" in ended.output
    again = place.run("--execute", "--skip-unchanged", "--output", "json")
    assert json.loads(again.stdout)["unchanged_since"] is not None


def test_the_test_kit_reads_such_a_sheet_as_its_domain_gets_it(place: Any) -> None:
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    write(place.folder / "盘点.xlsx", {"仓库A": [[7, 1, 1.5, None, None], [8, 2, None, 3, 3.25]]})
    subject = load_subject("sales", place.config, folder=place.folder)
    facts = subject.transform(subject.read_sheet(place.folder / "盘点.xlsx"))
    assert (facts.columns["月度"], facts.columns["仓库"]) == ([datetime.date(2024, 11, 1)] * 2, ["A", "A"])
    assert facts.columns["金额"] == [1.5, None]


def test_a_sheet_named_on_the_command_line_is_read_alone(place: Any) -> None:
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    write(place.folder / "盘点.xlsx", {"仓库A": [[7, 1, 1.5, None, None]], "仓库B": [["x" * 90, None, None, "?", 5]]})
    refused = place.run("--output", "json")
    assert refused.exit_code == 3
    assert '"cell":"D5"' in refused.stdout.replace(" ", "")
    assert place.run("--sheet", "仓库A").exit_code == 0
