"""Stock by shop and article: a delivery has the articles that were counted anew, and is loaded by upsert."""

from wdh import Columns, Table, code, date, hookimpl, integer, text

KEY = ("shop", "article")
STOCK = Columns(
    code("shop", width=4, required=True),
    code("article", aliases=["article no."], width=6, required=True),
    text("name"),
    date("counted", required=True),
    integer("quantity", required=True),
)


@hookimpl
def provide_tables(domain, columns, refs):
    types = {column.name: column.sql_type for column in STOCK}
    return {"facts": Table({**types, **{name: f"{types[name]} NOT NULL" for name in KEY}}, unique=(KEY,))}


@hookimpl
def transform(domain, batch):
    return STOCK.clean(batch)


@hookimpl
def load_facts(domain, facts, target, steps):
    """Take over each count; with ``--mode append``, articles that are new in a shop alone."""
    if steps.mode == "append":
        steps.upsert(target, facts, key=KEY, update=())
    else:
        steps.upsert(target, facts, key=KEY)
    return True
