"""Rows of 规模明细 that are fine as they are, to be spoiled or changed cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import wdh_annuity_performance
from support.batches import make_batch
from wdh import Batch, Facts, RunContext
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
    "期初资产规模": 10936191575.21,
    "期末资产规模": 10936191580.5,
    "供款": 5,
    "流失(含待遇支付)": 1.5,
    "流失": 1,
    "待遇支付": 0.5,
    "投资收益": 12.34,
    "当期收益率": 0.0536,
    "机构代码": "G01",
    "机构名称": "北京",
    "产品线代码": "PL202",
    "年金账户号": "700001",
    "年金账户名": "青禾示例集团年金",
    "company_id": "600001001",
}
"""One row under each header of the sheet."""


def make_rows(*rows: Mapping[str, CellValue], without: Sequence[str] = (), first_row: int = 2) -> Batch:
    """Make a batch of good rows, each changed as its mapping says; a header of any row is there for all."""
    headers = dict.fromkeys(h for row in (GOOD, *rows) for h in row if h not in without)
    return make_batch({h: [row.get(h, GOOD.get(h)) for row in rows] for h in headers}, first_row=first_row)


def read_rows(
    *rows: Mapping[str, CellValue],
    without: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Facts:
    """Let the domain transform such a batch, as a run would."""
    context = RunContext("annuity_performance", settings or {}, environment or {})
    return wdh_annuity_performance.transform(make_rows(*rows, without=without), context)


def note_cases(facts: Facts, code: str) -> Mapping[str, int]:
    """Give the cases of the note with this code; empty where there is none."""
    return next((note.cases for note in facts.notes if note.code == code), {})
