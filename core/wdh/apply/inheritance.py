"""Refuses facts in inheritance children: a run would delete them there and insert the new ones into the parent."""

from __future__ import annotations

from collections.abc import Mapping

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.staging import fill_stage
from wdh.errors import SetupError
from wdh.plan import DeleteScope, Plan
from wdh.sql import statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say


def refuse_inherited_facts(plan: Plan, cursor: Cursor, *, tables: Mapping[Target, WarehouseTable]) -> None:
    """Raise SetupError where a scope that is to be replaced has rows in a child of its table."""
    for step in plan.of(DeleteScope):
        children = [member.target for member in tables[step.target].members[1:] if not member.is_partition]
        found = [child for child in children if _has_scope(step, child, cursor)]
        if found:
            names = ", ".join(child.sql for child in found)
            raise SetupError(
                say(
                    "{target}: facts of these scopes lie in {names}, which inherits from it. They would be "
                    "deleted there, and the new ones inserted into the parent. Name the child as the table of "
                    "the facts, or load with --mode append. Nothing was written.",
                    target=step.target.sql,
                    names=names,
                ),
                table=step.target.sql,
            )


def _has_scope(step: DeleteScope, child: Target, cursor: Cursor) -> bool:
    fill_stage(cursor, step.target, columns=step.columns, rows=step.rows)
    cursor.execute(statements.count_in_scope(child, step.columns, equal=step.equal, only=True))
    (rows,) = cursor.fetchone() or (0,)
    cursor.execute(statements.DROP_STAGE)
    return bool(rows)
