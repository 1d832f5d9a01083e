"""Verifies in the run's own transaction that the rows written are there, under their keys and scopes.

A row count does not prove it: BEFORE triggers and rules can drop a row, keep the old one, or store another key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wdh.apply.catalogue import WarehouseTable, read_tables
from wdh.apply.staging import fill_stage, stage_facts
from wdh.errors import DatabaseError
from wdh.plan import Backfill, DeleteScope, Plan, Statement, Upsert
from wdh.sql import statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import join, say

VerifiedStep = Backfill | DeleteScope | Upsert
"""A step of which the server can be asked what it left undone."""


def verify_staged(step: VerifiedStep, cursor: Cursor, *, watchers: str | None = None) -> None:
    """Ask what a step that just ran left undone; its stage is still there. Raises DatabaseError.

    ``watchers`` names the triggers and rules that may be to blame; None: those of the step's table.
    """
    cursor.execute(step.undone_sql)
    left = [number for (number,) in cursor.fetchall()]
    if left:
        raise _interfered(step.target, cursor, what=_undone(step, left), watchers=watchers)


def check_stored(target: Target, cursor: Cursor, *, sent: int, stored: int) -> None:
    """Make sure that as many rows were stored as were sent. Raises DatabaseError."""
    if sent != stored:
        raise _interfered(
            target, cursor, what=say("{sent:,} facts were sent and {stored:,} stored", sent=sent, stored=stored)
        )


def verify(plan: Plan, cursor: Cursor, *, tables: Mapping[Target, WarehouseTable]) -> None:
    """Ask once more when everything is written, deferred triggers included. Raises DatabaseError.

    Where no table has a trigger or a rule, what was sent is what stands, and nothing need be asked.
    """
    watchers = join("; ", (table.watchers for table in tables.values() if table.is_watched))
    if not watchers:
        return
    for step in plan.steps:
        if isinstance(step, Backfill) and step.rows:
            fill_stage(cursor, step.target, columns=step.columns, rows=step.rows)
            verify_staged(step, cursor, watchers=watchers)
            cursor.execute(statements.DROP_STAGE)
    changed = {step.target for step in plan.of(Statement)}
    for upsert in plan.of(Upsert):
        if upsert.target not in changed:
            stage_facts(upsert, cursor)
            verify_staged(upsert, cursor, watchers=watchers)
            cursor.execute(statements.DROP_STAGE)
    for target, scopes in _replaced(plan).items():
        _verify_facts(target, scopes, plan=plan, cursor=cursor, watchers=watchers)


def _replaced(plan: Plan) -> Mapping[Target, Sequence[DeleteScope]]:
    """Give the scopes of each table that nothing but facts of the plan was written to."""
    scopes: dict[Target, list[DeleteScope]] = {}
    for step in plan.of(DeleteScope):
        if step.standing is None:
            scopes.setdefault(step.target, []).append(step)
    others = {step.target for step in plan.of(Statement)}
    return {
        target: own
        for target, own in scopes.items()
        if target not in others and len({scope.columns for scope in own}) == 1
    }


def _verify_facts(target: Target, scopes: Sequence[DeleteScope], *, plan: Plan, cursor: Cursor, watchers: str) -> None:
    columns, equal = scopes[0].columns, scopes[0].equal
    sent = sum(step.planned for step in plan.fact_inserts(target))
    fill_stage(cursor, target, columns=columns, rows=[row for scope in scopes for row in scope.rows])
    cursor.execute(statements.count_in_scope(target, columns, equal=equal))
    (found,) = cursor.fetchone() or (0,)
    cursor.execute(statements.DROP_STAGE)
    if found != sent:
        what = say(
            "{sent:,} facts were written, and {found:,} are there in their scopes ({columns})",
            sent=sent,
            found=found,
            columns=", ".join(columns),
        )
        raise _interfered(target, cursor, what=what, watchers=watchers)


def _undone(step: VerifiedStep, left: list[int]) -> str:
    if isinstance(step, Upsert):
        shown = join("; ", (str(step.facts.place(line, step.key[0])) for line in left))
    else:
        places = [step.columns.index(name) for name in step.key]
        shown = "; ".join(", ".join(str(step.rows[number][place]) for place in places) for number in left)
    return say(
        "{undone} ({key}: {shown}, and perhaps others)", undone=say(step.undone), key=", ".join(step.key), shown=shown
    )


def _interfered(target: Target, cursor: Cursor, *, what: str, watchers: str | None = None) -> DatabaseError:
    if watchers is None:
        table = read_tables(cursor, [target]).get(target)
        watchers = table.watchers if table is not None and table.is_watched else say("a trigger or a rule")
    return DatabaseError(
        say(
            "{target}: {what}. To blame: {watchers}. A later run would do the same again. Everything was "
            "rolled back. Let the trigger or rule pass these rows as they are, or leave the table out of "
            "the run (--backfill-refs, --skip-facts).",
            target=target.sql,
            what=what,
            watchers=watchers,
        ),
        table=target.sql,
        watchers=watchers,
    ).quoting()
