"""The rows of a sheet on their way to the warehouse: cells, batches, clean facts, and the spool that keeps them."""

from wdh.facts.fact import Fact
from wdh.facts.values import (
    Batch,
    FactRow,
    Facts,
    FactValue,
    Note,
    Outside,
    Place,
    Refusal,
    Reject,
    Row,
    cell_text,
    cut_rows,
)

__all__ = [
    "Batch",
    "Fact",
    "FactRow",
    "FactValue",
    "Facts",
    "Note",
    "Outside",
    "Place",
    "Refusal",
    "Reject",
    "Row",
    "cell_text",
    "cut_rows",
]
