"""A small made-up domain: holdings by month, plan and portfolio. Everything the job needs of a domain, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from unittest.mock import patch

from wdh import Batch, Columns, Facts, amount, code, hookimpl, month, text

from ..distributions import write_distribution

NAME = "holdings"
SHEET = "明细"

FACTS = Columns(
    month("月度", required=True),
    code("计划代码", upper=True, drop="- "),
    text("计划名称"),
    code("组合代码"),
    text("组合名称"),
    text("客户"),
    text("机构"),
    text("业务"),
    amount("金额", scale=2),
    text("批次"),
    totals=["合计", "总计"],
)

REFS: dict[str, Any] = {
    "plans": {
        "table": "计划",
        "key": ["计划号"],
        "blank": ["(空白)"],
        "columns": {
            "计划号": "计划代码",
            "全称": "计划名称",
            "客户": {"from": "客户", "pick": "most_frequent", "tie_break": "金额"},
            "主拓": {"from": "机构", "pick": "max_by", "by": "金额"},
            "资格": {"from": "业务", "pick": "concat_distinct", "order": ["受托", "投资"]},
            "备注": {"from": "月度", "pick": "first", "format": "%y%m_新建"},
        },
    },
    "portfolios": {
        "table": "组合",
        "key": ["组合号"],
        "blank": ["(空白)"],
        "depends_on": ["plans"],
        "required": ["计划号"],
        "columns": {"组合号": "组合代码", "计划号": "计划代码", "名称": "组合名称"},
    },
}


@hookimpl
def provide_refs() -> dict[str, Any]:
    """Give the two references; tables, keys and what may be filled are for data_sources.yml to say."""
    return REFS


@hookimpl
def transform(batch: Batch) -> Facts:
    """Read the columns as they are described."""
    return FACTS.clean(batch)


@contextmanager
def installed(site: Path) -> Iterator[None]:
    """Have the domain installed, and no other: its distribution is the only one that the registry is shown."""
    entry_points = {"wdh.domains": {NAME: __name__}}
    write_distribution(site, "wdh-holdings", entry_points=entry_points, modules={})
    with patch("wdh.registry.entry_points.distributions", partial(distributions, path=[str(site)])):
        yield
