"""Spreadsheets in OpenDocument (.ods): opened, their sheets listed and surveyed, their rows read."""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from msgspec import Struct, field

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.ods.elements import CONTENT, STYLE, TABLE, count, read_elements
from wdh.workbook.ods.formats import GENERAL, CellStyles
from wdh.workbook.ods.values import read_value
from wdh.workbook.others import OtherBook
from wdh.workbook.package.archive import Archive
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.guard import check_member, read_whole
from wdh.workbook.package.styles import make_styles
from wdh.workbook.rows.blocks import Block, Reader
from wdh.workbook.rows.merges import Area
from wdh.workbook.survey.style_runs import StyleRuns
from wdh.workbook.survey.surveying import Survey

_STYLES: Final = "styles.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_OWN: Final = 1000
"""The number of the first format of the file: below are those of Excel."""
_MOST_COLUMNS: Final = 16_384
_CELLS: Final = frozenset((f"{TABLE}table-cell", f"{TABLE}covered-table-cell"))
_HIDDEN: Final = frozenset(("collapse", "filter"))


class _Table(Struct):
    name: str
    style: str
    areas: list[Area] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    hidden_columns: list[range] = field(default_factory=list)
    defaults: list[tuple[range, str]] = field(default_factory=list)
    columns: int = 0
    row: int = 0


def open_ods(path: Path, package: Archive, limits: Limits) -> OtherBook:
    """Open a spreadsheet, and look all of it over. DataError where it is damaged, protected, or has no sheet."""
    if _MANIFEST in package.entries and b"encryption-data" in read_whole(path, package, _MANIFEST, limits=limits):
        raise DataError(say("{name}: is protected by a password. Save it without one.", name=path.name), file=str(path))
    check_member(path, package, CONTENT, limits=limits, is_sheet=True)
    try:
        styles, invisible, tables = _survey(path, package, limits)
    except DataError as error:
        if "file" in error.facts:
            raise
        raise DataError(
            say("{name}: {sentence}", name=path.name, sentence=error.message), file=str(path), **error.facts
        ) from error
    if not tables:
        raise DataError(say("{name}: has no sheet at all. Save it again.", name=path.name), file=str(path))
    formats = styles.formats()
    numbers = {name: place for place, name in enumerate(formats, start=1)}
    own = {_OWN + place: text for place, text in enumerate((GENERAL, *formats.values()))}
    sheets = tuple(
        SheetPart(table.name, str(place), has_cells=True, is_hidden=table.style in invisible, has_usual_name=True)
        for place, table in enumerate(tables)
    )
    contents = Contents(sheets, None, make_styles(own, [*own]), True, False, True, False, None)
    return OtherBook("ods", contents, partial(_open_sheet, path, package, tables, numbers, limits))


def _survey(path: Path, package: Archive, limits: Limits) -> tuple[CellStyles, set[str], list[_Table]]:
    """Look all over the parts: the cell styles, the styles of sheets that are not shown, and the sheets."""
    styles, invisible, tables = CellStyles(), set[str](), list[_Table]()
    if _STYLES in package.entries:
        check_member(path, package, _STYLES, limits=limits)
        with closing(read_elements(path, package, _STYLES, limits=limits)) as found:
            for each in found:
                styles.add(each.element if each.kind == "styles" else ())
    with closing(read_elements(path, package, CONTENT, limits=limits)) as found:
        for each in found:
            match each.kind:
                case "styles":
                    styles.add(each.element)
                    invisible |= _list_invisible(each.element)
                case "table":
                    name, style = (each.element.get(f"{TABLE}{key}", "") for key in ("name", "style-name"))
                    tables.append(_Table(name, style))
                case "column":
                    _add_column(tables[-1], each.element)
                case "row":
                    _add_row(tables[-1], each.element, limits)
    return styles, invisible, tables


def _open_sheet(
    path: Path, package: Archive, tables: list[_Table], numbers: Mapping[str, int], limits: Limits, part: SheetPart
) -> tuple[Survey, Reader]:
    table = tables[int(part.member)]
    survey = Survey(
        array("I", table.hidden),
        tuple(table.areas),
        StyleRuns(),
        styled=True,
        unfit=None,
        hidden_columns=tuple(table.hidden_columns),
        last_row=table.row,
    )
    return survey, OdsRows(path, package, int(part.member), table.defaults, numbers, limits)


def _list_invisible(styles: Iterable[Element]) -> set[str]:
    return {
        style.get(f"{STYLE}name", "")
        for style in styles
        for properties in style.iterfind(f"{STYLE}table-properties")
        if properties.get(f"{TABLE}display") == "false"
    }


def _add_column(table: _Table, element: Element) -> None:
    columns = range(table.columns, table.columns + count(element, "number-columns-repeated"))
    table.columns = columns.stop
    if element.get(f"{TABLE}visibility") in _HIDDEN:
        table.hidden_columns.append(columns)
    style = element.get(f"{TABLE}default-cell-style-name")
    if style is not None and columns.start < _MOST_COLUMNS:
        table.defaults.append((columns, style))


def _add_row(table: _Table, element: Element, limits: Limits) -> None:
    first, table.row = table.row + 1, table.row + count(element, "number-rows-repeated")
    if element.get(f"{TABLE}visibility") in _HIDDEN:
        table.hidden += range(first, min(table.row, limits.rows) + 1)
    column = 0
    for cell in element:
        if cell.tag not in _CELLS:
            continue
        down, right = count(cell, "number-rows-spanned"), count(cell, "number-columns-spanned")
        if down > 1 or right > 1:
            table.areas.append(Area(first, first + down - 1, column, column + right - 1))
        if len(table.areas) > limits.merged_areas:
            raise DataError(
                say(
                    "the sheet {name} has over {merged_areas} merged ranges. Do not trust it.",
                    name=table.name,
                    merged_areas=limits.merged_areas,
                )
            )
        column += count(cell, "number-columns-repeated")


class OdsRows(Reader):
    """Reads one sheet. ``defaults`` are the styles of columns, ``numbers`` those of styles by their names."""

    faults: tuple[type[Exception], ...] = (ElementTree.ParseError, ValueError, RecursionError)

    def __init__(
        self,
        path: Path,
        package: Archive,
        sheet: int,
        defaults: list[tuple[range, str]],
        numbers: Mapping[str, int],
        limits: Limits,
    ) -> None:
        self._path, self._package, self._sheet, self._limits = path, package, sheet, limits
        self._defaults, self._numbers = defaults, numbers

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows that hold something, in blocks of at most ``size``."""
        rows = self._rows()
        while block := list(islice(rows, size)):
            yield Block.of_rows(
                [number for number, _, _ in block], [cells for _, cells, _ in block], [styles for _, _, styles in block]
            )

    def _rows(self) -> Iterator[tuple[int, list[Any], list[int]]]:
        number = 0
        with closing(
            read_elements(self._path, self._package, CONTENT, limits=self._limits, sheet=self._sheet)
        ) as found:
            for each in found:
                if each.kind != "row":
                    continue
                cells, styles = self._read(each.element, number + 1)
                repeated = count(each.element, "number-rows-repeated")
                if cells and number + repeated > self._limits.rows:
                    raise DataError(
                        say(
                            "row {number} is past the last row, {rows}.",
                            number=number + repeated,
                            rows=self._limits.rows,
                        ),
                        limit="rows",
                    )
                if cells:
                    yield from ((number + place, cells, styles) for place in range(1, repeated + 1))
                number += repeated

    def _read(self, row: Element, number: int) -> tuple[list[Any], list[int]]:
        values: list[Any] = []
        styles: list[int] = []
        column, default = 0, row.get(f"{TABLE}default-cell-style-name")
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            repeated = count(cell, "number-columns-repeated")
            value = None if cell.tag != f"{TABLE}table-cell" else read_value(cell)
            if value is not None and value != "":
                if column + repeated > self._limits.row_cells:
                    message = say(
                        "row {number} holds something past column {row_cells}.",
                        number=number,
                        row_cells=self._limits.row_cells,
                    )
                    raise DataError(message, row=number, limit="columns")
                values += [None] * (column - len(values)) + [value] * repeated
                styles += [0] * (column - len(styles))
                named = cell.get(f"{TABLE}style-name")
                styles += [self._find_style(named or default, place) for place in range(column, column + repeated)]
            column += repeated
        return values, styles

    def _find_style(self, name: str | None, column: int) -> int:
        if name is None:
            name = next((style for columns, style in self._defaults if column in columns), "")
        return self._numbers.get(name, 0)
