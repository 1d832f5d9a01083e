"""What the guards ask of the warehouse. Values travel as arrays, so that the right to read is enough."""

from __future__ import annotations

from collections.abc import Sequence

from wdh.sql.identifiers import Target, quote_ident, quote_qualified
from wdh.sql.operators import EQ, SYSTEM_EQUALITY, Equality


def count_values(
    target: Target,
    columns: Sequence[str],
    *,
    scope: Sequence[str],
    types: Sequence[tuple[str, str]],
    equal: Sequence[Equality] = (),
) -> str:
    """Count, for each of ``columns``, its values in the rows of the scopes that come as parameters: an array a column.

    ``types`` are those of the columns of ``scope``, by schema and name.
    """
    counts = ", ".join(f"pg_catalog.count(d.{quote_ident(column)})" for column in columns)
    same = " AND ".join(
        how.compare(f"d.{quote_ident(column)}", f's."c{place}"')
        for place, (column, how) in enumerate(zip(scope, equal or (SYSTEM_EQUALITY,) * len(scope), strict=True))
    )
    names = ", ".join(f'"c{place}"' for place in range(len(scope)))
    text = f"SELECT {counts}\n  FROM {target.sql} d\n WHERE EXISTS (SELECT 1 FROM \0 s({names}) WHERE {same})"
    arrays = ", ".join(f"pg_catalog.unnest(%s::{quote_qualified(*kind).replace('%', '%%')}[])" for kind in types)
    return text.replace("%", "%%").replace("\0", f"ROWS FROM ({arrays})")


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
