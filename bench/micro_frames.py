"""Micro benches of the ways to write a domain: by rows, by columns, by derived columns, and by data frames.

Usage: ``python micro_frames.py REPEATS``; prints timings, one a line. The ways are tried in turns, and what
counts is the time of the processor. Each note has the ratio to Columns.clean alone, which all but the first call, too.
Needs the extra test_frames.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

import pandas
import polars
import pyarrow
from timing import Timing, show

from wdh import Batch, Columns, Fact, FactRow, Facts, Reject, Row, amount, code, date, integer, text

ROWS, BATCH_ROWS = 50_000, 2_000
HEADERS = ("订单号", "订单日期", "币种", "数量", "单价", "客户", "备注")
COLUMNS = Columns(
    code("订单号", required=True),
    date("订单日期", required=True),
    code("币种", upper=True, required=True),
    integer("数量", required=True),
    amount("单价", scale=4, required=True),
    text("客户"),
    text("备注"),
)
RATES = {"CNY": Decimal(1), "EUR": Decimal("7.6543"), "USD": Decimal("7.1234")}
CENT = Decimal("0.01")


def make_batches() -> list[Batch]:
    """Make the batches of a sheet of orders."""
    letters = dict(zip(HEADERS, "ABCDEFG", strict=True))
    rows = [
        (
            f"A{n:06}",
            f"2024-11-{n % 30 + 1:02}",
            ("usd", "EUR", "CNY")[n % 3],
            n % 50 + 1,
            n % 9973 / 100,
            f"客户{n % 700}",
            None if n % 4 else f"第{n}单",
        )
        for n in range(ROWS)
    ]
    return [
        Batch(
            "orders.xlsx",
            "订单",
            list(range(start + 2, start + 2 + BATCH_ROWS)),
            dict(zip(HEADERS, map(list, zip(*rows[start : start + BATCH_ROWS], strict=True)), strict=True)),
            letters,
        )
        for start in range(0, ROWS, BATCH_ROWS)
    ]


def by_rows(batch: Batch) -> Facts:
    """Read each row by hand, without the checks that columns make."""

    def read(row: Row) -> FactRow | Reject:
        currency = str(row["币种"]).strip().upper()
        if currency not in RATES:
            return row.reject("币种", "no_rate", "There is no rate.")
        values = {name: row[name] for name in HEADERS}
        price = Decimal(repr(row["单价"]))
        value = (int(row["数量"]) * price * RATES[currency]).quantize(CENT, ROUND_HALF_UP)  # type: ignore[arg-type]
        return row.fact({**values, "币种": currency, "单价": price, "人民币金额": value})  # type: ignore[dict-item]

    return Facts.from_rows(map(read, batch.rows()))


def derived(batch: Batch) -> Facts:
    """Derive the amount row by row."""

    def convert(order: Fact) -> Decimal | Reject:
        rate = RATES.get(order["币种"])  # type: ignore[arg-type]
        if rate is None:
            return order.reject("币种", "no_rate", "There is no rate.")
        return (order["数量"] * order["单价"] * rate).quantize(CENT, ROUND_HALF_UP)  # type: ignore[operator]

    return COLUMNS.clean(batch).derive("人民币金额", convert)


def by_polars(batch: Batch) -> Facts:
    """Make the amount by a frame of polars, with decimals."""
    facts = COLUMNS.clean(batch)
    table = polars.DataFrame(
        {"币种": list(RATES), "汇率": polars.Series(list(RATES.values()), dtype=polars.Decimal(38, 4))}
    )
    orders = polars.DataFrame(facts).join(table, on="币种", how="left")
    price = polars.col("单价").cast(polars.Decimal(38, 8))
    orders = orders.with_columns(人民币金额=polars.col("数量") * price * polars.col("汇率")).drop("汇率")
    return facts.with_frame(orders, scale={"人民币金额": 2})


def by_pandas(batch: Batch) -> Facts:
    """Make the amount by a frame of pandas, with floats."""
    facts = COLUMNS.clean(batch)
    orders = pyarrow.table(facts).to_pandas(types_mapper=pandas.ArrowDtype)
    rates = {currency: float(rate) for currency, rate in RATES.items()}
    prices = orders["单价"].astype("float64")
    orders["人民币金额"] = orders["数量"].astype("float64") * prices * orders["币种"].map(rates).astype("float64")
    return facts.with_frame(orders, scale={"人民币金额": 2})


def there_and_back(batch: Batch) -> Facts:
    """Make a frame of polars, and facts of it again."""
    facts = COLUMNS.clean(batch)
    return facts.with_frame(polars.DataFrame(facts))


WAYS: dict[str, Callable[[Batch], Facts]] = {
    "by rows, without the checks of columns": by_rows,
    "Columns.clean alone": COLUMNS.clean,
    "Columns.clean, a derived column": derived,
    "Columns.clean, polars there and back": there_and_back,
    "Columns.clean, a column by polars": by_polars,
    "Columns.clean, a column by pandas": by_pandas,
}


def main() -> None:
    """Measure all ways in turns."""
    repeats, batches = int(sys.argv[1]), make_batches()

    def measure(way: Callable[[Batch], Facts]) -> float:
        started = time.process_time()
        assert sum(len(way(batch)) for batch in batches) == ROWS
        return time.process_time() - started

    for way in WAYS.values():  # warm
        way(batches[0])
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(repeats):
        for name, way in WAYS.items():
            seconds[name].append(measure(way))
    plain = seconds["Columns.clean alone"]
    for name, found in seconds.items():
        ratio = median(one / other for one, other in zip(found, plain, strict=True))
        show(Timing("Ways to write a domain", name, ROWS, tuple(found), f"{ratio:.1f} × Columns.clean alone"))


if __name__ == "__main__":
    main()
