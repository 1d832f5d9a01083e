"""wdh: business workbooks into a PostgreSQL warehouse, without breaking the references between its tables.

A domain package imports from here and from :mod:`wdh.hooks`, its tests from :mod:`wdh.testing` too, and from nowhere
below.
"""

from wdh.apply.reading import WarehouseReader
from wdh.columns import (
    Column,
    Columns,
    amount,
    boolean,
    choice,
    code,
    custom,
    date,
    datetime,
    integer,
    month,
    percent,
    squeeze,
    text,
)
from wdh.context import RunContext
from wdh.domain.own_answers import describe_tables
from wdh.engine import fill_null_only, insert_missing, load
from wdh.engine.run_config import build_run_config
from wdh.errors import DatabaseError, DataError, OutcomeUnknown, PluginError, SetupError, WdhError
from wdh.facts import Batch, Fact, FactRow, Facts, FactValue, Note, Outside, Place, Refusal, Reject, Row
from wdh.facts.cells import UNCACHED, CellValue, DamagedValue, ErrorValue, Merged, RefusedValue
from wdh.facts.sheets import FactSheet, FactSheets, SheetRow
from wdh.facts.spool import FactRows
from wdh.hookspecs import hookimpl
from wdh.plan import StepRecorder
from wdh.reshaping import unpivot
from wdh.settings import Reference
from wdh.sql.identifiers import Target, quote_ident, quote_qualified
from wdh.sql.tables import Table
from wdh.words.language import bilingual

__all__ = [
    "UNCACHED",
    "Batch",
    "CellValue",
    "Column",
    "Columns",
    "DamagedValue",
    "DataError",
    "DatabaseError",
    "ErrorValue",
    "Fact",
    "FactRow",
    "FactRows",
    "FactSheet",
    "FactSheets",
    "FactValue",
    "Facts",
    "Merged",
    "Note",
    "OutcomeUnknown",
    "Outside",
    "Place",
    "PluginError",
    "Reference",
    "Refusal",
    "RefusedValue",
    "Reject",
    "Row",
    "RunContext",
    "SetupError",
    "SheetRow",
    "StepRecorder",
    "Table",
    "Target",
    "WarehouseReader",
    "WdhError",
    "amount",
    "bilingual",
    "boolean",
    "build_run_config",
    "choice",
    "code",
    "custom",
    "date",
    "datetime",
    "describe_tables",
    "fill_null_only",
    "hookimpl",
    "insert_missing",
    "integer",
    "load",
    "month",
    "percent",
    "quote_ident",
    "quote_qualified",
    "squeeze",
    "text",
    "unpivot",
]
