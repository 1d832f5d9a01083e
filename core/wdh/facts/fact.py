"""One row of facts, as a package looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from wdh.facts.cells import NoSuchColumn
from wdh.facts.values import Facts, FactValue, Reject
from wdh.words.language import say
from wdh.words.spelling import did_you_mean


class Fact(Mapping[str, FactValue]):
    """One row of facts: a mapping from database column to clean value, which knows its number and can be refused.

    Numbers are exact: a float is given as the Decimal of its ``repr``.
    """

    __slots__ = ("_facts", "_index", "_reject")

    def __init__(self, facts: Facts, index: int) -> None:
        self._facts = facts
        self._index = index
        self._reject: Reject | None = None

    def __getitem__(self, column: str) -> FactValue:
        try:
            value = self._facts.columns[column][self._index]
        except KeyError:
            raise NoSuchColumn(
                say(
                    "the facts have no column {column!r}{near}; they have {columns}",
                    column=column,
                    near=did_you_mean(column, self._facts.columns),
                    columns=", ".join(self._facts.columns),
                )
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

    @property
    def is_refused(self) -> bool:
        """Whether :meth:`reject` was called, whose answer is to be returned."""
        return self._reject is not None

    def decimal(self, column: str) -> Decimal | None:
        """Give a number, exactly; None is NULL. Raises TypeError where the column holds something else."""
        return as_decimal(self[column], column)

    def reject(self, column: str | None, reason: str, sentence: str) -> Reject:
        """Refuse this row for its cell of ``column`` (None: for the row as a whole), as :meth:`Facts.refuse` does."""
        from wdh.facts.deriving import make_reject

        self._reject = make_reject(self._facts, self.number, column, reason=reason, sentence=sentence)
        return self._reject


def as_decimal(value: FactValue, column: str) -> Decimal | None:
    """Give a number as a Decimal; None stays None. Raises TypeError for another type, naming the column."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            say(
                "{column!r} holds {value!r}, which is no number; ask for it by [{column!r}]", column=column, value=value
            )
        )
    return Decimal(value)
