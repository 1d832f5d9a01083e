"""Finds runs that would only repeat one that was committed. In doubt a run is no repetition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from msgspec.structs import replace

from wdh.apply.applying import Warehouse
from wdh.apply.history import RecordedRun, find_same, reading
from wdh.apply.overtaking import find_overtaking
from wdh.apply.reading import WarehouseReader
from wdh.errors import WdhError
from wdh.intake.tally import Intake
from wdh.logs import Log
from wdh.plan import Plan
from wdh.registry import conduct
from wdh.report import Report
from wdh.run.readings import FileRead, Reading, TableRead, Unknown, hash_rows, is_reading, reading_of
from wdh.run.record import Circumstances
from wdh.run.task import Task
from wdh.sql import settings, standing
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target
from wdh.workbook import hash_workbook

log = Log()


def report_unchanged(task: Task, warehouse: Warehouse) -> Report | None:
    """Report that nothing is to be done, if a committed run had just this to do, and nothing changed its rows since."""
    same = find_same_run(
        task.circumstances,
        ((workbook.path.name, hash_workbook(workbook.path)) for workbook in task.found.taken),
        warehouse=warehouse,
        ledger=task.configuration.ledger,
        lock_timeout=task.request.lock_timeout,
    )
    if same is None:
        return None
    vetoes = task.circumstances.vetoes
    return Report(
        task.request.domain,
        Intake((), (), (), ()),
        Plan(task.request.domain, (), remarks=conduct.remarks()),
        skip_facts=bool(vetoes),
        vetoes=vetoes,
        plugins_off=task.circumstances.off,
        database=warehouse.described,
        unchanged_since=same,
    )


def find_same_run(
    circumstances: Circumstances,
    workbooks: Iterable[tuple[str, str]],
    *,
    warehouse: Warehouse,
    ledger: Target,
    lock_timeout: str,
) -> RecordedRun | None:
    """Find the domain's latest committed run with this input, if it would do nothing now; None: run.

    ``workbooks`` are (name, hash). Files and tables that the packages of that run read are read again; a later run of
    the same period, or one that may have changed its rows, leaves it in doubt. Raises DatabaseError where the ledger
    cannot be read.
    """
    input_hash, domain = circumstances.hash_with(workbooks), circumstances.domain.name
    with warehouse.connect() as connection:
        here = replace(warehouse, connect=lambda: nullcontext(connection))
        with reading(here, ledger) as cursor:
            run = find_same(cursor, ledger, domain=domain, input_hash=input_hash)
            if run is None:
                return None
        change = _find_change(run, input_hash) or _find_change_in_warehouse(
            run, connection, ledger=ledger, lock_timeout=lock_timeout
        )
    if change is None:
        return run
    log.info("run_not_skipped", latest=run.run_id, why=change)
    return None


def _find_change(run: RecordedRun, input_hash: str) -> str | None:
    """Say what is, or may be, another than it was for ``run``, as far as files can tell."""
    if run.input_hash != input_hash:
        return "the workbooks, the configuration, the options or the code are not those of any run"
    for read in _readings(run):
        if isinstance(read, Unknown):
            return f"{read.by} {read.what}, so that nobody knows what it read"
        if isinstance(read, FileRead) and not read.is_same():
            return f"{read.path}, which {read.by} read, is not what it was"
    return None


def _readings(run: RecordedRun) -> Sequence[Reading]:
    return [reading_of(document) for document in run.files if is_reading(document)]


def _find_change_in_warehouse(
    run: RecordedRun, connection: Connection, *, ledger: Target, lock_timeout: str
) -> str | None:
    import psycopg2

    asked = [read for read in _readings(run) if isinstance(read, TableRead)]
    try:
        connection.rollback()
        change = _find_other_table(run, connection, ledger=ledger, lock_timeout=lock_timeout)
        with connection.cursor() as cursor:
            change = change or find_overtaking(cursor, ledger, run)
        connection.rollback()
        with WarehouseReader(lambda: nullcontext(connection), lock_timeout=lock_timeout) as reader:
            return change or next((text for read in asked if (text := _find_other_answer(read, reader))), None)
    except psycopg2.Error as error:
        return f"the warehouse does not tell whether its tables are the same: {str(error).strip()}"
    except WdhError as error:
        return f"the warehouse does not tell what it told before: {error.message}"


def _find_other_table(run: RecordedRun, connection: Connection, *, ledger: Target, lock_timeout: str) -> str | None:
    written = {str(count["table"]) for count in run.counts}
    held = {str(count["table"]) for count in run.counts if _brings_rows(count)}
    with connection.cursor() as cursor:
        cursor.execute(settings.READING, (lock_timeout,))
        cursor.execute(standing.tables_since(ledger), (sorted(written), run.run_id))
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


def _find_other_answer(asked: TableRead, reader: WarehouseReader) -> str | None:
    rows = reader.rows(asked.target, asked.columns, where=asked.where)
    if hash_rows(rows) == asked.sha256:
        return None
    return f"{asked.target.sql}, which {asked.by} asked, answers otherwise"
