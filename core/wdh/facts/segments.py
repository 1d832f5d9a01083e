"""A run of facts in the spool: where their text lies, and which rows of which sheet they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from wdh.facts.values import Place


class Segment(Struct, frozen=True):
    """The lines that one batch became: where they start, how many columns they have, and the rows they were.

    ``workbook`` is the place of their sheet in the run; ``group`` that of the batch among those made of one.
    """

    first_line: int
    offset: int
    width: int
    file: str
    sheet: str
    row_numbers: Sequence[int]
    letters: Mapping[str, str]
    workbook: int = 0
    group: int = 0

    def place(self, line: int, column: str | None) -> Place:
        """Say which cell, or which row, a line of this segment was."""
        row = self.row_numbers[line - self.first_line]
        letter = None if column is None else self.letters.get(column)
        return Place(self.file, self.sheet, row, None if letter is None else f"{letter}{row}", column)
