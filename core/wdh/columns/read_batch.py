"""One batch as its columns were read: the facts that come of it, and what belongs to any part of its rows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import compress, pairwise
from typing import Any, Final, cast

from msgspec import Struct

from wdh.columns.numbers import Integer, Number
from wdh.columns.outcomes import Outcome, Rounded, Shown, value_of
from wdh.columns.readings import Fault, Reading
from wdh.columns.shapes import read_shape
from wdh.columns.total_rows import Found, Label, TotalCell, place_of, plain_text
from wdh.columns.vocabulary import Column
from wdh.facts import Batch, Facts, FactValue, Note, Reject
from wdh.facts.sums import Stretch, Sum, Sums, TotalAmount, TotalRow, exact, sum_amounts
from wdh.words.headers import fold_header
from wdh.words.language import join, later, say

_ABSENT: Final = later("The sheet has no such column, so nothing was read for it.")
_WORDED: Final = later(
    "These cells have a total word, and their rows other labels or keys, so they were taken for facts. Is one a total "
    "after all? Name the column of the labels: totals: {label: …}."
)
_ROUNDED: Final = later("These columns had numbers with more decimals than they keep; they were rounded half up.")
_SHOWN: Final = later(
    "These numbers were taken as they are stored, and their formats show something else: a currency that the column "
    "does not name, a scaled or hidden number, or what is not known. Check that the column means what is stored."
)

_SCALED: Final = re.compile(r",(?![#0?])")


class _Kept(Struct, frozen=True):
    row_numbers: list[int]
    columns: Mapping[str, Sequence[FactValue]]
    sums: Sums
    notes: tuple[Note, ...]


class ReadBatch(Struct, frozen=True):
    """A batch with its columns as they were read, its total rows, and the columns that name things.

    It is the :class:`wdh.facts.origin.Origin` of the facts that come of it.
    """

    batch: Batch
    readings: tuple[Reading, ...]
    found: Found
    labels: Mapping[str, Label]

    @property
    def sql_types(self) -> Mapping[str, str]:
        """The PostgreSQL type of each column."""
        return {reading.column.name: reading.column.sql_type for reading in self.readings}

    @property
    def scales(self) -> Mapping[str, int]:
        """The decimals of each column of numbers that keeps a given number of them."""
        numbers = ((r.column.name, r.column.kind) for r in self.readings)
        return {n: kind.scale for n, kind in numbers if isinstance(kind, Number) and kind.scale is not None}

    def find_header(self, column: str, index: int) -> str | None:
        """Name the header whose cell decided a column in row ``index``; None: the batch has none of its headers."""
        reading = next(reading for reading in self.readings if reading.column.name == column)
        return reading.header_at(index) if reading.headers else None

    def sort_out(self, faults: Iterable[Fault], *, unread: Mapping[str, str]) -> Facts:
        """Part the rows of the batch: totals first, then those with a fault, and the rest are facts."""
        batch, totals = self.batch, self.found.totals
        standing = sorted((f for f in faults if f.index not in totals), key=lambda fault: (fault.index, fault.place))
        rejects = tuple(_reject(batch, fault) for fault in standing)
        refused = {*totals, *(fault.index for fault in standing)}
        kept = bytearray(b"\1") * len(batch)
        for index in refused:
            kept[index] = 0
        part = self._keep(kept if refused else None)
        return Facts(
            row_numbers=part.row_numbers,
            columns=part.columns,
            rejects=rejects,
            totals=len(totals),
            notes=part.notes,
            sums=part.sums,
            letters={
                r.column.name: batch.letters[r.headers[0]]
                for r in self.readings
                if len(r.headers) == 1 and r.headers[0] in batch.letters
            },
            unread=unread,
            origin=self,
        )

    def account(self, row_numbers: Sequence[int]) -> tuple[Sums, tuple[Note, ...]]:
        """Give the sums and notes as they are where only these rows are facts."""
        wanted = set(row_numbers)
        part = self._keep(bytearray(number in wanted for number in self.batch.row_numbers))
        return part.sums, part.notes

    def _keep(self, kept: bytearray | None) -> _Kept:
        """Keep the rows that ``kept`` has a 1 for; None: all of them."""
        batch, readings = self.batch, self.readings
        columns = {r.column.name: r.outcomes if kept is None else list(compress(r.outcomes, kept)) for r in readings}
        shown = _count_shown(batch, readings, columns)
        for reading in readings:
            if Shown in reading.kinds:
                name = reading.column.name
                columns[name] = [one.value if isinstance(one, Shown) else one for one in columns[name]]
        may_be = [reading.column.name for reading in readings if not reading.kinds.isdisjoint((Rounded, Shown))]
        rounded = {name: count for name in may_be if (count := sum(isinstance(one, Rounded) for one in columns[name]))}
        numbers = list(batch.row_numbers if kept is None else compress(batch.row_numbers, kept))
        sums = _sum_up(batch, readings, row_numbers=numbers, columns=columns, totals=self.found.totals)
        columns |= {name: list(map(value_of, columns[name])) for name in rounded}
        notes = (
            Note("rounded", say(_ROUNDED), rounded),
            Note("shown_otherwise", say(_SHOWN), shown),
            *self._tell(numbers),
        )
        return _Kept(
            numbers,
            cast("dict[str, Sequence[FactValue]]", columns),
            sums,
            tuple(note for note in notes if note.cases),
        )

    def _tell(self, numbers: Sequence[int]) -> Iterator[Note]:
        """Tell which columns the sheet lacks, and which of these rows, which are facts, have a total word."""
        absent = {_name_absent(r.column, self.batch): len(numbers) for r in self.readings if not r.headers}
        yield Note("absent_column", say(_ABSENT), absent if numbers else {})
        yield Note("total_word", say(_WORDED), dict.fromkeys(self._worded_cells(numbers), 1))

    def _worded_cells(self, numbers: Sequence[int]) -> Iterator[str]:
        batch = self.batch
        cells = {(cell.index, cell.header) for cell in self.found.doubtful}
        for header, label in self.labels.items():
            if label.worded:
                texts = map(plain_text, batch.columns[header])
                cells.update(
                    (index, header) for index, text in enumerate(texts) if text is not None and text in label.worded
                )
        kept = set(numbers) if cells else set()
        for index, header in sorted(cells):
            row = batch.row_numbers[index]
            if row in kept:
                yield f"{batch.letters.get(header, '')}{row} {plain_text(batch.columns[header][index])}"


def _name_absent(column: Column, batch: Batch) -> str:
    """Name a column that the sheet lacks, with the header that may be meant: 供款 (供款(元)?)."""
    said = {*map(fold_header, column.headers)}
    known = [
        header
        for header in batch.columns
        if fold_header(header) in said or any(own in header for own in column.headers)
    ]
    meant = join(say(" or "), known)
    return say("{name} ({meant}?)", name=column.name, meant=meant) if known else column.name


def _count_shown(batch: Batch, readings: Sequence[Reading], columns: Mapping[str, Sequence[Outcome]]) -> dict[str, int]:
    """Count the numbers of which their cells show something else, by column and how."""
    counts: Counter[str] = Counter()
    for reading in readings:
        if Shown in reading.kinds:
            name = reading.column.name
            place = say(
                "{name} (column {headers})",
                name=name,
                headers=join(say(" or "), (batch.letters.get(header, header) for header in reading.headers)),
            )
            hows = Counter(one.how for one in columns[name] if isinstance(one, Shown))
            counts.update({say("{place}: {how}", place=place, how=how): count for how, count in hows.items()})
    return dict(counts)


def _reject(batch: Batch, fault: Fault) -> Reject:
    return batch.reject(fault.index, fault.header, fault.bad.reason, fault.bad.sentence)


def _sum_up(
    batch: Batch,
    readings: Sequence[Reading],
    *,
    row_numbers: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
    totals: Mapping[int, TotalCell],
) -> Sums:
    """Sum the amounts of a batch's facts between its total rows; ``columns`` may hold numbers that were rounded.

    Rates are no amounts: their sum means nothing.
    """
    summed = [reading for reading in readings if _is_summed(reading, batch)]
    indices = sorted(totals)
    cuts = [bisect_left(row_numbers, batch.row_numbers[index]) for index in indices]
    stretches = tuple(
        Stretch(end - start, {r.column.name: _sum(r, columns[r.column.name][start:end]) for r in summed})
        for start, end in pairwise((0, *cuts, len(row_numbers)))
    )
    owners = {header: reading.column.name for reading in readings for header in reading.headers}
    rows = (_read_total(batch, totals[index], summed, column=owners.get(totals[index].header)) for index in indices)
    return Sums(stretches, tuple(rows))


def _is_summed(reading: Reading, batch: Batch) -> bool:
    kind = reading.column.kind
    is_there = bool(reading.headers) and batch.outside.keys().isdisjoint(reading.headers)
    is_amount = isinstance(kind, Integer) or (isinstance(kind, Number) and not kind.has_percent)
    return is_amount and is_there


def _sum(reading: Reading, values: Sequence[Any]) -> Sum:
    if reading.kinds == {float} and reading.column.default is None:  # the usual column, told without a look
        return sum_amounts(values, reading.kinds)
    if reading.kinds.isdisjoint((Rounded, Shown)):
        return sum_amounts(values)
    rounded = sum(isinstance(value, Rounded) for value in values)
    found = sum_amounts(list(map(value_of, values)))
    return Sum(found.value, found.size, found.slack + rounded * _half_unit(reading))


def _half_unit(reading: Reading) -> Fraction:
    scale = reading.column.kind.scale if isinstance(reading.column.kind, Number) else None
    return Fraction(0) if scale is None else Fraction(1, 2 * 10**scale)


def _read_total(batch: Batch, cell: TotalCell, summed: Sequence[Reading], *, column: str | None) -> TotalRow:
    amounts = {}
    for reading in summed:
        places = zip(reading.headers, reading.parts, strict=True)
        header = next((name for name, part in places if part[cell.index] is not None), None)
        if header is not None:
            amounts[reading.column.name] = _read_amount(batch, reading, header, index=cell.index)
    label = plain_text(batch.columns[cell.header][cell.index]) or ""
    place = place_of(batch.letters.get(cell.header))
    row = batch.row_numbers[cell.index]
    return TotalRow(row, label, cell.word.group, cell.word.level, place, column, amounts)


def _read_amount(batch: Batch, reading: Reading, header: str, *, index: int) -> TotalAmount:
    name = f"{batch.letters.get(header, '')}{batch.row_numbers[index]}"
    outcome = reading.parts[reading.headers.index(header)][index]
    value = value_of(outcome)
    if not isinstance(value, (int, float, Decimal)):
        return TotalAmount(name, None)
    formats = batch.formats.get(header)
    return TotalAmount(name, exact(value), None if formats is None else _shown_decimals(formats[index]))


def _shown_decimals(number_format: str | None) -> int | None:
    section = (number_format or "").partition(";")[0]
    shape = None if _SCALED.search(section) else read_shape(section)
    return None if shape is None or shape.is_percent else shape.most_decimals
