"""The rows of a sheet, moved to the right: with a first cell that says their state, red cells, and no formulas.

Most sheets are written as Excel, LibreOffice and openpyxl write them, and their bytes are copied; any other sheet is
parsed (:mod:`wdh.mending.odd_rows`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from msgspec import Struct

from wdh.facts.cells import column_index, column_letter
from wdh.mending.elements import write_text
from wdh.mending.looks import Looks
from wdh.mending.shifting import Shift
from wdh.workbook.survey.outlines import Outlines

_TEXT: Final = rb"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*(?:&(?:amp|lt|gt|quot|apos);[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*)*"
_FORMULA: Final = rb'<f(?: [a-z]{1,9}="[^"<>&]*")*(?:/>|>%b</f>)' % _TEXT
_NUMBER: Final = rb"-?(?:\d{1,18}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
_ERRORS: Final = rb"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!)"
_ODD_CELL: Final = (
    rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d{1,5}")?(?:(?: t="(?:s|n|b|str|e|inlineStr)")? ?(?:/>|></c>)'
    rb'|(?: t="n")? ?>(?:%b)?(?:<v>%b</v>|<v></v>|<v ?/>)?</c>| t="s" ?>(?:%b)?<v>\d{1,9}</v></c>'
    rb'| t="b" ?>(?:%b)?<v>[01]</v></c>| t="e" ?>(?:%b)?<v>%b</v></c>'
    rb'| t="str" ?>(?:%b)?(?:<v(?: xml:space="preserve")?>%b</v>|<v ?/>)?</c>'
    rb'| t="inlineStr" ?><is><t(?: xml:space="preserve")?>%b</t></is></c>)'
    % (_FORMULA, _NUMBER, _FORMULA, _FORMULA, _FORMULA, _ERRORS, _FORMULA, _TEXT, _TEXT)
)
_ROW_START: Final = rb'<row r="\d{1,7}"(?: [A-Za-z0-9:.]{1,30}="[^"<>&]*")* ?/?>'
_USUAL: Final = re.compile(rb"\s*(?:(?:%b|%b|</row>)\s*)*" % (_ROW_START, _ODD_CELL))
_ROW_END: Final = b"</row>"
_ROW: Final = re.compile(rb'<row r="(\d{1,7})"([^<>]*?) ?(/?)>')
_CELL_NAME: Final = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_CELL_END: Final = re.compile(rb"[^<>]*(?:/>|>.*?</c>)")
_ANY_FORMULA: Final = re.compile(rb"<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)")
_SHARED: Final = re.compile(rb't="s" ?><v>(\d+)</v>')
_STYLE: Final = re.compile(rb' s="(\d{1,5})"')
_TEXT_CELL: Final = re.compile(
    rb'(<c r="[A-Z]{1,3}\d{1,7}")( s="\d{1,5}")?((?: t="s" ?><v>(\d{1,9})</v>)'
    rb'|(?: t="(?:str|inlineStr)" ?>(?:<is>)?<[vt](?: xml:space="preserve")?>(?=[=+@\t\r-]|_x00)))'
)
_OWN_TEXT: Final = re.compile(rb't="(?:str|inlineStr)" ?>(?:<is>)?<[vt](?: xml:space="preserve")?>(?:[=+@\t\r-]|_x00)')
_TOO_LARGE: Final = re.compile(rb"[eE]\+?[3-9]\d\d</v>")
_ROW_FIELDS: Final = frozenset(
    (b"ht", b"customHeight", b"hidden", b"outlineLevel", b"collapsed", b"thickTop", b"thickBot", b"customFormat", b"s")
)
_VALUE: Final = re.compile(rb"[A-Za-z0-9.+-]{1,32}")
_FIELD: Final = re.compile(rb' ([A-Za-z0-9:.]+)="([^"]*)"')


class Unusual(Exception):
    """The sheet is not written as most are: it must be parsed."""


class StateCell(Struct, frozen=True):
    """The first cell of a row: its text, and the number of its style."""

    text: str
    style: int


class RowTask(Struct, frozen=True):
    """The changes to the rows of a sheet.

    ``states`` are the first cells, and ``red`` the columns of red cells, counted from 0 in the original, both by the
    number of the row. ``formulas`` are the shared strings that look like formulas, ``strings`` how many there are.
    ``is_calculated``: a stored 0 is a result. Where ``shift`` moves nothing, the first column is one of states already,
    and its cells are written anew.
    """

    shift: Shift
    looks: Looks
    states: Mapping[int, StateCell]
    red: Mapping[int, Sequence[int]]
    formulas: Collection[int]
    strings: int
    used: bytearray
    is_calculated: bool = True


def write_state_cell(row: int, state: StateCell) -> str:
    """Write the first cell of a row."""
    return f'<c r="A{row}" s="{state.style}" t="inlineStr"><is>{write_text(state.text)}</is></c>'


class UsualRows:
    """Copies the rows of a sheet piece by piece. Raises Unusual over a piece that must be parsed."""

    def __init__(self, task: RowTask) -> None:
        self._task = task
        self._outlines = Outlines(trusted=task.is_calculated)
        self._moved: dict[tuple[bytes, ...], list[bytes]] = {}
        self._last = 0
        self.formulas = 0

    def copy(self, piece: bytes) -> bytes:
        """Copy the next rows, which are whole."""
        self._check(piece)
        self._check_numbers(piece)
        if b"<f" in piece:
            piece, count = _ANY_FORMULA.subn(b"", piece)
            self.formulas += count
        if self._task.formulas or _OWN_TEXT.search(piece):
            piece = _TEXT_CELL.sub(self._quote, piece)
        return b"".join(self._copy_rows(piece))

    def _check(self, piece: bytes) -> None:
        odd = self._outlines.part(piece).odd
        if not _USUAL.fullmatch(odd) or _TOO_LARGE.search(piece) or b"]]>" in odd:
            raise Unusual
        if not self._task.is_calculated and b"<f" in odd:
            raise Unusual
        try:
            piece.decode()
        except UnicodeDecodeError as error:
            raise Unusual from error

    def _check_numbers(self, piece: bytes) -> None:
        """Raise Unusual where a cell names a style or string that is not there."""
        looks, used = self._task.looks, self._task.used
        if any(int(style) >= looks.count for style in {*_STYLE.findall(piece)}):
            raise Unusual
        for number in map(int, {*_SHARED.findall(piece)}):
            if number >= self._task.strings:
                raise Unusual
            used[number] = 1

    def _quote(self, match: re.Match[bytes]) -> bytes:
        head, style, rest, number = match.groups()
        if number is not None and int(number) not in self._task.formulas:
            return match[0]
        return b'%b s="%d"%b' % (head, self._task.looks.quoted(int(style[4:-1]) if style else 0), rest)

    def _copy_rows(self, piece: bytes) -> Iterator[bytes]:
        states = self._task.states
        found = list(_ROW.finditer(piece))
        starts = [*(match.start() for match in found), len(piece)]
        if piece[: starts[0]].strip():
            raise Unusual
        for match, end in zip(found, starts[1:], strict=True):
            row, content = int(match[1]), piece[match.end() : end].rstrip()
            is_whole = not content if match[3] else content.endswith(_ROW_END) and content.count(_ROW_END) == 1
            if row <= self._last or not is_whole:
                raise Unusual
            self._last = row
            yield b'<row r="%d"%b>' % (row, _clean_fields(match[2], self._task.looks.count))
            if (state := states.get(row)) is not None:
                yield write_state_cell(row, state).encode()
            yield self._copy_cells(content or _ROW_END, row)

    def _copy_cells(self, content: bytes, row: int) -> bytes:
        parts = _CELL_NAME.split(content)
        letters, number = tuple(parts[1::3]), b"%d" % row
        if not {*parts[2::3]} <= {number}:
            raise Unusual
        if (moved := self._moved.get(letters)) is None:
            moved = self._moved[letters] = self._move(letters)
        parts[1::3] = moved
        parts[2::3] = [number + b'"'] * len(letters)
        if not self._task.shift.by and letters[:1] == (b"A",):
            parts[1:4] = b"", b"", _CELL_END.sub(b"", parts[3], count=1)
        for column in self._task.red.get(row, ()):
            self._redden(parts, letters, column, number=number)
        return b"".join(parts)

    def _move(self, letters: Sequence[bytes]) -> list[bytes]:
        """Give the starts of cells that stand beside each other in a row."""
        columns = [column_index(each.decode()) for each in letters]
        moved = list(map(self._task.shift.column, columns))
        if None in moved or any(left >= right for left, right in pairwise(columns)):
            raise Unusual
        return [b'<c r="%b' % column_letter(column).encode() for column in moved if column is not None]

    def _redden(self, parts: list[bytes], letters: Sequence[bytes], column: int, *, number: bytes) -> None:
        """Make a cell of a row red, and put it there where it is not."""
        red = self._task.looks.red
        columns = [column_index(each.decode()) for each in letters]
        place = bisect_left(columns, column)
        if place < len(columns) and columns[place] == column:
            rest = parts[3 * place + 3]
            style = _STYLE.match(rest)
            plain = rest[style.end() :] if style else rest
            parts[3 * place + 3] = b' s="%d"%b' % (red(int(style[1]) if style else 0), plain)
        elif (moved := self._task.shift.column(column)) is not None:
            cell = b'<c r="%b%b" s="%d"/>' % (column_letter(moved).encode(), number, red(0))
            if place < len(columns):
                parts[3 * place + 1] = cell + parts[3 * place + 1]
            else:
                parts[-1] = parts[-1].removesuffix(_ROW_END) + cell + _ROW_END


@lru_cache(maxsize=1024)
def _clean_fields(fields: bytes, styles: int) -> bytes:
    """Keep the attributes of a row that say how it looks. Raises Unusual where its style is not there."""
    kept = {name: value for name, value in _FIELD.findall(fields) if name in _ROW_FIELDS and _VALUE.fullmatch(value)}
    if (style := kept.get(b"s")) is not None and not (style.isdigit() and int(style) < styles):
        raise Unusual
    return b"".join(b' %b="%b"' % field for field in kept.items())
