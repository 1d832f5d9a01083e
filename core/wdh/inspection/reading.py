"""Reads sheets with proposed columns, as a run would, and counts their facts and rejects."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from msgspec import Struct, field, structs

from wdh.columns import Columns
from wdh.configuration.values import make_domain
from wdh.facts import Batch, Facts, FactValue, Reject
from wdh.inspection.findings import PLAIN, Expected, FoundColumn, FoundShape, list_required
from wdh.reshaping import Origin, Reshaping, make_reshaping
from wdh.settings import TextFormat
from wdh.workbook import ReaderName, Sheet, open_sheets

_SAMPLES: Final = 3
_SHOWN_REJECTS: Final = 20
_MOST_DISTINCT: Final = 20_000


class Source(Struct, frozen=True):
    """The sheets of a workbook that are inspected, in their shape, the reader wanted for them, and the form of text."""

    path: Path
    sheet: str | int
    reader: ReaderName
    shape: FoundShape = PLAIN
    text: TextFormat | None = None

    def open_sheets(
        self, *, required: Sequence[str] = (), known: Collection[str] = ()
    ) -> Generator[tuple[Sheet, Reshaping], None, None]:
        """Open the sheets one after the other, with what is done to the rows of each, as a run does. DataError."""
        entry = {"sheet": self.sheet, "table": "facts", "pk": (), "required_columns": required, **self.shape.keys}
        domain = make_domain("inspected", entry, refs={}, settings={})
        with closing(
            open_sheets(
                self.path,
                domain.wanted_sheets,
                reader=self.reader,
                required_columns=domain.sought_columns,
                known={*known} - domain.given_columns,
                header=domain.header,
                text=self.text or TextFormat(),
            )
        ) as sheets:
            for sheet in sheets:
                folders = self.path.absolute().parent.parts
                origin = Origin(self.path.name, sheet.sheet, folders, sheet.headers, sheet.read_cell)
                yield sheet, make_reshaping(domain, origin)


def read_facts(source: Source, columns: Sequence[FoundColumn], *, key: Collection[str] | None) -> Iterator[Facts]:
    """Read the sheets, batch by batch, as a run with these columns does, which looks for headers by their names.

    ``key`` names the columns by which facts are told apart; None: that is not known yet. Raises DataError.
    """
    reader = Columns(*(found.declaration.column() for found in columns), key=key)
    with closing(source.open_sheets(required=list_required(columns), known=reader.headers)) as sheets:
        for sheet, reshaping in sheets:
            for batch in filter(len, sheet.batches()):
                yield from _clean(reader, reshaping.parts(batch))


def _clean(reader: Columns, parts: Iterator[Batch]) -> Iterator[Facts]:
    """Give the facts of each part; a reject, and a total row, that several parts have is given once."""
    rejects = set[Reject]()
    totals = set[int]()
    for part in filter(len, parts):
        facts = reader.clean(part)
        read = {*facts.row_numbers, *(reject.row for reject in facts.rejects)} if facts.totals else {*part.row_numbers}
        fresh = {row for row in part.row_numbers if row not in read} - totals
        kept = tuple(reject for reject in facts.rejects if reject not in rejects)
        totals |= fresh
        rejects.update(kept)
        yield replace(facts, rejects=kept, totals=len(fresh))


class Tally(Struct):
    """Counts the facts, totals and rejects of the sheets."""

    facts: int = 0
    totals: int = 0
    _cells: int = 0
    _rejected: set[tuple[str, int]] = field(default_factory=set)
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
        self._rejected.update((reject.sheet, reject.row) for reject in facts.rejects)
        self._rejects += facts.rejects[: _SHOWN_REJECTS - len(self._rejects)]
        for name, values in facts.columns.items():
            self._count(name, values)

    def complete(self, found: FoundColumn) -> FoundColumn:
        """Say of a column what its facts are like."""
        seen = self._distinct.get(found.name, set())
        blanks = self._blanks.get(found.name, 0)
        return structs.replace(
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
