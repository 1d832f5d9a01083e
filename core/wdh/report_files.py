"""The report as files: ``report.json``, and ``rejects.xlsx`` for whoever mends the workbook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from wdh.errors import SetupError
from wdh.facts import Reject


def write_report(directory: Path, document: Mapping[str, Any], *, rejects: Sequence[Reject]) -> tuple[Path, ...]:
    """Write the report into ``directory``, which is made where it does not exist. Returns the files written.

    A rejects.xlsx of an earlier run is removed when there are no rejects. Raises SetupError where it cannot write.
    """
    report, workbook = directory / "report.json", directory / "rejects.xlsx"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        workbook.unlink(missing_ok=True)
        if rejects:
            _write_rejects(workbook, rejects)
    except OSError as error:
        raise SetupError(
            f"the report cannot be written to {directory}: {error.strerror}", path=str(directory)
        ) from error
    return (report, workbook) if rejects else (report,)


def _write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    sheet = workbook.create_sheet("rejects")
    sheet.append([field.name for field in fields(Reject)])
    for reject in rejects:
        sheet.append(list(astuple(reject)))
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a raw value that starts with = must not become a formula
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    workbook.save(path)
