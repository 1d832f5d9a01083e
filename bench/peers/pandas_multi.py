"""The same with ``method="multi"``, a thousand rows a statement. Arguments: workbook, dsn."""

from __future__ import annotations

import sys

import pandas_default

if __name__ == "__main__":
    pandas_default.load(*sys.argv[1:], method="multi", chunksize=1000)
