"""The runs that the ledger knows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wdh.apply import read_tables
from wdh.apply.applying import Warehouse
from wdh.errors import DatabaseError
from wdh.sql import ledger
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One committed run. ``facts_table`` is None where it loaded no facts; times have a time zone.

    ``input_hash`` is over all that its plan depended on. What follows ``committed_at`` is None where nothing is
    known of it, as of every run of wdh 0.1. ``seconds`` are those from the start to the record; the others are as
    :class:`wdh.apply.RunRecord` has them, ``forecast`` as forecast_counts() and ``periods`` as the ledger's row.
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
    database_user: str | None = None
    os_user: str | None = None
    host: str | None = None
    seconds: float | None = None
    columns: Sequence[str] | None = None
    accepted: Sequence[str] | None = None
    forecast: Mapping[str, Any] | None = None
    periods: Mapping[str, Any] | None = None
    approval: str | None = None


def read_runs(
    warehouse: Warehouse, target: Target, *, domain: str | None = None, limit: int = 20
) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs from the ledger, the newest first; None where there is no ledger yet.

    ``domain`` None asks for those of all domains. Raises DatabaseError where the ledger cannot be read.
    """
    import psycopg2

    try:
        with warehouse.connect() as connection, connection.cursor() as cursor:
            return find_runs(cursor, target, domain=domain, limit=limit)
    except psycopg2.Error as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatabaseError(f"the ledger {target.sql} cannot be read: {said}", table=target.sql) from error


def find_runs(
    cursor: Cursor, target: Target, *, domain: str | None = None, limit: int = 20
) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs within a transaction, as :func:`read_runs` does. Raises psycopg2.Error."""
    found = read_tables(cursor, [target]).get(target)
    if found is None:
        return None
    told = {"domain": domain or "", "limit": str(limit)}
    cursor.execute(ledger.TELL, (list(told), list(told.values())))
    readable = [name for name in found.columns if "SELECT" not in found.rights.denied.get(name, ())]
    cursor.execute(ledger.list_runs(found.place, readable))
    return tuple(RecordedRun(*row) for row in cursor.fetchall())
