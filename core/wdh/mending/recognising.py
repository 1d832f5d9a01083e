"""Recognises a workbook that comes back by its hidden mark, without opening those that have none."""

from __future__ import annotations

import mmap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wdh.errors import DataError
from wdh.mending.mark import MARK_SHEET, DamagedMark, Mark, is_header, read_mark
from wdh.settings import Limits, TextFormat
from wdh.words.language import say
from wdh.workbook import Sheet, Workbook

_NAMES: Final = (MARK_SHEET.encode("utf-8"), MARK_SHEET.encode("utf-16-le"))
_LISTS: Final = ("workbook.xml", "workbook.bin")
_WHOLE: Final = "content.xml"
_ZIP: Final = b"PK"
_OLD: Final = b"\xd0\xcf\x11\xe0"
_CHUNK: Final = 1 << 20


def find_mark(path: Path, *, limits: Limits, text: TextFormat) -> Mark | None:
    """Find the mark of a workbook; None: it has none. Raises DataError where the mark is damaged."""
    if not _may_have_mark(path):
        return None
    with Workbook(path, limits=limits, text=text) as book:
        texts = book.read_texts(MARK_SHEET)
    if texts is None:
        return None
    try:
        return read_mark(texts)
    except DamagedMark as error:
        raise DataError(
            say(
                "{file}: its hidden sheet {sheet}, by which wdh knows a mended workbook again, cannot be read: {why}. "
                "Mend the cells in the workbook that wdh wrote, and leave that sheet as it is. Nothing was written.",
                file=path.name,
                sheet=MARK_SHEET,
                why=error,
            ),
            file=str(path),
        ) from error


def _may_have_mark(path: Path) -> bool:
    """Search a file for the name of the hidden sheet where names of sheets stand. A fault is for others to tell."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_OLD))
            if head.startswith(_ZIP):
                return any(name in text for text in _read_lists(path) for name in _NAMES)
            if head != _OLD:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
                return any(whole.find(name) >= 0 for name in _NAMES)
    except (OSError, zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError):
        return False


def _read_lists(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as package:
        for member in package.namelist():
            name = member.replace("\\", "/").lower()
            if name.endswith(_LISTS):
                with package.open(member) as part:
                    yield part.read(_CHUNK)
            elif name == _WHOLE:
                yield from _read_whole(package, member)


def _read_whole(package: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    with package.open(member) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            yield rest + chunk
            rest = chunk[-len(_NAMES[0]) :]


def refuse_unmarked(sheet: Sheet) -> None:
    """Raise DataError where a sheet was sent back, and its workbook has no mark any more."""
    header = next(filter(is_header, sheet.headers), None)
    if header is not None:
        raise DataError(
            say(
                "{file}, sheet {sheet}: the column {header} is one that wdh adds to a workbook that it sends back, and "
                "the hidden sheet {mark} is gone, by which its rows are known again: which of them are loaded, nobody "
                "can tell. Mend the cells in the workbook that wdh wrote, and save it as a whole; or take that column "
                "out, to have all rows loaded as a new workbook. Nothing was written.",
                file=sheet.file,
                sheet=sheet.sheet,
                header=header,
                mark=MARK_SHEET,
            ),
            file=sheet.file,
            sheet=sheet.sheet,
        )
