"""The lower rows of a large sheet, cut off in parts that other processes can read."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from wdh.facts import Batch
from wdh.workbook.readers import Opened
from wdh.workbook.rows.batches import Layout, select_rows
from wdh.workbook.rows.blocks import Reader
from wdh.workbook.rows.fast_rows import FastRows
from wdh.workbook.rows.merges import Merges
from wdh.workbook.survey.shares import read_from

if TYPE_CHECKING:
    from wdh.workbook.survey.surveying import Survey

Take = Callable[[], "int | None"]
"""Takes lower rows that another process has read, and gives the number of the last row that was read so far; None: it
has not read them."""


class LowerRows(Struct, frozen=True):
    """The rows of a sheet from row ``first`` on, which another process can read: the ``part`` of the sheet, from 1.

    ``end`` is the first row of the next part; None: there is none.
    """

    part: int
    first: int
    end: int | None
    rows: FastRows
    layout: Layout
    merges: Merges
    batch_rows: int

    def batches(self) -> Iterator[Batch]:
        """Give the rows as the sheet itself would. After any error read them from the sheet, which tells it better."""
        for block in self.rows.blocks(self.batch_rows, self.first):
            if self.end is not None and block.numbers[0] >= self.end:
                return
            filled = select_rows(block, self.merges)
            if len(filled):
                yield self.layout.make_batch(filled)


def find_cuts(survey: Survey, parts: int, *, width: int, below: int, size: int) -> Mapping[int, int]:
    """Give the first rows of the lower parts of a sheet, by the number of the part; empty: it cannot be cut.

    They are ``below`` a row, and each begins with a block of ``size`` rows, so that none has rows of two parts. The
    header is so many columns wide.
    """
    cuts: dict[int, int] = {}
    for part in range(1, parts):
        kept = survey.kept[part - 1] if survey.kept else range(0)
        blocks = max(int(survey.last_row * read_from(part, parts)) // size, math.ceil((kept.start - 1) / size))
        first = 1 + blocks * size
        # A merged range lies in one part: its first row has its value.
        if first > below and not any(area.top < first <= area.bottom for area in survey.areas):
            cuts[part] = below = first
    top = min(cuts.values(), default=0)
    # The rows above decide how far to the right a range shows its value.
    return {} if any(area.right >= width and area.bottom >= top for area in survey.areas) else cuts


def cut_rows(
    cuts: Mapping[int, int], opened: Opened, reader: Reader, layout: Layout, excerpts: Sequence[Path], *, size: int
) -> Sequence[LowerRows]:
    """Cut the rows of a sheet off; none, where its reader is not the fast one. ``excerpts`` are those of all parts."""
    if not isinstance(reader, FastRows):
        return ()
    found = []
    for (part, first), end in zip_longest(cuts.items(), [*cuts.values()][1:]):
        areas = [area for area in opened.survey.areas if area.bottom >= first]
        merges = Merges(areas, columns=opened.limits.columns, width=layout.width)
        kept = opened.survey.kept[part - 1] if opened.survey.kept else range(0)
        is_kept = first in kept and (sys.maxsize if end is None else end) <= kept.stop
        rows = reader.of(excerpts[part - 1]) if is_kept else reader
        found.append(LowerRows(part, first, end, rows, layout.from_row(first), merges, size))
    return found
