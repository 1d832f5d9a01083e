"""The domain `orders_by_frame`: the same by a data frame of polars."""

import polars

from wdh import hookimpl
from wdh_orders.sheet import FACTS, NO_RATE, NOTHING_ORDERED, SETTINGS, read_rates


@hookimpl
def provide_settings():
    return SETTINGS


@hookimpl
def transform(batch, context):
    facts = FACTS.clean(batch)
    rates = read_rates(context)
    table = polars.DataFrame(
        {"币种": list(rates), "汇率": list(rates.values())},
        schema={"币种": polars.String, "汇率": polars.Decimal(38, 6)},
    )
    orders = polars.DataFrame(facts).join(table, on="币种", how="left")
    unknown, empty = polars.col("汇率").is_null(), polars.col("数量") < 1
    facts = facts.refuse(orders.filter(unknown)["row_number"], "币种", "no_rate", NO_RATE)
    facts = facts.refuse(orders.filter(empty & ~unknown)["row_number"], "数量", "nothing_ordered", NOTHING_ORDERED)
    # A product of polars has as many decimals as the longer factor: four and six of them need ten.
    value = polars.col("数量") * polars.col("单价").cast(polars.Decimal(38, 10)) * polars.col("汇率")
    orders = orders.filter(~unknown & ~empty).with_columns(人民币金额=value).drop("汇率")
    return facts.with_frame(orders, scale={"人民币金额": 2})
