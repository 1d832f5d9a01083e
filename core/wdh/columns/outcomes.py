"""The outcomes of reading one cell, and the protocol of a kind of column."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from wdh.facts import FactValue
from wdh.facts.cells import PlainValue

RawValue = PlainValue | Decimal
"""A cell as a kind is asked to read it: neither None nor merged nor without a value, for those were judged before."""


class Bad(Struct, frozen=True):
    """A cell that cannot be understood: ``reason`` is a stable code, ``sentence`` says what to do about it."""

    reason: str
    sentence: str


class Rounded(Struct, frozen=True):
    """A number that had more decimals than its column keeps, and what is left of it."""

    value: Decimal


class Shown(Struct, frozen=True):
    """A number whose cell shows something else: ``how`` says what, for a note."""

    value: int | float | Decimal | Rounded
    how: str


Outcome = FactValue | Bad | Rounded | Shown


def value_of(outcome: Outcome) -> FactValue | Bad:
    """Give what is stored of an outcome: a number without what is told about it."""
    while isinstance(outcome, (Rounded, Shown)):
        outcome = outcome.value
    return outcome


class Kind(Protocol):
    """The reader of one kind of column's cells. Frozen, and so usable for any number of sheets."""

    @property
    def is_label(self) -> bool:
        """Whether its cells name things: then a merged cell stands for its range, and total words are looked for."""

    @property
    def sql_type(self) -> str:
        """The PostgreSQL type that holds every value of the kind, and no more than needs be."""

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read one cell. The answer depends on nothing else, so it may be remembered.

        ``number_format`` is that of a numeric cell; None is General. Text is not blank and not an error text.
        """
