"""dlt, from dictionaries: read by pandas, one dict per row as its documentation has it, merged.

Arguments: workbook, dsn. As for dlt_arrow.py, the tables are dlt's own.
"""

from __future__ import annotations

import sys

import cleaning
import pandas as pd
import pipeline


def main() -> None:
    """Read, clean row by row, derive, merge."""
    workbook, dsn = sys.argv[1:]
    sheet = pd.read_excel(workbook, sheet_name=cleaning.FACTS, keep_default_na=False, na_values=[""], dtype=object)
    sheet.columns = [cleaning.clean_header(header) for header in sheet.columns]
    facts = [row for row in map(cleaning.clean_row, sheet.to_dict(orient="records")) if row is not None]
    plans, portfolios = cleaning.derive(facts)
    pipeline.merge({cleaning.PLANS: plans, cleaning.PORTFOLIOS: portfolios, cleaning.FACTS: facts}, dsn)


if __name__ == "__main__":
    main()
