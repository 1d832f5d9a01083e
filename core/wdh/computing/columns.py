"""Columns made of others: one value of several cells, and the value that a mapping or a table has for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Context, Decimal
from functools import reduce

from wdh.columns.outcomes import Bad, Outcome
from wdh.columns.reasons import Reason, bad, quoted
from wdh.computing.corrections import RowNote, Translation, fault, missing, rename_columns
from wdh.computing.lookups import Key
from wdh.computing.texts import Numbers, Texts
from wdh.facts import Batch, Outside, cell_text
from wdh.facts.cells import CellValue, RefusedValue, plain_value
from wdh.settings import Computed, Lookup
from wdh.words.blanks import is_blank
from wdh.words.headers import normalise_header
from wdh.words.language import later, say

_NOT_ASKED = later(
    "This plan has no database, so the warehouse was not asked, and these columns are blank in it. Add --forecast, or "
    "--execute, to look them up."
)
_NUMBERS = {Decimal}
_DIGITS = 16  # an integer of fewer is exact in any program
_EXACT = Context(prec=500_000)  # a cell holds 32,767 characters at most

Values = tuple[Sequence[CellValue], Sequence[str | None] | None]
"""The cells of a new column, and their number formats; None: they have none."""


class Column:
    """Makes one computed column. ``table`` is what was read for its lookup; None: the warehouse was not asked."""

    def __init__(
        self, computed: Computed, *, texts: Texts, numbers: Numbers, table: Mapping[Key, CellValue] | None
    ) -> None:
        self._computed, self._texts, self._numbers, self._table = computed, texts, numbers, table
        self._name = normalise_header(computed.column)
        self._delivered = f"{self._name}(sheet)"
        headers = tuple(map(normalise_header, computed.sources))
        self._fills = self._name in headers
        self._sources = tuple(self._delivered if header == self._name else header for header in headers)
        self._place = f"computed.{computed.column}"
        self._translation = None
        if computed.mapping is not None:
            self._translation = Translation(computed.mapping, computed.default, place=self._place)

    @property
    def reads(self) -> frozenset[str]:
        """The headers that the column is made of."""
        return frozenset(self._sources)

    def add(self, batch: Batch) -> tuple[Batch, RowNote | None]:
        """Give the batch with the column, and what is to be told about it.

        Raises DataError where the sheet lacks a source, or has a column of the same name that is none.
        """
        batch = self._set_aside(batch)
        for source in self._sources:
            if source not in batch.columns:
                raise missing(batch, source, self._place)
        told, source = None, self._place
        lookup = self._computed.lookup
        if lookup is None:
            cells, formats = self._pick(batch)
        elif self._table is None:
            cells, formats = [None] * len(batch), None
            told = RowNote("not_looked_up", say(_NOT_ASKED), {self._computed.column: batch.row_numbers})
            source = say(
                "{place}, for which a plan without a database asks nobody: add --forecast or --execute",
                place=self._place,
            )
        else:
            cells, formats = self._look_up(batch, lookup, self._table), None
        outside = Outside(None, source, self._sources)
        changed = batch.formats if formats is None else {**batch.formats, self._name: formats}
        return (
            replace(
                batch,
                columns={**batch.columns, self._name: cells},
                formats=changed,
                outside={**batch.outside, self._name: outside},
            ),
            told,
        )

    def _set_aside(self, batch: Batch) -> Batch:
        """Keep what the sheet has under the column's own name as the source that it is."""
        if self._name not in batch.columns:
            empty = {self._delivered: [None] * len(batch)} if self._fills else {}
            return replace(batch, columns={**batch.columns, **empty}) if empty else batch
        if not self._fills:
            raise fault(
                batch,
                say(
                    "has a column {name}, and {place} gives its value, too. Remove one of them, or add {name} to "
                    "its from.",
                    name=self._name,
                    place=self._place,
                ),
            )
        return rename_columns(batch, {self._name: self._delivered})

    def _pick(self, batch: Batch) -> Values:
        match self._computed.pick:
            case "first":
                cells, formats = self._take_first(batch)
            case "concat":
                cells, formats = self._join(batch), None
            case "difference" | "product":
                cells, formats = self._calculate(batch), None
        if self._translation is not None:
            return self._translate(self._translation, batch, cells, formats), None
        default = self._computed.default
        return [default[0] if default and _is_blank(cell) else cell for cell in cells], formats

    def _take_first(self, batch: Batch) -> Values:
        if len(self._sources) == 1:
            return batch.columns[self._sources[0]], batch.formats.get(self._sources[0])
        cells: list[CellValue] = [None] * len(batch)
        formats: list[str | None] = [None] * len(batch)
        for source in reversed(self._sources):
            shapes = batch.formats.get(source)
            for index, cell in enumerate(batch.columns[source]):
                if not _is_blank(cell):
                    cells[index], formats[index] = cell, None if shapes is None else shapes[index]
        return cells, formats if any(formats) else None

    def _join(self, batch: Batch) -> list[CellValue]:
        parts = [self._texts.read(batch, source) for source in self._sources]
        return [
            self._refuse(batch, index, row) or (None if None in row else self._computed.separator.join(map(str, row)))
            for index, row in enumerate(zip(*parts, strict=True))
        ]

    def _calculate(self, batch: Batch) -> list[CellValue]:
        operands = [self._numbers.read(batch, source) for source in self._sources]
        work = _EXACT.subtract if self._computed.pick == "difference" else _EXACT.multiply
        return [
            self._refuse(batch, index, row) if {*map(type, row)} != _NUMBERS else _write(reduce(work, row))
            for index, row in enumerate(zip(*operands, strict=True))
        ]

    def _refuse(self, batch: Batch, index: int, row: Sequence[Outcome]) -> RefusedValue | None:
        """Refuse a row for the first of its sources that cannot be read; None: all can."""
        for source, outcome in zip(self._sources, row, strict=True):
            if isinstance(outcome, Bad):
                text = cell_text(batch.columns[source][index]) or ""
                return RefusedValue(text, source, outcome.reason, outcome.sentence)
        return None

    def _translate(
        self,
        translation: Translation,
        batch: Batch,
        cells: Sequence[CellValue],
        formats: Sequence[str | None] | None,
    ) -> list[CellValue]:
        made = replace(batch, columns={self._name: cells}, formats={} if formats is None else {self._name: formats})
        sources = self._find_sources(batch)
        translated: list[CellValue] = []
        for index, key in enumerate(self._texts.read_keys(made, self._name)):
            text, source = cell_text(cells[index]) or "", sources[index]
            if isinstance(key, Bad):
                cell = cells[index]
                is_told = isinstance(cell, RefusedValue)
                translated.append(cell if is_told else RefusedValue(text, source, key.reason, key.sentence))
            else:
                translated.append(translation.find(key, text, header=source))
        return translated

    def _find_sources(self, batch: Batch) -> Sequence[str]:
        """Name for each row the first source that is not blank."""
        found = [self._sources[0]] * len(batch)
        for source in reversed(self._sources):
            cells = batch.columns[source]
            found = [name if _is_blank(cell) else source for name, cell in zip(found, cells, strict=True)]
        return found

    def _look_up(self, batch: Batch, lookup: Lookup, table: Mapping[Key, CellValue]) -> list[CellValue]:
        keys = [self._texts.read_keys(batch, source) for source in self._sources]
        return [
            self._find(batch, index, row, lookup=lookup, table=table)
            for index, row in enumerate(zip(*keys, strict=True))
        ]

    def _find(
        self,
        batch: Batch,
        index: int,
        row: Sequence[str | Bad | None],
        *,
        lookup: Lookup,
        table: Mapping[Key, CellValue],
    ) -> CellValue:
        if (refused := self._refuse(batch, index, row)) is not None:
            return refused
        key = tuple(part for part in row if isinstance(part, str))
        if key in table:
            return table[key]
        default = self._computed.default
        if default or len(key) < len(row):
            return default[0] if default else None
        text = " / ".join(cell_text(batch.columns[source][index]) or "" for source in self._sources)
        said = bad(Reason.NOT_IN_TABLE, value=quoted(text), table=lookup.target.sql, place=self._place)
        return RefusedValue(text, self._sources[0], said.reason, said.sentence)


def _is_blank(cell: CellValue) -> bool:
    return is_blank(plain_value(cell))


def _write(value: Decimal) -> CellValue:
    """Write a number as a sheet holds it, or as a text where that would not be exact."""
    text = format(value, "f")
    if "." in text:
        number = float(text)  # stands for its repr, and is read faster than a text
        return number if repr(number) == text else _shorten(text)
    return int(text) if len(text) < _DIGITS else text


def _shorten(text: str) -> CellValue:
    return _write(Decimal(text.rstrip("0").rstrip("."))) if text[-1] in "0." else text
