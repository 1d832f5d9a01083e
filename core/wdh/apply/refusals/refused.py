"""The exception for a refused statement, raised inside the transaction and explained after the rollback.

The explanation and the search for rows to blame are imported when a statement is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from wdh.errors import about_domain
from wdh.plan import Plan, Step
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    import psycopg2


class Blame(Struct, frozen=True):
    """Rows that the server refuses each by itself, by their numbers: of an Append from 1, of other steps from 0.

    ``column`` is that of the value refused, where one is known. ``together``: each row alone would be taken.
    ``refuses_all``: no row is to blame, as the server refuses every one, or even none.
    """

    rows: tuple[int, ...] = ()
    column: str | None = None
    together: bool = False
    refuses_all: bool = False


NOBODY = Blame()


class Refused(Exception):
    """The server refused a statement, by ``error``.

    ``step`` is what the statement was for, ``blame`` which of its rows are known to be refused; ``ledger`` is set
    where it was the ledger that was read or written. Both None: the transaction was being prepared, or brought to its
    end. ``plan`` is the plan that the statement was for; None: for all of the transaction.
    """

    def __init__(
        self,
        error: psycopg2.Error,
        *,
        step: Step | None = None,
        blame: Blame = NOBODY,
        ledger: Target | None = None,
        plan: Plan | None = None,
    ) -> None:
        super().__init__()
        self.error = error
        self.step = step
        self.blame = blame
        self.ledger = ledger
        self.plan = plan


@contextmanager
def blaming(plan: Plan) -> Iterator[None]:
    """Say of every error inside that it was about this plan. Raises Refused for a psycopg2.Error."""
    import psycopg2

    try:
        with about_domain(plan.domain):
            yield
    except Refused as refused:
        refused.plan = plan
        raise
    except psycopg2.Error as error:
        raise Refused(error, plan=plan) from error


@contextmanager
def keeping_ledger(ledger: Target) -> Iterator[None]:
    """Say of every statement inside that it was about the ledger. Raises Refused for a psycopg2.Error."""
    import psycopg2

    try:
        yield
    except psycopg2.Error as error:
        raise Refused(error, ledger=ledger) from error
