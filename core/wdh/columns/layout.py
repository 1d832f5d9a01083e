"""All columns of a sheet together: one pass from a raw batch to facts and rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Final, cast

from wdh.columns.memo import REMEMBERED
from wdh.columns.outcomes import Outcome, Rounded
from wdh.columns.reader import make_reader
from wdh.columns.readings import (
    Fault,
    Reading,
    find_bad,
    find_repeats,
    find_totals,
    read_column,
    read_repeats,
    repeated_headers,
)
from wdh.columns.totals import TotalRows, TotalWords
from wdh.columns.vocabulary import Column
from wdh.errors import DataError
from wdh.facts import Batch, Facts, FactValue, Note, Reject
from wdh.spelling import fold_header, near_header

_ABSENT: Final = "The sheet has no such column, so nothing was read for it."
_ROUNDED: Final = "These columns had numbers with more decimals than they keep; they were rounded half up."


class Columns:
    """What a sheet should hold. Make it once; :meth:`clean` may be called for any number of batches.

    ``totals`` are the words that mark rows which sum up others, such as 合计: such a row is counted, not read.
    ``remembered`` limits how many distinct values each column remembers the reading of; it changes no result.
    Raises ValueError where two columns have the same name, or none is given.
    """

    def __init__(self, *columns: Column, totals: Sequence[str] = (), remembered: int = REMEMBERED) -> None:
        names = [column.name for column in columns]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"columns must have names of their own, and there must be some: {names}")
        self._columns = columns
        self._totals = TotalWords.of(totals)
        self._total_rows = TotalRows(self._totals)
        self._readers = tuple(
            make_reader(column.kind, self._totals, blank=column.blank, limit=remembered) for column in columns
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
        """Check that the required columns, and those of ``names``, have a header in the batch.

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

    def clean(self, batch: Batch) -> Facts:
        """Read a batch. Each row is a fact, is refused with a Reject for every bad cell, or counts as a total.

        Every column is in the facts, all None where the sheet lacks it. The result does not depend on where the
        batches were cut. Raises DataError as :meth:`require` does.
        """
        self.require(batch)
        repeats = repeated_headers(batch, known=frozenset(self.headers))
        readings: list[Reading] = []
        faults: list[Fault] = []
        labels = {header for column in self._columns if column.kind.is_label for header in column.headers}
        labels.update(name for header in labels & repeats.keys() for name in repeats[header])
        totals = self._total_rows.find(batch, labels=frozenset(labels))
        for place, (column, reader) in enumerate(zip(self._columns, self._readers, strict=True)):
            reading = read_column(column, reader, batch=batch)
            again = read_repeats(reading, reader, batch=batch, repeats=repeats)
            if column.kind.is_label:
                totals.update(find_totals(reading, again))
            faults += find_bad(reading, place)
            faults += find_repeats(reading, again, batch=batch, place=place)
            readings.append(reading)
        facts = _sort_out(batch, readings, faults=faults, totals=totals)
        absent = {_name_absent(reading.column, batch): len(facts) for reading in readings if not reading.headers}
        if not absent or not len(facts):
            return facts
        return replace(facts, notes=(*facts.notes, Note("absent_column", _ABSENT, absent)))


def _name_absent(column: Column, batch: Batch) -> str:
    """Name a column that the sheet lacks, with the header that may be meant: 供款 (供款(元)?)."""
    said = {*map(fold_header, column.headers)}
    known = [
        header
        for header in batch.columns
        if fold_header(header) in said or any(own in header for own in column.headers)
    ]
    return f"{column.name} ({' or '.join(known)}?)" if known else column.name


def _sort_out(batch: Batch, readings: Sequence[Reading], *, faults: Iterable[Fault], totals: set[int]) -> Facts:
    """Part the rows of a batch: totals first, then those with a fault, and the rest are facts."""
    standing = sorted((f for f in faults if f.index not in totals), key=lambda fault: (fault.index, fault.place))
    rejects = tuple(_reject(batch, fault) for fault in standing)
    refused = totals.union(fault.index for fault in standing)
    kept = bytearray(b"\1") * len(batch)
    for index in refused:
        kept[index] = 0
    columns = {r.column.name: list(compress(r.outcomes, kept)) if refused else r.outcomes for r in readings}
    may_be = [reading.column.name for reading in readings if Rounded in reading.kinds]
    rounded = {name: count for name in may_be if (count := sum(map(_is_rounded, columns[name])))}
    columns |= {name: list(map(_unwrap, columns[name])) for name in rounded}
    return Facts(
        row_numbers=list(compress(batch.row_numbers, kept)),
        columns=cast("dict[str, Sequence[FactValue]]", columns),
        rejects=rejects,
        totals=len(totals),
        notes=(Note("rounded", _ROUNDED, rounded),) if rounded else (),
        letters={r.column.name: batch.letters[r.headers[0]] for r in readings if len(r.headers) == 1},
    )


def _reject(batch: Batch, fault: Fault) -> Reject:
    return batch.reject(fault.index, fault.header, fault.bad.reason, fault.bad.sentence)


def _is_rounded(outcome: Outcome) -> bool:
    return isinstance(outcome, Rounded)


def _unwrap(outcome: Outcome) -> Outcome:
    return outcome.value if isinstance(outcome, Rounded) else outcome


def _missing_columns(batch: Batch, missing: Sequence[Column]) -> DataError:
    named = ", ".join(_name_missing(column, batch) for column in missing)
    return DataError(
        f"{batch.file}, sheet {batch.sheet}: these columns are missing: {named}. "
        f"The sheet has: {', '.join(batch.columns)}. Correct its headers, or pass the right workbook or sheet.",
        file=batch.file,
        sheet=batch.sheet,
        columns=tuple(column.name for column in missing),
    )


def _name_missing(column: Column, batch: Batch) -> str:
    matches = (near_header(header, batch.columns) for header in column.headers)
    near = dict.fromkeys(match for match in matches if match is not None)
    return " or ".join(column.headers) + (f" (did you mean {' or '.join(near)}?)" if near else "")
