"""The input of a case: a workbook, or a small table in YAML or CSV that a workbook is made of."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wdh.errors import SetupError
from wdh.facts.cells import column_letter
from wdh.facts.exact_yaml import is_plain_number, read_number, read_yaml
from wdh.words.spelling import did_you_mean

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WORKBOOKS: Final = (".xlsx", ".xlsm")
TABLES: Final = (".yml", ".yaml", ".csv")
_KEYS: Final = ("sheet", "title", "columns", "rows", "formats", "merge")
_MOST_DIGITS: Final = 15  # what a cell of Excel keeps


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet to be: rows of a title, the header, rows of cells. ``formats`` are number formats by header.

    ``sheet`` None is the sheet of the configuration. A cell that is a mapping has ``value`` and its own ``format``.
    ``merged`` are ranges such as ``A3:A5``.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    sheet: str | None = None
    title: Sequence[Sequence[Any]] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    merged: Sequence[str] = ()


def make_workbook(source: Path, folder: Path, *, sheet: str | int) -> Path:
    """Give the workbook of a case: the file itself, or one made of its table in ``folder``.

    ``sheet`` is the configuration's, a name or a place counted from 0. Raises SetupError where the table is not one.
    """
    if source.suffix.lower() in WORKBOOKS:
        return source
    table = _read_csv(source) if source.suffix.lower() == ".csv" else _read_table(source)
    return _write(table, folder / f"{source.stem}.xlsx", sheet=sheet)


def _read_csv(source: Path) -> SheetTable:
    with source.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    if not lines:
        raise SetupError(f"{source} is empty; its first line is the header, the others are rows", file=str(source))
    return SheetTable(lines[0], [[_read_cell(text) for text in line] for line in lines[1:]])


def _read_cell(text: str) -> Any:
    """Read a cell of a CSV: a text, unless it is plainly a number that a cell can hold."""
    if is_plain_number(text) and sum(map(str.isdigit, text)) <= _MOST_DIGITS:
        return read_number(text)
    return text or None


def _read_table(source: Path) -> SheetTable:
    found = read_yaml(source)
    if not isinstance(found, dict):
        raise SetupError(f"{source} is no mapping; its keys are: {', '.join(_KEYS)}", file=str(source))
    for key in found:
        if key not in _KEYS:
            hint = did_you_mean(str(key), _KEYS) or "."
            raise SetupError(
                f"{source}: {key} is not a key here{hint} The keys are: {', '.join(_KEYS)}", file=str(source)
            )
    rows = found.get("rows") or []
    columns = found.get("columns") or _columns_of(rows, source)
    title = found.get("title") or []
    return SheetTable(
        [str(column) for column in columns],
        [_cells(row, columns, source) for row in rows],
        found.get("sheet"),
        [line if isinstance(line, list) else [line] for line in (title if isinstance(title, list) else [title])],
        found.get("formats") or {},
        found.get("merge") or (),
    )


def _columns_of(rows: Sequence[Any], source: Path) -> list[str]:
    if not all(isinstance(row, dict) for row in rows) or not rows:
        raise SetupError(
            f"{source} has no columns: write columns: [header, …], or each row as a mapping from header to cell",
            file=str(source),
        )
    return list(dict.fromkeys(header for row in rows for header in row))


def _cells(row: Any, columns: Sequence[str], source: Path) -> Sequence[Any]:
    if isinstance(row, list):
        return row
    if not isinstance(row, dict):
        raise SetupError(f"{source}: the row {row!r} is neither a list nor a mapping", file=str(source))
    foreign = [str(header) for header in row if header not in columns]
    if foreign:
        hint = did_you_mean(foreign[0], map(str, columns))
        raise SetupError(f"{source}: a row has {foreign[0]!r}, which is none of the columns{hint}", file=str(source))
    return [row.get(header) for header in columns]


def _write(table: SheetTable, path: Path, *, sheet: str | int) -> Path:
    import openpyxl

    workbook = openpyxl.Workbook()
    page = workbook.worksheets[0]
    page.title = table.sheet or (sheet if isinstance(sheet, str) else "Sheet1")
    for _ in range(sheet if isinstance(sheet, int) and table.sheet is None else 0):
        workbook.create_sheet(index=0)
    _fill(page, table)
    workbook.save(path)
    return path


def _fill(page: Worksheet, table: SheetTable) -> None:
    first = len(table.title) + 2
    for number, line in enumerate((*table.title, table.columns), start=1):
        for place, value in enumerate(line):
            page[f"{column_letter(place)}{number}"].value = value
    for number, line in enumerate(table.rows, start=first):
        for place, value, form in _formatted(line, table):
            cell = page[f"{column_letter(place)}{number}"]
            cell.value = value
            if form is not None:
                cell.number_format = form
    for area in table.merged:
        page.merge_cells(area)


def _formatted(line: Sequence[Any], table: SheetTable) -> Iterator[tuple[int, Any, str | None]]:
    for place, cell in enumerate(line):
        own = cell if isinstance(cell, dict) else {"value": cell}
        header = table.columns[place] if place < len(table.columns) else ""
        yield place, own.get("value"), own.get("format", table.formats.get(header))
