"""Whole sheets as read: batches put together again, so that two readings can be compared cell by cell."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from wdh.facts import Batch
from wdh.facts.cells import CellValue
from wdh.workbook import Limits, LowerRows, Sheet, open_sheet
from wdh.workbook.rows.blocks import Block
from wdh.workbook.rows.fast_rows import FastRows

READERS = ("openpyxl", "fast")
ONE_ROW = Limits(header_rows=1)
"""The header is looked for in the first row alone, so that a small sheet has lower rows."""


@dataclass(frozen=True)
class Reading:
    """A sheet as read: ``cells`` and ``formats`` by (row number, header), empty cells left out."""

    headers: tuple[str, ...]
    letters: dict[str, str]
    rows: tuple[int, ...]
    cells: dict[tuple[int, str], CellValue]
    formats: dict[tuple[int, str], str]
    blank: int
    hidden: int
    repeated: tuple[int, ...]
    reader: str
    fallback: str | None

    def column(self, header: str) -> list[CellValue]:
        """The cells under a header, in row order."""
        return [self.cells.get((row, header)) for row in self.rows]

    def same(self) -> tuple[Any, ...]:
        """What two readers must agree on, types and signs of zero included."""
        cells = {key: (type(value), repr(value)) for key, value in self.cells.items()}
        return self.headers, self.letters, self.rows, cells, self.formats, self.blank, self.hidden, self.repeated


class _Reading:
    """A reading that grows by batches."""

    def __init__(self) -> None:
        self.letters: dict[str, str] = {}
        self.rows: list[int] = []
        self.cells: dict[tuple[int, str], CellValue] = {}
        self.formats: dict[tuple[int, str], str] = {}
        self.blank = self.hidden = 0
        self.repeated: tuple[int, ...] = ()

    def add(self, batch: Batch) -> None:
        numbers = batch.row_numbers
        assert len(batch) > 0 or batch.repeated
        assert all(len(column) == len(batch) for column in (*batch.columns.values(), *batch.formats.values()))
        self.rows += numbers
        self.letters.update(batch.letters)
        for name, column in batch.columns.items():
            self.cells.update({(n, name): v for n, v in zip(numbers, column, strict=True) if v is not None})
        for name, shapes in batch.formats.items():
            self.formats.update({(n, name): v for n, v in zip(numbers, shapes, strict=True) if v is not None})
        self.blank, self.hidden = self.blank + batch.blank, self.hidden + batch.hidden
        self.repeated += batch.repeated

    def whole(self, sheet: Sheet) -> Reading:
        return Reading(
            sheet.headers,
            self.letters,
            tuple(self.rows),
            self.cells,
            self.formats,
            self.blank,
            self.hidden,
            self.repeated,
            sheet.reader,
            sheet.fallback,
        )


def give_up_after(monkeypatch: pytest.MonkeyPatch, blocks: int, *, error: BaseException | None = None) -> None:
    """Have the library of the fast reader fail when it has given so many blocks of rows."""
    read = FastRows._blocks

    def fail(rows: FastRows, size: int, first: int) -> Iterator[Block]:
        yield from islice(read(rows, size, first), blocks)
        raise error or RuntimeError("what is this?")

    monkeypatch.setattr(FastRows, "_blocks", fail)


def read_whole(path: Path, *, reader: str = "auto", sheet: str | int = 0, **options: Any) -> Reading:
    """Read a sheet to its end."""
    reading = _Reading()
    with open_sheet(path, sheet=sheet, reader=reader, **options) as opened:  # type: ignore[arg-type]
        for batch in opened.batches():
            reading.add(batch)
        return reading.whole(opened)


def last_row(batch: Batch) -> int:
    """The last row of the sheet that a batch is of."""
    return max((*batch.row_numbers, *batch.repeated))


def read_in_parts(path: Path, *, batch_rows: int, parts: int = 2) -> Reading | None:
    """Read a sheet's lower rows apart, as other processes would, and first. None: that cannot be done."""
    reading = _Reading()
    with open_sheet(path, sheet=0, reader="fast", batch_rows=batch_rows, limits=ONE_ROW) as opened:
        lower = opened.lower_rows(parts)
        if not lower:
            return None
        read = [list(pickle.loads(pickle.dumps(rows)).batches()) for rows in lower]  # noqa: S301 - our own, as it is sent
        last = opened.header_row

        def take(rows: LowerRows, below: Sequence[Batch]) -> int:
            nonlocal last
            for batch in below:
                assert min((*batch.row_numbers, *batch.repeated)) >= rows.first
                assert rows.end is None or last_row(batch) < rows.end
                blank = batch.blank + (rows.first - 1 - last if batch is below[0] else 0)
                reading.add(replace(batch, blank=blank))
            last = max(last, *map(last_row, below)) if below else last
            return last

        apart = [(rows, partial(take, rows, below)) for rows, below in zip(lower, read, strict=True)]
        for batch in opened.batches(apart):
            assert last_row(batch) < lower[0].first
            last = last_row(batch)
            reading.add(batch)
        return reading.whole(opened)
