"""What an operator may set for the lock in data_sources.yml, under plugins.period_lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NAME: Final = {"type": "string", "pattern": "\\S"}
_MONTH: Final = {
    "$comment": "it is no month such as 2024-09 or 2024年9月",
    "type": ["string", "integer"],
    "minimum": 200001,
    "maximum": 209912,
    # wide enough for what month() reads, full-width digits included; the lock reads it with month() itself
    "pattern": r"^\s*([2２][0０]\d\d|\d\d(?=\s*年))\s*[-/.年－／．]?\s*([0０]?[1-9１-９]|[1１][0-2０-２])(?!\d)",
}

CONTRACTS: Final[Mapping[str, Any]] = {
    "closed": {
        "title": "Closed months",
        "description": "Months of which no facts are loaded, in any spelling that a month may have on a sheet.",
        "examples": [["2024-09", "2024年10月"]],
        "type": "array",
        "items": _MONTH,
        "default": [],
    },
    "table": {
        "title": "Table of closed months",
        "description": "A table of the warehouse with one row for each closed month, asked when a run executes.",
        "examples": [{"schema": "public", "table": "关账月份", "month": "月度", "domain": "业务域"}],
        "type": "object",
        "additionalProperties": False,
        "required": ["table", "month"],
        "properties": {
            "schema": {**_NAME, "title": "Schema", "description": "Absent: the connection's search_path decides."},
            "table": {**_NAME, "title": "Table", "description": "The table, without its schema."},
            "month": {
                **_NAME,
                "title": "Month",
                "description": "The column with the month: date, text or number.",
            },
            "domain": {
                **_NAME,
                "title": "Domain",
                "description": "The column with the domain's name; a row in which it is NULL is for every domain. "
                "Absent: every row is.",
            },
        },
    },
    "column": {
        **_NAME,
        "title": "Column",
        "description": "The fact column with the month. A domain whose facts do not have it is not locked.",
        "examples": ["月度"],
        "default": "月度",
    },
    "columns": {
        "title": "Columns of some domains",
        "description": "The fact column with the month, by domain. Facts that lack the column named here are a fault.",
        "examples": [{"shops": "结算月"}],
        "type": "object",
        "additionalProperties": _NAME,
        "default": {},
    },
}
