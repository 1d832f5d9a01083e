"""One column of a batch as it was read, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain

from msgspec import Struct

from wdh.columns.outcomes import Bad, Outcome, value_of
from wdh.columns.reader import Reader
from wdh.columns.reasons import Reason, bad
from wdh.columns.vocabulary import Column
from wdh.facts import Batch, cell_text
from wdh.words.headers import first_of
from wdh.words.language import say


class Fault(Struct, frozen=True):
    """A bad cell of a batch: the row's index, the column's place in the layout, and the header it stands under."""

    index: int
    place: int
    header: str
    bad: Bad


class Reading(Struct, frozen=True):
    """One column of a batch as it was read.

    ``parts`` has the outcomes under each of ``headers``; ``kinds`` are the types of all of them.
    """

    column: Column
    headers: tuple[str, ...]
    parts: tuple[Sequence[Outcome], ...]
    outcomes: Sequence[Outcome]
    kinds: frozenset[type]

    def header_at(self, index: int) -> str:
        """Name the header whose cell decided row ``index``; where all are blank, the first."""
        decided = (h for h, part in zip(self.headers, self.parts, strict=True) if part[index] is not None)
        return next(decided, self.headers[0])


def read_column(column: Column, reader: Reader, *, batch: Batch) -> Reading:
    """Read a column under each of its headers that the batch has; of several, the first with a value decides.

    Where none has one, the column's default stands.
    """
    headers = tuple(header for header in column.headers if header in batch.columns)
    parts = tuple(_read_header(reader, batch, header=header) for header in headers)
    outcomes: Sequence[Outcome] = parts[0] if parts else [None] * len(batch)
    for part in parts[1:]:
        outcomes = [other if first is None else first for first, other in zip(outcomes, part, strict=True)]
    if column.default is not None and None in outcomes:
        outcomes = [column.default if outcome is None else outcome for outcome in outcomes]
    return Reading(column, headers, parts, outcomes, frozenset(map(type, chain.from_iterable(parts))))


def repeated_headers(batch: Batch, *, known: frozenset[str]) -> dict[str, list[str]]:
    """List, for each known header that occurs again, the names of its further columns (``X#2`` …)."""
    repeats: dict[str, list[str]] = {}
    for header in batch.columns:
        first = first_of(header)
        if first is not None and first in known and header not in known:
            repeats.setdefault(first, []).append(header)
    return repeats


def read_repeats(
    reading: Reading, reader: Reader, *, batch: Batch, repeats: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[Outcome]]:
    """Read the further columns under this column's headers, by their names (``X#2`` …)."""
    names = [name for header in reading.headers for name in repeats.get(header, ())]
    return {name: _read_header(reader, batch, header=name) for name in names}


def find_bad(reading: Reading, place: int) -> Iterator[Fault]:
    """Find the bad cells of a column, under every one of its headers, and the blank ones where it is required."""
    for header, part in zip(reading.headers, reading.parts, strict=True) if Bad in reading.kinds else ():
        bad_cells = ((index, outcome) for index, outcome in enumerate(part) if isinstance(outcome, Bad))
        yield from (Fault(index, place, header, outcome) for index, outcome in bad_cells)
    if reading.column.is_required and None in reading.outcomes:
        missing = bad(Reason.MISSING_VALUE)
        blanks = (index for index, outcome in enumerate(reading.outcomes) if outcome is None)
        yield from (Fault(index, place, reading.header_at(index), missing) for index in blanks)


def find_repeats(
    reading: Reading, again: Mapping[str, Sequence[Outcome]], *, batch: Batch, place: int
) -> Iterator[Fault]:
    """Find the cells under a repeated header that are not blank and differ from the first column's."""
    for name, outcomes in again.items():
        header = name.rpartition("#")[0]
        first = reading.parts[reading.headers.index(header)]
        for index, (one, other) in enumerate(zip(first, outcomes, strict=True)):
            if other is not None and _exact(one) != _exact(other):
                yield Fault(index, place, name, _repeated(batch, header, again=name, index=index))


def _read_header(reader: Reader, batch: Batch, *, header: str) -> list[Outcome]:
    return reader.read(batch.columns[header], batch.formats.get(header))


def _repeated(batch: Batch, header: str, *, again: str, index: int) -> Bad:
    first, other = (cell_text(batch.columns[name][index]) for name in (header, again))
    return bad(Reason.REPEATED_HEADER, header=header, first=first or say("blank"), value=other)


def _exact(outcome: Outcome) -> Outcome:
    # 1.5 from a number and 1.50 from a text are one amount; a float stands for its repr.
    value = value_of(outcome)
    return Decimal(repr(value)) if isinstance(value, float) else value
