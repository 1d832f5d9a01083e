"""A cell that the pick of a reference cannot use stops the run with its name: it is no fault of wdh."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.workbooks import write_rows

REFS = """
@hookimpl
def provide_refs():
    return {"shops": {"table": "店铺", "key": ["店"], "columns": {"店": "店", "果": %s}}}

@hookimpl
def transform(batch):
    return Facts.from_rows(row.fact({"店": row["店"], "额": row["额"]}) for row in batch.rows())
"""
REFUSED = {
    "a text among numbers that decide": ({"from": "店", "pick": "max_by", "by": "额"}, ["B2", "B4"]),
    "a text among numbers in a maximum": ({"from": "额", "pick": "max"}, ["B2", "B4"]),
    "a text in a sum": ({"from": "额", "pick": "sum"}, ["B2", "B3"]),
    "a text in a number's format": ({"from": "额", "format": ".1f"}, ["B2"]),
}


@pytest.mark.parametrize(("rule", "cells"), REFUSED.values(), ids=REFUSED.keys())
def test_a_cell_that_a_pick_cannot_use_is_told_by_file_sheet_and_cell(
    shop: Any, rule: dict[str, str], cells: list[str]
) -> None:
    """Whatever the limit of rejects: the row itself is a fact, and would be loaded without its share of the result."""
    shop.install(REFS % repr(rule))
    shop.database.execute('CREATE TABLE "店铺" (店 text PRIMARY KEY, 果 text)')
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], ["A", "五"], ["A", "一"], ["A", 2], ["B", 3]], sheet="销售")
    ended = shop.run("--execute", "--max-rejects", "100%")
    assert (ended.code, "no --max-rejects lets a pick_refused pass" in ended.err) == (3, True)
    rejects = json.loads(ended.out)["rejects"]
    assert [(each["file"], each["sheet"], each["cell"]) for each in rejects] == [
        ("销售.xlsx", "销售", cell) for cell in cells
    ]
    assert {(each["reason"], each["column"]) for each in rejects} == {("pick_refused", "额")}
    assert all(each["sentence"].startswith("refs.shops, 果: the ") for each in rejects)
    assert shop.facts() == []


def test_nobody_minds_the_cell_where_the_reference_is_not_asked_for(shop: Any) -> None:
    rule, _ = REFUSED["a text among numbers that decide"]
    shop.install(REFS % repr(rule))
    shop.database.execute('ALTER TABLE "销售" ALTER 额 TYPE text')
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], ["A", "五"], ["A", 2]], sheet="销售")
    assert shop.run("--execute", "--backfill-refs", "none").code == 0
    assert shop.facts() == [("A", "2"), ("A", "五")]
