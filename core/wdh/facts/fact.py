"""One row of facts, as a package looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from wdh.facts.values import Facts, FactValue, Reject
from wdh.words.spelling import did_you_mean


class Fact(Mapping[str, FactValue]):
    """One row of facts: a mapping from database column to clean value, which knows its number and can be refused.

    Numbers are exact: a float is given as the Decimal of its ``repr``.
    """

    __slots__ = ("_facts", "_index")

    def __init__(self, facts: Facts, index: int) -> None:
        self._facts = facts
        self._index = index

    def __getitem__(self, column: str) -> FactValue:
        try:
            value = self._facts.columns[column][self._index]
        except KeyError:
            raise NoSuchColumn(
                f"the facts have no column {column!r}{did_you_mean(column, self._facts.columns)}; they have "
                f"{', '.join(self._facts.columns)}"
            ) from None
        return Decimal(repr(value)) if type(value) is float else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts.columns)

    def __len__(self) -> int:
        return len(self._facts.columns)

    @property
    def number(self) -> int:
        """The sheet's own row number, 1-based."""
        return self._facts.row_numbers[self._index]

    def reject(self, column: str | None, reason: str, sentence: str) -> Reject:
        """Refuse this row for its cell of ``column`` (None: for the row as a whole), as :meth:`Facts.refuse` does."""
        from wdh.facts.deriving import make_reject

        return make_reject(self._facts, self.number, column, reason=reason, sentence=sentence)


class NoSuchColumn(KeyError):
    """A fact was asked for a column that the facts do not have."""

    def __str__(self) -> str:  # that of a KeyError is in quotes
        return str(self.args[0])
