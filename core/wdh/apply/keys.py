"""Finds steps whose keys certainly differ to PostgreSQL, so that the server need not be asked.

The server would compare the whole stage, and most keys are texts of which it only compares the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.plan import Backfill, Plan
from wdh.sql.identifiers import Target


def tell_keys_apart(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Plan:
    """Mark the steps whose keys certainly differ to PostgreSQL, too. Every value must have been found to fit."""
    steps = tuple(
        replace(step, keys_differ=_differ(step, tables[step.target])) if isinstance(step, Backfill) else step
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def _differ(step: Backfill, table: WarehouseTable) -> bool:
    if not all(table.columns[name].tells_texts_apart for name in step.key):
        return False
    columns = [list(map(itemgetter(place), step.rows)) for place in [step.columns.index(name) for name in step.key]]
    if any({*map(type, column)} - {str} for column in columns):
        return False
    keys = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
    return len({*keys}) == len(step.rows)
