"""Columns that a sequence of the warehouse numbers, and what to do where it is behind or at its end."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from wdh.apply.refusals.diagnosis import Diagnosis
from wdh.sql import numbering
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target, quote_ident


class Numbering(Struct, frozen=True):
    """A column and the sequence that numbers it; ``table`` is the one that has the column, a partition's root maybe.

    ``is_at_end``: the sequence has given its last number; None: the role may not see that.
    """

    column: str
    sequence: str
    table: str
    is_at_end: bool | None

    @property
    def place(self) -> str:
        """The column, as SQL names it."""
        return f"{self.table}.{quote_ident(self.column)}"

    @property
    def catch_up(self) -> str:
        """The statement that brings the sequence up to the values that the table has."""
        return numbering.catch_up(self.sequence, table=self.table, column=self.column)


def find_numbering(cursor: Cursor, said: Diagnosis, *, written: Sequence[str]) -> tuple[Numbering, ...]:
    """Find the sequences that number columns of the unique index in an error, but for the columns ``written``."""
    return _ask(cursor, numbering.OF_INDEX, Target(said.schema, said.table or ""), written, index=said.constraint)


def find_exhausted(cursor: Cursor, target: Target, *, written: Sequence[str]) -> tuple[Numbering, ...]:
    """Find the sequences of a table that have given their last number; all of them where the role may not see that."""
    found = _ask(cursor, numbering.OF_TABLE, target, written)
    return tuple(number for number in found if number.is_at_end) or found


def _ask(
    cursor: Cursor, question: str, target: Target, written: Sequence[str], *, index: str | None = None
) -> tuple[Numbering, ...]:
    cursor.execute(question, {"schema": target.schema, "table": target.table, "index": index})
    return tuple(Numbering(*found) for found in cursor.fetchall() if found[0] not in written)
