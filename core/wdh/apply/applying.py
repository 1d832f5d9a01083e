"""Applies plans at a warehouse, and tries again after a conflict with another transaction or a lost connection."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply import Applied, Part, apply_parts
from wdh.errors import DatabaseError, SetupError
from wdh.logs import Log
from wdh.process import interrupts
from wdh.sql.driver import Connection, Cursor
from wdh.words.language import say

log = Log()

TRIES = 3
_LOCKED = "55P03"
"""The SQLSTATE of a lock that another transaction held for longer than lock_timeout."""
_LONGEST_WAIT = 16.0
"""Seconds."""
_PASSING = ("08", "40001", "40P01", "53300", "57P01", "57P02", "57P03")
"""SQLSTATEs of what may be gone a moment later: connection, serialization, deadlock, too many connections, restart."""


class Warehouse(Struct, frozen=True):
    """The place of an apply: its description for messages, and the function that opens a connection there."""

    described: str
    connect: Callable[[], AbstractContextManager[Connection]]


def apply_at(
    warehouse: Warehouse,
    parts: Sequence[Part],
    *,
    lock_timeout: str,
    lock_tries: int = 1,
    statement_timeout: str | None = None,
    afterwards: Callable[[Cursor], None] = lambda _: None,
) -> tuple[Applied, ...]:
    """Apply all parts in one transaction; where that was rolled back for a passing reason, again, three times at most.

    ``lock_tries`` is how often at most where others held the tables for longer than ``lock_timeout``. The checks of the
    parts are asked each time. ``afterwards`` is called once all is committed, on the same connection; what
    goes wrong there is logged, and no failure.

    Once it is committed, Ctrl-C raises no KeyboardInterrupt until interrupts.release().

    Raises what :func:`wdh.apply.apply_parts` raises, of the last try that reached the server.
    """
    log.info("warehouse_chosen", database=warehouse.described)
    remarks: list[str] = []
    refused: DatabaseError | None = None
    for tried in itertools.count(1):
        try:
            applied = _try(
                warehouse,
                parts,
                lock_timeout=lock_timeout,
                statement_timeout=statement_timeout,
                afterwards=afterwards,
            )
            return tuple(replace(one, plan=one.plan.remarking(*remarks)) for one in applied)
        except SetupError as error:
            # a server that was there a moment ago may come back
            if refused is None or tried >= TRIES or interrupts.came():
                raise refused or error from error
            _wait(tried)
        except DatabaseError as error:
            sqlstate = str(error.facts.get("sqlstate", ""))
            most = lock_tries if sqlstate == _LOCKED else TRIES if sqlstate.startswith(_PASSING) else 1
            if tried >= most or interrupts.came():
                raise
            refused = error
            said = (
                say("SQLSTATE {sqlstate}", sqlstate=error.facts["sqlstate"])
                if error.may_quote_values
                else error.message
            )
            remarks.append(say("try {tried} was rolled back: {said}", tried=tried, said=said))
            log.warning("apply_tried_again", database=warehouse.described, error=said)
            _wait(tried)
    raise AssertionError("a try that is not the last either returns or is followed by another")


def _wait(tried: int) -> None:
    time.sleep(min(0.25 * 2**tried, _LONGEST_WAIT) * random.uniform(0.5, 1.5))  # noqa: S311 - to keep runs apart, not a secret


def _try(
    warehouse: Warehouse,
    parts: Sequence[Part],
    *,
    lock_timeout: str,
    statement_timeout: str | None,
    afterwards: Callable[[Cursor], None],
) -> tuple[Applied, ...]:
    applied: tuple[Applied, ...] | None = None
    try:
        with warehouse.connect() as connection:
            applied = apply_parts(parts, connection, lock_timeout=lock_timeout, statement_timeout=statement_timeout)
            with connection.cursor() as cursor:
                afterwards(cursor)
    except BaseException as error:  # after the commit nothing may say that it was rolled back
        if applied is None:
            interrupts.release()
            raise
        log.warning("goodbye_failed", database=warehouse.described, error=type(error).__name__)
    return applied
