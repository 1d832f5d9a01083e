"""All columns of a sheet together: one pass from a raw batch to facts and rejects."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from wdh.columns.choices import Mapped
from wdh.columns.codes import Code
from wdh.columns.memo import REMEMBERED
from wdh.columns.outcomes import Kind, Outcome
from wdh.columns.read_batch import ReadBatch
from wdh.columns.reader import make_reader
from wdh.columns.readings import (
    Fault,
    Reading,
    find_bad,
    find_repeats,
    read_column,
    read_repeats,
    repeated_headers,
)
from wdh.columns.total_rows import Label, TotalRows
from wdh.columns.totals import TotalWords
from wdh.columns.vocabulary import Column
from wdh.errors import DataError
from wdh.facts import Batch, Facts
from wdh.words.headers import near_header, normalise_header
from wdh.words.language import join, say
from wdh.words.total_words import TOTAL_WORDS


class Columns:
    """The columns of a sheet. Make it once; :meth:`clean` may be called for any number of batches.

    ``totals`` are the words that mark rows which sum up others, such as 合计: such a row is counted, not read. A row
    is one where its label (the first from the left that is not blank, or that of the column ``label``, which is named
    by its header or by its column's name) is such a word, alone or behind a group's name, and where the row has no
    other value in the columns of ``key``. Any other row with such a word is a fact, told in a note. ``key`` names the
    columns by which facts are told apart: those of the delete scope and of the references' keys. None: that is not
    known, and the required columns and the codes stand for them.

    ``remembered`` limits how many distinct values each column remembers the reading of; it changes no result.
    Raises ValueError where two columns have the same name, or none is given.
    """

    def __init__(
        self,
        *columns: Column,
        totals: Sequence[str] = TOTAL_WORDS,
        label: str | None = None,
        key: Iterable[str] | None = None,
        remembered: int = REMEMBERED,
    ) -> None:
        names = [column.name for column in columns]
        if not names or len(set(names)) != len(names):
            raise ValueError(say("columns must have names of their own, and there must be some: {names}", names=names))
        self._columns = columns
        words = TotalWords(totals)
        self._label = label
        self._total_rows = TotalRows(words, label=_headers_of(label, columns))
        usual = (column.name for column in columns if column.is_required or _is_code(column.kind))
        self._keys = frozenset(usual if key is None else key)
        self._readers = tuple(
            make_reader(column.kind, words, blank=column.blank, limit=remembered) for column in columns
        )

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers that any column knows, aliases included, in the order of the columns."""
        return tuple(dict.fromkeys(header for column in self._columns for header in column.headers))

    @property
    def names(self) -> tuple[str, ...]:
        """The database columns, in order."""
        return tuple(column.name for column in self._columns)

    def require(self, batch: Batch, names: Iterable[str] = ()) -> None:
        """Check that the required columns, those of ``names``, and that of the labels, have a header in the batch.

        Raises DataError naming every one that is missing, with near matches among the headers there are.
        """
        wanted = set(names)
        missing = [
            column
            for column in self._columns
            if (column.is_required or column.name in wanted) and not any(h in batch.columns for h in column.headers)
        ]
        if missing:
            raise _missing_columns(batch, missing)
        if self._label is not None and _headers_of(self._label, self._columns).isdisjoint(batch.columns):
            near = near_header(self._label, batch.columns)
            meant = "" if near is None else say(" (did you mean {near}?)", near=near)
            raise DataError(
                say(
                    "{file}, sheet {sheet}: totals.label names {label}, and no column has that header{meant}: no "
                    "total would be known. Correct the header, or totals in data_sources.yml.",
                    file=batch.file,
                    sheet=batch.sheet,
                    label=self._label,
                    meant=meant,
                ),
                file=batch.file,
                sheet=batch.sheet,
                columns=(self._label,),
            )

    def clean(self, batch: Batch) -> Facts:
        """Read a batch. Each row is a fact, is refused with a Reject for every bad cell, or counts as a total.

        Every column is in the facts, all None where the sheet lacks it. The result does not depend on where the
        batches were cut. Raises DataError as :meth:`require` does.
        """
        self.require(batch)
        repeats = repeated_headers(batch, known=frozenset(self.headers))
        readings: list[Reading] = []
        faults: list[Fault] = []
        search = _Search(self._keys, outside=batch.outside)
        for place, (column, reader) in enumerate(zip(self._columns, self._readers, strict=True)):
            reading = read_column(column, reader, batch=batch)
            again = read_repeats(reading, reader, batch=batch, repeats=repeats)
            search.add(reading, again, worded=reader.worded)
            faults += find_bad(reading, place)
            faults += find_repeats(reading, again, batch=batch, place=place)
            readings.append(reading)
        found = self._total_rows.find(batch, labels=search.labels, keys=search.keys, unlabelled=search.unlabelled)
        read = ReadBatch(batch, tuple(readings), found, search.labels)
        return read.sort_out(faults, unread=self._unread(batch, repeats))

    def _unread(self, batch: Batch, repeats: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
        """Give the headers of the batch that no column and no search for totals reads, with their letters."""
        read = {*self.headers, *chain.from_iterable(repeats.values()), *_headers_of(self._label, self._columns)}
        return {header: letter for header, letter in batch.letters.items() if header not in read}


class _Search:
    """The label and key columns that the search for total rows takes, by header."""

    def __init__(self, keys: frozenset[str], *, outside: Container[str]) -> None:
        self._keys, self._outside = keys, outside
        self.labels: dict[str, Label] = {}
        self.keys: dict[str, Sequence[Outcome]] = {}
        self.unlabelled: set[str] = set()

    def add(self, reading: Reading, again: Mapping[str, Sequence[Outcome]], *, worded: set[str]) -> None:
        """Add a column under all its headers, and under those that occur again."""
        parts = {**dict(zip(reading.headers, reading.parts, strict=True)), **again}
        parts = {header: part for header, part in parts.items() if header not in self._outside}
        if reading.column.kind.is_label:
            self.labels.update({header: Label(part, worded) for header, part in parts.items()})
        else:
            self.unlabelled.update(parts)
        if reading.column.name in self._keys:
            self.keys.update(parts)


def _is_code(kind: Kind) -> bool:
    return isinstance(kind, Code) or (isinstance(kind, Mapped) and _is_code(kind.kind))


def _headers_of(label: str | None, columns: Iterable[Column]) -> frozenset[str]:
    """Give the headers of the label column: those of the column of that name, or the one that it is itself."""
    if label is None:
        return frozenset()
    named = (header for column in columns if column.name == label for header in column.headers)
    return frozenset(named) or frozenset((normalise_header(label),))


def _missing_columns(batch: Batch, missing: Sequence[Column]) -> DataError:
    named = join(", ", (_name_missing(column, batch) for column in missing))
    return DataError(
        say(
            "{file}, sheet {sheet}: these columns are missing: {named}. The sheet has: {columns}. Correct "
            "its headers, or pass the right workbook or sheet.",
            file=batch.file,
            sheet=batch.sheet,
            named=named,
            columns=", ".join(batch.columns),
        ),
        file=batch.file,
        sheet=batch.sheet,
        columns=tuple(column.name for column in missing),
    )


def _name_missing(column: Column, batch: Batch) -> str:
    matches = (near_header(header, batch.columns) for header in column.headers)
    near = dict.fromkeys(match for match in matches if match is not None)
    return join(say(" or "), column.headers) + (
        say(" (did you mean {near}?)", near=join(say(" or "), near)) if near else ""
    )
