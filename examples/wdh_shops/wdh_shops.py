"""Monthly sales by shop: a complete domain for wdh."""

from wdh import Columns, amount, code, hooks, month, text

FACTS = Columns(
    month("月度", required=True),
    code("店铺代码", aliases=["店号"], width=4, required=True),
    text("店铺名称"),
    amount("销售额", scale=2),
)


@hooks.provide_refs
def provide_refs(domain):
    return {
        "shops": {
            "table": "店铺",
            "key": ["店铺代码"],
            "updatable": ["店铺名称"],
            "columns": {"店铺代码": "店铺代码", "店铺名称": {"from": "店铺名称", "pick": "most_frequent"}},
        }
    }


@hooks.transform
def transform(domain, batch):
    return FACTS.clean(batch)
