"""Rows of 收入明细 that are fine as they are, to be spoiled or changed cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import wdh_annuity_income
from support.batches import make_batch
from wdh import Facts, RunContext
from wdh.facts.cells import CellValue

GOOD: dict[str, CellValue] = {
    "月度": 202411,
    "业务类型": "企年受托",
    "计划类型": "单一计划",
    "计划代码": "Z0003",
    "计划名称": "青禾示例企业年金计划",
    "组合类型": "固收",
    "组合代码": "P0012",
    "组合名称": "青禾稳健",
    "客户名称": "青禾示例集团",
    "固费": 1234567.8901,
    "浮费": 12.5,
    "回补": -3,
    "税": 0.07,
    "机构代码": "G01",
    "机构名称": "北京",
    "产品线代码": "PL202",
    "年金账户名": "青禾示例集团年金",
    "company_id": "600001001",
}
"""One row under each header of the sheet."""


def read_rows(
    *rows: Mapping[str, CellValue], without: Sequence[str] = (), settings: Mapping[str, Any] | None = None
) -> Facts:
    """Let the domain transform good rows, each changed as its mapping says, as a run would."""
    headers = dict.fromkeys(h for row in (GOOD, *rows) for h in row if h not in without)
    batch = make_batch({h: [row.get(h, GOOD.get(h)) for row in rows] for h in headers}, first_row=2)
    return wdh_annuity_income.transform(batch, RunContext("annuity_income", settings or {}))
