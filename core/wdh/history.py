"""The runs that the ledger knows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wdh.apply import read_tables
from wdh.sql import ledger
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One committed run. ``facts_table`` is None where it loaded no facts; times have a time zone."""

    run_id: str
    domain: str
    mode: str
    facts_table: str | None
    files: Sequence[Mapping[str, Any]]
    counts: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    started_at: datetime.datetime
    committed_at: datetime.datetime


def read_runs(
    connection: Connection, target: Target, *, domain: str | None = None, limit: int = 20
) -> tuple[RecordedRun, ...] | None:
    """Read the latest runs from the ledger, the newest first; None where there is no ledger yet.

    ``domain`` None asks for those of all domains. Raises psycopg2.Error.
    """
    with connection.cursor() as cursor:
        if target not in read_tables(cursor, [target]):
            return None
        told = {"domain": domain or "", "limit": str(limit)}
        cursor.execute(ledger.TELL, (list(told), list(told.values())))
        cursor.execute(ledger.list_runs(target))
        return tuple(RecordedRun(*found) for found in cursor.fetchall())
