"""pangres: upsert of the references and of the facts. Arguments: workbook, dsn.

pangres needs a unique key, which the facts do not have: they go, by the row's number, into a table that pangres makes
in a schema of its own, without the index of the warehouse's fact table. Existing references are left alone.
"""

from __future__ import annotations

import sys

import cleaning
import frames
import pangres
import psycopg2
import sqlalchemy


def main() -> None:
    """Read, derive, upsert."""
    workbook, dsn = sys.argv[1:]
    facts = frames.read_facts(workbook).rename_axis("行号")
    references = {cleaning.PLANS: frames.derive_plans(facts), cleaning.PORTFOLIOS: frames.derive_portfolios(facts)}
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn))
    settings = {"schema": "peer", "create_schema": True, "create_table": True}
    for table, rows in references.items():
        pangres.upsert(con=engine, df=rows, table_name=table, if_row_exists="ignore", **settings)
    pangres.upsert(con=engine, df=facts, table_name=cleaning.FACTS, if_row_exists="update", **settings)


if __name__ == "__main__":
    main()
