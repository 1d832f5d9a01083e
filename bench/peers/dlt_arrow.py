"""dlt, from a data frame: read by pandas, handed over as an arrow table, merged. Arguments: workbook, dsn.

dlt keeps tables of its own in a schema of its own, without the indexes of the warehouse's tables. It works in a
folder that vanishes, as a job in a container does.
"""

from __future__ import annotations

import sys

import cleaning
import frames
import pandas as pd
import pipeline
import pyarrow


def as_table(frame: pd.DataFrame) -> pyarrow.Table:
    """Turn a frame into an arrow table."""
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def main() -> None:
    """Read, derive, merge."""
    workbook, dsn = sys.argv[1:]
    facts = frames.read_facts(workbook)
    tables = {
        cleaning.PLANS: as_table(frames.derive_plans(facts).reset_index()),
        cleaning.PORTFOLIOS: as_table(frames.derive_portfolios(facts).reset_index()),
        cleaning.FACTS: as_table(facts),
    }
    pipeline.merge(tables, dsn)


if __name__ == "__main__":
    main()
