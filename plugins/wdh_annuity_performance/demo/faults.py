"""Cells that nobody can read right, at places that are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from wdh_annuity_performance.demo.cells import Plain
from wdh_annuity_performance.demo.layouts import Layout
from wdh_annuity_performance.demo.workbook import SheetRow


@dataclass(frozen=True, slots=True)
class Fault:
    """A bad cell: its name (``K7``), its column's header as the sheet has it, and what is written in it."""

    cell: str
    header: str
    value: Plain

    @property
    def row(self) -> int:
        """The sheet's row number."""
        return int(self.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


FAULTS = (
    Fault("A5", "月度", 202413),
    Fault("K7", "期末资产规模", "#REF!"),
    Fault("L9", "供款", "abc"),
    Fault("M13", "流失（含待遇支付）", "=N13+O13"),
    Fault("Q17", "当期收益率", "#DIV/0!"),
    Fault("A21", "月度", "1999年12月"),
)
"""A month 13, error values, letters for an amount, a formula without a stored result, a year before 2000.

The cell names are those of the layout PLAIN: header in row 1, 月度 in column A.
"""

_SPREAD: tuple[tuple[str, Plain], ...] = (
    ("期末资产规模", "#REF!"),
    ("供款", "abc"),
    ("月度", 202413),
    ("投资收益", "#N/A"),
)


def plant_faults(rows: Iterable[SheetRow], faults: Iterable[Fault]) -> Iterator[SheetRow]:
    """Put each fault into its cell."""
    by_row = {fault.row: fault for fault in faults}
    for number, row in enumerate(rows, 1):
        fault = by_row.get(number)
        yield row if fault is None else _spoil(row, ord(fault.cell[0]) - ord("A"), fault.value)


def spread_faults(
    rows: Iterable[SheetRow], layout: Layout, *, total: int, wanted: int, bad: list[str]
) -> Iterator[SheetRow]:
    """Spoil one cell in each of ``wanted`` of the ``total`` lines, evenly.

    The cells' names are added to ``bad`` as they come. The columns must lie between A and Z.
    """
    places = {field.column: index for index, field in enumerate(layout.fields)}
    line = 0
    for number, row in enumerate(rows, 1):
        line += row.line is not None
        if row.line is None or line * wanted // total == (line - 1) * wanted // total:
            yield row
            continue
        column, value = _SPREAD[len(bad) % len(_SPREAD)]
        bad.append(f"{chr(ord('A') + places[column])}{number}")
        yield _spoil(row, places[column], value)


def _spoil(row: SheetRow, place: int, value: Plain) -> SheetRow:
    return replace(row, cells=(*row.cells[:place], value, *row.cells[place + 1 :]))
