"""Reads a sheet with proposed columns, as a run would, and counts its facts and rejects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from wdh.columns import Columns
from wdh.facts import Facts, FactValue, Reject
from wdh.inspection.findings import Expected, FoundColumn, list_required
from wdh.workbook import ReaderName, open_sheet

_SAMPLES: Final = 3
_SHOWN_REJECTS: Final = 20
_MOST_DISTINCT: Final = 20_000


class Source(Struct, frozen=True):
    """A sheet, and the reader that is wanted for it."""

    path: Path
    sheet: str
    reader: ReaderName


def read_facts(source: Source, columns: Sequence[FoundColumn], *, key: Collection[str] | None) -> Iterator[Facts]:
    """Read the sheet, batch by batch, as a run with these columns does, which looks for its header by their names.

    ``key`` names the columns by which facts are told apart; None: that is not known yet. Raises DataError.
    """
    reader = Columns(*(found.declaration.column() for found in columns), key=key)
    required = list_required(columns)
    with open_sheet(
        source.path, sheet=source.sheet, reader=source.reader, required_columns=required, known=reader.headers
    ) as sheet:
        for batch in filter(len, sheet.batches()):
            yield reader.clean(batch)


class Tally(Struct):
    """Counts the facts, totals and rejects of a sheet."""

    facts: int = 0
    totals: int = 0
    _cells: int = 0
    _rejected: set[int] = field(default_factory=set)
    _rejects: list[Reject] = field(default_factory=list)
    _blanks: dict[str, int] = field(default_factory=dict)
    _distinct: dict[str, set[FactValue] | None] = field(default_factory=dict)
    _samples: dict[str, list[FactValue]] = field(default_factory=dict)

    @property
    def expected(self) -> Expected:
        """The rejects."""
        return Expected(len(self._rejected), self._cells, tuple(self._rejects))

    def add(self, facts: Facts) -> None:
        """Take in the facts of a batch."""
        self.facts += len(facts)
        self.totals += facts.totals
        self._cells += len(facts.rejects)
        self._rejected.update(reject.row for reject in facts.rejects)
        self._rejects += facts.rejects[: _SHOWN_REJECTS - len(self._rejects)]
        for name, values in facts.columns.items():
            self._count(name, values)

    def complete(self, found: FoundColumn) -> FoundColumn:
        """Say of a column what its facts are like."""
        seen = self._distinct.get(found.name, set())
        blanks = self._blanks.get(found.name, 0)
        return replace(
            found,
            cells=self.facts - blanks,
            blanks=blanks,
            distinct=None if seen is None else len(seen - {None}),
            samples=tuple(self._samples.get(found.name, ())),
        )

    def _count(self, name: str, values: Sequence[FactValue]) -> None:
        self._blanks[name] = self._blanks.get(name, 0) + values.count(None)
        samples = self._samples.setdefault(name, [])
        if len(samples) < _SAMPLES:
            fresh = [value for value in dict.fromkeys(values) if value is not None and value not in samples]
            samples += fresh[: _SAMPLES - len(samples)]
        seen = self._distinct.setdefault(name, set())
        if seen is not None:
            seen.update(values)
            if len(seen) > _MOST_DISTINCT:
                self._distinct[name] = None
