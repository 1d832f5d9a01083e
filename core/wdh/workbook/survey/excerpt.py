"""Lower rows of a sheet as a workbook of their own, so that their reader need not read those above.

It has the same XML: the sheet's head up to its first row, then its rows from some row on, with all that follows them
where they are the last ones. It is not packed, as it is read once, and at once.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from wdh.workbook.package.archive import Archive
from wdh.workbook.package.well_formed import CLOSED
from wdh.workbook.survey.row_scan import USUAL_ROW

_PARTS: Final = re.compile(
    r"(?i)\[Content_Types\]\.xml|_rels/\.rels|xl/(?:_rels/workbook\.xml\.rels|(?:workbook|styles|sharedStrings)\.xml)"
)
"""The parts that a reader of one sheet needs besides the sheet."""


def path_of(file: IO[bytes]) -> Path:
    """Give a path by which a process that has this nameless file open can open it again."""
    return Path(f"/dev/fd/{file.fileno()}")


class Excerpt(contextlib.AbstractContextManager["Excerpt"]):
    """Grows by the pieces of a sheet, as they are read from ``package``, and is written to ``file``. A context manager.

    It has the pieces ``between`` two shares of the sheet. ``rows`` are those that it has, whatever it lacks of them;
    empty: there are none, or there was no room for them.
    """

    def __init__(self, file: IO[bytes], package: Archive, member: str, *, between: tuple[float, float]) -> None:
        self._file, self._package, self._member = file, package, member
        self._begin_at, self._end_at = between
        self._head: bytes | None = None
        self._written = contextlib.ExitStack()
        self._kept: IO[bytes] | None = None
        self.rows = range(0)

    def __exit__(self, *raised: object) -> None:
        if self._kept is not None and self._end_at < math.inf:  # its last rows did not come
            self._drop()
        with self._doing_without():
            self._written.close()
            self._file.flush()

    def add(self, piece: bytes, *, above: float) -> None:
        """Add the next piece of the sheet, which begins at the share ``above``; 0.0: no row ends there."""
        if self._head is None:
            self._head = piece[: max(piece.find(b"<row"), 0)]
        elif self._kept is not None:
            self._go_on(piece, above)
        elif self._begin_at < above < self._end_at and self._head and (row := USUAL_ROW.match(piece)) is not None:
            self.rows = range(int(row[1]), sys.maxsize)
            with self._doing_without():
                self._kept = self._begin()
                self._kept.write(self._head + piece)

    def _go_on(self, piece: bytes, above: float) -> None:
        row = USUAL_ROW.match(piece) if above > self._end_at else None
        with self._doing_without():
            if self._kept is not None and row is not None:
                self.rows = range(self.rows.start, int(row[1]))
                self._kept.write(CLOSED)
                self._written.close()
                self._kept, self._head = None, b""
            elif self._kept is not None:
                self._kept.write(piece)

    @contextlib.contextmanager
    def _doing_without(self) -> Iterator[None]:
        """Drop the excerpt when the disk is full: the rows can be read from the workbook itself."""
        try:
            yield
        except OSError:
            self._drop()

    def _drop(self) -> None:
        with contextlib.suppress(OSError):
            self._written.close()
        os.ftruncate(self._file.fileno(), 0)
        self._kept, self._head, self.rows = None, b"", range(0)

    def _begin(self) -> IO[bytes]:
        book = self._written.enter_context(zipfile.ZipFile(self._file, "w"))
        for name in filter(_PARTS.fullmatch, self._package.entries):
            with book.open(name, "w", force_zip64=True) as target:
                target.writelines(self._package.read(name))
        return self._written.enter_context(book.open(self._member, "w", force_zip64=True))
