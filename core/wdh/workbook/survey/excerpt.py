"""The lower rows of a sheet as a workbook of their own, so that their reader need not read those above.

It has the same XML: the sheet's head up to its first row, then its rows from some row on with all that follows them.
It is not packed, as it is read once, and at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from wdh.workbook.package.archive import Archive
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

    ``first`` is the number of its first row; 0: it has none, or there was no room for them.
    """

    def __init__(self, file: IO[bytes], package: Archive, member: str) -> None:
        self._file, self._package, self._member = file, package, member
        self._head: bytes | None = None
        self._written = contextlib.ExitStack()
        self._rows: IO[bytes] | None = None
        self.first = 0

    def __exit__(self, *raised: object) -> None:
        with self._doing_without():
            self._written.close()
            self._file.flush()

    def add(self, piece: bytes, *, may_begin: bool) -> None:
        """Add the next piece of the sheet. ``may_begin``: it follows the end of a row; an excerpt may begin here."""
        if self._rows is not None:
            with self._doing_without():
                self._rows.write(piece)
        elif self._head is None:
            self._head = piece[: max(piece.find(b"<row"), 0)]
        elif may_begin and self._head and (row := USUAL_ROW.match(piece)) is not None:
            self.first = int(row[1])
            with self._doing_without():
                self._rows = self._begin()
                self._rows.write(self._head + piece)

    @contextlib.contextmanager
    def _doing_without(self) -> Iterator[None]:
        """Drop the excerpt when the disk is full: the rows can be read from the workbook itself."""
        try:
            yield
        except OSError:
            with contextlib.suppress(OSError):
                self._written.close()
            os.ftruncate(self._file.fileno(), 0)
            self._rows, self._head, self.first = None, b"", 0

    def _begin(self) -> IO[bytes]:
        book = self._written.enter_context(zipfile.ZipFile(self._file, "w"))
        for name in filter(_PARTS.fullmatch, self._package.entries):
            with book.open(name, "w", force_zip64=True) as target:
                target.writelines(self._package.read(name))
        return self._written.enter_context(book.open(self._member, "w", force_zip64=True))
