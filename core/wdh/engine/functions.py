"""The engine's functions, usable alone: backfill and load rows that a program already has in memory.

They build the same steps as a plan and run them with the same code. With ``conn=None`` nothing is run: the answer
says what would be. With a connection they work inside the caller's transaction: the caller commits or rolls back.
A call that raises has written nothing, and either way the session's settings are afterwards what they were.

Rows are a list of mappings from column to value; a column that a row lacks is NULL there. :mod:`wdh.facts.sendable`
says what a value may be. A moment without a time zone means what the session's TimeZone makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import TypedDict, cast

from msgspec import Struct

from wdh.apply import Refused, prepare, read_tables, run_step, verify
from wdh.engine.given import GivenRow, GivenRows, check_chunk_size, check_names, name_target, pick, read_rows
from wdh.engine.session import borrow_session, check_connection
from wdh.facts import FactValue
from wdh.facts.profiles import Profile, profiles_of
from wdh.facts.sendable import adapt_rows, depend_on_columns, find_strange_types
from wdh.logs import Log
from wdh.plan import DeleteScope, FillNullOnly, InsertMissing, InsertRows, Plan, Rows, StagedStep
from wdh.settings import LoadMode
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target
from wdh.words.language import say

log = Log()

CHUNK_SIZE = 1000

SqlPlan = tuple[str, str, Rows]
"""The work of one batch: (operation, SQL, the rows that are staged for it by COPY, in the order of the columns)."""


class InsertResult(TypedDict):
    """The result of :func:`insert_missing`; without a connection, what it would do."""

    inserted: int
    batches: int
    sql_plans: list[SqlPlan]


class UpdateResult(TypedDict):
    """The result of :func:`fill_null_only`. ``updated`` counts rows, not cells."""

    updated: int
    batches: int
    sql_plans: list[SqlPlan]


class LoadResult(TypedDict):
    """The result of :func:`load`."""

    mode: str
    table: str
    deleted: int
    inserted: int
    batches: int
    sql_plans: list[SqlPlan]


def insert_missing(
    table: str,
    key_cols: Sequence[str],
    rows: Sequence[GivenRow],
    conn: Connection | None = None,
    chunk_size: int = CHUNK_SIZE,
    schema: str | None = None,
) -> InsertResult:
    """Insert the rows whose key the table does not have; change no row that is there.

    Returns how many rows were inserted (with ``conn=None``: how many candidates there are), in how many batches, and
    the plans of the batches. Rows that repeat a key must agree, and count once. Without rows nothing is done, and the
    connection is not used. Raises ValueError for a blank key, a contradiction, a value or an argument of the wrong
    kind, a name PostgreSQL would not take, or a connection that wdh cannot work on; SetupError for a table of
    PostgreSQL's own; with a connection also DataError, DatabaseError, and SetupError where the table does not fit.
    """
    target, key, size = name_target(schema, table), _check_key(key_cols), check_chunk_size(chunk_size)
    values = _read(read_rows(rows, first=key), target, conn)
    candidates = _one_per_key(values.rows, key, columns=values.columns)
    steps = [InsertMissing(table, target, key, values.columns, chunk) for chunk in _chunks(candidates, size)]
    inserted = len(candidates) if conn is None else sum(_run(steps, conn, profiles=values.profiles))
    return {"inserted": inserted, "batches": len(steps), "sql_plans": _sql_plans(steps)}


def fill_null_only(
    table: str,
    key_cols: Sequence[str],
    rows: Sequence[GivenRow],
    updatable_cols: Sequence[str],
    conn: Connection | None = None,
    schema: str | None = None,
) -> UpdateResult:
    """Fill columns that are NULL in the table from the row with the same key; change no value that is there.

    Returns how many rows were changed (with ``conn=None``: how many candidates there are). Where no row has a value for
    any of the columns nothing is done, and the connection is not used. Raises as :func:`insert_missing`. Key columns,
    and columns that the database generates, are not filled even if they are named; a warning is logged for them.
    """
    target, key, updatable = (
        name_target(schema, table),
        _check_key(key_cols),
        check_names(updatable_cols, "updatable_cols"),
    )
    fillable = tuple(column for column in updatable if column not in key)
    if len(fillable) < len(updatable):
        log.warning("key_columns_not_filled", table=table, key=list(key))
    columns = (*key, *fillable)
    values = _read(read_rows(rows, first=columns), target, conn)
    picked = pick(values.rows, [values.columns.index(column) for column in columns])
    candidates = _one_per_key(picked, key, columns=columns)
    has_value = any(value is not None for row in candidates for value in row[len(key) :])
    steps = [FillNullOnly(table, target, key, columns, candidates)] if has_value else []
    counts = [len(step.rows) for step in steps] if conn is None else _run(steps, conn, profiles=values.profiles)
    return {"updated": sum(counts), "batches": len(steps), "sql_plans": _sql_plans(steps)}


def load(
    table: str,
    rows: Sequence[GivenRow],
    mode: LoadMode = "delete_insert",
    pk: Sequence[str] | None = None,
    chunk_size: int = CHUNK_SIZE,
    conn: Connection | None = None,
    schema: str | None = None,
) -> LoadResult:
    """Load facts: ``delete_insert`` first deletes all rows whose ``pk`` occurs in ``rows``; ``append`` only adds.

    Returns the rows deleted (with ``conn=None``: the distinct scopes) and inserted, and the table's name as it was
    given. ``append`` does not look at ``pk``. Without rows nothing is done, and the connection is not used. Raises as
    :func:`insert_missing`, and ValueError for an unknown mode or delete_insert without pk.
    """
    if mode not in ("delete_insert", "append"):
        raise ValueError(say("mode must be 'delete_insert' or 'append', not {mode!r}", mode=mode))
    target, size = name_target(schema, table), check_chunk_size(chunk_size)
    scope = () if pk is None else check_names(pk, "pk")
    if mode == "append":
        scope = ()
    elif not scope:
        raise ValueError(say("delete_insert needs pk, the columns whose values say which rows to delete"))
    values = _read(read_rows(rows, first=scope), target, conn)
    scopes = tuple(dict.fromkeys(zip(*_key_columns(values.rows, scope, columns=values.columns), strict=True)))
    deletes: list[StagedStep] = [DeleteScope(target, scope, chunk) for chunk in _chunks(scopes, size)]
    inserts: list[StagedStep] = [InsertRows(target, values.columns, chunk) for chunk in _chunks(values.rows, size)]
    steps = deletes + inserts
    counts = [len(step.rows) for step in steps] if conn is None else _run(steps, conn, profiles=values.profiles)
    return {
        "mode": mode,
        "table": table,
        "deleted": sum(counts[: len(deletes)]),
        "inserted": sum(counts[len(deletes) :]),
        "batches": len(inserts),
        "sql_plans": _sql_plans(steps),
    }


class _Values(Struct, frozen=True):
    """Rows as tuples in the order of ``columns``, and what each column is like."""

    columns: tuple[str, ...]
    rows: Rows
    profiles: Mapping[str, Profile]


def _read(given: GivenRows, target: Target, conn: Connection | None) -> _Values:
    """Turn the values into what their columns are sent; where that depends on the columns, ask for their types.

    Raises ValueError for a value that PostgreSQL cannot hold.
    """
    strange = find_strange_types(given.rows)
    rows = cast(Rows, given.rows)
    if strange:
        kinds = _read_kinds(target, conn) if conn is not None and depend_on_columns(strange) else {}
        rows = adapt_rows(given.columns, given.rows, kinds)
    return _Values(given.columns, rows, profiles_of(given.columns, rows))


def _read_kinds(target: Target, conn: Connection) -> Mapping[str, str]:
    """Ask for the types of a table's columns; none where there is no table, which is told later."""
    with _refusing(Plan(target.table, ()), conn), borrow_session(conn) as cursor:
        table = read_tables(cursor, [target]).get(target)
        types = {} if table is None else {name: column.name for name, column in table.columns.items()}
    # PostgreSQL calls the array of int4 _int4, and wdh.facts.sendable int4[].
    return {name: f"{type_[1:]}[]" if type_.startswith("_") else type_ for name, type_ in types.items()}


def _check_key(key_cols: Sequence[str]) -> tuple[str, ...]:
    key = check_names(key_cols, "key_cols")
    if not key:
        raise ValueError(say("at least one key column is needed"))
    return key


def _key_columns(rows: Rows, key: Sequence[str], *, columns: tuple[str, ...]) -> list[list[FactValue]]:
    """Give the values of each key column. Raises ValueError for a blank one."""
    found = [[*map(itemgetter(columns.index(name)), rows)] for name in key]
    if any(None in values or "" in values for values in found):
        blank = next(values for values in zip(*found, strict=True) if None in values or "" in values)
        raise ValueError(say("a row has a blank key: {key}", key=dict(zip(key, blank, strict=True))))
    return found


def _one_per_key(rows: Rows, key: Sequence[str], *, columns: tuple[str, ...]) -> Rows:
    """Join the rows of each key: a value beats None, two different values are a contradiction."""
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
                    say(
                        "rows with the key {values} disagree about {columns}: {known!r}, {value!r}",
                        values=values,
                        columns=columns[place],
                        known=known[place],
                        value=value,
                    )
                )
    return tuple(map(tuple, joined.values()))


def _chunks(rows: Rows, size: int) -> Iterator[Rows]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _sql_plans(steps: Sequence[StagedStep]) -> list[SqlPlan]:
    return [(step.operation, step.sql, step.rows) for step in steps]


def _run(steps: Sequence[StagedStep], conn: Connection, *, profiles: Mapping[str, Profile]) -> list[int]:
    if not steps:
        return []
    check_connection(conn)
    _check_encoding(steps, conn)
    plan = Plan(steps[0].target.table, tuple(steps))
    with _refusing(plan, conn), borrow_session(conn) as cursor:
        prepared = prepare(plan, cursor, profiles=profiles)
        for remark in prepared.plan.remarks:
            log.warning("plan_changed", remark=remark)
        rows = [run_step(step, cursor, plan=prepared.plan).rows for step in prepared.plan.steps]
        verify(prepared.plan, cursor, tables=prepared.tables)
        return rows


@contextmanager
def _refusing(plan: Plan, conn: Connection) -> Iterator[None]:
    """Say in wdh's words what the server refuses, once the call is undone."""
    import psycopg2

    try:
        yield
    except (psycopg2.Error, Refused) as error:
        from wdh.apply.refusals.sentences import explain

        cause = error.error if isinstance(error, Refused) else error
        raise explain(error, plans=[plan], connection=conn) from cause


def _check_encoding(steps: Sequence[StagedStep], conn: Connection) -> None:
    """Refuse names that the connection cannot send; values travel as UTF-8 whatever its encoding."""
    from psycopg2.extensions import encodings

    try:
        for text in dict.fromkeys(step.sql for step in steps):
            text.encode(encodings.get(conn.encoding, "utf-8"))
    except UnicodeEncodeError as error:
        raise ValueError(
            say(
                "the connection's encoding {encoding} has no {object!r}, which is in the name of the table "
                "or of a column; call conn.set_client_encoding('UTF8') first",
                encoding=conn.encoding,
                object=error.object[error.start : error.end],
            )
        ) from error
