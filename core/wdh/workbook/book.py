"""A workbook held open. Its sheets are opened one by one; the parts that they share are read once."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Collection, Generator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wdh.settings import HeaderRows, Limits, TextFormat
from wdh.workbook.apart import Apart
from wdh.workbook.others import OtherBook, find_misnamed, open_document, open_other
from wdh.workbook.package.archive import Archive, open_archive
from wdh.workbook.package.contents import (
    Contents,
    check_sheet,
    choose_sheet,
    choose_sheets,
    read_contents,
    visible_sheets,
)
from wdh.workbook.package.guard import check_package
from wdh.workbook.package.original import hash_original
from wdh.workbook.readers import AUTO, REFERENCE, Opened, ReaderKind, ReaderName, choose_reader
from wdh.workbook.rows.headers import ANYWHERE
from wdh.workbook.sheet import Sheet
from wdh.workbook.survey.surveying import survey_sheet

if TYPE_CHECKING:
    from wdh.workbook.added_column import IsHeader

_DEFAULT_LIMITS = Limits()
_FOUND = TextFormat()


class Workbook(contextlib.AbstractContextManager["Workbook"]):
    """A workbook held open. Use it as a context manager, or close it, after the sheets opened from it.

    It is read by its content, whatever its name says; ``text`` is what is known of a file in text. Opening raises
    DataError where the file is no sound workbook.
    """

    def __init__(self, path: Path, *, limits: Limits = _DEFAULT_LIMITS, text: TextFormat = _FOUND) -> None:
        self._limits = limits
        self._original = hash_original(path)
        with self._original.watch():
            self._other = open_other(self._original, limits, text)
            self._package = Archive(io.BytesIO(), ()) if self._other is not None else self._open_package(path)

    def _open_package(self, path: Path) -> Archive:
        package = open_archive(path, most=self._limits.parts)
        try:
            self._other = open_document(path, package, self._limits)
            if self._other is None:
                check_package(path, package, self._limits)
        except BaseException:
            package.close()
            raise
        return package

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file. Closing twice is fine."""
        self._package.close()

    @property
    def text(self) -> TextFormat | None:
        """The form of a file in text; None: it is none."""
        table = None if self._other is None else self._other.table
        return None if table is None else table.form

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the visible worksheets, in order. DataError where the workbook is damaged."""
        with self._original.watch():
            return tuple(part.name for part in visible_sheets(self._contents))

    def choose_sheets(self, wanted: Sequence[str | int]) -> tuple[str | int, ...]:
        """Name the sheets that ``wanted`` means, by name, index or shell pattern. DataError where one means none.

        In a file in text any name means the one table that it has.
        """
        if self.text is not None:
            wanted = [0 if isinstance(each, str) else each for each in wanted]
        with self._original.watch():
            return choose_sheets(self._original.path, self._contents, wanted)

    @cached_property
    def _contents(self) -> Contents:
        if self._other is not None:
            return self._other.contents
        return read_contents(self._original.path, self._package, limits=self._limits)

    def open_sheet(
        self,
        sheet: str | int,
        *,
        reader: ReaderName = AUTO,
        required_columns: Sequence[str] = (),
        known: Collection[str] = (),
        header: HeaderRows = ANYWHERE,
        batch_rows: int = 2048,
        added: IsHeader | None = None,
        processes: int | None = None,
    ) -> Sheet:
        """Open a sheet, find its header, and get ready to read its rows, as :func:`open_sheet` does.

        ``added`` knows the header of a column that was added in front: it is read as if that were not there. DataError
        where it is not there. ``processes`` is how many may share a large one, this one included; None: as many as
        there are processors.
        """
        kind, why = choose_reader(reader)
        with self._original.watch(), contextlib.ExitStack() as stack:
            apart = stack.enter_context(Apart())
            if self._other is None:
                opened, unfit = self._open(sheet, kind, apart, processes=processes)
                used = kind if unfit is None else REFERENCE
            else:
                opened, used = self._open_other(self._other, sheet)
                unfit, why = None, "the file is of this kind"
            if added is not None:
                from wdh.workbook.added_column import shift_survey

                opened = replace(opened, survey=shift_survey(opened.survey), added=added)
            if unfit is not None:  # there is nothing for them to read
                apart.close()
            result = stack.enter_context(Sheet(opened, used, apart, batch_rows=batch_rows, fallback=unfit))
            result.tell_reader(unfit or why)
            result.seek_header(required_columns, known, header)
            result.hold(stack.pop_all())
        return result

    def read_texts(self, sheet: str) -> tuple[str, ...] | None:
        """Read the texts of the first column of a sheet, hidden or not; None: there is no sheet of just this name."""
        with self._original.watch():
            if all(part.name != sheet for part in self._contents.sheets):
                return None
            if self._other is None:
                opened, _ = self._open(sheet, REFERENCE, Apart())
                reader = REFERENCE.make(opened)
            else:
                opened, kind = self._open_other(self._other, sheet)
                reader = kind.make(opened)
            cells = (cell for block in reader.blocks(64) for cell in (block.columns or [()])[0])
            return tuple(cell for cell in cells if isinstance(cell, str))

    def _open(
        self, sheet: str | int, kind: ReaderKind, apart: Apart, *, processes: int | None = 1
    ) -> tuple[Opened, str | None]:
        """Survey a sheet; give why the reader would not read it exactly (None: it would)."""
        path, package, limits = self._original.path, self._package, self._limits
        if kind.needs_proof:  # first, as they take a moment to start
            apart.start(max((part.size for part in package.entries.values()), default=0), processes)
        contents = self._contents
        part = choose_sheet(path, contents, sheet)
        odd = check_sheet(path, package, part, limits=limits) or contents.unfit
        if odd is not None:
            apart.close()
        lower = apart.scan(path, contents, part, limits)
        seeks_proof = kind.needs_proof and odd is None
        survey = survey_sheet(path, package, contents, part, limits=limits, seeks_proof=seeks_proof, lower=lower)
        unfit = (odd or survey.unfit) if kind.needs_proof else None
        misnamed = find_misnamed(path, "xlsx")
        return Opened(self._original, package, contents, part, survey, limits, misnamed), unfit

    def _open_other(self, other: OtherBook, sheet: str | int) -> tuple[Opened, ReaderKind]:
        path = self._original.path
        part = choose_sheet(path, other.contents, 0 if other.table is not None and isinstance(sheet, str) else sheet)
        survey, reader = other.open(part)
        opened = Opened(
            self._original,
            self._package,
            other.contents,
            part,
            survey,
            self._limits,
            misnamed=find_misnamed(path, other.reader),
        )
        return opened, ReaderKind(other.reader, lambda _: reader)


def open_sheets(
    path: Path,
    sheets: Sequence[str | int],
    *,
    reader: ReaderName = AUTO,
    required_columns: Sequence[str] = (),
    known: Collection[str] = (),
    header: HeaderRows = ANYWHERE,
    batch_rows: int = 2048,
    limits: Limits = _DEFAULT_LIMITS,
    text: TextFormat = _FOUND,
    added: IsHeader | None = None,
    processes: int | None = None,
) -> Generator[Sheet, None, None]:
    """Open sheets of a workbook one after the other, each as :func:`open_sheet` does; each is closed before the next.

    ``sheets`` are names, indices, or shell patterns over the names of visible sheets; ``added`` and ``processes``
    are as for :meth:`Workbook.open_sheet`. Close the iterator in any case.
    """
    choose_reader(reader)
    with Workbook(path, limits=limits, text=text) as book:
        for name in book.choose_sheets(sheets):
            with book.open_sheet(
                name,
                reader=reader,
                required_columns=required_columns,
                known=known,
                header=header,
                batch_rows=batch_rows,
                added=added,
                processes=processes,
            ) as sheet:
                yield sheet


def open_sheet(
    path: Path,
    *,
    sheet: str | int,
    reader: ReaderName = AUTO,
    required_columns: Sequence[str] = (),
    known: Collection[str] = (),
    header: HeaderRows = ANYWHERE,
    batch_rows: int = 2048,
    limits: Limits = _DEFAULT_LIMITS,
    text: TextFormat = _FOUND,
) -> Sheet:
    """Open a sheet of a workbook, find its header, and get ready to read its rows.

    ``sheet`` is a name, or a 0-based index among the visible worksheets. ``required_columns`` must be in the header;
    they and the ``known`` headers help to find it below title rows, and ``header`` says where it is. ``auto`` takes
    the fast reader where it is installed; whatever is asked for, a workbook that the fast reader would not read
    exactly is read by openpyxl. DataError says what is wrong with the workbook; SetupError that ``fast`` was asked for
    and is not installed.
    """
    choose_reader(reader)
    with contextlib.ExitStack() as stack:
        book = stack.enter_context(Workbook(path, limits=limits, text=text))
        result = book.open_sheet(
            sheet,
            reader=reader,
            required_columns=required_columns,
            known=known,
            header=header,
            batch_rows=batch_rows,
        )
        result.hold(stack.pop_all())
    return result
