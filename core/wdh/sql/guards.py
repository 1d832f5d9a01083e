"""The questions of the guards to the ledger."""

from __future__ import annotations

from wdh.sql.identifiers import Target
from wdh.sql.operators import EQ


def recorded_columns(ledger: Target) -> str:
    """Ask which columns had values in the latest runs of a domain: the parameters are the domain, and how many runs.

    The ledger's column ``columns`` has a JSON array of names; NULL where a run loaded no facts.
    """
    return (
        f'SELECT DISTINCT c.name FROM (\n    SELECT r."columns" FROM {ledger.sql} r\n'.replace("%", "%%")
        + f'     WHERE r."domain" {EQ} %s AND r."columns" IS NOT NULL\n'
        '     ORDER BY r."committed_at" DESC LIMIT %s\n'
        ") l CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(l.columns) c(name)"
    )
