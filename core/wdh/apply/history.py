"""The runs that the ledger knows."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct

from wdh.apply import read_tables
from wdh.apply.applying import Warehouse
from wdh.errors import DatabaseError, SetupError
from wdh.logs import Log
from wdh.sql import ledger
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say
from wdh.words.phrases import first_line

log = Log()

MOST_RECALLED: Final = 200
"""How many of the latest runs of its domain a run looks back on."""


class RecordedRun(Struct, frozen=True):
    """One committed run. ``facts_table`` is None where it loaded no facts; times have a time zone.

    ``input_hash`` is over all that its plan depended on. What follows ``committed_at`` is None where nothing is
    known of it, as of every run of wdh 0.1. ``seconds`` are those from the start to the record; the others are as
    :class:`wdh.apply.RunRecord` has them, ``forecast`` as forecast_counts() and ``periods`` as the ledger's row.
    """

    run_id: str
    domain: str
    mode: str
    facts_table: str | None
    input_hash: str
    files: Sequence[Mapping[str, Any]]
    counts: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    started_at: datetime.datetime
    committed_at: datetime.datetime
    database_user: str | None = None
    os_user: str | None = None
    host: str | None = None
    seconds: float | None = None
    columns: Sequence[str] | None = None
    accepted: Sequence[str] | None = None
    forecast: Mapping[str, Any] | None = None
    periods: Mapping[str, Any] | None = None
    approval: str | None = None
    plugins_off: Sequence[Mapping[str, Any]] | None = None


class LaterRun(Struct, frozen=True):
    """A run that was committed after another, as far as the ledger keeps it; otherwise as :class:`RecordedRun`.

    ``periods`` is without the scopes. ``places`` are the months of its workbooks, or their paths where no month is
    known; None, of one or of all, stands for what was not kept.
    """

    run_id: str
    domain: str
    facts_table: str | None
    counts: Sequence[Mapping[str, Any]]
    periods: Mapping[str, Any] | None
    places: Sequence[str | None] | None


def read_runs(
    warehouse: Warehouse, target: Target, *, domain: str | None = None, limit: int = 20
) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs from the ledger, the newest first; None where there is no ledger yet.

    ``domain`` None asks for those of all domains. Raises DatabaseError where the ledger cannot be read.
    """
    with reading(warehouse, target) as cursor:
        return find_runs(cursor, target, domain=domain, limit=limit)


@contextmanager
def reading(warehouse: Warehouse, target: Target) -> Iterator[Cursor]:
    """Connect in order to read the ledger. Raises DatabaseError where a statement of the block fails."""
    import psycopg2

    try:
        with warehouse.connect() as connection, connection.cursor() as cursor:
            yield cursor
    except psycopg2.Error as error:
        message = say("the ledger {target} cannot be read: {error}", target=target.sql, error=first_line(error))
        raise DatabaseError(message, table=target.sql) from error


def find_runs(
    cursor: Cursor, target: Target, *, domain: str | None = None, limit: int = 20
) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs within a transaction, as :func:`read_runs` does. Raises psycopg2.Error."""
    return _ask(cursor, target, ledger.list_runs, domain=domain or "", limit=str(limit))


def recall_runs(cursor: Cursor, target: Target, *, domain: str) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs of a domain for a report, the newest first; None: there is no ledger, or it says nothing.

    It is the last question of its transaction: after a refusal, that answers no other.
    """
    import psycopg2

    try:
        return find_runs(cursor, target, domain=domain, limit=MOST_RECALLED)
    except psycopg2.Error as error:
        log.info("history_not_read", ledger=target.sql, sqlstate=error.pgcode)
        return None


def find_chain(
    cursor: Cursor, target: Target, *, domain: str, hashes: Collection[str], mended_only: bool = False
) -> tuple[RecordedRun, ...]:
    """Find the runs of a domain that read a file of one of these hashes, or one that was mended from it; oldest first.

    ``mended_only`` leaves out those that read the file itself. Raises psycopg2.Error.
    """
    files: list[list[dict[str, Any]]] = [[{"mended": {"of": each}}] for each in sorted(hashes)]
    files += [] if mended_only else [[{"sha256": each}] for each in sorted(hashes)]
    return _ask(cursor, target, ledger.find_chain, domain=domain, files=json.dumps(files)) or ()


def find_same(cursor: Cursor, target: Target, *, domain: str, input_hash: str) -> RecordedRun | None:
    """Find the latest run of a domain with this input, or else its latest run; None: it has none, or no ledger.

    Raises psycopg2.Error.
    """
    found = _ask(cursor, target, ledger.find_same, domain=domain, input_hash=input_hash)
    return found[0] if found else None


def list_inputs(cursor: Cursor, target: Target, *, domain: str) -> frozenset[str]:
    """List the hashes of the inputs of all runs of a domain. Raises psycopg2.Error."""
    return frozenset(row[0] for row in _fetch(cursor, target, ledger.list_inputs, domain=domain) or ())


def find_since(cursor: Cursor, target: Target, run_id: str, *, tables: Collection[str]) -> Sequence[LaterRun]:
    """Find the runs since ``run_id`` that are of its domain, or have a step on one of ``tables``; the oldest first.

    The tables are named as SQL names them. Raises psycopg2.Error.
    """
    steps = json.dumps([[{"table": table}] for table in sorted(tables)])
    rows = _fetch(cursor, target, ledger.runs_since, run_id=run_id, tables=steps) or ()
    return [LaterRun(*row) for row in rows]


class Loads(Struct, frozen=True):
    """A run, and all runs that loaded facts into its table, itself among them, the oldest first."""

    run: RecordedRun
    loads: tuple[RecordedRun, ...]


def find_run(cursor: Cursor, target: Target, run_id: str) -> Loads:
    """Find the run whose id begins with ``run_id``. Raises SetupError where there is none or more; psycopg2.Error."""
    found = _ask(cursor, target, ledger.find_run, run_id=run_id.strip().lower())
    if not found:
        why = (
            say("no run in {target} has an id that begins so", target=target.sql)
            if found == ()
            else say("there is no ledger {target}", target=target.sql)
        )
        raise SetupError(say("{run_id!r}: {why}; `wdh history` lists the runs", run_id=run_id, why=why), run_id=run_id)
    if len(found) > 1:
        raise SetupError(
            say(
                "{run_id!r}: the ids of several runs begin so, {first} and {second} among them; write more of it",
                run_id=run_id,
                first=found[0].run_id,
                second=found[1].run_id,
            ),
            run_id=run_id,
        )
    if found[0].facts_table is None:
        return Loads(found[0], ())
    return Loads(found[0], _ask(cursor, target, ledger.list_loads, facts_table=found[0].facts_table) or ())


def _ask(
    cursor: Cursor, target: Target, question: Callable[[Target, Collection[str]], str], **told: str
) -> tuple[RecordedRun, ...] | None:
    rows = _fetch(cursor, target, question, **told)
    return None if rows is None else tuple(RecordedRun(*row) for row in rows)


def _fetch(
    cursor: Cursor, target: Target, question: Callable[[Target, Collection[str]], str], **told: str
) -> Sequence[Sequence[Any]] | None:
    """Ask the ledger, where values are put as ``told``; None: there is none."""
    found = read_tables(cursor, [target]).get(target)
    if found is None:
        return None
    cursor.execute(ledger.TELL, (list(told), list(told.values())))
    readable = [name for name in found.columns if "SELECT" not in found.rights.denied.get(name, ())]
    cursor.execute(question(found.place, readable))
    return cursor.fetchall()
