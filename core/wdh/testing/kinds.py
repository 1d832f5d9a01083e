"""The laws of a kind of column, for authors of ``wdh.custom``, as tests that they inherit.

::

    from wdh.testing import KindConformance

    class TestIban(KindConformance):
        column = IBAN
        examples = {"DE89 3704 0044 0532 0130 00": "DE89370400440532013000"}
        refused = ["DE00"]
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Final

from wdh.columns import Bad, Columns
from wdh.facts import Batch, Facts, FactValue, cell_text
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, CellValue, DamagedValue, ErrorValue, Merged
from wdh.testing.conformance import law
from wdh.testing.facts import show_value

if TYPE_CHECKING:
    from wdh.columns import Column
    from wdh.testing.database import Database

CELLS: Final[tuple[CellValue, ...]] = (
    *(
        "x",
        "X-1",
        "0012",
        " 12 ",
        "1,234.50",
        "2024-11-30",
        "202411",
        "中文名称",
        "Ａ１",
        "a\nb",
        "a\tb",
        "\\N",
        "x" * 300,
    ),
    *("'", '"', ";", "%s", "{}", "\U0001f600", "e\u0301", "1e5", "-", "+1"),
    *(0, 1, -1, 12, 202411, 10**15, 10**30, 0.0, 0.1, -0.5, 1.5, 1e300, 5e-324),
    *(True, False),
    *(datetime.date(2024, 11, 30), datetime.datetime(2024, 11, 30), datetime.datetime(2024, 11, 30, 13, 5, 6, 7)),  # noqa: DTZ001
    *(datetime.time(13, 5), datetime.timedelta(hours=30)),
)
"""Cells of every type that a sheet can have, none of them blank, an error or merged."""

_BLANKS: Final[tuple[CellValue, ...]] = (None, "", "  ", "\u3000", "\u200b", "\ufeff\u00a0")
_FAULTY: Final[tuple[CellValue, ...]] = (*sorted(ERROR_TEXTS), UNCACHED, ErrorValue("#BUSY!"), DamagedValue("1,5"))
_AREA: Final = "A2:A3"
_TABLE: Final = "wdh_kind"


class KindConformance:
    """Inherit from it in a class whose name begins with ``Test``, and name the column."""

    column: ClassVar[Column]
    """The column, as ``wdh.custom`` makes it."""
    examples: ClassVar[Mapping[Any, FactValue]] = {}
    """Cells, with the values that they come to."""
    refused: ClassVar[Sequence[Any]] = ()
    """Cells that it refuses."""

    @law
    def test_examples_come_to_their_values(self) -> Iterator[str]:
        """Each of the examples comes to its value, and each of the refused cells is refused with a sentence."""
        for cell, value in self.examples.items():
            found = self._read(cell)
            if (type(found), found) != (type(value), value):
                yield f"{cell!r} comes to {_show(found)}, not {_show(value)}"
        for cell in self.refused:
            found = self._read(cell)
            if not isinstance(found, Bad):
                yield f"{cell!r} comes to {_show(found)}, and is to be refused"

    @law
    def test_a_blank_is_null(self) -> Iterator[str]:
        """A cell that shows nothing, or one of the words of blank, is NULL."""
        for cell in (*_BLANKS, *self.column.blank):
            found = self._read(cell)
            if found is not None and found != self.column.default and not self.column.is_required:
                yield f"{cell!r} comes to {_show(found)}, and shows nothing"

    @law
    def test_every_cell_is_read_or_refused(self) -> Iterator[str]:
        """A cell is read or refused, whatever its type: reading raises nothing."""
        for cell in self._cells():
            try:
                self._read(cell)
            except Exception as error:  # of the author's function, whatever it is
                yield f"{cell!r} raises {type(error).__name__}: {error}; return a Refusal, or read it"

    @law
    def test_reading_is_pure(self) -> Iterator[str]:
        """A cell comes to the same each time, whatever was read before: the answers are remembered."""
        cells = [cell for cell in self._cells() if self._is_readable(cell)]
        first = {place: self._read(cell) for place, cell in enumerate(cells)}
        again = {place: self._read(cells[place]) for place in reversed(range(len(cells)))}
        for place, cell in enumerate(cells):
            if _show(first[place]) != _show(again[place]):
                yield f"{cell!r} comes to {_show(first[place])}, and then to {_show(again[place])}"

    @law
    def test_faulty_cells_are_refused(self) -> Iterator[str]:
        """An error of Excel, a formula without a result and a damaged cell are refused with their cell and value."""
        for cell in _FAULTY:
            facts = self._clean([cell])
            places = [(reject.cell, reject.value) for reject in facts.rejects]
            if places != [("A2", cell_text(cell))]:
                yield f"{cell!r} is not refused at its cell, but {places or facts.columns}"

    @law
    def test_merged_cells_stand_for_their_range_or_are_refused(self) -> Iterator[str]:
        """A merged cell of a column that names things is read as its value is; one of numbers is refused."""
        for cell in filter(self._is_readable, self._cells()):
            if isinstance(cell, Merged) or cell is UNCACHED:
                continue
            alone, merged = self._read(cell), self._read(Merged(cell, _AREA))
            if self.column.kind.is_label and _show(alone) != _show(merged):
                yield f"{cell!r} comes to {_show(alone)}, and merged over {_AREA} to {_show(merged)}"
            if not self.column.kind.is_label and not isinstance(merged, Bad):
                yield f"{cell!r} merged over {_AREA} comes to {_show(merged)}: whose number it is, is not known"

    @law
    def test_postgresql_keeps_what_is_read(self, wdh_database: Database) -> Iterator[str]:
        """PostgreSQL takes every value into a column of the sql_type, and gives it back as it was."""
        import psycopg2

        wdh_database.execute(f"CREATE TABLE {_TABLE} (value {self.column.sql_type})")
        for cell in filter(self._is_readable, self._cells()):
            value = self._read(cell)
            if value is None or isinstance(value, Bad):
                continue
            try:
                wdh_database.execute(f"TRUNCATE {_TABLE}; INSERT INTO {_TABLE} VALUES (%s)", [value])  # noqa: S608
            except (psycopg2.Error, ValueError) as error:
                said = str(error).partition("\n")[0]
                yield f"{cell!r} comes to {_show(value)}, which {self.column.sql_type} does not take: {said}"
                continue
            ((kept,),) = wdh_database.rows(f"SELECT value FROM {_TABLE}")  # noqa: S608
            if not _is_same(value, kept):
                yield f"{cell!r} comes to {_show(value)}, which {self.column.sql_type} keeps as {kept!r}"

    def _cells(self) -> Iterator[CellValue]:
        return chain(CELLS, self.examples, self.refused)

    def _clean(self, cells: Sequence[CellValue]) -> Facts:
        header = self.column.headers[0]
        rows = range(2, len(cells) + 2)
        return Columns(self.column, totals=()).clean(Batch("kind.xlsx", "kind", rows, {header: cells}, {header: "A"}))

    def _read(self, cell: CellValue) -> FactValue | Bad:
        facts = self._clean([cell])
        if facts.rejects:
            return Bad(facts.rejects[0].reason, facts.rejects[0].sentence)
        return facts.columns[self.column.name][0]

    def _is_readable(self, cell: CellValue) -> bool:
        try:
            self._read(cell)
        except Exception:
            return False
        return True


def _show(value: FactValue | Bad) -> str:
    return f"a reject ({value.reason})" if isinstance(value, Bad) else show_value(value)


def _is_same(value: FactValue, kept: object) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(value, numbers) and isinstance(kept, numbers) and not isinstance(value, bool):
        return Decimal(str(value)) == Decimal(str(kept))
    return value == kept or type(value) is not type(kept)
