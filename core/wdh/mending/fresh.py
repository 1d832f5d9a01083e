"""Writes the red workbook of a file that is no .xlsx: its rows as they were read, with the formats that codes need."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from wdh.facts.cells import ERROR_TEXTS, UNCACHED, ErrorValue, column_letter
from wdh.mending.comments import join_comments
from wdh.mending.elements import DECLARATION, MAIN, RELATIONS, write_merges, write_text
from wdh.mending.faults import find_faults
from wdh.mending.fingerprints import UNKNOWN_ERROR
from wdh.mending.looks import Looks, might_be_formula
from wdh.mending.parts import Parts
from wdh.mending.red_book import RedBook, RedSheet, Told, add_own_sheets, make_states
from wdh.mending.rows import StateCell, write_state_cell
from wdh.mending.shifting import Shift
from wdh.words.language import later
from wdh.workbook.others import OtherBook
from wdh.workbook.package.contents import choose_sheet
from wdh.workbook.rows.blocks import Block
from wdh.workbook.survey.surveying import Survey

LOOKS: Final = later("fonts, colours, widths and the like: the file is no .xlsx, and its rows alone were read")

_BLOCK: Final = 2_048
_WIDTH: Final = 20
_GENERAL: Final = ("General", "@")


def write_fresh(file: IO[bytes], path: Path, other: OtherBook, book: RedBook) -> None:
    """Write the red workbook of a file of another kind to an empty file. Raises DataError where it is damaged."""
    _Fresh(path, other, book).write(file)


class _Fresh:
    """Writes one red workbook."""

    def __init__(self, path: Path, other: OtherBook, book: RedBook) -> None:
        self._path, self._other, self._book = path, other, book
        self._looks = Looks(None)
        self._told = Told(Counter({LOOKS: 1} if other.table is None else {}), [])
        self._styles: dict[str, int] = {}

    def write(self, file: IO[bytes]) -> None:
        """Write all parts."""
        with Parts(file) as parts:
            for sheet in self._book.sheets:
                self._write_sheet(parts, sheet)
            add_own_sheets(parts, self._book, self._told, self._looks)
            parts.add_part("styles", "styles.xml", [self._looks.write()], content="spreadsheetml.styles+xml")
            parts.finish((), active=len(self._book.sheets), epoch_1904=False)

    def _write_sheet(self, parts: Parts, sheet: RedSheet) -> None:
        shift = Shift(sheet.mark.name, self._book.shift)
        wanted: str | int = sheet.mark.name if self._other.table is None else 0
        part = choose_sheet(self._path, self._other.contents, wanted)
        survey, reader = self._other.open(part)
        faults = find_faults(self._book.rejects_of(sheet), shift, survey.areas)
        comments = join_comments(faults.comments)
        rows = _Rows(self, survey, sheet, shift, red=faults.red)
        merges = write_merges(shift.area(area.name) for area in survey.areas)
        tail = merges + ('<legacyDrawing r:id="rId1"/>' if comments else "")
        parts.add_sheet(sheet.mark.name, self._enclose(rows, reader.blocks(_BLOCK), sheet, tail=tail))
        if comments:
            parts.add_comments(comments)
        self._told.linked += faults.linked
        self._told.commented += faults.commented

    def _enclose(self, rows: _Rows, blocks: Iterator[Block], sheet: RedSheet, *, tail: str) -> Iterator[str]:
        below = sheet.header_row
        pane = f'<pane ySplit="{below}" topLeftCell="A{below + 1}" activePane="bottomLeft" state="frozen"/>'
        view = f'<sheetViews><sheetView workbookViewId="0">{pane if below else ""}</sheetView></sheetViews>'
        yield f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">{view}'
        yield f'<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="1" width="{_WIDTH}" customWidth="1"/>'
        yield f'<col min="2" max="{max(len(sheet.mark.columns) + 1, 2)}" width="16" customWidth="1"/></cols><sheetData>'
        for block in blocks:
            yield from rows.write(block)
        yield f"</sheetData>{tail}</worksheet>"

    def style(self, code: str) -> int:
        """Give the style with a number format."""
        if code in _GENERAL:
            return 0
        if code not in self._styles:
            self._styles[code] = self._looks.add_format(code)
        return self._styles[code]

    @property
    def looks(self) -> Looks:
        """The styles of the workbook."""
        return self._looks

    def states(self, sheet: RedSheet) -> dict[int, StateCell]:
        """Give the first cells of the rows."""
        return dict(make_states(self._book, sheet, self._looks))

    @property
    def formats(self) -> Sequence[str]:
        """The number formats of the original, by its styles."""
        return self._other.contents.styles.formats

    @property
    def is_text(self) -> bool:
        """Whether all cells are texts."""
        return self._other.table is not None


class _Rows:
    """Writes the rows of one sheet."""

    def __init__(
        self, fresh: _Fresh, survey: Survey, sheet: RedSheet, shift: Shift, *, red: Mapping[int, Sequence[int]]
    ) -> None:
        self._fresh, self._survey, self._shift, self._red = fresh, survey, shift, red
        self._states = fresh.states(sheet)
        self._hidden = frozenset(survey.hidden)

    def write(self, block: Block) -> Iterator[str]:
        """Write the rows of a block."""
        styles = self._survey.runs
        columns = [
            styles.of(index, block.numbers) if block.styles is None else block.styles[index]
            for index in range(len(block.columns))
        ]
        for place, number in enumerate(block.numbers):
            cells = {index: column[place] for index, column in enumerate(block.columns)}
            written = "".join(self._write_cells(number, cells, [column[place] for column in columns]))
            state = self._states.get(number)
            first = "" if state is None else write_state_cell(number, state)
            if written or first:
                hidden = ' hidden="1"' if number in self._hidden else ""
                yield f'<row r="{number}"{hidden}>{first}{written}</row>'

    def _write_cells(self, row: int, cells: dict[int, Any], styles: Sequence[int]) -> Iterator[str]:
        red = self._red.get(row, ())
        cells |= {column: None for column in red if column not in cells}
        for index in sorted(cells):
            moved = self._shift.column(index)
            if moved is None or (not self._shift.by and index == 0):
                continue
            own = styles[index] if index < len(styles) else 0
            style, text = self._write_value(cells[index], own)
            if index in red:
                style = self._fresh.looks.red(style)
            elif not text:
                continue
            yield f'<c r="{column_letter(moved)}{row}" s="{style}"{text or "/>"}'

    def _write_value(self, value: Any, style: int) -> tuple[int, str]:
        """Write a value: the number of its style, and all that is written behind it; empty: it is blank."""
        formats = self._fresh.formats
        own = self._fresh.style(formats[style]) if 0 <= style < len(formats) else 0
        if value is None or value is UNCACHED:
            return own, ""
        if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
            serial, code = _make_serial(value)
            return self._fresh.style(code), f"><v>{serial!r}</v></c>"
        if isinstance(value, (bool, int, float)):
            return own, f' t="b"><v>{value:d}</v></c>' if isinstance(value, bool) else f"><v>{value!r}</v></c>"
        if isinstance(value, ErrorValue) or (value in ERROR_TEXTS and not self._fresh.is_text):
            return own, f' t="e"><v>{value if value in ERROR_TEXTS else UNKNOWN_ERROR}</v></c>'
        text = str(value)
        style = self._fresh.looks.quoted(own) if might_be_formula(text) else own
        return style, f' t="inlineStr"><is>{write_text(text)}</is></c>'


def _make_serial(value: datetime.date | datetime.time | datetime.timedelta) -> tuple[float, str]:
    """Give the number that a sheet keeps of a date, time or duration, and the format that shows it."""
    from openpyxl.utils.datetime import to_excel

    match value:
        case datetime.datetime() if value.time() != datetime.time.min:
            code = "yyyy-mm-dd hh:mm:ss"
        case datetime.date():
            code = "yyyy-mm-dd"
        case datetime.time():
            code = "hh:mm:ss"
        case _:
            code = "[h]:mm:ss"
    return to_excel(value), code  # type: ignore[no-untyped-call] # its stub leaves an argument without a type
