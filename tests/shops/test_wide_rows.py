"""A package that makes several facts of a row, each of another cell: rejects and lineage say which row and cell."""

from __future__ import annotations

import pytest
from support.workbooks import write_rows

from .conftest import CONFIG, Shop

CLEANED = """
from wdh import Columns, amount, month, text, unpivot

FACTS = Columns(text("店"), month("月"), amount("额", scale=2), totals=["合计"])

@hookimpl
def reshape(batch):
    return unpivot(batch, columns=r"20\\d\\d年\\d+月", into="月", value="额")

@hookimpl
def transform(batch):
    return FACTS.clean(batch)
"""
BY_ROW = """
from dataclasses import replace
from datetime import date

MONTHS = {"2024年11月": date(2024, 11, 1), "2024年12月": date(2024, 12, 1)}

@hookimpl
def reshape(batch):
    return [
        replace(
            batch,
            columns={"店": batch.columns["店"], "月": [text] * len(batch), "额": batch.columns[text]},
            letters={"店": batch.letters["店"], "额": batch.letters[text]},
        )
        for text in MONTHS
    ]

@hookimpl
def transform(batch):
    return Facts.from_rows(map(judge, batch.rows()))

def judge(row):
    if isinstance(row["额"], str):
        return row.reject("额", "not_a_number", "Write a number.")
    return row.fact({"店": row["店"], "月": MONTHS[row["月"]], "额": row["额"]})
"""


@pytest.mark.parametrize("source", [CLEANED, BY_ROW], ids=["by columns", "by rows"])
def test_several_facts_of_a_row_each_name_their_own_cell(shop: Shop, source: str) -> None:
    config = CONFIG.replace("pk: [店]", "pk: [店, 月], lineage: {row: 行}")
    (shop.folder / "data_sources.yml").write_text(config, encoding="utf-8")
    rows = [["销售表"], ["店", "2024年11月", "2024年12月"], ["A", 1, 2], ["B", 3, "viel"], ["C", 5, 6]]
    write_rows(shop.folder / "销售.xlsx", rows, sheet="销售")
    shop.database.execute('ALTER TABLE "销售" ADD 月 date, ADD 行 integer')
    shop.install(source)
    report = shop.run("--execute", "--max-rejects", "1").report
    assert [(each["cell"], each["value"]) for each in report["rejects"]] == [("C4", "viel")]
    held = shop.database.rows('SELECT 店, 月::text, 额::int, 行 FROM "销售" ORDER BY 1, 2')
    assert held == [
        ("A", "2024-11-01", 1, 3),
        ("A", "2024-12-01", 2, 3),
        ("B", "2024-11-01", 3, 4),
        ("C", "2024-11-01", 5, 5),
        ("C", "2024-12-01", 6, 5),
    ]
    (workbook,) = report["workbooks"]
    assert (workbook["data_rows"], workbook["facts"], workbook["rejected"]) == (3, 5, 1)


def test_rows_without_a_value_and_totals_are_counted(shop: Shop) -> None:
    config = CONFIG.replace("pk: [店]", "pk: [店, 月]")
    (shop.folder / "data_sources.yml").write_text(config, encoding="utf-8")
    rows = [["店", "2024年11月", "2024年12月"], ["A", 1, 2], ["B", None, None], ["C", 5, None], ["合计", 6, 3]]
    write_rows(shop.folder / "销售.xlsx", rows, sheet="销售")
    shop.install(CLEANED)
    report = shop.run().report
    (workbook,) = report["workbooks"]
    assert (workbook["data_rows"], workbook["facts"], workbook["totals"]) == (4, 3, 1)
    cases = {note["code"]: note["cases"] for note in report["notes"]}
    assert cases["no_values"] == {"销售.xlsx, sheet 销售": 1}
    assert list(cases["total_differs"]) == [case for case in cases["total_differs"] if "C5" in case]
