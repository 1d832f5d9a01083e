"""One pass over the raw cells of a column: which kinds read them, and what the cells look like.

Memory is bounded: tallies, a few examples, and at most :data:`REMEMBERED` distinct values.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct, field

from wdh.columns.outcomes import Bad, Outcome
from wdh.columns.reader import Reader, make_reader
from wdh.columns.reasons import Reason
from wdh.columns.shapes import read_shape
from wdh.columns.totals import TotalWords
from wdh.facts.cells import UNCACHED, CellValue, plain_value
from wdh.inspection.findings import Declaration
from wdh.words.characters import narrow, squeeze

PIVOT_BLANKS: Final = ("(空白)", "(blank)")
"""The texts that a pivot table writes where a group has no name."""


KINDS: Final = ("boolean", "month", "date", "datetime", "percent", "code", "integer", "amount", "text")
"""The kinds that a column is tried as; a choice is a text that has few values."""

MOST_REFUSED: Final = 1_000
"""A kind that refused more cells than this is tried no longer, however many it would read."""

REMEMBERED: Final = 20_000
"""How many distinct codes of a column are remembered."""

_READINGS: Final = 2_000
"""How many readings each kind remembers: there are nine of them for each column."""

FEW_VALUES: Final = 12
"""How many values a choice has at most."""

_OF_EVERY_KIND: Final = frozenset(
    reason.value
    for reason in (
        Reason.ERROR_VALUE,
        Reason.DAMAGED_VALUE,
        Reason.FORMULA_WITHOUT_VALUE,
        Reason.MERGED_NUMBER,
        Reason.NOT_STORABLE,
        Reason.SHIFTED_CELL,
    )
)
"""Reasons that say nothing about the kind of a column: such a cell is bad in every kind."""

_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {"percent": {"scale": None}}
_DIGITS: Final = re.compile(r"[0-9]+")
_CODE_LIKE: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_./-]{1,40}")
_SHAPE: Final = str.maketrans(
    {**dict.fromkeys("0123456789", "0"), **dict.fromkeys("abcdefghijklmnopqrstuvwxyz", "a")}
    | dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A")
)
_NO_TOTALS: Final = TotalWords()


class Trial(Struct):
    """The cells that one kind read and refused so far."""

    reader: Reader
    read: int = 0
    refused: int = 0

    @property
    def is_over(self) -> bool:
        """Whether too many cells were refused for the kind to be proposed."""
        return self.refused > MOST_REFUSED

    def read_cells(self, cells: Sequence[CellValue], formats: Sequence[str | None] | None) -> Sequence[Outcome]:
        """Read a run of cells and count."""
        outcomes = self.reader.read(cells, formats)
        self.read += len(outcomes) - outcomes.count(None)
        if Bad in set(map(type, outcomes)):
            for outcome in outcomes:
                if isinstance(outcome, Bad):
                    self.read -= 1
                    self.refused += outcome.reason not in _OF_EVERY_KIND
        return outcomes


class Looks(Struct):
    """The appearance of a column's cells, counted over cells (not over distinct values)."""

    texts: int = 0
    numbers: int = 0
    dates: int = 0
    later_days: int = 0
    booleans: int = 0
    unknown: int = 0
    pivot_blanks: set[str] = field(default_factory=set)
    leading_zeros: int = 0
    padded_formats: int = 0
    percent_formats: int = 0
    percent_signs: int = 0
    decimal_formats: int = 0
    digits_as_text: int = 0
    code_like: int = 0
    most_decimals: int = 0
    text_lengths: set[int] = field(default_factory=set)
    number_lengths: set[int] = field(default_factory=set)


class Profile:
    """A column that is being looked at. ``header`` is normalised."""

    def __init__(self, header: str, letter: str) -> None:
        self.header, self.letter = header, letter
        self.cells = 0
        self.looks = Looks()
        self.trials = {kind: Trial(_reader(kind)) for kind in KINDS}
        self.has_later_days = False
        self.has_times = False
        self.longest = 0
        self.values: Counter[str] | None = Counter()
        self.codes: set[str] | None = set()
        self.shapes: Counter[str] = Counter()

    def add(self, cells: Sequence[CellValue], formats: Sequence[str | None] | None) -> None:
        """Look at the cells of a batch; ``formats`` are the number formats that could matter."""
        self.cells += len(cells)
        outcomes = {kind: trial.read_cells(cells, formats) for kind, trial in self.trials.items() if not trial.is_over}
        shapes = [None] * len(cells) if formats is None else formats
        plain = list(map(plain_value, cells))
        # with their types, as 1, 1.0 and True are equal
        for (_, cell, shape), count in Counter(zip(map(type, plain), plain, shapes, strict=True)).items():
            if isinstance(cell, bool):
                self.looks.booleans += count
            elif isinstance(cell, str):
                _look_at_text(self.looks, narrow(cell), count=count)
            elif isinstance(cell, (int, float)):
                _look_at_number(self.looks, cell, shape, count=count)
            elif isinstance(cell, (datetime.date, datetime.time, datetime.timedelta)):
                self.looks.dates += count
                self.looks.later_days += count if isinstance(cell, datetime.date) and cell.day != 1 else 0
            elif cell is UNCACHED:
                self.looks.unknown += count
        if not self.has_later_days:
            self.has_later_days = any(
                isinstance(one, datetime.date) and one.day != 1 for one in outcomes.get("date", ())
            )
        if not self.has_times:
            midnight = datetime.time()
            self.has_times = any(
                isinstance(one, datetime.datetime) and one.time() != midnight for one in outcomes.get("datetime", ())
            )
        self._add_texts(outcomes.get("text", ()))
        self._add_codes(outcomes.get("code", ()))
        self._add_numbers(outcomes.get("amount", ()))

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        looks = self.looks
        return looks.texts + looks.numbers + looks.dates + looks.booleans + looks.unknown

    def _add_texts(self, outcomes: Sequence[Outcome]) -> None:
        texts = [one for one in outcomes if type(one) is str]
        self.longest = max(self.longest, max(map(len, texts), default=0))
        if self.values is not None:
            self.values.update(texts)
            if len(self.values) > FEW_VALUES:
                self.values = None

    def _add_codes(self, outcomes: Sequence[Outcome]) -> None:
        fresh = {one for one in outcomes if type(one) is str}
        if self.codes is None:
            return
        fresh -= self.codes
        self.codes |= fresh
        self.shapes.update(code.translate(_SHAPE) for code in fresh)
        if len(self.codes) > REMEMBERED:
            self.codes = None

    def _add_numbers(self, outcomes: Sequence[Outcome]) -> None:
        most = self.looks.most_decimals
        for one in set(outcomes):
            if isinstance(one, (float, Decimal)):
                most = max(most, _decimals(one))
        self.looks.most_decimals = most


def _reader(kind: str) -> Reader:
    options = _OPTIONS.get(kind, {})
    kind_of_column = Declaration("column", kind, options).column().kind
    return make_reader(kind_of_column, _NO_TOTALS, blank=frozenset(PIVOT_BLANKS), limit=_READINGS)


def _look_at_text(looks: Looks, text: str, *, count: int) -> None:
    if not text:
        return
    if squeeze(text) in PIVOT_BLANKS:
        looks.pivot_blanks.add(squeeze(text))
        return
    looks.texts += count
    if _DIGITS.fullmatch(text):
        looks.digits_as_text += count
        looks.text_lengths.add(len(text))
        looks.leading_zeros += count if text[0] == "0" and len(text) > 1 else 0
    elif text.endswith("%"):
        looks.percent_signs += count
    looks.code_like += count if _CODE_LIKE.fullmatch(text) else 0


def _look_at_number(looks: Looks, number: int | float, number_format: str | None, *, count: int) -> None:
    looks.numbers += count
    if number_format is None:
        looks.number_lengths.add(len(f"{abs(number):.15g}"))
        return
    shape = read_shape(number_format.partition(";")[0])
    if shape is None:
        return
    looks.percent_formats += count if shape.is_percent else 0
    looks.decimal_formats += count if shape.most_decimals and not shape.is_percent else 0
    looks.padded_formats += count if shape.least_digits > 1 and not shape.most_decimals else 0
    if shape.least_digits > 1:
        looks.text_lengths.add(max(shape.least_digits, len(f"{abs(number):.15g}")))


def _decimals(value: float | Decimal) -> int:
    shown = Decimal(f"{value:.15g}") if isinstance(value, float) else value
    exponent = shown.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
