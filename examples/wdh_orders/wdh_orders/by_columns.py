"""The domain `orders`: each row by a function of its named values."""

from decimal import ROUND_HALF_UP, Decimal

from wdh import hookimpl
from wdh_orders.sheet import FACTS, NO_RATE, NOTHING_ORDERED, SETTINGS, read_rates


@hookimpl
def provide_settings():
    return SETTINGS


@hookimpl
def transform(batch, context):
    rates = read_rates(context)

    def convert(order):
        if order["币种"] not in rates:
            return order.reject("币种", "no_rate", NO_RATE)
        if order["数量"] < 1:
            return order.reject("数量", "nothing_ordered", NOTHING_ORDERED)
        value = order["数量"] * order["单价"] * rates[order["币种"]]
        return value.quantize(Decimal("0.01"), ROUND_HALF_UP)

    return FACTS.clean(batch).derive("人民币金额", convert)
