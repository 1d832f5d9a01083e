"""The sheet and its lookup file, which both domains have."""

import csv
from decimal import Decimal

from wdh import Columns, SetupError, amount, code, date, integer

FACTS = Columns(
    code("订单号", required=True),
    date("订单日期", required=True),
    code("币种", upper=True, required=True),
    integer("数量", required=True),
    amount("单价", scale=4, required=True),
)

SETTINGS = {
    "rates": {
        "title": "Rates",
        "description": "The CSV file beside data_sources.yml that says how many yuan a unit of each currency is.",
        "type": "string",
        "minLength": 1,
        "default": "rates.csv",
    }
}

NO_RATE = "The currency has no rate: correct the cell, or add the currency to the file of rates."
NOTHING_ORDERED = "An order is of one piece at least: correct the cell."


def read_rates(context):
    """Read the rates, by currency. Raises SetupError for a line that is none."""
    path = context.input_file(context.settings["rates"])
    rates = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            try:
                rates[line["币种"]] = Decimal(line["汇率"])
            except (KeyError, TypeError, ArithmeticError) as error:
                raise SetupError(f"{path}: a line must have 币种 and 汇率, a number; it is {line}.") from error
    return rates
