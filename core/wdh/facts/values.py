"""The rows of a sheet on their way to the warehouse: raw in a Batch, clean in Facts, or refused in a Reject."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wdh.facts.cells import CellValue, Merged, NoSuchColumn, RefusedValue, Uncached, plain_value
from wdh.facts.sums import Sums
from wdh.words.blanks import is_blank
from wdh.words.headers import near_header
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.facts.fact import Fact

if TYPE_CHECKING:
    from wdh.facts.origin import Origin

FactValue = str | int | float | bool | Decimal | datetime.date | datetime.datetime | None
"""A clean value. A float stands for its ``repr``: that is what the workbook shows and what the warehouse gets."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One cell that could not be understood, and so one row that is not a fact."""

    file: str
    """The workbook's name."""
    sheet: str
    """The sheet's name."""
    row: int
    """The sheet's row number."""
    cell: str | None
    """The A1 name (``H42``); None: the fault belongs to the row as a whole."""
    column: str | None
    """The header of the cell; None: the row as a whole is refused."""
    value: str | None
    """The raw cell as text; None: it is empty."""
    reason: str
    """A stable code, for programs."""
    sentence: str
    """The same for people: what is wrong, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of a function that reads a value and finds that it cannot be one."""

    reason: str
    """A stable code for programs, without blanks."""
    sentence: str
    """The fault, and what to do about it, for people."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a workbook, which shows itself as an operator would look it up."""

    file: str
    """The workbook's name."""
    sheet: str
    """The sheet's name."""
    row: int
    """The sheet's row number."""
    cell: str | None = None
    """The A1 name; None: the place is the row as a whole."""
    column: str | None = None
    """The fact column that was read there; None: none in particular."""

    def __str__(self) -> str:
        if self.cell is None:
            return say("{file}, sheet {sheet}, row {row}", file=self.file, sheet=self.sheet, row=self.row)
        return say("{file}, sheet {sheet}, {cell}", file=self.file, sheet=self.sheet, cell=self.cell)


@dataclass(frozen=True, slots=True)
class Note:
    """Something the operator should know though every row is a fact.

    Notes with the same code from several batches are added up.
    """

    code: str
    """A stable code, for programs."""
    sentence: str
    """A sentence for people: what was done."""
    cases: Mapping[str, int]
    """The number of rows of each case. A note that is about no rows has no cases."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The place of a value that no cell of its column holds."""

    cell: str | None
    """Its A1 name; None: no cell holds it."""
    source: str
    """The source of the value, as a message names it."""
    headers: tuple[str, ...] = ()
    """The headers of the same row that the value was made of."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of consecutive data rows of one sheet, by column."""

    file: str
    """The workbook's name."""
    sheet: str
    """The sheet's name."""
    row_numbers: Sequence[int]
    """The sheet's own row numbers (1-based), blank rows left out."""
    columns: Mapping[str, Sequence[CellValue]]
    """The cells by normalised header, each list aligned with ``row_numbers``. A second column ``X`` is ``X#2``."""
    letters: Mapping[str, str]
    """The column letter of each header."""
    formats: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    """The number formats of the numeric cells (None for others), for those columns in which one could matter.

    A column without such formats is absent.
    """
    blank: int = 0
    """The number of blank rows that were passed over."""
    hidden: int = 0
    """The number of hidden or filtered rows among these."""
    totals: frozenset[int] = frozenset()
    """The numbers of the rows that a table of the sheet calls its totals row, whatever their labels say."""
    repeated: tuple[int, ...] = ()
    """The numbers of rows left out because they only repeat the header.

    A batch that has no other rows is shown to no domain.
    """
    outside: Mapping[str, Outside] = field(default_factory=dict)
    """The headers whose values are not cells of their column, with their places; they have no letters."""
    header_row: int | None = None
    """The sheet's row in which the headers stand; of several the last one."""

    def __len__(self) -> int:
        return len(self.row_numbers)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the batch over to a data frame: the row numbers as ``row_number``, and each cell as a reject quotes it.

        All columns are texts: what a text means, such as a date or an amount, only :class:`Columns` know. Raises
        SetupError where nanoarrow is not installed (``wdh[frames]``).
        """
        from wdh.facts.arrow import make_stream

        texts = {header: list(map(cell_text, cells)) for header, cells in self.columns.items()}
        stream = make_stream(self.row_numbers, texts, sql_types=dict.fromkeys(texts, "text"), scales={})
        capsule: object = stream.__arrow_c_stream__(requested_schema)
        return capsule

    def rows(self) -> Iterator[Row]:
        """Read the batch row by row: plainer than columns, and some four times slower."""
        return (Row(self, index) for index in range(len(self.row_numbers)))

    def reject(self, index: int, header: str | None, reason: str, sentence: str) -> Reject:
        """Refuse row ``index`` of this batch for the cell under ``header`` (None: for the row as a whole).

        Raises ValueError for a header that the batch does not have.
        """
        if header is not None and header not in self.columns:
            raise ValueError(
                say(
                    "row {row} is refused for a column, and {denied}. Name one of them, or None for the row as a whole",
                    row=self.row_numbers[index],
                    denied=_deny(self, header),
                )
            )
        row = self.row_numbers[index]
        letter = None if header is None else self.letters.get(header)
        cell, value = None, None
        if header is not None and header in self.outside:
            cell, value = self._find_cell(header, index), cell_text(self.columns[header][index])
            sentence += self._tell_source(header, index, sentence)
        elif header is not None and letter is not None:
            cell, value = f"{letter}{row}", cell_text(self.columns[header][index])
        return Reject(self.file, self.sheet, row, cell, header, value, reason, sentence)

    def _tell_source(self, header: str, index: int, sentence: str) -> str:
        """Say where a value that no cell of its column holds comes from, or what reads a cell that is refused."""
        outside = self.outside[header]
        if not (outside.headers and isinstance(self.columns[header][index], RefusedValue)):
            return say(" (it comes from {source})", source=outside.source)
        return "" if outside.source in sentence else say(" ({source} reads it)", source=outside.source)

    def _find_cell(self, header: str, index: int) -> str | None:
        """Name the cell that the value of a row under ``header`` comes from: of several the first that is not blank."""
        outside = self.outside.get(header)
        if outside is None:
            return f"{self.letters[header]}{self.row_numbers[index]}" if header in self.letters else None
        if not outside.headers:
            return outside.cell
        cell = self.columns[header][index]
        if isinstance(cell, RefusedValue):
            return self._find_cell(cell.header, index)
        filled = (name for name in outside.headers if not is_blank(plain_value(self.columns[name][index])))
        return self._find_cell(next(filled, outside.headers[0]), index)


def _deny(batch: Batch, header: str) -> str:
    near = near_header(header, batch.columns)
    hint = say("; did you mean {near!r}?", near=near) if near else say(".")
    return say(
        "sheet {sheet} has no column {header!r}{hint} It has: {columns}",
        sheet=batch.sheet,
        header=header,
        hint=hint,
        columns=", ".join(batch.columns),
    )


class Row(Mapping[str, CellValue]):
    """One row of a batch: a mapping from header to raw cell, which knows its number and can judge itself.

    Headers are normalised: there are no blanks in them.
    """

    __slots__ = ("_batch", "_index")

    def __init__(self, batch: Batch, index: int) -> None:
        self._batch = batch
        self._index = index

    def __getitem__(self, header: str) -> CellValue:
        try:
            return self._batch.columns[header][self._index]
        except KeyError:
            raise NoSuchColumn(_deny(self._batch, header)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._batch.columns)

    def __len__(self) -> int:
        return len(self._batch.columns)

    @property
    def number(self) -> int:
        """The sheet's own row number, 1-based."""
        return self._batch.row_numbers[self._index]

    def fact(self, values: Mapping[str, FactValue]) -> FactRow:
        """Turn this row into a fact with these values, keyed by database column."""
        return FactRow(self.number, values)

    def reject(self, header: str | None, reason: str, sentence: str) -> Reject:
        """Refuse this row for the cell under ``header`` (None: for the row as a whole).

        Raises ValueError for a header that the sheet does not have.
        """
        return self._batch.reject(self._index, header, reason, sentence)


@dataclass(frozen=True, slots=True)
class FactRow:
    """One clean row, as :meth:`Row.fact` makes it."""

    number: int
    """The sheet's row number."""
    values: Mapping[str, FactValue]
    """The values by database column."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The clean form of one batch: columns, and a Reject for every row it had to refuse.

    A row is in ``row_numbers``, in ``rejects`` or in ``totals``; the run checks that none is lost.

    Facts are an Arrow stream, too (``__arrow_c_stream__``): any data frame can be made of them. See :meth:`with_frame`.
    """

    row_numbers: Sequence[int]
    """The sheet's own numbers of the rows that are facts, in sheet order."""
    columns: Mapping[str, Sequence[FactValue]]
    """The values by database column, each list aligned with ``row_numbers``."""
    rejects: tuple[Reject, ...] = ()
    """The rows that were refused, each for its cell."""
    totals: int = 0
    """The number of rows that sum up others and so are no facts."""
    notes: tuple[Note, ...] = ()
    """Remarks for the operator on rows that are facts."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """The letter of the one sheet column that a database column was read from.

    Where this is empty, a column's letter is that of the header of its own name.
    """
    sums: Sums | None = None
    """The sums of the amounts between the total rows, by which these are checked; None: they are not."""
    unread: Mapping[str, str] | None = None
    """The headers of the sheet that nothing reads, with their letters; None: that is not known."""
    origin: Origin | None = field(default=None, compare=False, repr=False)
    """The batch that they were read from, by which :meth:`refuse` names cells; None: that is not known."""

    def __len__(self) -> int:
        return len(self.row_numbers)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the facts over to a data frame: the row numbers as the column ``row_number``, then all columns.

        Numbers that may have decimals are decimals, exactly; a float stands for its ``repr``. Raises SetupError where
        nanoarrow is not installed (``wdh[frames]``), ValueError for a column that no frame holds exactly.
        """
        from wdh.facts.arrow import make_stream

        sql_types, scales = ({}, {}) if self.origin is None else (self.origin.sql_types, self.origin.scales)
        stream = make_stream(self.row_numbers, self.columns, sql_types=sql_types, scales=scales)
        capsule: object = stream.__arrow_c_stream__(requested_schema)
        return capsule

    def to_arrow(self) -> Any:
        """Give the facts as a ``pyarrow.Table``, otherwise as ``__arrow_c_stream__`` does.

        Raises SetupError where pyarrow is not installed, too.
        """
        from wdh.facts.arrow import make_table

        return make_table(self)

    def with_frame(
        self, frame: Any, *, row_numbers: str | Iterable[int] = "row_number", scale: Mapping[str, int] | None = None
    ) -> Facts:
        """Put the columns of a data frame in the place of these; rejects, totals, notes and sums stay.

        ``frame`` is one of pandas, polars, pyarrow, or anything else with ``__arrow_c_stream__``, with the rows that
        are facts here, in any order. ``row_numbers`` names its column of row numbers, or gives them. NaN and NaT are
        NULL. ``scale`` rounds columns half up to so many decimals, a float by its ``repr``; a column of floats without
        one is refused. Raises ValueError for that, and for rows that are missing, repeated or none of these.
        """
        from wdh.facts.frames import with_frame

        return with_frame(self, frame, row_numbers=row_numbers, scale=scale)

    @classmethod
    def from_frame(
        cls, frame: Any, row_numbers: str | Iterable[int], *, scale: Mapping[str, int] | None = None
    ) -> Facts:
        """Make facts of a data frame alone, without rejects; the arguments are those of :meth:`with_frame`."""
        from wdh.facts.frames import read_frame

        return cls(*read_frame(frame, row_numbers, scale or {}))

    def rows(self) -> Iterator[Fact]:
        """Give the facts row by row."""
        from wdh.facts.fact import Fact

        return (Fact(self, index) for index in range(len(self.row_numbers)))

    def derive(self, name: str, function: Callable[[Fact], FactValue | Reject]) -> Facts:
        """Add the column ``name``, or replace it, with what ``function`` makes of each row.

        It gets a :class:`Fact`, in sheet order, and gives a value, or ``fact.reject(…)``, by which the row is no fact
        any more. Sums, notes and rejects are then as if :meth:`Columns.clean` itself had refused the row.
        """
        from wdh.facts.deriving import derive

        return derive(self, name, function)

    def refuse(self, rows: Iterable[int], column: str | None, reason: str, sentence: str) -> Facts:
        """Refuse facts by their row numbers, each for its cell of ``column`` (None: for the row as a whole).

        ``column`` is a column of the facts, or a header of the sheet; one that the sheet does not have, as it was
        derived, has no cell. A row that is refused already is refused for this, too. Raises ValueError for a row that
        is no fact, for a column that is not there, and where the facts do not know their sheet, as only those of
        :meth:`Columns.clean` do.
        """
        from wdh.facts.deriving import refuse

        return refuse(self, rows, column=column, reason=reason, sentence=sentence)

    @classmethod
    def from_rows(cls, rows: Iterable[FactRow | Reject]) -> Facts:
        """Collect what ``Row.fact`` and ``Row.reject`` returned. A column that a row lacks is None there."""
        kept: list[FactRow] = []
        rejects: list[Reject] = []
        for row in rows:
            if isinstance(row, Reject):
                rejects.append(row)
            else:
                kept.append(row)
        names = dict.fromkeys(name for row in kept for name in row.values)
        columns = {name: [row.values.get(name) for row in kept] for name in names}
        return cls([row.number for row in kept], columns, tuple(rejects))


def cell_text(value: CellValue) -> str | None:
    """Show a raw cell in a message: None stays None, a merged cell shows its value, a float its shortest form."""
    if isinstance(value, Merged):
        return cell_text(value.value)
    if isinstance(value, Uncached):
        return value.value
    if value is None:
        return None
    return value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)


def cut_rows(batch: Batch, start: int, end: int) -> Batch:
    """Give the rows of a batch from index ``start`` up to, and without, ``end``."""
    return replace(
        batch,
        row_numbers=batch.row_numbers[start:end],
        columns={header: cells[start:end] for header, cells in batch.columns.items()},
        formats={header: texts[start:end] for header, texts in batch.formats.items()},
        blank=0,
        hidden=0,
        repeated=(),
    )
