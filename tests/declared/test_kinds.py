"""Moments, currencies and number formats of a workbook, on their way into a real warehouse."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

CONFIGURATION = """
domains:
  sales:
    pattern: 订单
    sheet: 订单
    table: 订单
    pk: [下单时间]
    columns:
      下单时间: {kind: datetime, required: true, formats: ["%d.%m.%Y"]}
      交付: date
      金额: {kind: amount, scale: 2, precision: 12, currency: [USD, $]}
      率: percent
      档次: text
    refs:
      days:
        table: 下单日
        key: [下单时间]
        columns: {下单时间: 下单时间, 交付: {from: 交付, pick: first}}
"""
ROWS = (
    (datetime.datetime.fromisoformat("2024-11-30T13:05:06.123"), "2024-11-30 00:00:00.0", "1,234.56-", 3.1, 0),
    ("2024-11-30 13:05:07", datetime.datetime.fromisoformat("2024-12-01"), "$5", 4.5, 3),
    ("30.11.2024 1:05:08.5 PM", "2024/12/1 12:00:00 AM", 7.25, None, 12.7),
    ("2024-12-01", "20241201", "5 USD", 0.0, -2),
)
LOADED = [
    ("2024-11-30 13:05:06.123", "2024-11-30", "-1234.56", "0.031000", "无"),
    ("2024-11-30 13:05:07", "2024-12-01", "5.00", "0.045000", "3"),
    ("2024-11-30 13:05:08.5", "2024-12-01", "7.25", None, "13"),
    ("2024-12-01 00:00:00", "2024-12-01", "5.00", "0.000000", "-2"),
]


def write_orders(path: Path, *more: tuple[Any, ...]) -> None:
    """Write the orders, with the formats that matter."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "订单"
    for row in (("下单时间", "交付", "金额", "率", "档次"), *ROWS, *more):
        sheet.append(row)
    for cells in sheet.iter_rows(min_row=2):
        for cell, number_format in zip(cells, (None, None, "[$$-409]0.00", '0.00"%"', '0;-0;"无"'), strict=True):
            cell.number_format = number_format or cell.number_format
    workbook.save(path)


@pytest.fixture
def orders(place: Any) -> Any:
    """A configuration of orders, and its tables."""
    place.config.write_text(CONFIGURATION, encoding="utf-8")
    made = place.tool("ddl", "sales")
    assert made.exit_code == 0, made.output
    assert '"下单时间" timestamp NOT NULL' in made.output
    place.database.execute(made.stdout)
    return place


@pytest.mark.parametrize("chosen", ["openpyxl", "fast"])
def test_what_the_sheet_shows_is_loaded_and_loading_again_changes_nothing(orders: Any, chosen: str) -> None:
    """Moments to the millisecond, midnights as days, SAP's minus, dollars, literal percents and words for zero."""
    write_orders(orders.folder / "订单.xlsx")
    columns = ", ".join(f'"{name}"::text' for name in ("下单时间", "交付", "金额", "率", "档次"))
    for _ in range(2):
        run = orders.run("--execute", "--reader", chosen)
        assert run.exit_code == 0, run.output
        assert orders.database.rows(f'SELECT {columns} FROM "订单" ORDER BY 1') == LOADED
        assert orders.database.rows('SELECT count(*), min("下单时间")::text FROM "下单日"') == [(4, LOADED[0][0])]


@pytest.mark.parametrize("chosen", ["openpyxl", "fast"])
def test_what_is_not_certain_is_a_reject_with_its_cell(orders: Any, chosen: str) -> None:
    """A time zone, another currency, a time of day in a column of days: each by its cell and reason."""
    write_orders(
        orders.folder / "订单.xlsx",
        ("2024-11-30T13:05:06Z", None, None, None, None),
        ("2024-12-02", "2024-12-02 08:00", "¥5", None, None),
    )
    run = orders.run("--reader", chosen)
    said = " ".join(run.output.split())
    for cell, reason in (("A6", "time_zone"), ("B7", "not_a_date"), ("C7", "foreign_currency")):
        assert re.search(rf" {reason} · 1 cell '[^·]*? {cell} “", said), run.output
