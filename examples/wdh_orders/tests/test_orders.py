"""What both domains make of orders: the same, to the last cell."""

import itertools
from decimal import Decimal
from pathlib import Path

import pytest
from wdh_orders import by_columns, by_frame

from wdh import Batch, RunContext, SetupError

CONTEXT = RunContext("orders", {"rates": "rates.csv"}, folder=Path(__file__).parents[1])
DOMAINS = [by_columns, by_frame]
HEADERS = dict(zip(["订单号", "订单日期", "币种", "数量", "单价"], "ABCDE", strict=True))


def read(domain, rows, context=CONTEXT):
    columns = {header: [row[place] for row in rows] for place, header in enumerate(HEADERS)}
    batch = Batch("2024年11月订单.xlsx", "订单", range(2, 2 + len(rows)), columns, HEADERS)
    return domain.transform(batch, context)


@pytest.mark.parametrize("domain", DOMAINS)
def test_an_amount_is_exact_and_rounded_half_up(domain):
    rows = [("A1", "2024-11-01", "usd", 3, 19.99), ("A2", "2024-11-01", "EUR", 1, 0.7126)]
    facts = read(domain, rows)
    assert facts.columns["人民币金额"] == [Decimal("427.19"), Decimal("5.45")]
    assert facts.rejects == ()


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_currency_without_a_rate_is_refused_at_its_cell(domain):
    facts = read(domain, [("A1", "2024-11-01", "usd", 3, 1), ("A2", "2024-11-01", "xyz", 0, 1)])
    assert facts.row_numbers == [2]
    assert [(reject.cell, reject.value, reject.reason) for reject in facts.rejects] == [("C3", "xyz", "no_rate")]


def test_both_domains_give_the_same():
    values = itertools.product(
        ["usd", "EUR", "CNY", "XYZ", None],
        [0, 1, 7, 250, "many", None],
        [0.1, 19.99, "1,234.5678", 3, 0.0713, 7.0715, "?"],
    )
    rows = [(f"A{number}", "2024-11-01", *row) for number, row in enumerate(values)]
    by_row, by_table = (read(domain, rows) for domain in DOMAINS)
    assert by_table.row_numbers == by_row.row_numbers
    assert by_table.rejects == by_row.rejects
    assert (by_table.notes, by_table.sums) == (by_row.notes, by_row.sums)
    names = list(by_row.columns)
    assert list(by_table.columns) == names
    for name in names:
        pairs = zip(by_table.columns[name], by_row.columns[name], strict=True)
        assert all(one == (Decimal(repr(other)) if isinstance(other, float) else other) for one, other in pairs)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_file_of_rates_that_is_not_there_is_named(domain, tmp_path):
    context = RunContext("orders", {"rates": "rates.csv"}, folder=tmp_path)
    with pytest.raises(SetupError, match=r"rates\.csv, and it is not there"):
        read(domain, [("A1", "2024-11-01", "usd", 3, 1)], context)
