"""Writes a red workbook for each workbook of a run that has cells to mend, and removes those of an earlier run."""

from __future__ import annotations

import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree

from msgspec import Struct

from wdh.errors import DataError
from wdh.facts import Reject
from wdh.mending.mark import Mark, OtherFile
from wdh.mending.marking import mark_again, mark_sheet
from wdh.mending.parts import APPLICATION, PROPERTIES
from wdh.mending.red_book import RedBook, RedSheet
from wdh.mending.returnable import Delivered, Returnable
from wdh.process.replacing import find_oddity, write_new
from wdh.words.language import say
from wdh.words.printable import show_name
from wdh.workbook import Sheet
from wdh.workbook.others import open_document, open_other
from wdh.workbook.package.archive import open_archive
from wdh.workbook.package.guard import check_package
from wdh.workbook.package.original import Original, hash_original

_START: Final = "mend-"
_END: Final = ".xlsx"
_MOST_BYTES: Final = 200
"""Of a name: most file systems take 255."""
_MOST_PROPERTIES: Final = 1 << 16


class Sent(Struct, frozen=True):
    """The red workbooks that were written, and what else is to be told of them."""

    paths: tuple[Path, ...]
    remarks: tuple[str, ...]


def write_red_books(
    directory: Path,
    returnable: Returnable,
    rejects: Sequence[Reject],
    *,
    sheets: Sequence[Delivered],
    run_id: str | None,
    is_loaded: bool,
) -> Sent:
    """Write a red workbook for each workbook that has rejects; only their owner may read them.

    ``sheets`` are all that the run read; ``run_id`` is the run as the ledger has it, None where it has none;
    ``is_loaded``: it loaded the rows that it accepted. A workbook of which no red one can be made is told in a remark.
    """
    by_file: defaultdict[str, list[Reject]] = defaultdict(list)
    for reject in rejects:
        by_file[reject.file].append(reject)
    outbox = _Outbox(directory, returnable, sheets, run_id=run_id, is_loaded=is_loaded)
    paths: list[Path] = []
    remarks: list[str] = []
    for file, own in by_file.items():
        try:
            paths.append(outbox.write(file, own))
        except (DataError, OSError, ElementTree.ParseError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            remarks.append(say("No workbook to mend could be made of {file}: {why}", file=file, why=why))
    return Sent(tuple(paths), tuple(remarks))


def remove_red_books(directory: Path, *, kept: Collection[Path] = ()) -> None:
    """Remove the red workbooks of an earlier run from a folder, but for those ``kept``.

    One that any program has saved again stays: somebody may have begun to mend it.
    """
    inputs = {path.absolute() for path in kept}
    for path in directory.glob(f"{_START}*{_END}"):
        if path.absolute() not in inputs and is_untouched(path):
            path.unlink(missing_ok=True)


def is_untouched(path: Path) -> bool:
    """Say whether a file is a red workbook as wdh wrote it: no other program has saved it."""
    try:
        if find_oddity(path.lstat()) is not None:
            return False
        with zipfile.ZipFile(path) as package, package.open(PROPERTIES) as part:
            return f"<Application>{APPLICATION}</Application>".encode() in part.read(_MOST_PROPERTIES)
    except (OSError, KeyError, zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError):
        return False


class _Outbox:
    """Writes the red workbooks of one run."""

    def __init__(
        self,
        directory: Path,
        returnable: Returnable,
        sheets: Sequence[Delivered],
        *,
        run_id: str | None,
        is_loaded: bool,
    ) -> None:
        self._directory, self._returnable, self._sheets = directory, returnable, sheets
        self._run_id, self._is_loaded = run_id, is_loaded

    def write(self, file: str, rejects: Sequence[Reject]) -> Path:
        """Write one red workbook. Raises DataError where none can be made, and OSError."""
        sheets = [sheet for sheet in self._sheets if sheet.file == file]
        if len({sheet.path for sheet in sheets}) != 1:
            message = (
                say("Several workbooks of this run have this name, so that nobody can tell whose its rejects are.")
                if sheets
                else say("The run did not read it.")
            )
            raise DataError(message, file=file)
        original = hash_original(sheets[0].path)
        if original.sha256 != sheets[0].sha256:
            raise DataError(say("It was changed after it was read. Run again."), file=file)
        book = self._make_book(original, sheets, rejects)
        path = self._name(Path(book.mark.file).stem)
        with write_new(path) as target:
            self._write(target, original, book)
        original.check()
        return path

    def _write(self, target: IO[bytes], original: Original, book: RedBook) -> None:
        from wdh.mending.copying import copy_package
        from wdh.mending.fresh import write_fresh
        from wdh.mending.originals import Package

        path, limits = original.path, self._returnable.limits
        with ExitStack() as stack:
            other = open_other(original, limits, self._returnable.text)
            if other is None:
                archive = stack.enter_context(open_archive(path, most=limits.parts))
                other = open_document(path, archive, limits)
                if other is None:
                    check_package(path, archive, limits)
                    copy_package(target, Package(path, archive, limits), book)
                    return
            write_fresh(target, path, other, book)

    def _make_book(self, original: Original, sheets: Sequence[Delivered], rejects: Sequence[Reject]) -> RedBook:
        known = self._returnable.marks.get(original.path)
        rows: defaultdict[str, set[int]] = defaultdict(set)
        for reject in rejects:
            rows[reject.sheet].add(reject.row)
        by_name = {sheet.sheet: sheet for sheet in sheets}
        marked: list[RedSheet] = []
        with closing(self._returnable.open(original.path)) as opened:
            for sheet in opened:
                if (one := by_name.get(sheet.sheet)) is not None:
                    marked.append(_mark(sheet, one, known, rejected=rows[sheet.sheet]))
        return RedBook(
            self._make_mark(original, marked, known, folder=sheets[0].lies_in),
            original.path.name if known is None else known.file,
            marked,
            rejects,
            is_returned=known is not None,
            is_loaded=self._is_loaded,
        )

    def _make_mark(self, original: Original, sheets: Sequence[RedSheet], known: Mark | None, *, folder: str) -> Mark:
        path = original.path.absolute()
        if known is not None:
            file, folder, size, sha256 = known.file, known.folder, known.size, known.sha256
        else:
            file, size, sha256 = path.name, path.stat().st_size, original.sha256
        marks = tuple(sheet.mark for sheet in sheets)
        others = tuple(self._others(original.path))
        return Mark(self._returnable.domain, self._run_id, file, folder, size, sha256, marks, others)

    def _others(self, path: Path) -> Iterator[OtherFile]:
        """Name the other files of the delivery; one that came back by what was delivered first."""
        for other, one in {one.path: one for one in self._sheets if one.path != path}.items():
            mark = self._returnable.marks.get(other)
            if mark is not None:
                yield OtherFile(mark.file, mark.folder, mark.size, mark.sha256)
            else:
                yield OtherFile(other.name, one.lies_in, other.stat().st_size, one.sha256)

    def _name(self, stem: str) -> Path:
        """Find a name that no file has yet."""
        shown = show_name(Path(stem))
        taken = {_fold(path.name) for path in self._directory.iterdir()}
        number = 1
        while True:
            end = f" ({number}){_END}" if number > 1 else _END
            room = _MOST_BYTES - len(_START) - len(end)
            name = f"{_START}{shown.encode()[:room].decode(errors='ignore')}{end}"
            if _fold(name) not in taken:
                return self._directory / name
            number += 1


def _mark(sheet: Sheet, one: Delivered, known: Mark | None, *, rejected: Collection[int]) -> RedSheet:
    left_out = {row for first, last in one.totals for row in range(first, last + 1)}
    before = None if known is None else known.sheet(sheet.sheet)
    if before is None:
        mark = mark_sheet(sheet.sheet, sheet.batches(), rejected=frozenset(rejected), left_out=left_out)
        return RedSheet(mark, list(map(int, mark.rows)), one.header_row)
    again = mark_again(before, sheet.batches(), sheet.added_cells, rejected=frozenset(rejected), left_out=left_out)
    return RedSheet(again[0], again[1], one.header_row)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
