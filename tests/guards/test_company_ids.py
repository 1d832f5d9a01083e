"""The advice of the annuity domains' own note, to add company_ids, is safe to follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.performance import GOOD
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

CONFIGURATION = """
domains:
  annuity_performance:
    pattern: 规模
    sheet: 规模明细
    table: 规模明细
    pk: {pk}
{more}"""
IDS = "    company_ids: {by_name: {青禾示例集团: '600001001', 云杉示例集团: '600001002'}}\n"
SUMS = 'SELECT count(*), sum("期末资产规模"), count(*) FILTER (WHERE company_id LIKE \'IN%\') FROM "规模明细"'


@pytest.fixture
def workspace(tmp_path: Path, database: Database) -> Workspace:
    header = [name for name in GOOD if name != "company_id"]
    rows = [
        [customer if name == "客户名称" else GOOD[name] for name in header]
        for customer in ("青禾示例集团", "云杉示例集团", "霁蓝示例集团")
        for _ in range(4)
    ]
    write_rows(tmp_path / "规模.xlsx", [header, *rows], sheet="规模明细")
    return Workspace(tmp_path, database)


@pytest.mark.parametrize(
    ("pk", "more", "facts"),
    [
        ("[月度, 业务类型, 计划类型]", "", 12),
        ("[月度, 计划代码, company_id]", '    provisional: {company_id: "IN_*"}\n', 12),
        ("[月度, 计划代码, company_id]", "", 20),
    ],
)
def test_company_ids_that_are_added_later(workspace: Any, pk: str, more: str, facts: int) -> None:
    workspace.config.write_text(CONFIGURATION.format(pk=pk, more=more), encoding="utf-8")
    workspace.create_tables("annuity_performance")
    assert workspace.job("annuity_performance", "--execute").code == 0
    ((count, before, provisional),) = workspace.database.rows(SUMS)
    assert (count, provisional) == (12, 12)
    workspace.add(IDS)
    ended = workspace.job("annuity_performance", "--execute")
    assert ended.code == 0, ended.err
    ((count, after, provisional),) = workspace.database.rows(SUMS)
    assert count == facts
    if facts == 12:
        assert (after, provisional) == (before, 4)
    else:
        assert "left_behind (told): 8 facts" in ended.out
