"""A domain whose package reads the sheet has corrections and computed columns as a declared one has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows

from wdh.run import RejectLimit, RunRequest, carry_out

CONFIGURATION = """
domains:
  annuity_performance:
    pattern: xlsx
    sheet: 规模明细
    table: 规模明细
    pk: [月度, 业务类型, 计划类型]
    required_columns: [计划代码, 月度]
    corrections:
      计划代码: {aliases: [计划编号], replace: {1P9: P0009}}
      业务类型: {mapping: kinds.yml}
    drop_rows: {when: {备注: [测试]}}
    computed:
      计划类型: {from: 计划代码, mapping: {P0009: 单一计划}, default: 集合计划}
      投资收益: {from: [期末资产规模, 期初资产规模], pick: difference}
"""
HEADER = ["月度", "计划 编号", "业务类型", "计划名称", "期初资产规模", "期末资产规模", "公司代码", "备注"]
ROWS = [
    [202411, "1p9", "受托", "甲", 1, 2.5, "600000001", None],
    [202411, "１Ｐ９", "受托", "甲", 1, 2.5, "600000001", None],
    [202411, "1P9", "投资", "甲", 1, None, "600000001", None],
    [202411, "P0010", "投资", "乙", 1, 1, "600000002", "测 试"],
    [202411, "P0010", "养老", "乙", 1, 1, "600000002", None],
    [202411, "P0010", "投资", "乙", 3, 1, "600000002", "正式"],
    ["合计", None, "合计", None, 7, 7, None, None],
]


def test_headers_values_and_rows_are_put_right_before_the_package_reads_them(tmp_path: Path) -> None:
    config = tmp_path / "data_sources.yml"
    config.write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "kinds.yml").write_text("受托: 企年受托\n投资: 企年投资\n", encoding="utf-8")
    write_rows(tmp_path / "a.xlsx", [["月度", "报表"], HEADER, *ROWS])
    seen: list[Any] = []

    def on_plan(plan: Any) -> None:
        facts = next(step.facts for step in plan.steps if hasattr(step, "facts"))
        seen.extend(values for _, values in facts.lines(("计划代码", "业务类型", "计划类型", "投资收益")))

    request = RunRequest("annuity_performance", config, tmp_path, reject_limit=RejectLimit(rows=1))
    intake = carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan).report.intake
    assert seen == [
        ("1P9", "企年受托", "集合计划", "1.5"),
        ("P0009", "企年受托", "单一计划", "1.5"),
        ("P0009", "企年投资", "单一计划", None),
        ("P0010", "企年投资", "集合计划", "-2"),
    ]
    (reject,) = intake.rejects
    assert (reject.cell, reject.value, reject.reason) == ("C7", "养老", "not_in_mapping")
    (tally,) = intake.workbooks
    assert (tally.data_rows, tally.facts, tally.totals, tally.rejected) == (6, 4, 1, 1)
    assert next(note.cases for note in intake.notes if note.code == "dropped_rows") == {
        "a.xlsx, sheet 规模明细: 备注 is 测试": 1
    }
