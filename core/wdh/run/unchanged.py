"""Finds runs that would only repeat the domain's latest committed run. In doubt a run is no repetition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from msgspec.structs import replace

from wdh.apply.applying import Warehouse
from wdh.apply.history import RecordedRun, read_runs
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
from wdh.sql import settings, standing
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target
from wdh.words.printable import show_controls
from wdh.workbook import hash_workbook

log = Log()

HashWorkbooks = Callable[[RecordedRun], Iterable[tuple[str, str]]]
"""A function that gives (name, hash) of each workbook; an earlier run may know the hash of one that lies elsewhere."""


def find_unchanged(task: Task, open_warehouse: OpenWarehouse, *, is_fetched: bool) -> Report | None:
    """Report that nothing is to be done, if that is asked and the domain's latest committed run had just this to do.

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


def _hash_workbooks(task: Task, run: RecordedRun) -> Iterator[tuple[str, str]]:
    """Give the name and the hash of each workbook; ``run`` may know that of one that lies elsewhere."""
    depots = task.request.depots
    for path in (workbook.path for workbook in task.found.taken):
        known = find_recorded_hash(run, depots.origin_of(path))
        if known is None:
            depots.fetch([path])
        yield path.name, known or hash_workbook(path)


def find_recorded_hash(run: RecordedRun, origin: Fetched | None) -> str | None:
    """Find the hash of a workbook that lies elsewhere, if ``run`` read it in this version. None: it did not.

    Only a tag tells versions apart: a size and a time may be those of another content, too.
    """
    if origin is None or origin.tag is None:
        return None
    folder, _, name = origin.address.rpartition("/")
    version = {"folder": show_controls(folder), "file": name, "size": origin.size, "tag": origin.tag}
    read = (file for file in run.files if not is_reading(file))
    return next((file["sha256"] for file in read if all(file.get(key) == version[key] for key in version)), None)


def find_same_run(
    circumstances: Circumstances,
    hash_workbooks: HashWorkbooks,
    *,
    warehouse: Warehouse,
    ledger: Target,
    lock_timeout: str,
) -> RecordedRun | None:
    """Find the domain's latest committed run, if nothing that it depended on is another now; None: run.

    ``hash_workbooks`` is given that run. Files and tables that the packages of that run read are read again. Raises
    DatabaseError where the ledger cannot be read.
    """
    with warehouse.connect() as connection:
        here = replace(warehouse, connect=lambda: nullcontext(connection))
        runs = read_runs(here, ledger, domain=circumstances.domain.name, limit=1)
        if not runs:
            return None
        input_hash = circumstances.hash_with(hash_workbooks(runs[0]))
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


def _find_other_answer(reading: TableRead, reader: WarehouseReader) -> str | None:
    rows = reader.rows(reading.target, reading.columns, where=reading.where)
    if hash_rows(rows) == reading.sha256:
        return None
    return f"{reading.target.sql}, which {reading.by} asked, answers otherwise"
