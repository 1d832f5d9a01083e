"""The report as files: ``report.json``, and ``rejects.xlsx`` for whoever mends the workbook."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from wdh.errors import SetupError
from wdh.facts import Reject
from wdh.printable import show_controls

_FORMULA_STARTS = ("=", "+", "-", "@")


def prepare_directory(directory: Path) -> None:
    """Make the directory that a report will go to. Raises SetupError where nothing could be written there.

    Called before the run: what it changed in the warehouse must not go unreported.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise SetupError(
            f"the report cannot be written to {directory}: {error.strerror}. Name another --report-dir. "
            "Nothing was touched.",
            path=str(directory),
        ) from error


def write_report(directory: Path, document: Mapping[str, Any], *, rejects: Sequence[Reject]) -> tuple[Path, ...]:
    """Write the report into ``directory``; return the files written. Raises OSError where it cannot.

    What an earlier run left there is removed, so that it is not taken for this one's; nothing is left half written.
    """
    report, workbook = directory / "report.json", directory / "rejects.xlsx"
    text = json.dumps(document, indent=2) + "\n"
    contents = {report: text.encode("ascii")}
    if rejects:
        contents[workbook] = _rejects_workbook(rejects)
    for path in (report, workbook):
        path.unlink(missing_ok=True)
    for path, content in contents.items():
        _write(path, content)
    return tuple(contents)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _rejects_workbook(rejects: Sequence[Reject]) -> bytes:
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    sheet = workbook.create_sheet("rejects")
    sheet.append([field.name for field in fields(Reject)])
    for reject in rejects:
        values = (show_controls(value) if isinstance(value, str) else value for value in astuple(reject))
        sheet.append(list(values))
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a raw value that starts with = must not become a formula,
                cell.quotePrefix = cell.value.startswith(_FORMULA_STARTS)  # nor when somebody edits the cell
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()
