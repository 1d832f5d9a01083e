"""Finds a later run of the ledger that may have changed what an earlier one left in its tables. In doubt it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from wdh.apply.history import LaterRun, RecordedRun, find_since
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.sql.ledger import RELATIVES

Load = RecordedRun | LaterRun

_ADDING: Final = frozenset(("INSERT_MISSING", "UPDATE_NULL_ONLY"))
"""Operations that delete no row and change no value."""
_LOADING: Final = frozenset(("INSERT", "DELETE", "UPSERT"))
"""Operations of facts of which the ledger keeps the periods."""


def find_overtaking(cursor: Cursor, target: Target, run: RecordedRun) -> str | None:
    """Say which run since ``run`` may have changed what it left, so that it has something to do again; None: none.

    A later run of another period of the same domain, or of another domain, has not where it wrote to other tables,
    only added references, or where the periods of both tell their facts apart. Raises psycopg2.Error.
    """
    relatives = _find_relatives(cursor, {str(count["table"]) for count in run.counts})
    shared = frozenset().union(*relatives.values()) if relatives else frozenset()
    facts = relatives.get(run.facts_table or "", frozenset())
    for later in find_since(cursor, target, run.run_id, tables=shared):
        if later.domain == run.domain and not _are_apart(_places(run), later.places):
            return f"run {later.run_id} of the same period, or of one that is not known, was committed since"
        for count in later.counts:
            table = str(count["table"])
            operation = str(count["operation"])
            if table in facts:
                leaves = operation in _LOADING and table == later.facts_table and _keep_apart(run, later)
            else:
                leaves = table not in shared or operation in _ADDING
            if not leaves:
                return f"run {later.run_id} of {later.domain} wrote to {table} since, and may have changed those rows"
    return None


def _find_relatives(cursor: Cursor, tables: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Find the tables that share rows with each of ``tables``, all named as SQL names them: itself, parents, parts."""
    cursor.execute(RELATIVES, (sorted(tables),))
    found: dict[str, set[str]] = {table: {table} for table in tables}
    for table, schema, name in cursor.fetchall():
        found[table].add(Target(schema, name).sql)
    return {table: frozenset(names) for table, names in found.items()}


def _places(run: RecordedRun) -> Sequence[str | None]:
    """Give the month of each workbook of a run, or its path; None: an earlier wdh kept neither."""
    return [file.get("period") or file.get("path") for file in run.files if "read_by" not in file]


def _are_apart(places: Sequence[str | None], others: Sequence[str | None] | None) -> bool:
    if not places or not others or None in places or None in others:
        return False
    return frozenset(places).isdisjoint(others)


def _keep_apart(run: RecordedRun, later: LaterRun) -> bool:
    """Say whether two runs that loaded facts into one table changed none of each other's."""
    mine, theirs = _list_periods(run), _list_periods(later)
    return bool(mine) and bool(theirs) and mine.isdisjoint(theirs)


def _list_periods(run: Load) -> frozenset[tuple[str, str]]:
    """Give the periods of a run's facts, with the column that tells them apart, if it changed no fact of another.

    Empty: it may have, or that is not known.
    """
    periods: Mapping[str, Any] = run.periods or {}
    column, scope = periods.get("column"), periods.get("scope") or ()
    done = {str(count["operation"]) for count in run.counts if count["table"] == run.facts_table}
    replaces = not done.isdisjoint(("DELETE", "UPSERT"))
    if column is None or not done <= _LOADING or {"DELETE", "UPSERT"} <= done or (replaces and column not in scope):
        return frozenset()
    return frozenset((str(column), str(each["period"])) for each in periods["periods"])
