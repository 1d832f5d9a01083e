"""The column vocabulary: how a domain says what a sheet holds, and gets clean facts and rejects from it."""

from wdh.columns.declared import declare_column, declare_columns
from wdh.columns.layout import Columns
from wdh.columns.outcomes import Bad
from wdh.columns.reasons import Reason
from wdh.columns.vocabulary import (
    Column,
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
    text,
)
from wdh.words.characters import squeeze

__all__ = [
    "Bad",
    "Column",
    "Columns",
    "Reason",
    "amount",
    "boolean",
    "choice",
    "code",
    "custom",
    "date",
    "datetime",
    "declare_column",
    "declare_columns",
    "integer",
    "month",
    "percent",
    "squeeze",
    "text",
]
