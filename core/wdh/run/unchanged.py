"""Finds runs that would only repeat one that was committed. In doubt a run is no repetition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from msgspec.structs import replace

from wdh.apply.applying import Warehouse
from wdh.apply.history import MOST_RECALLED, RecordedRun, find_runs, find_same, reading
from wdh.apply.overtaking import find_overtaking
from wdh.apply.reading import WarehouseReader
from wdh.discovery import Fetched
from wdh.errors import WdhError
from wdh.intake.tally import Intake
from wdh.logs import Log
from wdh.plan import Plan
from wdh.registry import conduct
from wdh.report import Report
from wdh.run.readings import FileRead, Reading, TableRead, Unknown, hash_rows, is_reading, reading_of
from wdh.run.record import Circumstances
from wdh.run.request import OpenWarehouse
from wdh.run.task import Task
from wdh.sql import ledger as ledger_sql
from wdh.sql import settings
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target
from wdh.words.printable import show_controls
from wdh.workbook import hash_workbook

log = Log()

HashWorkbooks = Callable[[Callable[[], Sequence[RecordedRun] | None]], Iterable[tuple[str, str]]]
"""A function that gives (name, hash) of each workbook; it may ask for earlier runs, which may know the hash of one that
lies elsewhere."""


def find_unchanged(task: Task, open_warehouse: OpenWarehouse, *, is_fetched: bool) -> Report | None:
    """Report that nothing is to be done, if a committed run had just this to do and nothing changed its rows since.

    None: it is to be done, or nobody asked to have it left out.

    Where workbooks lie elsewhere, it is found out before they are fetched, and else when all of the delivery is known.
    """
    request = task.request
    lies_here = all(request.depots.address_of(workbook.path) is None for workbook in task.found.taken)
    if not (request.execute and request.skip_unchanged) or is_fetched != lies_here:
        return None
    warehouse = open_warehouse()
    same = find_same_run(
        task.circumstances,
        partial(_hash_workbooks, task),
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


def _hash_workbooks(task: Task, recall: Callable[[], Sequence[RecordedRun] | None]) -> Iterator[tuple[str, str]]:
    """Give the name and the hash of each workbook; an earlier run may know that of one that lies elsewhere."""
    depots = task.request.depots
    origins = {workbook.path: depots.origin_of(workbook.path) for workbook in task.found.taken}
    runs = (recall() or ()) if any(origins.values()) else ()
    for path, origin in origins.items():
        known = None if origin is None else find_recorded_hash(runs, origin)
        if known is None:
            depots.fetch([path])
        yield path.name, known or hash_workbook(path)


def find_recorded_hash(runs: Iterable[RecordedRun], origin: Fetched) -> str | None:
    """Find the hash of a workbook that lies elsewhere, if one of ``runs`` read it in this version. None: none did.

    Only a tag tells versions apart: a size and a time may be those of another content, too.
    """
    if origin.tag is None:
        return None
    _, _, name = origin.address.rpartition("/")
    version = {"folder": show_controls(origin.folder), "file": name, "size": origin.size, "tag": origin.tag}
    read = (file for run in runs for file in run.files if not is_reading(file))
    return next((file["sha256"] for file in read if all(file.get(key) == version[key] for key in version)), None)


def find_same_run(
    circumstances: Circumstances,
    hash_workbooks: HashWorkbooks,
    *,
    warehouse: Warehouse,
    ledger: Target,
    lock_timeout: str,
) -> RecordedRun | None:
    """Find the domain's latest committed run with this input, if it would do nothing now; None: run.

    ``hash_workbooks`` is given the latest runs of the domain. Files and tables that the packages of that run read are
    read again; a later run of the same period, or one that may have changed its rows, leaves it in doubt. Raises
    DatabaseError where the ledger cannot be read.
    """
    domain = circumstances.domain.name
    with warehouse.connect() as connection:
        here = replace(warehouse, connect=lambda: nullcontext(connection))
        with reading(here, ledger) as cursor:
            recall = partial(find_runs, cursor, ledger, domain=domain, limit=MOST_RECALLED)
            input_hash = circumstances.hash_with(hash_workbooks(recall))
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
        cursor.execute(ledger_sql.tables_since(ledger), (sorted(written), run.run_id))
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
