"""The things that a run keeps of its workbooks, so that those with cells to mend can go back to their senders."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from wdh.settings import Limits, TextFormat

if TYPE_CHECKING:
    from wdh.mending.mark import Mark
    from wdh.workbook import Sheet


class Returnable(Struct, frozen=True):
    """The way to open the sheets of a run again: ``open`` gives those of one workbook as the run read them.

    ``marks`` are those of the workbooks that came back mended.
    """

    domain: str
    limits: Limits
    text: TextFormat
    open: Callable[[Path], Generator[Sheet, None, None]]
    marks: Mapping[Path, Mark] = {}


class Delivered(Struct, frozen=True):
    """A sheet that a run read. ``totals`` are its rows of totals, as ranges of numbers, first and last.

    ``folder`` is where its workbook lies; empty: that of ``path``.
    """

    path: Path
    file: str
    sheet: str
    sha256: str
    header_row: int
    totals: tuple[tuple[int, int], ...] = ()
    folder: str = ""

    @property
    def lies_in(self) -> str:
        """The folder of its workbook, as the mark has it."""
        return self.folder or str(self.path.absolute().parent)
