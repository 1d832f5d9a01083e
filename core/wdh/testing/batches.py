"""Batches taken apart, put together and put in another order: the same rows as a run might have met them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TypeVar

from wdh.facts import Batch
from wdh.facts.cells import CellValue

Cell = TypeVar("Cell")


def join_batches(batches: Sequence[Batch]) -> Batch:
    """Put consecutive batches of a sheet into one. A column that some of them lack is None there."""
    if len(batches) == 1:
        return batches[0]
    return replace(
        batches[0],
        row_numbers=[number for batch in batches for number in batch.row_numbers],
        columns=_join(batches, [batch.columns for batch in batches]),
        letters={header: letter for batch in batches for header, letter in batch.letters.items()},
        formats=_join(batches, [batch.formats for batch in batches]),
        blank=sum(batch.blank for batch in batches),
        hidden=sum(batch.hidden for batch in batches),
        repeated=tuple(row for batch in batches for row in batch.repeated),
    )


def _join(
    batches: Sequence[Batch], parts: Sequence[Mapping[str, Sequence[Cell | None]]]
) -> dict[str, list[Cell | None]]:
    headers = dict.fromkeys(header for part in parts for header in part)
    return {
        header: [
            cell
            for batch, part in zip(batches, parts, strict=True)
            for cell in part.get(header, [None] * len(batch.row_numbers))
        ]
        for header in headers
    }


def cut_batch(batch: Batch, sizes: Iterable[int]) -> Iterator[Batch]:
    """Cut a batch into parts of these sizes; what is left is the last part."""
    bounds = [bound for bound in accumulate(sizes, initial=0) if bound < len(batch)]
    return (select_rows(batch, range(*pair)) for pair in pairwise([*bounds, len(batch)]))


def select_rows(batch: Batch, places: Sequence[int]) -> Batch:
    """Select some rows of a batch, by their places in it, with their numbers."""
    return replace(_pick(batch, places), row_numbers=[batch.row_numbers[place] for place in places], blank=0, hidden=0)


def reorder_rows(batch: Batch, places: Sequence[int]) -> Batch:
    """Put the rows of a batch into another order, as a sheet sorted otherwise would have them: numbers stay."""
    return _pick(batch, places)


def shuffled(count: int) -> list[int]:
    """Give the places 0 … count - 1 in an order that is no order, and the same every time."""
    places = list(range(count))
    random.Random(count).shuffle(places)  # noqa: S311 - to mix rows, not a secret
    return places


def replace_cell(batch: Batch, header: str, value: CellValue) -> Batch:
    """Put ``value`` into the column ``header`` of a batch of one row."""
    formats = {name: cells for name, cells in batch.formats.items() if name != header}
    return replace(batch, columns={**batch.columns, header: [value]}, formats=formats)


def _pick(batch: Batch, places: Sequence[int]) -> Batch:
    return replace(
        batch,
        columns={header: [cells[place] for place in places] for header, cells in batch.columns.items()},
        formats={header: [texts[place] for place in places] for header, texts in batch.formats.items()},
    )
