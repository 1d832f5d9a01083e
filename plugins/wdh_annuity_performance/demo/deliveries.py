"""The deliveries of the demonstration, the faulty workbook, and workbooks of any size."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from wdh_annuity_performance.demo.book import Book, make_book
from wdh_annuity_performance.demo.configuration import with_income, write_configuration
from wdh_annuity_performance.demo.faults import FAULTS, Fault, plant_faults, spread_faults
from wdh_annuity_performance.demo.layouts import COMPLETE, INCOME, PLAIN, SPLIT_MONTH, TITLED, WITHOUT_COMPANY, Layout
from wdh_annuity_performance.demo.lines import Line, Value, income_lines, performance_lines
from wdh_annuity_performance.demo.workbook import SheetRow, write_workbook

FACTS_SHEET, INCOME_SHEET = "规模明细", "收入明细"
SEED = 20241101
_PLANS, _PORTFOLIOS = 60, 160
_FAULTY_ROWS = 40


@dataclass(frozen=True, slots=True)
class Delivery:
    """One workbook of the demonstration. ``opened`` is the share of the portfolios that exist by then.

    ``correction`` is how much 期末资产规模 and 投资收益 of every hundredth line were mended, in yuan.
    """

    name: str
    month: datetime.date
    layout: Layout
    opened: float = 1.0
    correction: int = 0


_OCTOBER = "【for年金分战区经营分析】24年10月年金终稿数据1108采集.xlsx"
DELIVERIES = (
    Delivery(
        "202409/V1/【for年金分战区经营分析】24年9月年金终稿数据1009采集.xlsx",
        datetime.date(2024, 9, 1),
        TITLED,
        opened=0.7,
    ),
    Delivery(f"202410/V1/{_OCTOBER}", datetime.date(2024, 10, 1), WITHOUT_COMPANY, opened=0.9),
    Delivery(f"202410/V2/{_OCTOBER}", datetime.date(2024, 10, 1), WITHOUT_COMPANY, opened=0.9, correction=1000),
    Delivery("202411/2024年11月年金终稿数据.xlsx", datetime.date(2024, 11, 1), SPLIT_MONTH),
)
"""Three months; October came twice, and V2 corrects V1."""


def write_demo(domain: str, folder: Path, seed: int) -> str:
    """Write the demonstration into ``folder`` and return the text of a data_sources.yml for it."""
    write_workbooks(folder, seed=seed)
    return with_income(write_configuration(domain))


def write_workbooks(
    folder: Path, *, seed: int = SEED, rows: int = 3000, deliveries: tuple[Delivery, ...] = DELIVERIES
) -> tuple[Path, ...]:
    """Write the deliveries below ``folder``/数据采集, ``rows`` facts each, and return their paths in order.

    Every fact comes out right: there are no rejects in them. Beside 规模明细 each has a sheet 收入明细.
    """
    return tuple(_write_delivery(folder / "数据采集", delivery, seed=seed, rows=rows) for delivery in deliveries)


def delivery_rows(delivery: Delivery, *, seed: int = SEED, rows: int = 3000) -> Iterator[SheetRow]:
    """Give the rows of a delivery's 规模明细, each with the line it says."""
    random = _random(seed, f"{delivery.month} facts")
    lines = performance_lines(_book(delivery, seed), delivery.month, rows=rows, random=random)
    # Spelled with dice of its own, so that a correction changes the corrected cells and no other.
    return delivery.layout.arrange(_correct(lines, delivery.correction), _random(seed, f"{delivery.month} cells"))


def income_rows(delivery: Delivery, *, seed: int = SEED, rows: int = 3000) -> Iterator[SheetRow]:
    """Give the rows of a delivery's 收入明细, each with the line it says: a quarter as many as ``rows``."""
    random = _random(seed, f"{delivery.month} income")
    lines = income_lines(_book(delivery, seed), delivery.month, rows=rows // 4, random=random)
    return INCOME.arrange(lines, random)


def write_performance_workbook(
    path: Path,
    rows: int,
    *,
    plans: int = 2000,
    portfolios: int = 6000,
    seed: int = SEED,
    layout: Layout = COMPLETE,
    bad_cells: int = 0,
) -> tuple[str, ...]:
    """Write one large workbook of ``rows`` facts for 2024-11, with all quirks, and return its bad cells (``K7``).

    Without ``bad_cells`` all facts are valid; with it so many rows, evenly spread, have one bad cell each.
    Memory does not grow with ``rows``.
    """
    book = make_book(plans=plans, portfolios=portfolios, seed=seed)
    lines = performance_lines(book, datetime.date(2024, 11, 1), rows=rows, random=_random(seed, "facts"))
    bad: list[str] = []
    spoiled = spread_faults(
        layout.arrange(lines, _random(seed, "cells")), layout, total=rows, wanted=bad_cells, bad=bad
    )
    write_workbook(path, {FACTS_SHEET: spoiled})
    return tuple(bad)


def write_month(path: Path, book: Book, month: datetime.date, *, rows: int, seed: int) -> None:
    """Write a workbook of ``rows`` facts of any month, with all quirks; all are valid."""
    lines = performance_lines(book, month, rows=rows, random=_random(seed, "facts"))
    write_workbook(path, {FACTS_SHEET: COMPLETE.arrange(lines, _random(seed, "cells"))})


def write_faulty_workbook(path: Path, *, seed: int = SEED) -> tuple[Fault, ...]:
    """Write a small workbook in which exactly the cells of ``FAULTS`` are bad, and return these."""
    book = make_book(plans=10, portfolios=20, seed=seed)
    lines = performance_lines(book, datetime.date(2024, 11, 1), rows=_FAULTY_ROWS, random=_random(seed, "facts"))
    write_workbook(path, {FACTS_SHEET: plant_faults(PLAIN.arrange(lines, _random(seed, "cells")), FAULTS)})
    return FAULTS


def _write_delivery(folder: Path, delivery: Delivery, *, seed: int, rows: int) -> Path:
    sheets = {
        FACTS_SHEET: delivery_rows(delivery, seed=seed, rows=rows),
        INCOME_SHEET: income_rows(delivery, seed=seed, rows=rows),
    }
    return write_workbook(folder / delivery.name, sheets)


def _book(delivery: Delivery, seed: int) -> Book:
    return make_book(plans=_PLANS, portfolios=_PORTFOLIOS, seed=seed).opened(delivery.opened)


def _correct(lines: Iterator[Line], correction: int) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        mended = number % 100 == 0 and correction
        yield (
            {**line, **{name: _add(line[name], correction) for name in ("期末资产规模", "投资收益")}}
            if mended
            else line
        )


def _add(amount: Value, correction: int) -> Value:
    return amount + correction if isinstance(amount, Decimal) else amount


def _random(seed: int, purpose: str) -> Random:
    return Random(f"{seed} {purpose}")  # noqa: S311 - sample data
