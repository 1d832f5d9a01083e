"""The facts of a run as a check over a whole sheet reads them: sheet by sheet and row by row, as typed values."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Literal

from msgspec import Struct

from wdh.facts.cells import NoSuchColumn
from wdh.facts.copytext import NULL, as_seen, read_copy_text, read_value
from wdh.facts.fact import as_decimal
from wdh.facts.segments import Segment
from wdh.facts.spool import FactRows
from wdh.facts.values import FactValue, Place, Reject
from wdh.words.language import say
from wdh.words.spelling import did_you_mean

Kind = Literal["number", "date", "datetime", "boolean", "text", "nothing"]

_KINDS: Mapping[str, Kind] = {
    "int": "number",
    "float": "number",
    "Decimal": "number",
    "date": "date",
    "datetime": "datetime",
    "bool": "boolean",
    "str": "text",
}


class FactReject(Reject):
    """A reject of one fact, made by :meth:`SheetRow.reject`. ``workbook`` and ``group`` are those of its segment.

    ``facts`` are those that it was made for: a reject of another run's is none of this one.
    """

    __slots__ = ("facts", "group", "workbook")
    facts: FactSheets
    group: int
    workbook: int

    def __init__(self, place: Place, value: str | None, reason: str, sentence: str, *, frame: _Frame) -> None:
        super().__init__(place.file, place.sheet, place.row, place.cell, place.column, value, reason, sentence)
        for name, own in (("facts", frame.facts), ("group", frame.segment.group), ("workbook", frame.segment.workbook)):
            object.__setattr__(self, name, own)  # as a Reject itself is frozen

    def plain(self) -> Reject:
        """Give the reject as the report tells it."""
        place = self.file, self.sheet, self.row, self.cell
        return Reject(*place, self.column, self.value, self.reason, self.sentence)


class FactSheets(Struct, frozen=True, eq=False):
    """All facts of a run, sheet by sheet: what the hook check_facts is given.

    Sheets come in the order in which the run read them, and rows in the order of the sheet, however they were cut into
    batches and whichever process read them. Of several facts of one row, those further left come first. A sheet without
    facts is not among them.

    A value is None where it is NULL; a number is a Decimal with the digits that the warehouse gets, whether it was an
    int, a float or a Decimal; a date, a datetime, a bool or a str is what it was. Where a column of the run mixes them
    (a date here, a text there), its values are the texts that PostgreSQL would see.
    """

    _facts: FactRows
    _refused: Mapping[tuple[str, str], Sequence[int]]

    def __repr__(self) -> str:
        return f"<FactSheets of {self.count} facts>"

    @classmethod
    def of(cls, facts: FactRows, rejects: Iterable[Reject]) -> FactSheets:
        """Show the facts; ``rejects`` are those of the rows that are none."""
        refused: dict[tuple[str, str], set[int]] = {}
        for reject in rejects:
            refused.setdefault((reject.file, reject.sheet), set()).add(reject.row)
        return cls(facts, {sheet: sorted(rows) for sheet, rows in refused.items()})

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the facts. A column that only some sheets have is NULL in the others."""
        return self._facts.columns

    @property
    def count(self) -> int:
        """How many facts there are."""
        return self._facts.count

    def kind(self, column: str) -> Kind:
        """Say what the values of a column are: ``nothing`` where all are NULL. ValueError where it is not there."""
        self.check_columns((column,))
        kinds = self._facts.profiles[column].kinds if self.count else frozenset()
        found = {_KINDS[kind.__name__] for kind in kinds if kind is not type(None)}
        return "nothing" if not found else next(iter(found)) if len(found) == 1 else "text"

    def has_floats(self, column: str) -> bool:
        """Say whether a number of the column came as a float, and so may have the noise of one."""
        return float in self._facts.profiles[column].kinds

    def sheets(self) -> Iterator[FactSheet]:
        """Give the sheets that have facts, one after the other."""
        numbered = enumerate(self._facts.segments)
        for workbook, found in groupby(numbered, key=lambda each: each[1].workbook):
            segments = tuple(found)
            first = segments[0][1]
            refused = self._refused.get((first.file, first.sheet), ())
            yield FactSheet(first.file, first.sheet, workbook, self, segments, refused)

    def rows(self, *columns: str) -> Iterator[SheetRow]:
        """Read the rows of all sheets, as :meth:`FactSheet.rows` does those of one."""
        self.check_columns(columns)
        return (row for sheet in self.sheets() for row in sheet.rows(*columns))

    def check_columns(self, columns: Iterable[str]) -> None:
        """Raise ValueError for the first column that the facts do not have. Where there are no facts, nobody knows."""
        for column in columns:
            if self.count and column not in self.columns:
                near = did_you_mean(str(column), self.columns)
                raise ValueError(
                    say(
                        "{column!r} is no column of the facts{near} They have {columns}",
                        column=column,
                        near=near or say("."),
                        columns=", ".join(self.columns),
                    )
                )

    def read(self, number: int, columns: Sequence[str]) -> Iterator[tuple[FactValue, ...]]:
        """Read the values of a segment, by its place."""
        facts = self._facts
        lines = [line.split("\t") for line in facts.text_of(number).split("\n")[:-1]]
        if not columns:
            return iter([()] * len(lines))
        return zip(*(self._read_column(name, lines) for name in columns), strict=True)

    def _read_column(self, name: str, lines: Sequence[Sequence[str]]) -> Sequence[FactValue]:
        place, kinds = self.columns.index(name), self._facts.profiles[name].kinds - {type(None)}
        texts = [line[place] for line in lines]
        values = {text: _read_text(text, kinds) for text in {*texts}}
        return [values[text] for text in texts]


def _read_text(text: str, kinds: frozenset[type]) -> FactValue:
    return None if text == NULL else read_value(read_copy_text(text) or "", kinds)


class FactSheet(Struct, frozen=True, eq=False):
    """The facts of one sheet."""

    file: str
    """The name of the workbook's file."""
    sheet: str
    """The name of the sheet."""
    workbook: int
    """The place of the sheet among those of the run, from 0."""
    _facts: FactSheets
    _segments: Sequence[tuple[int, Segment]]
    _refused: Sequence[int]

    def __repr__(self) -> str:
        return f"<FactSheet {self.sheet} of {self.file}, {self.count} facts>"

    @property
    def count(self) -> int:
        """How many facts the sheet has."""
        return sum(len(segment.row_numbers) for _, segment in self._segments)

    @property
    def refused(self) -> int:
        """How many rows of the sheet were refused before, and so are no facts."""
        return len(self._refused)

    def rows(self, *columns: str) -> Iterator[SheetRow]:
        """Read the rows with the values of ``columns`` (none named: all), as often as it is asked.

        Memory is that of some thousand rows, however many there are. ValueError for a column that is not there.
        """
        self._facts.check_columns(columns)
        wanted = columns or self._facts.columns
        groups = sorted({segment.group for _, segment in self._segments})
        read = [self._read_group(group, wanted) for group in groups]
        return self._follow(read[0] if len(read) == 1 else heapq.merge(*read, key=attrgetter("number")))

    def values(self, column: str) -> Iterator[FactValue]:
        """Read one column, from the first row to the last."""
        return (row.values[0] for row in self.rows(column))

    def _read_group(self, group: int, columns: Sequence[str]) -> Iterator[SheetRow]:
        places = {name: place for place, name in enumerate(columns)}
        for number, segment in self._segments:
            if segment.group == group:
                make = partial(SheetRow, _Frame(self._facts, segment, places))
                yield from map(make, segment.row_numbers, self._facts.read(number, columns))

    def _follow(self, rows: Iterator[SheetRow]) -> Iterator[SheetRow]:
        """Tell each row whether rows were refused since the one before."""
        if not self._refused:
            yield from rows
            return
        before = 0
        for row in rows:
            place = bisect_left(self._refused, before)
            row.follows_reject = place < len(self._refused) and self._refused[place] <= row.number
            before = row.number
            yield row


class _Frame(Struct, frozen=True):
    """The things that the rows of a segment have in common; ``places`` are those of the columns that were asked for."""

    facts: FactSheets
    segment: Segment
    places: Mapping[str, int]


class SheetRow:
    """One fact in its sheet: ``row["余额"]``, or all ``values`` in the order in which columns were asked for.

    ``number`` is the sheet's own row number. ``follows_reject`` says that rows were refused between the fact before and
    this one, so that nobody knows what it follows.
    """

    __slots__ = ("_frame", "follows_reject", "number", "values")

    def __init__(self, frame: _Frame, number: int, values: tuple[FactValue, ...]) -> None:
        self._frame = frame
        self.number = number
        self.values = values
        self.follows_reject = False

    def __getitem__(self, column: str) -> FactValue:
        try:
            return self.values[self._frame.places[column]]
        except KeyError:
            raise NoSuchColumn(self._refuse_column(column)) from None

    def __repr__(self) -> str:
        return f"<SheetRow {self.place()}>"

    def decimal(self, column: str) -> Decimal | None:
        """Give a number; None is NULL. Raises TypeError where the column holds something else."""
        return as_decimal(self[column], column)

    @property
    def workbook(self) -> int:
        """The place of its sheet among those of the run, from 0."""
        return self._frame.segment.workbook

    def place(self, column: str | None = None) -> Place:
        """Say where the fact stands: the cell of ``column`` where it stands in one, or the row."""
        segment = self._frame.segment
        letter = None if column is None else segment.letters.get(column)
        cell = None if letter is None else f"{letter}{self.number}"
        return Place(segment.file, segment.sheet, self.number, cell, column)

    def reject(self, column: str | None, reason: str, sentence: str) -> FactReject:
        """Refuse this fact for its cell of ``column`` (None: for the row as a whole).

        ``reason`` is a code for programs, ``sentence`` is for people. ``value`` of the reject is the fact's, as the
        warehouse would get it. ValueError for a column that was not asked for.
        """
        if column is not None and column not in self._frame.places:
            raise ValueError(self._refuse_column(column))
        value = None if column is None else as_seen(self[column])
        return FactReject(self.place(column), value, reason, sentence, frame=self._frame)

    def _refuse_column(self, column: str) -> str:
        asked = self._frame.places
        near = did_you_mean(column, asked) or say(".")
        return say(
            "{column!r} is no column that was asked for{near} Ask for it: rows() was given {asked}",
            column=column,
            near=near,
            asked=", ".join(asked),
        )
