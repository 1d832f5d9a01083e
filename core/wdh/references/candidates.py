"""Reference rows that the facts ask for, before anyone looked whether the warehouse has them."""

from __future__ import annotations

from msgspec import Struct

from wdh.facts import FactValue
from wdh.settings import Reference


class Disagreement(Struct, frozen=True):
    """Facts that share a key but not the value of a first-pick column. ``places`` are (workbook, row) pairs.

    ``column`` is that of the reference, and ``source`` the fact column that it is read from.
    """

    reference: str
    key: tuple[FactValue, ...]
    column: str
    source: str
    values: tuple[FactValue, FactValue]
    places: tuple[tuple[int, int], tuple[int, int]]


class Refusal(Struct, frozen=True):
    """A value of a fact that a pick cannot use. ``place`` is (workbook, row); ``source``, the fact column that has it.

    ``column`` is that of the reference, and ``sentence`` says what is wrong with the value and what to do.
    """

    reference: str
    key: tuple[FactValue, ...]
    column: str
    source: str
    value: FactValue
    place: tuple[int, int]
    sentence: str


class Candidates(Struct, frozen=True):
    """The candidates of one reference table: at most one row per key, sorted by key.

    ``rows`` are aligned with ``columns`` (the key columns first). ``incomplete`` holds the keys left out because a
    required column was blank in all their facts, with the names of those columns. A column is None in ``rows`` where
    its pick refused a value; ``refusals`` has all of these.
    """

    reference: Reference
    columns: tuple[str, ...]
    rows: tuple[tuple[FactValue, ...], ...]
    incomplete: tuple[tuple[tuple[FactValue, ...], tuple[str, ...]], ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    refusals: tuple[Refusal, ...] = ()
