"""The sheets of a run: opened one after the other, and collected."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wdh.context import RunContext
from wdh.discovery import FoundWorkbook
from wdh.domain.loading import declared_columns
from wdh.facts.spool import Spool
from wdh.intake import OpenWorkbook
from wdh.intake.collecting import Held
from wdh.intake.sharing import IntakeJob, SharedSheet
from wdh.intake.tally import Intake, WorkbookTally
from wdh.mending.mark import is_header
from wdh.mending.returnable import Returnable
from wdh.plan.planning import wanted_references
from wdh.process import progress
from wdh.reshaping import Origin, make_reshaping
from wdh.run.delivery import Delivery, choose_marked, refuse_unmarked
from wdh.run.request import OnRows
from wdh.run.task import Task
from wdh.workbook import Sheet, open_sheets

if TYPE_CHECKING:
    from wdh.computing import Found
    from wdh.run.checking import Checked
    from wdh.run.mended import Holding


def make_spool(task: Task) -> Spool:
    """Make a spool for the facts of a run."""
    scope = task.domain.pk if task.request.wishes.load_mode == "delete_insert" else ()
    return Spool(scope, period_columns=task.domain.period_columns)


def collect_sheets(
    task: Task,
    spool: Spool,
    on_rows: OnRows,
    *,
    found: Found | None,
    context: RunContext,
    checked: Checked | None = None,
    held: Held = MappingProxyType({}),
) -> Intake:
    """Collect the workbooks; ``checked`` is the result of checks where they were collected before.

    ``held`` are the rows whose facts are not spooled.
    """
    request, domain = task.request, task.domain
    references = tuple(wanted_references(domain, request.wishes))
    job = IntakeJob(
        request.config,
        request.time_limit,
        domain,
        references,
        context,
        spool.scope_columns,
        found,
        request.without_plugins,
        {} if checked is None else checked.refused,
        dict(held),  # as any other mapping cannot be sent to another process
    )
    collector = job.make_collector(task.hooks, spool)
    with closing(open_taken(task)) as sheets:
        for ordinal, (workbook, sheet) in enumerate(sheets):
            if workbook.path not in task.marks:
                refuse_unmarked(sheet)
            if checked is not None:
                checked.refuse_changed(sheet, ordinal)
            tally = WorkbookTally(
                workbook.path,
                sheet.file,
                sheet.sheet,
                sheet.reader,
                sheet.sha256,
                workbook.why,
                header_row=sheet.header_row,
                origin=request.depots.origin_of(workbook.path),
            )
            reshaping = make_reshaping(domain, _find_origin(workbook, sheet, task))
            shared = SharedSheet(sheet, job, tally=tally, ordinal=ordinal, reshaping=reshaping)
            tell = partial(on_rows, sheet.file)
            if checked is None:
                progress.tell("reading", sheet.file, of=sheet.expected_rows)
                tell = partial(_tell_rows, sheet, on_rows)
            batches = shared.batches(collector, tell)
            collector.collect(OpenWorkbook(tally, batches, reshaping))
            collector.conclude(reader=sheet.reader, notes=sheet.notes)
            progress.tell("read", sheet.file)
    return replace(collector.intake(), returnable=None if task.withholds else _make_returnable(task))


def _tell_rows(sheet: Sheet, on_rows: OnRows, rows: int) -> None:
    on_rows(sheet.file, rows)
    progress.tell("reading", sheet.file, rows, of=sheet.expected_rows)


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


def _find_origin(workbook: FoundWorkbook, sheet: Sheet, task: Task) -> Origin:
    """Give what is outside the table; a workbook that came back stands for the one that was delivered first."""
    mark, root, depots = task.marks.get(workbook.path), task.request.data_dir.absolute(), task.request.depots
    name, folder = workbook.path.name, workbook.path.absolute().parent
    if mark is not None:
        name, folder = mark.file, depots.resolve_text(mark.folder, below=root) or Path(mark.folder)
    folders = (folder.relative_to(root) if folder.is_relative_to(root) else folder).parts
    return Origin(name, sheet.sheet, folders, sheet.headers, sheet.read_cell)


def open_taken(task: Task) -> Generator[tuple[FoundWorkbook, Sheet], None, None]:
    """Open the sheets of a run one after the other, each with its workbook. Close it in any case."""
    domain, columns = task.domain, declared_columns(task.domain)
    for workbook in task.found.taken:
        mark = task.marks.get(workbook.path)
        with closing(
            open_sheets(
                workbook.path,
                domain.wanted_sheets if mark is None else choose_marked(mark, workbook.path, domain.wanted_sheets),
                reader=task.request.reader,
                required_columns=domain.sought_columns,
                known=({*columns.headers} if columns else set()) - domain.given_columns | domain.corrected_headers,
                header=domain.header,
                text=domain.text,
                limits=task.configuration.limits,
                added=None if mark is None else is_header,
            )
        ) as sheets:
            yield from ((workbook, sheet) for sheet in sheets)
