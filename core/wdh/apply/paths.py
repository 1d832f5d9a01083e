"""Chooses how missing rows are inserted, by the catalogue alone: no statement is tried to see whether it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wdh.apply.catalogue import WarehouseTable
from wdh.facts.sendable import write_array
from wdh.plan import InsertMissing, InsertPath, Plan, Upsert
from wdh.sql import catalogue
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target, quote_ident
from wdh.words.language import say


def choose_paths(
    cursor: Cursor, plan: Plan, *, tables: Mapping[Target, WarehouseTable]
) -> dict[tuple[Target, tuple[str, ...]], InsertPath]:
    """Decide for each InsertMissing and each Upsert whether ON CONFLICT can be relied on."""
    wanted = dict.fromkeys((step.target, step.key) for step in plan.steps if isinstance(step, (InsertMissing, Upsert)))
    return {(target, key): choose_path(cursor, tables[target], key=key) for target, key in wanted}


def choose_path(cursor: Cursor, table: WarehouseTable, *, key: Sequence[str]) -> InsertPath:
    """Decide for one table and key. A unique index must cover exactly the key and mean the column's own equality."""
    if not {"INSERT", "UPDATE"}.isdisjoint(table.rules.values()):
        return InsertPath(None, say("the table has a rule for INSERT or UPDATE"))
    cursor.execute(catalogue.ARBITER, {"oid": table.oid, "key": write_array(key, "text")})
    answer = cursor.fetchone()
    arbiter, unusable = answer if answer is not None else (None, False)
    if unusable:
        return InsertPath(None, say("a unique index on the key is deferrable or compares differently"))
    if arbiter is None:
        return InsertPath(None, say("no unique index on exactly the key"))
    return InsertPath(quote_ident(arbiter), say("unique index on the key"))
