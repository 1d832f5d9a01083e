"""The sheets of a run: opened one after the other, and collected."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wdh.context import RunContext
from wdh.discovery import FoundWorkbook
from wdh.errors import DataError
from wdh.facts.spool import Spool
from wdh.intake.ahead import ReadAhead, make_on_progress, size_of
from wdh.intake.collecting import Collector, Held
from wdh.intake.files import FileJob, FileSource, OnSheet, read_file
from wdh.intake.sharing import IntakeJob
from wdh.intake.tally import Intake
from wdh.mending.returnable import Returnable
from wdh.plan.planning import wanted_references
from wdh.process import progress
from wdh.run.delivery import Delivery, choose_marked
from wdh.run.request import OnRows
from wdh.run.task import Task
from wdh.workbook import Sheet

if TYPE_CHECKING:
    from wdh.computing import Found
    from wdh.run.checking import Checked
    from wdh.run.mended import Holding


def find_scope(task: Task) -> tuple[str, ...]:
    """Name the columns by which facts are replaced; none where they are appended."""
    return task.domain.pk if task.request.wishes.load_mode == "delete_insert" else ()


def make_spool(task: Task) -> Spool:
    """Make a spool for the facts of a run."""
    return Spool(find_scope(task), period_columns=task.domain.period_columns)


def collect_sheets(
    task: Task,
    spool: Spool,
    on_rows: OnRows,
    *,
    found: Found | None,
    context: RunContext,
    reading: ReadAhead,
    checked: Checked | None = None,
    held: Held = MappingProxyType({}),
) -> Intake:
    """Collect the workbooks; ``checked`` is the result of checks where they were collected before.

    ``held`` are the rows whose facts are not spooled. ``reading`` reads workbooks ahead.
    """
    job = make_intake_job(task, found=found, context=context, scope=spool.scope_columns, checked=checked, held=held)
    collector = job.make_collector(task.hooks, spool)
    on_sheet: OnSheet = (lambda *_: None) if checked is None else checked.refuse_changed
    on_progress = make_on_progress(on_rows, progress.tell)
    files, is_worth_it = list_files(task, job, is_told=checked is None), _is_worth_it(task, reading)
    processes = reading.processes_beside(len(task.found.taken) - 1 if is_worth_it else 0)
    for file in reading.ahead(files, is_worth_it=is_worth_it, apart=_find_large(task)):
        whole = reading.take(file, on_progress) if file.ordinal == collector.count else None
        if whole is not None:
            for ordinal, tally in enumerate(whole.collected.tallies, start=file.ordinal):
                on_sheet(tally, ordinal)
        if whole is None or not whole.join(collector):
            here = replace(file, ordinal=collector.count)
            read_file(here, collector, on_rows, on_sheet=on_sheet, processes=processes)
    _check_count(task, collector)
    return replace(collector.intake(), returnable=None if task.withholds else _make_returnable(task))


def make_intake_job(
    task: Task,
    *,
    found: Found | None,
    context: RunContext,
    scope: tuple[str, ...],
    checked: Checked | None = None,
    held: Held = MappingProxyType({}),
) -> IntakeJob:
    """Put together what a process needs to collect rows of a run."""
    return IntakeJob(
        task.source,
        task.domain,
        tuple(wanted_references(task.domain, task.request.wishes)),
        context,
        scope,
        found,
        {} if checked is None else checked.refused,
        dict(held),  # as any other mapping cannot be sent to another process
    )


def list_files(task: Task, job: IntakeJob, *, is_told: bool = True) -> Iterator[FileJob]:
    """List the workbooks of a run, as they are collected."""
    ordinal = 0
    for workbook in task.found.taken:
        source = _find_source(task, workbook)
        name, folders = _find_place(workbook, task)
        try:
            count = source.count_sheets()
        except DataError:  # told where it is read, in its turn
            count = 1
        own = job.only(ordinal, count)
        yield FileJob(source, workbook.why, name, folders, own, ordinal, is_told=is_told)
        ordinal += count


def _is_worth_it(task: Task, reading: ReadAhead) -> bool:
    return reading.is_worth_it([size_of(workbook.path) for workbook in task.found.taken])


def _find_large(task: Task) -> Path | None:
    """Find the workbook that holds over half of all bytes, which this process reads in parts; None: there is none."""
    sizes = {workbook.path: size_of(workbook.path) for workbook in task.found.taken}
    return next((path for path, size in sizes.items() if size * 2 > sum(sizes.values())), None)


def _count_processes(task: Task) -> int | None:
    """Count the processes that may share a large sheet; None: as many as there are processors."""
    return task.request.workers if isinstance(task.request.workers, int) else None


def _check_count(task: Task, collector: Collector) -> None:
    """Make sure that no workbook was lost on the way."""
    lost = {workbook.path for workbook in task.found.taken} - collector.paths
    if lost:
        raise AssertionError(f"never read: {', '.join(sorted(map(str, lost)))}")


def _make_returnable(task: Task) -> Returnable:
    limits, text = task.configuration.limits, task.domain.text
    return Returnable(task.domain.name, limits, text, partial(_open_again, task), task.marks)


def _open_again(task: Task, path: Path) -> Generator[Sheet, None, None]:
    """Open the sheets of one workbook as they were opened before. Close it in any case."""
    taken = tuple(workbook for workbook in task.found.taken if workbook.path == path)
    with closing(open_taken(replace(task, found=replace(task.found, taken=taken)))) as sheets:
        yield from (sheet for _, sheet in sheets)


def find_held_rows(task: Task, delivery: Delivery) -> Holding:
    """Read the sheets that came back, and find out which of their rows are loaded."""
    from wdh.run.mended import find_holding

    with closing(open_taken(task)) as sheets:
        return find_holding(task, delivery, ((workbook.path, sheet) for workbook, sheet in sheets))


def _find_place(workbook: FoundWorkbook, task: Task) -> tuple[str, tuple[str, ...]]:
    """Give the name and the folders of a workbook; one that came back stands for the one that was delivered first."""
    mark, root, depots = task.marks.get(workbook.path), task.request.data_dir.absolute(), task.request.depots
    name, folder = workbook.path.name, workbook.path.absolute().parent
    if mark is not None:
        name, folder = mark.file, depots.resolve_text(mark.folder, below=root) or Path(mark.folder)
    return name, (folder.relative_to(root) if folder.is_relative_to(root) else folder).parts


def _find_source(task: Task, workbook: FoundWorkbook) -> FileSource:
    domain, mark = task.domain, task.marks.get(workbook.path)
    wanted = domain.wanted_sheets if mark is None else choose_marked(mark, workbook.path, domain.wanted_sheets)
    return FileSource(
        workbook.path,
        tuple(wanted),
        task.request.reader,
        domain,
        task.configuration.limits,
        is_marked=mark is not None,
        modified=workbook.modified,
        size=workbook.size,
        origin=task.request.depots.origin_of(workbook.path),
    )


def open_taken(task: Task) -> Generator[tuple[FoundWorkbook, Sheet], None, None]:
    """Open the sheets of a run one after the other, each with its workbook. Close it in any case."""
    for workbook in task.found.taken:
        with closing(_find_source(task, workbook).open(processes=_count_processes(task))) as sheets:
            yield from ((workbook, sheet) for sheet in sheets)
