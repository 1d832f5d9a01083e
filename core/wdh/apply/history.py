"""The runs that the ledger knows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wdh.apply import read_tables
from wdh.apply.applying import Warehouse
from wdh.errors import DatabaseError
from wdh.sql import ledger
from wdh.sql.identifiers import Target
from wdh.words.phrases import first_line


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One committed run. ``facts_table`` is None where it loaded no facts; times have a time zone.

    ``input_hash`` is over all that its plan depended on.
    """

    run_id: str
    domain: str
    mode: str
    facts_table: str | None
    input_hash: str
    files: Sequence[Mapping[str, Any]]
    counts: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    started_at: datetime.datetime
    committed_at: datetime.datetime


def read_runs(
    warehouse: Warehouse, target: Target, *, domain: str | None = None, limit: int = 20
) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs from the ledger, the newest first; None where there is no ledger yet.

    ``domain`` None asks for those of all domains. Raises DatabaseError where the ledger cannot be read.
    """
    import psycopg2

    try:
        with warehouse.connect() as connection, connection.cursor() as cursor:
            found = read_tables(cursor, [target]).get(target)
            if found is None:
                return None
            told = {"domain": domain or "", "limit": str(limit)}
            cursor.execute(ledger.TELL, (list(told), list(told.values())))
            cursor.execute(ledger.list_runs(found.place))
            return tuple(RecordedRun(*found) for found in cursor.fetchall())
    except psycopg2.Error as error:
        message = f"the ledger {target.sql} cannot be read: {first_line(error)}"
        raise DatabaseError(message, table=target.sql) from error
