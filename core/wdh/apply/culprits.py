"""Which rows of a step the server refuses, found by asking it again with fewer of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wdh.plan import FillNullOnly, InsertMissing, InsertRows
from wdh.sql import statements

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

RowStep = InsertMissing | FillNullOnly | InsertRows
_MOST_QUESTIONS = 200
_MOST_CULPRITS = 20


def find_culprits(step: RowStep, cursor: Cursor, *, run: Callable[[RowStep, Cursor], int]) -> tuple[int, ...]:
    """Give the numbers of the first rows that the server refuses, each by itself, at most 20.

    ``run`` runs a step. The transaction must have failed after the step's savepoint; it is left as it was there.
    Empty where no row alone is refused, or where asking would take too long.
    """
    import psycopg2

    culprits: list[int] = []
    ranges = [(0, len(step.rows))]
    questions = 0
    while ranges and len(culprits) < _MOST_CULPRITS and questions < _MOST_QUESTIONS:
        start, end = ranges.pop()
        questions += 1
        cursor.execute(statements.BACK_TO_SAVEPOINT)
        try:
            run(replace(step, rows=step.rows[start:end]), cursor)
        except psycopg2.Error:
            middle = (start + end) // 2
            if end - start == 1:
                culprits.append(start)
            else:
                ranges += [(middle, end), (start, middle)]
    cursor.execute(statements.BACK_TO_SAVEPOINT)
    return tuple(culprits)
