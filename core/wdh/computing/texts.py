"""The cells of a column as texts and as numbers, whatever column they are in."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from wdh.columns.memo import Memo
from wdh.columns.numbers import Number, amount_limits
from wdh.columns.outcomes import Bad, Outcome, value_of
from wdh.columns.reader import make_reader
from wdh.columns.texts import Text
from wdh.columns.totals import TotalWords
from wdh.facts import Batch
from wdh.facts.cells import CellValue, plain_value
from wdh.words.characters import squeeze

_NO_WORDS = TotalWords(())
_TEXTS = frozenset((str, type(None)))


class Texts:
    """Reads cells as the sheet shows them, and remembers what it has read."""

    def __init__(self) -> None:
        self._reader = make_reader(Text(), _NO_WORDS)
        self._keys: Memo[str, str] = Memo(squeeze)

    def read(self, batch: Batch, header: str) -> Sequence[Outcome]:
        """Give a text for each cell, None where it is blank, a Bad where it shows none, such as a date."""
        return self._reader.read(batch.columns[header], batch.formats.get(header))

    def read_keys(self, batch: Batch, header: str) -> Sequence[str | Bad | None]:
        """Give what cells are found by: without blanks, in compatibility form, a date as 2024-11-30."""
        cells = batch.columns[header]
        if not _TEXTS.issuperset(map(type, cells)):
            cells = list(map(_write_date, cells))
        keys = self._keys
        return [
            keys[outcome] if type(outcome) is str else outcome if isinstance(outcome, Bad) else None
            for outcome in self._reader.read(cells, batch.formats.get(header))
        ]


class Numbers:
    """Reads cells as exact numbers, of which only a % sign makes hundredths."""

    def __init__(self) -> None:
        low, high = amount_limits(None, None)
        self._reader = make_reader(Number(low, high, None, has_percent=True), _NO_WORDS)

    def read(self, batch: Batch, header: str) -> Sequence[Decimal | Bad | None]:
        """Give a number for each cell, None where it is blank, a Bad where it is no number."""
        return list(map(_exact, self._reader.read(batch.columns[header], batch.formats.get(header))))


def _write_date(cell: CellValue) -> CellValue:
    value = plain_value(cell)
    if not isinstance(value, datetime.date):
        return cell
    is_day = isinstance(value, datetime.datetime) and value.time() == datetime.time()
    return str(value.date() if is_day and isinstance(value, datetime.datetime) else value)


def _exact(outcome: Outcome) -> Decimal | Bad | None:
    if type(outcome) is float:  # the usual cell
        return Decimal(repr(outcome))
    value = value_of(outcome)
    if value is None or isinstance(value, Bad):
        return value
    return Decimal(repr(value) if isinstance(value, float) else value)  # type: ignore[arg-type]
