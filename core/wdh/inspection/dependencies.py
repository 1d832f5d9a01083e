"""Functional dependencies among clean facts: every value of one column has one value of another.

One pass over batches of facts. A pair of columns is given up as soon as it has more exceptions than any proposal
may have, so that what is kept grows with the keys of those columns that do determine others, not with the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from wdh.facts import FactValue

MOST_KEYS: Final = 50_000
"""A column with more values than this is not looked at as a key."""

MOST_EXCEPTIONS: Final = 200
"""How many (key, value) pairs may disagree with the first value of their key."""

ALLOWED_PART: Final = 50
"""One row in fifty may be an exception (2 %)."""

LIKELY_ACCIDENT: Final = 1e-6
"""A dependency is not proposed where columns that have nothing to do with each other would show it as likely."""

AKIN_ACCIDENT: Final = 1e-4
"""The same where the headers say that the columns belong together."""

_FEWEST_REPEATED: Final = 2
_LEAST_REPETITION: Final = 1.5
_EXPECTED_PART: Final = 0.1


class Exceptions(Struct):
    """The rows that have another value than the first under a key: their number, and the first of them."""

    rows: int
    first_row: int


class Minority(Struct, frozen=True):
    """A value that few rows of a key have: the key, what most have, and where it was met first."""

    key: FactValue
    value: FactValue
    usual: FactValue
    rows: int
    first_row: int


class Pair(Struct):
    """A determinant and a dependent column, as seen so far: per key the first value, how often it came, the others."""

    first: list[FactValue] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    others: dict[tuple[int, FactValue], Exceptions] = field(default_factory=dict)
    is_given_up: bool = False

    def add(self, places: Sequence[int | None], values: Sequence[FactValue], rows: Sequence[int], *, keys: int) -> None:
        """Add a batch: the number of each row's key (None: blank), its value, and the sheet's row number."""
        missing = keys - len(self.first)
        self.first += [None] * missing
        self.counts += [0] * missing
        first, counts = self.first, self.counts
        for place, value, row in zip(places, values, rows, strict=True):
            if place is None or value is None:
                continue
            known = first[place]
            if known == value:
                counts[place] += 1
            elif known is None:
                first[place], counts[place] = value, 1
            else:
                found = self.others.setdefault((place, value), Exceptions(0, row))
                found.rows += 1
                if len(self.others) > MOST_EXCEPTIONS:
                    self.is_given_up = True
                    self.first, self.counts, self.others = [], [], {}
                if self.is_given_up:
                    return


class Determinant(Struct):
    """A column that is looked at as a key: its values by number, the row each came first, and its pairs."""

    numbers: dict[FactValue, int] = field(default_factory=dict)
    first_rows: list[int] = field(default_factory=list)
    pairs: dict[str, Pair] = field(default_factory=dict)
    rows: int = 0
    is_given_up: bool = False

    def add(self, name: str, columns: Mapping[str, Sequence[FactValue]], rows: Sequence[int]) -> None:
        """Add a batch of facts."""
        numbers, first_rows = self.numbers, self.first_rows
        places: list[int | None] = []
        for value, row in zip(columns[name], rows, strict=True):
            if value is None:
                places.append(None)
                continue
            place = numbers.get(value)
            if place is None:
                place = numbers[value] = len(numbers)
                first_rows.append(row)
            places.append(place)
        self.rows += len(places) - places.count(None)
        if len(numbers) > MOST_KEYS:
            self.is_given_up, self.pairs = True, {}
        for other, pair in self.pairs.items():
            if not pair.is_given_up:
                pair.add(places, columns[other], rows, keys=len(numbers))


class Dependency(Struct, frozen=True):
    """``key`` determines ``column``: so many keys, in so many rows that have both, with these exceptions."""

    key: str
    column: str
    keys: int
    rows: int
    minorities: tuple[Minority, ...]


class Dependencies:
    """Looks for dependencies between facts. ``keys`` are the columns looked at as keys, ``columns`` the others."""

    def __init__(self, keys: Sequence[str], columns: Sequence[str]) -> None:
        self._determinants = {key: Determinant() for key in keys}
        for key, determinant in self._determinants.items():
            determinant.pairs = {column: Pair() for column in columns if column != key}

    def add(self, columns: Mapping[str, Sequence[FactValue]], rows: Sequence[int]) -> None:
        """Add a batch of facts with the sheet's row numbers."""
        for name, determinant in self._determinants.items():
            if not determinant.is_given_up:
                determinant.add(name, columns, rows)

    @property
    def given_up(self) -> tuple[str, ...]:
        """The columns that have too many values to be looked at as keys."""
        return tuple(name for name, determinant in self._determinants.items() if determinant.is_given_up)

    def found(self, key: str, column: str, *, accident: float = LIKELY_ACCIDENT) -> Dependency | None:
        """Say whether ``key`` determines ``column``; None where it does not, or where it may be an accident."""
        determinant = self._determinants[key]
        pair = determinant.pairs.get(column)
        if pair is None or pair.is_given_up or determinant.is_given_up:
            return None
        found = _find_usual(pair, determinant)
        return _weigh(key, column, found=found, accident=accident)


class _Usual(Struct, frozen=True):
    """Per key with a value: how many rows have it, and the usual value; and the rows that have another."""

    rows: Sequence[int]
    values: Sequence[FactValue]
    minorities: tuple[Minority, ...]


def _find_usual(pair: Pair, determinant: Determinant) -> _Usual:
    """Let the value that most rows of a key have be the usual one; of equals, the first."""
    keys = tuple(determinant.numbers)
    tallies: dict[int, dict[FactValue, Exceptions]] = {}
    for (place, value), found in pair.others.items():
        first = Exceptions(pair.counts[place], determinant.first_rows[place])
        tallies.setdefault(place, {pair.first[place]: first})[value] = found
    usual = list(pair.first)
    rows = list(pair.counts)
    minorities: list[Minority] = []
    for place, tally in tallies.items():
        usual[place] = max(tally, key=lambda value, tally=tally: tally[value].rows)  # type: ignore[misc]
        rows[place] = sum(one.rows for one in tally.values())
        minorities += (
            Minority(keys[place], value, usual[place], one.rows, one.first_row)
            for value, one in tally.items()
            if value != usual[place]
        )
    filled = [place for place, value in enumerate(usual) if value is not None]
    minorities.sort(key=lambda minority: minority.first_row)
    return _Usual([rows[place] for place in filled], [usual[place] for place in filled], tuple(minorities))


def _weigh(key: str, column: str, *, found: _Usual, accident: float) -> Dependency | None:
    keys, rows = len(found.values), sum(found.rows)
    weights: Counter[FactValue] = Counter()
    for value, count in zip(found.values, found.rows, strict=True):
        weights[value] += count
    repeated = sum(count > 1 for count in found.rows)
    if len(weights) < 2 or repeated < _FEWEST_REPEATED or rows < keys * _LEAST_REPETITION:
        return None
    agreeing = sum((count / rows) ** 2 for count in weights.values())
    exceptions = sum(minority.rows for minority in found.minorities)
    repeats = rows - keys
    if exceptions:
        is_sure = exceptions <= rows // ALLOWED_PART and exceptions <= repeats * (1 - agreeing) * _EXPECTED_PART
    else:
        is_sure = agreeing**repeats < accident
    return Dependency(key, column, keys, rows, found.minorities) if is_sure else None
