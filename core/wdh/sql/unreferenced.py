"""Which reference rows of a run no fact refers to. The id of the run is told as wdh.run_id."""

from __future__ import annotations

from collections.abc import Mapping

from wdh.sql.identifiers import Target, quote_ident, quote_list
from wdh.sql.operators import EQ, Equality


def unreferenced(
    reference: Target,
    facts: Target,
    *,
    key: tuple[str, ...],
    created_by: str,
    sources: Mapping[str, tuple[str, Equality]],
) -> str:
    """Ask for the keys, as text, of 20 such rows at most, each with how many there are.

    ``sources`` has for columns of the key the fact column that they come from, and how the two are compared.
    """
    shown = ", ".join(f"r.{quote_ident(column)}::pg_catalog.text" for column in key)
    same = " AND ".join(
        how.compare(f"f.{quote_ident(source)}", f"r.{quote_ident(column)}") for column, (source, how) in sources.items()
    )
    return (
        f"SELECT pg_catalog.count(*) OVER (), {shown}\n  FROM {reference.sql} r\n"
        f" WHERE r.{quote_ident(created_by)}::pg_catalog.text {EQ} pg_catalog.current_setting('wdh.run_id')\n"
        f"   AND NOT EXISTS (SELECT 1 FROM {facts.sql} f WHERE {same})\n"
        f" ORDER BY {quote_list(key, prefix='r.')} LIMIT 20"
    )
