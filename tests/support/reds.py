"""Red workbooks of files that were not run: written of rejects that a test names, and read again."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from wdh.facts import Reject
from wdh.mending.looks import RED
from wdh.mending.mark import Mark, is_header
from wdh.mending.outbox import Sent, write_red_books
from wdh.mending.returnable import Delivered, Returnable
from wdh.settings import HeaderRows, Limits, TextFormat
from wdh.workbook import hash_workbook, open_sheets

OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


def fault(
    file: str, sheet: str, cell: str | int, reason: str = "not_a_number", *, value: str | None = "x", column: str = "列"
) -> Reject:
    """Make the reject of a cell, or of a whole row by its number."""
    if isinstance(cell, int):
        return Reject(file, sheet, cell, None, None, None, reason, "The row is wrong as a whole.")
    row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return Reject(file, sheet, row, cell, column, value, reason, f"{value!r} is wrong: write another value.")


def send(
    path: Path,
    rejects: Sequence[Reject],
    *,
    sheets: Sequence[str],
    header: int = 1,
    totals: tuple[tuple[int, int], ...] = (),
    out: Path | None = None,
    run_id: str | None = None,
    is_loaded: bool = False,
    others: Sequence[Path] = (),
    marks: Mapping[Path, Mark] | None = None,
) -> Sent:
    """Write the red workbooks of a run that read these sheets of a file, and had these rejects."""
    out = out or path.parent / "out"
    out.mkdir(exist_ok=True)
    known = marks or {}

    def open_again(wanted: Path) -> Any:
        added = is_header if wanted in known else None
        return open_sheets(wanted, sheets, header=HeaderRows(row=header), added=added)

    returnable = Returnable("sales", Limits(), TextFormat(), open_again, known)
    read = [Delivered(path, path.name, sheet, hash_workbook(path), header, totals) for sheet in sheets]
    read += [Delivered(other, other.name, sheets[0], hash_workbook(other), header) for other in others]
    return write_red_books(out, returnable, rejects, sheets=read, run_id=run_id, is_loaded=is_loaded)


def send_one(path: Path, rejects: Sequence[Reject], *, sheet: str, **options: Any) -> Path:
    """Write the red workbook of one sheet; it must succeed."""
    sent = send(path, rejects, sheets=[sheet], **options)
    assert not sent.remarks, sent.remarks
    return sent.paths[0]


def red_cells(page: Any) -> Collection[str]:
    """Name the red cells of a sheet, but for those of the first column."""
    return {cell.coordinate for row in page.iter_rows(min_col=2) for cell in row if cell.fill.fgColor.rgb == RED}


def rewrite(path: Path, member: str, change: Any) -> Path:
    """Change one part of a package."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[member] = change(parts[member])
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def convert(path: Path, folder: Path, kind: str = "xlsx") -> Path:
    """Have LibreOffice open a workbook and save it again."""
    assert OFFICE is not None
    command = [OFFICE, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    target = folder / "again"
    subprocess.run(
        [*command, "--convert-to", kind, "--outdir", str(target), str(path)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return target / f"{path.stem}.{kind}"


def load(path: Path) -> Any:
    """Open a workbook by openpyxl, values instead of formulas."""
    return openpyxl.load_workbook(path, data_only=True)
