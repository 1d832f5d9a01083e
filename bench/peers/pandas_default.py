"""pandas.read_excel and DataFrame.to_sql as the documentation has them (executemany).

Arguments: workbook, dsn. References are inserted where their key is missing, nothing is filled, no scope is deleted.
"""

from __future__ import annotations

import sys

import cleaning
import frames
import pandas as pd
import psycopg2
import sqlalchemy


def load(workbook: str, dsn: str, **settings: object) -> None:
    """Read, derive, insert the references that are missing, append the facts, in one transaction."""
    facts = frames.read_facts(workbook)
    references = {cleaning.PLANS: frames.derive_plans(facts), cleaning.PORTFOLIOS: frames.derive_portfolios(facts)}
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn))
    with engine.begin() as connection:
        for table, rows in references.items():
            known = pd.read_sql_query(f'SELECT "{rows.index.name}" FROM "{table}"', connection)
            missing = rows[~rows.index.isin(known[rows.index.name])]
            missing.to_sql(table, connection, if_exists="append", **settings)
        facts.to_sql(cleaning.FACTS, connection, if_exists="append", index=False, **settings)


if __name__ == "__main__":
    load(*sys.argv[1:])
