"""The fast reader: python-calamine-plus (extra ``fast``), for workbooks that it reads exactly."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from wdh.words.printable import is_encodable
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.rows.blocks import Block, Reader

_LIBRARY = "python_calamine_plus"
_LONGEST = 200


def is_installed() -> bool:
    """Say whether the extra ``fast`` is there."""
    return importlib.util.find_spec(_LIBRARY) is not None


class FastReaderFailed(Exception):
    """The library could not read a sheet. The sheet may be sound: openpyxl is tried next."""


@contextlib.contextmanager
def _library_at_work() -> Iterator[None]:
    """Turn every error of the library in the block into FastReaderFailed."""
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        # What Rust calls a panic is no Exception.
        if not isinstance(error, Exception) and type(error).__module__ != "pyo3_runtime":
            raise
        raise FastReaderFailed(" ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST]) from error


class FastRows(Reader):
    """Reads one sheet of a workbook by python-calamine-plus.

    ``styled`` asks for the styles of the cells too, at half the speed.
    """

    faults = (FastReaderFailed,)

    def __init__(self, path: Path, contents: Contents, sheet: SheetPart, *, styled: bool) -> None:
        self._path, self._contents, self._sheet, self._styled = path, contents, sheet, styled

    def of(self, path: Path) -> FastRows:
        """Make a reader of the same sheet in another file."""
        return FastRows(path, self._contents, self._sheet, styled=self._styled)

    def blocks(self, size: int, first: int = 1) -> Generator[Block, None, None]:
        """Give all rows from ``first`` on, those without cells too, in blocks of ``size``; the last may have less.

        Raises FastReaderFailed, whatever the library raises.
        """
        with _library_at_work():
            yield from self._blocks(size, first)

    def _blocks(self, size: int, first: int) -> Generator[Block, None, None]:
        from python_calamine_plus import load_workbook

        # The library cannot name a file whose name is not UTF-8; from an open one it takes all bytes into memory.
        source = str(self._path) if is_encodable(str(self._path)) else self._path.open("rb")
        book = load_workbook(source)
        try:
            stream = iter(book.stream_sheet_by_name(self._sheet.name, rich=self._styled, min_row=first - 1))
            while rows := list(islice(stream, size)):
                numbers = range(first, first + len(rows))
                first += len(rows)
                yield self._with_styles(numbers, rows) if self._styled else Block.of_rows(numbers, rows)
        finally:
            book.close()
            if not isinstance(source, str):
                source.close()

    def _with_styles(self, numbers: range, rows: list[Any]) -> Block:
        values = [[cell.value for cell in row] for row in rows]
        styles = [[cell.style_id for cell in row] for row in rows]
        if eastern := self._contents.styles.eastern:
            for row, kinds in zip(values, styles, strict=True):
                if not eastern.isdisjoint(kinds):
                    row[:] = [self._read_eastern(*cell) for cell in zip(row, kinds, strict=True)]
        return Block.of_rows(numbers, values, styles)

    def _read_eastern(self, value: Any, style: int) -> Any:
        if style not in self._contents.styles.eastern or type(value) not in (int, float):
            return value
        from wdh.workbook.rows.exact_cells import read_serial  # here, as few sheets need it, and it needs openpyxl

        return read_serial(value, epoch_1904=self._contents.epoch_1904, duration=False)
