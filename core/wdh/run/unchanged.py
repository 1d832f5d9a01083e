"""Finds runs that would only repeat the domain's latest committed run. In doubt a run is no repetition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from msgspec.structs import replace

from wdh.apply.applying import Warehouse
from wdh.apply.history import RecordedRun, read_runs
from wdh.apply.reading import WarehouseReader
from wdh.errors import WdhError
from wdh.logs import Log
from wdh.run.readings import FileRead, Reading, TableRead, Unknown, hash_rows, is_reading, reading_of
from wdh.run.record import Circumstances
from wdh.sql import ledger as questions
from wdh.sql import settings
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target

log = Log()


def find_same_run(
    circumstances: Circumstances,
    workbooks: Iterable[tuple[str, str]],
    *,
    warehouse: Warehouse,
    ledger: Target,
    lock_timeout: str,
) -> RecordedRun | None:
    """Find the domain's latest committed run, if nothing that it depended on is another now; None: run.

    ``workbooks`` are (name, hash). Files and tables that the packages of that run read are read again. Raises
    DatabaseError where the ledger cannot be read.
    """
    input_hash = circumstances.hash_with(workbooks)
    with warehouse.connect() as connection:
        here = replace(warehouse, connect=lambda: nullcontext(connection))
        runs = read_runs(here, ledger, domain=circumstances.domain.name, limit=1)
        if not runs:
            return None
        change = _find_change(runs[0], input_hash) or _find_change_in_warehouse(
            runs[0], connection, ledger=ledger, lock_timeout=lock_timeout
        )
    if change is None:
        return runs[0]
    log.info("run_not_skipped", latest=runs[0].run_id, why=change)
    return None


def _find_change(run: RecordedRun, input_hash: str) -> str | None:
    """Say what is, or may be, another than it was for ``run``, as far as files can tell."""
    if run.input_hash != input_hash:
        return "the workbooks, the configuration, the options or the code are not those of the latest run"
    for reading in _readings(run):
        if isinstance(reading, Unknown):
            return f"{reading.by} {reading.what}, so that nobody knows what it read"
        if isinstance(reading, FileRead) and not reading.is_same():
            return f"{reading.path}, which {reading.by} read, is not what it was"
    return None


def _readings(run: RecordedRun) -> Sequence[Reading]:
    return [reading_of(document) for document in run.files if is_reading(document)]


def _find_change_in_warehouse(
    run: RecordedRun, connection: Connection, *, ledger: Target, lock_timeout: str
) -> str | None:
    import psycopg2

    asked = [reading for reading in _readings(run) if isinstance(reading, TableRead)]
    try:
        connection.rollback()
        change = _find_other_table(run, connection, ledger=ledger, lock_timeout=lock_timeout)
        connection.rollback()
        with WarehouseReader(lambda: nullcontext(connection), lock_timeout=lock_timeout) as reader:
            return change or next((text for reading in asked if (text := _find_other_answer(reading, reader))), None)
    except psycopg2.Error as error:
        return f"the warehouse does not tell whether its tables are the same: {str(error).strip()}"
    except WdhError as error:
        return f"the warehouse does not tell what it told before: {error.message}"


def _find_other_table(run: RecordedRun, connection: Connection, *, ledger: Target, lock_timeout: str) -> str | None:
    written = {str(count["table"]) for count in run.counts}
    held = {str(count["table"]) for count in run.counts if _brings_rows(count)}
    with connection.cursor() as cursor:
        cursor.execute(settings.READING, (lock_timeout,))
        cursor.execute(questions.tables_since(ledger), (sorted(written), run.run_id))
        found = cursor.fetchall()
    for table, is_there, is_newer, is_empty in found:
        if not is_there or is_newer:
            return f"{table} was made, emptied, restored or altered since the latest run"
        if is_empty and table in held:
            return f"{table} is empty, and was not after the latest run"
    return None


def _brings_rows(count: Mapping[str, Any]) -> bool:
    # A step that compares by key leaves rows behind: those that it inserted, or those that it found.
    operation, rows = str(count["operation"]), int(count["rows"])
    return operation in ("INSERT_MISSING", "UPSERT") or (operation == "INSERT" and rows > 0)


def _find_other_answer(reading: TableRead, reader: WarehouseReader) -> str | None:
    rows = reader.rows(reading.target, reading.columns, where=reading.where)
    if hash_rows(rows) == reading.sha256:
        return None
    return f"{reading.target.sql}, which {reading.by} asked, answers otherwise"
