"""Rules for every pick there is, over facts with the key k, the values v and the numbers n."""

from __future__ import annotations

from wdh.settings import ColumnRule

RULES = {
    "first": ColumnRule("c", "v", "first"),
    "last": ColumnRule("c", "v", "last"),
    "template": ColumnRule("c", "v", "template", format="<{}>"),
    "most_frequent": ColumnRule("c", "v", "most_frequent"),
    "most_frequent with a tie-break": ColumnRule("c", "v", "most_frequent", tie_break="n"),
    "max_by": ColumnRule("c", "v", "max_by", by="n"),
    "min_by": ColumnRule("c", "v", "min_by", by="n"),
    "concat_distinct": ColumnRule("c", "v", "concat_distinct"),
    "concat_distinct in an order": ColumnRule("c", "v", "concat_distinct", order=("a", "b", "c")),
    "count_distinct": ColumnRule("c", "v", "count_distinct"),
    "sum": ColumnRule("c", "n", "sum"),
    "min": ColumnRule("c", "n", "min"),
    "max": ColumnRule("c", "n", "max"),
    "min of texts": ColumnRule("c", "v", "min"),
    "max of texts": ColumnRule("c", "v", "max"),
    "constant": ColumnRule("c", None, "constant", value="x"),
}
"""By what a test calls them. The laws of picks are held to each of these."""
