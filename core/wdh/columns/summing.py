"""The sums of a batch's facts between its total rows, and what those rows say of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from wdh.columns.numbers import Integer, Number
from wdh.columns.outcomes import Rounded, Shown, value_of
from wdh.columns.readings import Reading
from wdh.columns.shapes import read_shape
from wdh.columns.total_rows import TotalCell, place_of, plain_text
from wdh.facts import Batch
from wdh.facts.sums import Stretch, Sum, Sums, TotalAmount, TotalRow, exact, sum_amounts

_SCALED: Final = re.compile(r",(?![#0?])")


def sum_up(
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
