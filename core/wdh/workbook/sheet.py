"""A sheet of a workbook, opened: its header, and its rows by column batches."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from wdh.errors import DataError
from wdh.facts import Batch, Note
from wdh.facts.cells import CellValue, column_index, column_letter
from wdh.logs import Log
from wdh.settings import HeaderRows
from wdh.words.headers import normalise_header
from wdh.words.language import join, later, say, say_count
from wdh.words.phrases import clip
from wdh.words.printable import show_name
from wdh.workbook.lower_rows import LowerRows, Take, cut_rows, find_cuts
from wdh.workbook.package.tables import find_totals_rows
from wdh.workbook.readers import REFERENCE, Opened, ReaderKind
from wdh.workbook.rows.batches import Layout, select_rows
from wdh.workbook.rows.blocks import Block, Reader
from wdh.workbook.rows.fast_rows import FastReaderFailed
from wdh.workbook.rows.guesses import Line
from wdh.workbook.rows.headers import Header, find_header, find_missing, unnamed
from wdh.workbook.rows.merges import Merges

if TYPE_CHECKING:
    from wdh.workbook.apart import Apart

log = Log()

_LONGEST = 60
_GAVE_UP: Final = later("the fast reader gave up after row {row} ({error})")
_FALLBACK: Final = later(
    "These sheets were read by openpyxl, which takes about three times as long as the fast reader."
)
_MISNAMED: Final = later(
    "The names of these files say that they are of another kind; they were read as what they hold."
)
_HIDDEN_SHEET: Final = later("These sheets are hidden in their workbooks; they were read because they were named.")
_NO_ADDED: Final = later(
    "has the mark of wdh, and its first column is not the one that wdh put there. Mend the cells of the workbook that "
    "wdh wrote, and leave its first column as it is."
)
_HIDDEN_COLUMNS: Final = later("These columns are hidden in their sheets; they were read like any other.")


class Sheet(contextlib.AbstractContextManager["Sheet"]):
    """A sheet being read. Use it as a context manager, or close it; its rows can be read once.

    ``file`` and ``sheet`` are names; ``headers`` the normalised headers in sheet order; ``header_row`` their row, and
    ``header_beside`` further rows of the header, which are not read as one;
    ``sha256`` that of the file's bytes; ``reader`` the name in READERS of the reader in use; ``fallback`` says
    why the fast reader was not used though it was wanted and there (None: it was, or was not wanted). Both change
    where the fast reader gives up while rows are read: those not given yet are read by openpyxl then. ``apart`` has
    the processes that can read lower rows, and is closed with the sheet.
    ``added_cells`` are the cells of a column that was added in front, by row, of the rows read so far.
    """

    def __init__(
        self, opened: Opened, kind: ReaderKind, apart: Apart, *, batch_rows: int, fallback: str | None
    ) -> None:
        self._opened, self._held = opened, contextlib.ExitStack()
        self.added_cells: dict[int, CellValue] = {}
        self._reader = self._make_reader(kind)
        self._batch_rows = batch_rows
        self.apart = apart
        self.file = show_name(opened.original.path)
        self.sheet = opened.part.name
        self.sha256 = opened.original.sha256
        self.reader = kind.name
        self.fallback = fallback
        self._blocks = self._read(batch_rows)
        self._reached = 0
        self._cuts: tuple[int, ...] = ()
        self._hidden_names: tuple[str, ...] = ()
        self._ahead: list[Block] = []
        self._layout: Layout  # once there is a header
        self._is_taken = False
        self._top: tuple[Block, ...] = ()
        self._top_end: int | None = None
        self.header_row = 0
        self.header_beside: tuple[int, ...] = ()
        self.headers: tuple[str, ...] = ()

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file. Closing twice is fine."""
        with self._held:
            self._blocks.close()

    def hold(self, resources: contextlib.ExitStack) -> None:
        """Take over resources of the reading; close() releases them last."""
        resources.push(self._held)
        self._held = resources

    @property
    def expected_rows(self) -> int | None:
        """How many rows stand below the header, blank ones included; None: nobody counted before they are read."""
        return max(self._opened.survey.last_row - self.header_row, 0) or None

    def _make_reader(self, kind: ReaderKind) -> Reader:
        reader = kind.make(self._opened)
        if self._opened.added is None:
            return reader
        from wdh.workbook.added_column import WithoutFirst

        return WithoutFirst(reader, self.added_cells)

    def lower_rows(self, parts: int) -> Sequence[LowerRows]:
        """Give the lower rows for other processes, before any of them is read here; none: they cannot be split off.

        With the rows that are read here they are ``parts`` parts, or less where the sheet cannot be cut.
        """
        begun = max((block.numbers[-1] for block in self._ahead), default=0)
        cuts = find_cuts(self._opened.survey, parts, width=self._layout.width, below=begun, size=self._batch_rows)
        return cut_rows(cuts, self._opened, self._reader, self._layout, self.apart.excerpts, size=self._batch_rows)

    def batches(self, apart: Sequence[tuple[LowerRows, Take]] = ()) -> Iterator[Batch]:
        """Give the rows below the header, once. DataError when the sheet is damaged, or was changed meanwhile.

        ``apart`` are lower rows in their order, each with the function that takes them where another process has read
        them: they are not given then.
        """
        if self._is_taken:
            raise RuntimeError("the rows of a sheet can be read once; open it again")
        self._is_taken = True
        self._top = ()
        self._cuts = tuple(sorted({row for rows, _ in apart for row in (rows.first, rows.end) if row is not None}))
        with self._opened.original.watch(), contextlib.closing(self._blocks):
            for block in self._filled_blocks(deque(apart)):
                yield self._layout.make_batch(block)
            self._opened.original.check()

    def _filled_blocks(self, apart: deque[tuple[LowerRows, Take]]) -> Iterator[Block]:
        while self._ahead:
            yield self._ahead.pop(0)
        after = 0  # the first row that was not taken elsewhere
        while True:
            while apart and max(self._reached + 1, after) >= apart[0][0].first:
                rows, take = apart.popleft()
                last = take()
                if last is not None:
                    if rows.end is None:
                        return
                    after, self._layout = rows.end, self._layout.from_row(last + 1)
            block = next(self._blocks, None)
            if block is None:
                return
            if len(block) and block.numbers[0] >= after:
                yield block

    def seek_header(self, required: Sequence[str], known: Collection[str], wanted: HeaderRows) -> None:
        """Read down to the first row below the header. DataError without a header, a required column, or a row."""
        first = self._read_first(wanted)
        if self._opened.added is not None and not any(map(self._opened.added, self.added_cells.values())):
            raise self._fault(say(_NO_ADDED))
        header = find_header(first, required, known=known, wanted=wanted)
        if header is None:
            raise self._fault(_say_no_header(wanted))
        self._check_header(header, required)
        self._hidden_names = tuple(self._find_hidden(header, {*map(normalise_header, (*required, *known))}))
        self._begin(header)

    def _read_first(self, wanted: HeaderRows) -> Sequence[Line]:
        most, first = self._opened.limits.header_rows, wanted.first or 0
        lines: list[Line] = []
        while len(lines) < most and (block := next(self._blocks, None)) is not None:
            self._ahead.append(block)
            lines += (line for line in zip(block.numbers, block.rows, strict=True) if line[0] >= first)
        self._top = tuple(self._ahead)
        self._top_end = lines[most - 1][0] if len(lines) >= most else None
        return lines[:most]

    @property
    def first_rows(self) -> Sequence[Line]:
        """The rows among which the header was searched for, until the rows below it are read."""
        return [line for block in self._top for line in zip(block.numbers, block.rows, strict=True)]

    def read_cell(self, name: str) -> tuple[CellValue, str | None]:
        """Give a cell, as ``B2``, and its number format where that could matter, before the rows are read.

        DataError where it is below the rows among which the header is searched for.
        """
        letters = name.rstrip("0123456789")
        row, column = int(name[len(letters) :]), unnamed(column_index(letters))
        if self._top_end is not None and row > self._top_end:
            raise self._fault(
                say(
                    "{name} is too far down: a single cell is read as far as row {top_end} only.",
                    name=name,
                    top_end=self._top_end,
                )
            )
        for block in self._top:
            if row in block.numbers:
                contents, runs = self._opened.contents, self._opened.survey.runs
                none = Header(row - 1, ())
                layout = Layout(
                    self.file, self.sheet, header=none, styles=contents.styles, runs=runs, hidden=(), totals=frozenset()
                )
                batch = layout.make_batch(block.select([number == row for number in block.numbers]))
                formats = batch.formats.get(column, (None,))
                return batch.columns.get(column, (None,))[0], formats[0]
        return None, None

    def notes(self, rows: int) -> Iterator[Note]:
        """Give the notes on a sheet of which ``rows`` data rows were read."""
        place = say("{file}, sheet {sheet}", file=self.file, sheet=self.sheet)
        if self.fallback is not None:
            yield Note(
                "read_by_openpyxl", say(_FALLBACK), {say("{place}: {why}", place=place, why=say(self.fallback)): rows}
            )
        if self._opened.misnamed is not None:
            yield Note(
                "misnamed_file",
                say(_MISNAMED),
                {say("{file}: {kind}", file=self.file, kind=self._opened.misnamed): rows},
            )
        yield from self._reader.notes(place, rows)
        if self._opened.part.is_hidden:
            yield Note("hidden_sheet", say(_HIDDEN_SHEET), {place: rows})
        if self._hidden_names:
            yield Note(
                "hidden_columns",
                say(_HIDDEN_COLUMNS),
                {say("{place}, {name}", place=place, name=name): rows for name in self._hidden_names},
            )

    def _find_hidden(self, header: Header, wanted: Collection[str]) -> Iterator[str]:
        """Name the hidden columns that have a header; where some headers are ``wanted``, only those."""
        for hidden in self._opened.survey.hidden_columns:
            for index, name in enumerate(header.names[hidden.start : hidden.stop], start=hidden.start):
                if name is not None and (not wanted or name in wanted):
                    yield f"{column_letter(index + self._added)} ({name})"

    @property
    def _added(self) -> int:
        return 0 if self._opened.added is None else 1

    def _begin(self, header: Header) -> None:
        self.header_row, self.headers, self.header_beside = header.row, header.columns, header.beside
        opened = self._opened
        self._layout = Layout(
            self.file,
            self.sheet,
            header=header,
            styles=opened.contents.styles,
            runs=opened.survey.runs,
            hidden=opened.survey.hidden,
            totals=find_totals_rows(
                opened.original.path, opened.package, opened.part.member, header=header.row, limits=opened.limits
            ),
            added=self._added,
        )
        below = (_below(block, header.row) for block in self._ahead)
        self._ahead = [block for block in below if len(block)]
        while not self._ahead and (block := next(self._blocks, None)) is not None:
            self._ahead = [block] if len(block) else []
        if not self._ahead:
            raise self._fault(
                say("has no rows below its header (row {row}). Was it saved with its data?", row=header.row)
            )

    def _check_header(self, header: Header, required: Sequence[str]) -> None:
        if len(header.columns) > self._opened.limits.columns:
            most = self._opened.limits.columns
            raise self._fault(
                say(
                    "has {count} columns, and {most} are allowed. Remove what is no data, or raise "
                    "limits.columns in data_sources.yml.",
                    count=len(header.columns),
                    most=most,
                ),
                limit="columns",
            )
        missing = find_missing(header, required)
        if not missing:
            return
        named = join(
            ", ",
            (name if near is None else say("{name} (near: {near})", name=name, near=near) for name, near in missing),
        )
        raise self._fault(
            say_count(
                "lacks the required column {named}. Row {row} was taken for the header: {columns}. Mend the header, or "
                "pass another sheet (--sheet).",
                "lacks the required columns {named}. Row {row} was taken for the header: {columns}. Mend the header, "
                "or pass another sheet (--sheet).",
                len(missing),
                named=named,
                row=header.row,
                columns=_shorten(header.columns),
            ),
            row=header.row,
            missing=tuple(name for name, _ in missing),
        )

    def _read(self, batch_rows: int) -> Generator[Block, None, None]:
        try:
            yield from self._read_by(self._reader, batch_rows)
        except FastReaderFailed as error:
            self._change_reader(self._reached, error)
            yield from self._read_by(self._reader, batch_rows)

    def _change_reader(self, row: int, error: FastReaderFailed) -> None:
        self._reader = self._make_reader(REFERENCE)
        self.reader = REFERENCE.name
        self.fallback = say(_GAVE_UP, row=row, error=error)
        self.tell_reader(_GAVE_UP.format(row=row, error=error))

    def tell_reader(self, why: str) -> None:
        """Log which reader is in use."""
        log.info("reader_chosen", file=self.file, sheet=self.sheet, reader=self.reader, why=why)

    def _read_by(self, reader: Reader, batch_rows: int) -> Generator[Block, None, None]:
        """Give the rows that were not given yet. The others are read again for the values of merged ranges."""
        merges = Merges(self._opened.survey.areas, columns=self._opened.limits.columns)
        given = self._reached
        try:
            for block in reader.blocks(batch_rows):
                last = block.numbers[-1]
                filled = select_rows(block, merges)
                if last > given:
                    yield from self._part(filled if block.numbers[0] > given else _below(filled, given), last)
        except DataError as error:
            row = error.facts.get("row", self._reached + 1)
            facts = {"row": row, "cell": error.facts.get("cell"), "limit": error.facts.get("limit")}
            sentence = (
                say("asks for too much: {error}", error=error)
                if "limit" in error.facts
                else say("is damaged: {error}", error=error)
            )
            raise self._fault(sentence, **facts) from error
        except FastReaderFailed:
            raise
        except reader.faults as error:
            message = say(
                "is damaged after row {reached} ({error}). Get a fresh copy, or save it again in Excel.",
                reached=self._reached,
                error=error,
            )
            raise self._fault(message, row=self._reached + 1) from error

    def _part(self, block: Block, last: int) -> Iterator[Block]:
        """Cut a block, which ends with row ``last``, where lower rows begin that another process may have read."""
        for cut in self._cuts:
            if self._reached + 1 < cut <= last:
                self._reached = cut - 1
                yield block.select([number < cut for number in block.numbers])
                block = _below(block, cut - 1)
        self._reached = last
        yield block

    def _fault(self, sentence: str, **facts: object) -> DataError:
        message = say("{file}, sheet {sheet}: {sentence}", file=self.file, sheet=self.sheet, sentence=sentence)
        return DataError(message, file=str(self._opened.original.path), sheet=self.sheet, **facts)


def _say_no_header(wanted: HeaderRows) -> str:
    if wanted.row is not None:
        return say(
            "has nothing in row {row}, and header_row says that its header stands there. Correct header_row.",
            row=wanted.row,
        )
    if wanted.below is not None:
        return say(
            "has nothing below row {below}, and header.below says that its header stands there. Correct it.",
            below=wanted.below,
        )
    return say("is empty: it has no header and no rows. Pass the sheet with the data (--sheet).")


def _below(block: Block, row: int) -> Block:
    return block.select([number > row for number in block.numbers])


def _shorten(names: Sequence[str], *, most: int = 30) -> str:
    rest = say(" and {count} more", count=len(names) - most) if len(names) > most else ""
    return ", ".join(clip(name, _LONGEST) for name in names[:most]) + rest
