"""The rows of a batch as data_sources.yml corrects and completes them, before their columns are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from wdh.columns.totals import TotalWords
from wdh.computing.columns import Column
from wdh.computing.corrections import Correcting, Dropping, RowNote, drop_rows, missing, rename_headers
from wdh.computing.lookups import Found
from wdh.computing.texts import Numbers, Texts
from wdh.facts import Batch, Note
from wdh.settings import Domain
from wdh.words.headers import normalise_header


class Completed(Struct, frozen=True):
    """A batch with its cells corrected and its columns computed, and what is to be told about it."""

    batch: Batch
    told: tuple[RowNote, ...]


class Computing:
    """Corrects and completes batches: first headers, then cells, then rows, then new columns in their order.

    ``found`` is what was looked up for the run; None: the warehouse was not asked. Made anew in each process.
    """

    def __init__(self, domain: Domain, found: Found | None) -> None:
        texts, numbers = Texts(), Numbers()
        words = TotalWords(domain.totals.words)
        aliased = {correction.column for correction in domain.corrections if correction.aliases}
        self._corrections = domain.corrections
        self._needed = tuple(normalise_header(name) for name in domain.required_columns if name in aliased)
        self._correcting = tuple(Correcting(each, texts, words) for each in domain.corrections)
        self._dropping = tuple(Dropping(rule, texts) for rule in domain.drop_rows)
        self._columns = tuple(
            Column(each, texts=texts, numbers=numbers, table=None if found is None else found.get(each.column))
            for each in domain.computed
        )
        tried = (name for rule in domain.drop_rows for name in rule.when)
        self.reads = frozenset(map(normalise_header, tried)).union(*(column.reads for column in self._columns))
        """The headers that are read here, so that no column of the domain need read them."""

    def complete(self, batch: Batch) -> Completed:
        """Correct and complete a batch. Raises DataError where the sheet lacks a column that is needed for that."""
        batch = rename_headers(batch, self._corrections)
        for name in self._needed:
            if name not in batch.columns:
                raise missing(batch, name, "required_columns")
        told: list[RowNote | None] = []
        for correcting in self._correcting:
            batch, one = correcting.correct(batch)
            told.append(one)
        batch, one = drop_rows(batch, self._dropping)
        told.append(one)
        for column in self._columns:
            batch, one = column.add(batch)
            told.append(one)
        return Completed(batch, tuple(each for each in told if each is not None))

    @staticmethod
    def count(told: Iterable[RowNote]) -> Sequence[Note]:
        """Make the notes of what was told about the parts of one batch.

        Each row of the sheet counts once, however many rows were made of it.
        """
        counted: dict[tuple[str, str], dict[str, set[int]]] = {}
        for one in told:
            cases = counted.setdefault((one.code, one.sentence), {})
            for case, rows in one.cases.items():
                cases.setdefault(case, set()).update(rows)
        return [
            Note(code, sentence, {case: len(rows) for case, rows in cases.items()})
            for (code, sentence), cases in counted.items()
        ]
