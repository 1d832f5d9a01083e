"""The engine's functions, usable alone: backfill and load rows that a program already has in memory.

They build the same steps as a plan and run them with the same code. With ``conn=None`` nothing is run: the answer
says what would be. With a connection they work inside the caller's transaction: the caller commits or rolls back.
Rows are mappings from column to value; a column that a row lacks is NULL there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypedDict

from wdh.apply import Refused, explain, run_step, settle
from wdh.errors import WdhError
from wdh.facts import FactValue
from wdh.logs import Log
from wdh.plan import DeleteScope, FillNullOnly, InsertMissing, InsertRows, Plan, Rows, StagedStep
from wdh.profiles import Profile, profiles_of
from wdh.settings import LoadMode
from wdh.sql import statements
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

log = Log()

CHUNK_SIZE = 1000

SqlPlan = tuple[str, str, Rows]
"""What a batch does: (operation, SQL, the rows that are staged for it by COPY, in the order of the columns)."""


class InsertResult(TypedDict):
    """What :func:`insert_missing` did, or would do."""

    inserted: int
    batches: int
    sql_plans: list[SqlPlan]


class UpdateResult(TypedDict):
    """What :func:`fill_null_only` did, or would do. ``updated`` counts rows, not cells."""

    updated: int
    batches: int
    sql_plans: list[SqlPlan]


class LoadResult(TypedDict):
    """What :func:`load` did, or would do."""

    mode: str
    table: str
    deleted: int
    inserted: int
    batches: int
    sql_plans: list[SqlPlan]


def insert_missing(
    table: str,
    key_cols: Sequence[str],
    rows: Sequence[Mapping[str, FactValue]],
    conn: Connection | None = None,
    chunk_size: int = CHUNK_SIZE,
    schema: str | None = None,
) -> InsertResult:
    """Insert the rows whose key the table does not have; change no row that is there.

    Returns how many rows were inserted (with ``conn=None``: how many candidates there are), in how many batches, and
    the plans of the batches. Rows that repeat a key must agree, and count once. Raises ValueError for a blank key, a
    contradiction, or a name PostgreSQL would not take; with a connection also SetupError, DataError, DatabaseError.
    """
    target = Target(schema, table)
    values = _read(rows, key_cols)
    columns = values.columns
    candidates = _one_per_key(values.rows, key_cols, columns=columns)
    steps = [InsertMissing(table, target, tuple(key_cols), columns, chunk) for chunk in _chunks(candidates, chunk_size)]
    inserted = len(candidates) if conn is None else sum(_run(steps, conn, profiles=values.profiles))
    return {"inserted": inserted, "batches": len(steps), "sql_plans": _sql_plans(steps)}


def fill_null_only(
    table: str,
    key_cols: Sequence[str],
    rows: Sequence[Mapping[str, FactValue]],
    updatable_cols: Sequence[str],
    conn: Connection | None = None,
    schema: str | None = None,
) -> UpdateResult:
    """Fill columns that are NULL in the table from the row with the same key; change no value that is there.

    Returns how many rows were changed (with ``conn=None``: how many candidates there are). Raises as
    :func:`insert_missing`. Key columns, and columns that the database generates, are not filled even if they are
    named; a warning is logged for them.
    """
    fillable = [column for column in updatable_cols if column not in key_cols]
    if len(fillable) < len(updatable_cols):
        log.warning("key_columns_not_filled", table=table, key=list(key_cols))
    columns = (*key_cols, *fillable)
    values = _read(rows, columns)
    picked = _pick(values.rows, [values.columns.index(column) for column in columns]) if columns else ()
    candidates = _one_per_key(picked, key_cols, columns=columns)
    step = FillNullOnly(table, Target(schema, table), tuple(key_cols), columns, candidates)
    steps = [step] if candidates and fillable else []
    updated = len(candidates) if conn is None else sum(_run(steps, conn, profiles=values.profiles))
    return {"updated": updated, "batches": len(steps), "sql_plans": _sql_plans(steps)}


def load(
    table: str,
    rows: Sequence[Mapping[str, FactValue]],
    mode: LoadMode = "delete_insert",
    pk: Sequence[str] = (),
    chunk_size: int = CHUNK_SIZE,
    conn: Connection | None = None,
    schema: str | None = None,
) -> LoadResult:
    """Load facts: ``delete_insert`` first deletes all rows whose ``pk`` occurs in ``rows``; ``append`` only adds.

    Returns the rows deleted (with ``conn=None``: the distinct scopes) and inserted. Raises as
    :func:`insert_missing`, and ValueError for an unknown mode or delete_insert without pk.
    """
    if mode not in ("delete_insert", "append"):
        raise ValueError(f"mode must be 'delete_insert' or 'append', not {mode!r}")
    if mode == "delete_insert" and not pk:
        raise ValueError("delete_insert needs pk, the columns whose values say which rows to delete")
    target = Target(schema, table)
    values = _read(rows, pk)
    found = _key_columns(values.rows, pk, columns=values.columns) if mode == "delete_insert" else []
    scopes = tuple(dict.fromkeys(zip(*found, strict=True)))
    deletes: list[StagedStep] = [DeleteScope(target, tuple(pk), chunk) for chunk in _chunks(scopes, chunk_size)]
    inserts: list[StagedStep] = [
        InsertRows(target, values.columns, chunk) for chunk in _chunks(values.rows, chunk_size)
    ]
    steps = deletes + inserts
    counts = [len(step.rows) for step in steps] if conn is None else _run(steps, conn, profiles=values.profiles)
    return {
        "mode": mode,
        "table": target.sql,
        "deleted": sum(counts[: len(deletes)]),
        "inserted": sum(counts[len(deletes) :]),
        "batches": len(inserts),
        "sql_plans": _sql_plans(steps),
    }


@dataclass(frozen=True, slots=True)
class _Values:
    """Rows as tuples in the order of ``columns``, and what each column is like."""

    columns: tuple[str, ...]
    rows: Rows
    profiles: Mapping[str, Profile]


def _read(rows: Sequence[Mapping[str, FactValue]], first: Sequence[str]) -> _Values:
    """Read all columns: ``first``, then the others in order of appearance.

    Raises ValueError for a value that PostgreSQL cannot hold.
    """
    columns, values = _read_alike(rows, first) or _read_each(rows, first)
    return _Values(columns, values, profiles_of(columns, values))


def _read_alike(rows: Sequence[Mapping[str, FactValue]], first: Sequence[str]) -> tuple[tuple[str, ...], Rows] | None:
    """Read rows that all have the same columns, as is usual. None: they do not."""
    if {*map(type, rows)} != {dict}:
        return None
    columns = tuple(dict.fromkeys((*first, *rows[0])))
    if not columns or {*map(len, rows)} != {len(columns)}:
        return None
    try:
        return columns, _pick(rows, columns)
    except KeyError:
        return None


def _read_each(rows: Sequence[Mapping[str, FactValue]], first: Sequence[str]) -> tuple[tuple[str, ...], Rows]:
    columns = tuple(dict.fromkeys(chain(first, chain.from_iterable(rows))))
    return columns, tuple(tuple(row.get(column) for column in columns) for row in rows)


def _pick(rows: Sequence[Any], items: Sequence[Any]) -> Rows:
    """Give some items of each row, at least one."""
    found = map(itemgetter(*items), rows)
    return (*(zip(found, strict=True) if len(items) == 1 else found),)


def _key_columns(rows: Rows, key: Sequence[str], *, columns: tuple[str, ...]) -> list[list[FactValue]]:
    """Give the values of each key column. Raises ValueError for a blank one."""
    found = [[*map(itemgetter(columns.index(name)), rows)] for name in key]
    if any(None in values or "" in values for values in found):
        blank = next(values for values in zip(*found, strict=True) if None in values or "" in values)
        raise ValueError(f"a row has a blank key: {dict(zip(key, blank, strict=True))}")
    return found


def _one_per_key(rows: Rows, key: Sequence[str], *, columns: tuple[str, ...]) -> Rows:
    """Join the rows of each key: a value beats None, two different values are a contradiction."""
    if not key:
        raise ValueError("at least one key column is needed")
    found = _key_columns(rows, key, columns=columns)
    keys = found[0] if len(found) == 1 else [*zip(*found, strict=True)]
    if len({*keys}) == len(rows):
        return rows
    joined: dict[tuple[FactValue, ...], list[FactValue]] = {}
    for values, row in zip(zip(*found, strict=True), rows, strict=True):
        known = joined.setdefault(values, [None] * len(columns))
        for place, value in enumerate(row):
            if known[place] is None:
                known[place] = value
            elif value is not None and value != known[place]:
                raise ValueError(
                    f"rows with the key {values} disagree about {columns[place]}: {known[place]!r}, {value!r}"
                )
    return tuple(map(tuple, joined.values()))


def _chunks(rows: Rows, size: int) -> Iterator[Rows]:
    if size < 1:
        raise ValueError("chunk_size must be at least 1")
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _sql_plans(steps: Sequence[StagedStep]) -> list[SqlPlan]:
    return [(step.operation, step.sql, step.rows) for step in steps]


def _run(steps: Sequence[StagedStep], conn: Connection, *, profiles: Mapping[str, Profile]) -> list[int]:
    if not steps:
        return []
    import psycopg2

    _sql_plans(steps)  # a name that PostgreSQL would not take is refused here, before it is asked anything
    if conn.autocommit:
        raise ValueError("the connection is in autocommit mode; wdh needs a transaction to work in")
    with conn.cursor() as cursor:
        plan = Plan(steps[0].target.table, tuple(steps))
        try:
            settled = settle(plan, cursor, profiles=profiles).plan
        except psycopg2.Error as error:
            raise explain(error, plan=plan) from error
        for remark in settled.remarks:
            log.warning("plan_changed", remark=remark)
        cursor.execute(statements.SAVEPOINT_CALL)
        try:
            return [run_step(step, cursor, plan=settled).rows for step in settled.steps]
        except (Refused, WdhError) as error:
            # The caller may catch this and commit: then nothing of the call may be there, as the message says.
            with suppress(psycopg2.Error):
                cursor.execute(statements.BACK_TO_CALL)
            if not isinstance(error, Refused):
                raise
            raise explain(error, plan=settled, connection=conn) from error.error
