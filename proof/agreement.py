"""One workbook read by both readers, each sheet as a run reads it, and the cells in which they differ."""

from __future__ import annotations

import contextlib
import re
import resource
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from unittest import mock

from wdh.errors import DataError
from wdh.facts.cells import CellValue, column_letter
from wdh.workbook import Limits, Sheet, open_sheet
from wdh.workbook.package.archive import open_archive
from wdh.workbook.package.contents import read_contents
from wdh.workbook.package.guard import check_file, check_package
from wdh.workbook.rows.headers import Header

Name = Literal["openpyxl", "fast"]
Shown = tuple[str, str | None]
"""A cell as it is compared: its type and value, and its number format where that is told."""

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell in which the readers differ."""

    sheet: str
    cell: str
    openpyxl: str
    fast: str


@dataclass(slots=True)
class Findings:
    """What came of one workbook.

    ``fallbacks`` says of each sheet that the fast reader did not read why; ``refusals`` why the file, or a sheet of
    it, is read by neither reader; ``one_sided`` what one of them refuses and the other reads; ``tracebacks`` what was
    raised that is no refusal.
    """

    sheets: int = 0
    cells: int = 0
    differing: int = 0
    seconds: float = 0.0
    peak: int = 0
    fallbacks: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    one_sided: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def compare_workbook(path: Path) -> Findings:
    """Read each sheet of a workbook by both readers, and compare every cell."""
    findings = Findings()
    start = time.monotonic()
    try:
        names = _list_sheets(path)
    except DataError as error:
        findings.refusals.append(name_reason(error, path))
        names = ()
    except Exception:
        findings.tracebacks.append(traceback.format_exc())
        names = ()
    for name in dict.fromkeys(names):
        _compare_sheet(path, name, findings)
    findings.seconds = time.monotonic() - start
    findings.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return findings


def _list_sheets(path: Path) -> tuple[str, ...]:
    """Name all sheets that hold cells, the hidden ones, too."""
    limits = Limits()
    check_file(path)
    with open_archive(path, most=limits.parts) as package:
        check_package(path, package, limits)
        return tuple(part.name for part in read_contents(path, package, limits=limits).sheets if part.has_cells)


def name_reason(error: DataError, path: Path) -> str:
    """Give the first sentence of a refusal without what differs from file to file."""
    text = error.message.replace(path.name, "")
    if sheet := error.facts.get("sheet"):
        text = text.replace(f"sheet {sheet}", "sheet …")
    text = re.sub(r"\([^()]*\)|'[^']*'|\bxl/\S+", "…", text.lstrip(",: "))
    return re.sub(r"\d+", "N", re.split(r"(?<=[^.])\. |; ", text)[0]).rstrip(".")


def _compare_sheet(path: Path, name: str, findings: Findings) -> None:
    findings.sheets += 1
    tables: dict[Name, dict[tuple[int, int], Shown]] = {}
    refusals: dict[Name, str] = {}
    readers: tuple[Name, Name] = ("openpyxl", "fast")
    for reader in readers:
        try:
            with _headless(), open_sheet(path, sheet=name, reader=reader) as sheet:
                tables[reader] = dict(_cells(sheet))
                if reader == "fast" and sheet.fallback is not None:
                    findings.fallbacks.append(sheet.fallback)
        except DataError as error:
            refusals[reader] = name_reason(error, path)
        except Exception:
            findings.tracebacks.append(f"{reader}, sheet {name}: {traceback.format_exc()}")
    if len(tables) == 2:
        _compare_cells(name, findings, exact=tables["openpyxl"], fast=tables["fast"])
    elif len(refusals) == 2:
        findings.refusals.append(refusals["openpyxl"])
    else:
        findings.one_sided += [f"{reader}, sheet {name}: {reason}" for reader, reason in refusals.items()]


def _compare_cells(
    sheet: str, findings: Findings, *, exact: dict[tuple[int, int], Shown], fast: dict[tuple[int, int], Shown]
) -> None:
    findings.cells += len(exact)
    nothing = ("nothing", None)
    for place in sorted(exact.keys() | fast.keys()):
        one, other = exact.get(place, nothing), fast.get(place, nothing)
        if one != other:
            findings.differing += 1
            if len(findings.differences) < _MOST_SHOWN:
                row, column = place
                cell = f"{column_letter(column)}{row}"
                findings.differences.append(Difference(sheet, cell, str(one), str(other)))


def _cells(sheet: Sheet) -> Iterator[tuple[tuple[int, int], Shown]]:
    if not sheet.header_row and not sheet.headers:
        return
    for batch in sheet.batches():
        for column, name in enumerate(sheet.headers):
            formats = batch.formats.get(name, [None] * len(batch.row_numbers))
            for row, cell, shape in zip(batch.row_numbers, batch.columns[name], formats, strict=True):
                if cell is not None:
                    yield (row, column), (_show(cell), shape)


def _show(cell: CellValue) -> str:
    return f"{type(cell).__name__} {cell!r}"


@contextlib.contextmanager
def _headless() -> Iterator[None]:
    """Have sheets opened as if a header stood above their first row, so that no row is taken for one."""

    def read_all(sheet: Sheet, *_: object) -> None:
        sheet._ahead = [block for block in sheet._blocks if len(block)]
        width = max((len(block.columns) for block in sheet._ahead), default=0)
        if width:
            sheet._begin(Header(0, tuple(map(column_letter, range(width)))))

    with mock.patch.object(Sheet, "seek_header", read_all):
        yield
