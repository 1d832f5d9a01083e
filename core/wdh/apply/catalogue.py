"""What the catalogue says about the tables a plan writes to, and whether the plan fits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wdh.apply.fitting import ColumnType
from wdh.errors import SetupError
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertPath,
    InsertRows,
    Plan,
    Skip,
    StagedStep,
    Statement,
    Step,
)
from wdh.spelling import did_you_mean
from wdh.sql import catalogue
from wdh.sql.identifiers import Target, quote_ident
from wdh.values import write_array

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "LOCK")
_NEEDED: Mapping[type, frozenset[str]] = {
    InsertMissing: frozenset(("SELECT", "INSERT", "LOCK")),
    FillNullOnly: frozenset(("SELECT", "UPDATE")),
    DeleteScope: frozenset(("SELECT", "DELETE")),
    InsertRows: frozenset(("INSERT", "LOCK")),
    Append: frozenset(("INSERT", "LOCK")),
}
_ON_DELETE = {"c": "delete rows of", "n": "set NULL in", "d": "set defaults in"}
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "i": "an index", "S": "a sequence"}


@dataclass(frozen=True, slots=True)
class WarehouseTable:
    """A table as the catalogue has it.

    ``rewrites_rows``: a trigger may change a row before it is stored. ``denied`` are the privileges that the role
    lacks, LOCK among them. ``cascades`` say which other tables a DELETE would change.
    """

    target: Target
    oid: int
    schema: str
    name: str
    kind: str
    has_rule: bool
    rewrites_rows: bool
    columns: Mapping[str, ColumnType]
    denied: frozenset[str]
    cascades: tuple[str, ...]


def read_tables(cursor: Cursor, targets: Iterable[Target]) -> dict[Target, WarehouseTable]:
    """Look up each target; one that does not exist is not in the answer."""
    tables = {}
    for target in targets:
        cursor.execute(catalogue.RELATION, (target.sql,))
        found = cursor.fetchone()
        if found is not None:
            tables[target] = _read_table(cursor, target, found=found)
    return tables


def _read_table(cursor: Cursor, target: Target, *, found: tuple[int, str, str, str, bool, bool]) -> WarehouseTable:
    oid, schema, name, kind, has_rule, rewrites_rows = found
    cursor.execute(catalogue.COLUMNS, {"oid": oid})
    columns = {column: ColumnType(*described) for column, *described in cursor.fetchall()}
    cursor.execute(catalogue.PRIVILEGES, {"oid": oid})
    granted = cursor.fetchone() or ()
    cursor.execute(catalogue.CASCADES, (oid,))
    cascades = tuple(f"{_ON_DELETE[action]} {table} ({name})" for name, table, action in cursor.fetchall())
    return WarehouseTable(
        target=target,
        oid=oid,
        schema=schema,
        name=name,
        kind=kind,
        has_rule=has_rule,
        rewrites_rows=rewrites_rows,
        columns=columns,
        denied=frozenset(privilege for privilege, has in zip(_PRIVILEGES, granted, strict=True) if not has),
        cascades=cascades,
    )


def check_plan(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> None:
    """Raise one SetupError that names every table or column of the plan that the warehouse cannot take."""
    faults = list(dict.fromkeys(fault for step in plan.steps for fault in _step_faults(step, tables)))
    if faults:
        raise SetupError(
            "the warehouse does not fit the plan:\n"
            + "".join(f"  {fault}\n" for fault in faults)
            + "Correct schema, table and columns in data_sources.yml, or create what is missing "
            "(`wdh ddl DOMAIN` prints the statements of a domain). Nothing was written.",
            faults=faults,
        )


def _step_faults(step: Step, tables: Mapping[Target, WarehouseTable]) -> Iterable[str]:
    if isinstance(step, Skip):
        return
    table = tables.get(step.target)
    if table is None:
        yield f"{step.target.sql} does not exist" + ("" if step.target.schema else " on the search_path")
    elif table.kind not in "rp":
        yield f"{step.target.sql} is {_KINDS.get(table.kind, 'no table')}, and wdh writes to tables only"
    elif not isinstance(step, Statement):
        yield from _column_faults(step, table)
        yield from _privilege_faults(step, table)
        if isinstance(step, DeleteScope):
            yield from (
                f"{step.target.sql}: deleting its rows would also {effect}; load with --mode append, or have the "
                "foreign key changed to NO ACTION"
                for effect in table.cascades
            )


def _column_faults(step: StagedStep | Append, table: WarehouseTable) -> Iterable[str]:
    for column in step.columns:
        kind = table.columns.get(column)
        if kind is None:
            near = did_you_mean(column, table.columns)
            yield f"{step.target.sql} has no column {quote_ident(column)}{near}"
        elif kind.is_unwritable and not isinstance(step, (DeleteScope, FillNullOnly)):
            yield f"{step.target.sql}: column {quote_ident(column)} is generated by the database"
    if isinstance(step, (Append, InsertRows)) and not table.rewrites_rows:
        for column, described in table.columns.items():
            if described.needs_value and column not in step.columns:
                yield f"{step.target.sql}: column {quote_ident(column)} needs a value, and the facts have none"


def _privilege_faults(step: StagedStep | Append, table: WarehouseTable) -> Iterable[str]:
    missing = _NEEDED[type(step)] & table.denied
    if "LOCK" in missing:
        yield f"{step.target.sql}: the role may not lock it, which needs UPDATE, DELETE or TRUNCATE on the table"
    named = sorted(missing - {"LOCK"})
    if named:
        yield f"{step.target.sql}: the role lacks {', '.join(named)} (GRANT {', '.join(named)} ON {step.target.sql} …)"


def choose_paths(
    cursor: Cursor, plan: Plan, *, tables: Mapping[Target, WarehouseTable]
) -> dict[tuple[Target, tuple[str, ...]], InsertPath]:
    """Decide for each InsertMissing whether ON CONFLICT can be relied on, by the catalogue alone."""
    return {
        (step.target, step.key): choose_path(cursor, tables[step.target], key=step.key)
        for step in plan.steps
        if isinstance(step, InsertMissing)
    }


def choose_path(cursor: Cursor, table: WarehouseTable, *, key: Sequence[str]) -> InsertPath:
    """Decide for one table and key. A unique index must cover exactly the key and mean the column's own equality."""
    if table.has_rule:
        return InsertPath(None, "the table has a rule for INSERT or UPDATE")
    # As text: a program may have told psycopg2 to send its lists as something else.
    cursor.execute(catalogue.ARBITER, {"oid": table.oid, "key": write_array(key, "text")})
    answer = cursor.fetchone()
    arbiter, unusable = answer if answer is not None else (None, False)
    if unusable:
        return InsertPath(None, "a unique index on the key is deferrable or compares differently")
    if arbiter is None:
        return InsertPath(None, "no unique index on exactly the key")
    return InsertPath(quote_ident(arbiter), "unique index on the key")
