"""The origin of facts, as columns of their own beside what a workbook says. They are no part of the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from wdh.facts.copytext import copy_value, end_lines

ROW: Final = "row"
PARTS: Final = (ROW, "run", "file", "sheet")
"""The origins that a fact can have a column for: row number of the sheet, id of the run, names of file and sheet."""


class Lineage(Struct, frozen=True):
    """The columns that tell of each fact where it came from, by the part of PARTS; some parts may be missing."""

    names: Mapping[str, str]
    run_id: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order in which their values follow a fact's own."""
        return tuple(self.names[part] for part in PARTS if part in self.names)

    def extend(self, text: bytes, *, file: str, sheet: str, row_numbers: Sequence[int]) -> bytes:
        """Add the values to each line of COPY text; the lines are those of ``row_numbers`` of a sheet."""
        known = {"run": self.run_id, "file": file, "sheet": sheet}
        values = [copy_value(known[part]) for part in PARTS if part in self.names and part != ROW]
        end = "".join(f"\t{value}" for value in values).encode("utf-8") + b"\n"
        if ROW not in self.names:
            return text.replace(b"\n", end)
        return end_lines(text, end, row_numbers)
