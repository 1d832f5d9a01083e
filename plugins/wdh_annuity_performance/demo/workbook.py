"""Writes the sample sheets to real workbooks, row by row, the same bytes each time."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from wdh_annuity_performance.demo.cells import Cell, Formatted
from wdh_annuity_performance.demo.lines import Value

_WRITTEN = (2024, 12, 9, 10, 9, 0)
_BLANK = b"<t> </t>"
_MARKED_BLANK = b'<t xml:space="preserve"> </t>'


@dataclass(frozen=True, slots=True)
class Area:
    """A merged range that starts in a row: its first column (0-based), its width and its height."""

    column: int
    width: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet: its cells, whether it is hidden, and the merged ranges that start here.

    ``line`` is what the cells say, by database column; None for titles, headers, totals and blank rows.
    """

    cells: tuple[Cell, ...] = ()
    hidden: bool = False
    areas: tuple[Area, ...] = ()
    line: Mapping[str, Value] | None = None


def write_workbook(path: Path, sheets: Mapping[str, Iterable[SheetRow]]) -> Path:
    """Write these sheets, in order, to ``path``; its folder is made where it is missing.

    Rows are streamed: memory does not grow with them. Equal rows give equal bytes: the times inside the file are
    fixed ones. Only the zip headers that Python 3.10 writes differ from those of later ones; the members do not.
    """
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = Workbook(write_only=True)
    workbook.properties.creator = "wdh demo"
    workbook.properties.created = workbook.properties.modified = datetime.datetime(*_WRITTEN)  # noqa: DTZ001 - as stored
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for number, row in enumerate(rows, 1):
            _append(sheet, number, row)
    with _TimelessArchive(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(workbook, archive).save()
    return path


def _append(sheet: Any, number: int, row: SheetRow) -> None:
    # Any: the published types of write-only sheets lack hidden rows and merged ranges, which the sheets do have.
    if row.hidden:
        sheet.row_dimensions[number].hidden = True
    for area in row.areas:
        sheet.merged_cells.add(_range(number, area))
    sheet.append([_formatted(sheet, cell) if isinstance(cell, Formatted) else cell for cell in row.cells])


def _formatted(sheet: Any, cell: Formatted) -> Any:
    from openpyxl.cell import WriteOnlyCell

    written = WriteOnlyCell(sheet, value=cell.value)  # type: ignore[arg-type]  # dates are written, too
    written.number_format = cell.number_format
    return written


def _range(row: int, area: Area) -> str:
    from openpyxl.utils import get_column_letter

    last = get_column_letter(area.column + area.width)
    return f"{get_column_letter(area.column + 1)}{row}:{last}{row + area.height - 1}"


class _TimelessArchive(zipfile.ZipFile):
    """A zip file whose members all bear the same time, so that it depends on their content alone."""

    def writestr(self, zinfo_or_arcname: str | zipfile.ZipInfo, data: Any, *_settled: Any, **_too: Any) -> None:
        """Add a member from memory."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        super().writestr(_member(name), data)

    def write(self, filename: Any, arcname: Any = None, *_settled: Any, **_too: Any) -> None:
        """Add a member from a file, in pieces."""
        member = _member(str(arcname or filename))
        with Path(filename).open("rb") as source, self.open(member, "w", force_zip64=True) as target:
            for piece in _mark_blanks(source):
                target.write(piece)


def _mark_blanks(source: BinaryIO) -> Iterator[bytes]:
    """Copy a sheet, and mark the blank in cells of one blank as part of the text, as Excel does.

    openpyxl marks outer blanks only beside other text; without the mark, a reader may take the cell for empty.
    """
    rest = b""
    while piece := source.read(1 << 20):
        text = (rest + piece).replace(_BLANK, _MARKED_BLANK)
        yield text[: -len(_BLANK)]
        rest = text[-len(_BLANK) :]  # a cell may be cut in two here
    yield rest


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _WRITTEN)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
