"""The report as files: JSON, the page, all rejects and all changes as workbooks, and the workbooks to mend."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.apply.forecast import Listed
from wdh.errors import SetupError
from wdh.facts import Reject
from wdh.intake.tally import Intake
from wdh.process.replacing import replace_file, why_not_replaceable, write_new
from wdh.report.changes import list_changes, list_headers
from wdh.words.language import in_english, say
from wdh.words.printable import escape_cell, show_controls

if TYPE_CHECKING:
    from wdh.mending.outbox import Sent

_NAMES = ("report.json", "report.html", "rejects.xlsx", "changes.xlsx")
_MOST_ROWS = 1_048_576
"""Rows of a sheet of .xlsx, its header among them."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class UnfitDirectory(SetupError):
    """A directory where no report can be written, nor that of this very error."""


def prepare_directory(directory: Path) -> None:
    """Make the directory that a report will go to. Raises UnfitDirectory where nothing could be written there.

    Called before the run: what it changed in the warehouse must not go unreported. Nor is anything that somebody put
    under the reports' names written to or removed: a link, a pipe, a folder.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
        for path, why in _find_unfit(directory):
            raise UnfitDirectory(
                say(
                    "the report cannot be written to {file}: {why}. See who put it there and remove it, or name "
                    "another --report-dir. Nothing was touched.",
                    file=path,
                    why=why,
                ),
                path=str(path),
            )
    except OSError as error:
        raise UnfitDirectory(
            say(
                "the report cannot be written to {file}: {why}. Name another --report-dir. Nothing was touched.",
                file=directory,
                why=error.strerror,
            ),
            path=str(directory),
        ) from error


def prepare_file(path: Path) -> None:
    """Make sure that a file can be written under the name ``path``. Raises SetupError where it cannot be."""
    try:
        why = why_not_replaceable(path)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        why = error.strerror
    if why is not None:
        said = say("{file} cannot be written: {why}. Name another file. Nothing was touched.", file=path, why=why)
        raise SetupError(said, path=str(path))


def write_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read. Raises SetupError where it cannot."""
    try:
        replace_file(path, content)
    except OSError as error:
        why = error.strerror or error
        raise SetupError(say("{file} could not be written: {why}.", file=path, why=why), path=str(path)) from error


def write_pages(folder: Path, pages: Mapping[str, bytes]) -> None:
    """Write files by name into a folder, which is made if need be. Raises SetupError where it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise SetupError(say("{folder} could not be made: {why}.", folder=folder, why=why), path=str(folder)) from error
    for name, content in pages.items():
        prepare_file(folder / name)
        write_file(folder / name, content)


def _find_unfit(directory: Path) -> Iterator[tuple[Path, str]]:
    link = directory.lstat()
    if sys.platform != "win32" and stat.S_ISLNK(link.st_mode) and link.st_uid not in (0, os.geteuid()):
        yield directory, say("it is a symbolic link of account {account}", account=link.st_uid)
    for path in (directory / name for name in _NAMES):
        if (why := why_not_replaceable(path)) is not None:
            yield path, why


def write_report(
    directory: Path,
    document: Mapping[str, Any],
    *,
    rejects: Sequence[Reject],
    page: bytes | None = None,
    changes: Iterable[Listed] = (),
) -> tuple[Path, ...]:
    """Write the report and its ``page`` into ``directory``; return the files written, which only their owner may read.

    Workbooks have all ``rejects`` and ``changes``, where there are any. What an earlier run left there is removed, so
    that it is not taken for this one's; nothing is left half written.
    Raises OSError where it cannot.
    """
    report, shown, rejected, changed = (directory / name for name in _NAMES)
    text = json.dumps(in_english(document), indent=2) + "\n"
    contents = {report: text.encode("ascii"), **({} if page is None else {shown: page})}
    for path in (report, shown, rejected, changed):
        path.unlink(missing_ok=True)
    for path, content in contents.items():
        replace_file(path, content)
    names = [field.name for field in fields(Reject)]
    written = [
        path
        for path, title, headers, rows in (
            (rejected, "rejects", names, map(astuple, rejects)),
            (changed, "changes", list_headers(document), list_changes(document, changes)),
        )
        if _write_table(path, title, headers, rows)
    ]
    return (*contents, *written)


def send_back(
    directory: Path, intake: Intake, rejects: Sequence[Reject], *, run_id: str | None, is_loaded: bool
) -> Sent:
    """Write a workbook to mend for each workbook that has rejects, and remove those of an earlier run.

    ``run_id`` is the run as the ledger has it, None where it has none; ``is_loaded``: it loaded what it accepted.
    Raises OSError where an earlier one cannot be removed.
    """
    from wdh.mending.outbox import Sent, remove_red_books, write_red_books
    from wdh.mending.returnable import Delivered

    remove_red_books(directory, kept={tally.path for tally in intake.workbooks})
    if intake.returnable is None or not rejects:
        remark = say("No workbook to mend was written, as it would hold values, and values are withheld.")
        return Sent((), (remark,) if rejects else ())
    sheets = [
        Delivered(tally.path, tally.file, tally.sheet, tally.sha256, tally.header_row, tally.total_rows, tally.folder)
        for tally in intake.workbooks
    ]
    return write_red_books(directory, intake.returnable, rejects, sheets=sheets, run_id=run_id, is_loaded=is_loaded)


def _write_table(path: Path, title: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bool:
    """Write a workbook of the rows, in as many sheets as they need; False: there are none, and no workbook."""
    left = iter(rows)
    first = next(left, None)
    if first is None:
        return False
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    workbook, number = Workbook(write_only=True), 0
    left = chain([first], left)
    while (first := next(left, None)) is not None:
        number += 1
        sheet = workbook.create_sheet(title if number == 1 else f"{title} {number}")
        sheet.freeze_panes = "A2"
        sheet.append(headers)
        count = 1
        for row in chain([first], islice(left, _MOST_ROWS - 2)):
            sheet.append([_show_value(sheet, value) for value in row])
            count += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{count}"
    with write_new(path) as file:
        workbook.save(file)
    return True


def _show_value(sheet: Any, value: object) -> object:
    """Make the cell of a value. A text such as =A1 or #N/A stays one, the first also when somebody edits the cell."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell

    text = escape_cell(show_controls(value))
    if not text.startswith((*_FORMULA_STARTS, "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type, cell.quotePrefix = "s", text.startswith(_FORMULA_STARTS)
    return cell
