"""The settings of the lock in data_sources.yml, under plugins.period_lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NAME: Final = {"type": "string", "pattern": "\\S"}
_OWN: Final = {
    "$comment": "is PostgreSQL's own, and wdh keeps out of it; name one of yours",
    "not": {"type": "string", "pattern": "^(pg_|information_schema$)"},
}

# In the characters that a sheet may have, full-width ones included.
_DIGIT: Final = "[0-9０-９]"
_YEAR: Final = f"[2２][0０]{_DIGIT}{{2}}"
_BLANKS: Final = "[ \u00a0\u3000]*"
_MIDNIGHT: Final = "(?:[ T]0?0:00(?::00(?:[.,]0{1,9})?)?)?"
_MONTHS: Final = "(?:[0０]?[1-9１-９]|[1１][0-2０-２])"
_LENGTHS: Final = (
    ("(?:[0０]?[13578１３５７８]|[1１][02０２])", "[3３][01０１]"),
    ("(?:[0０]?[469４６９]|[1１][1１])", "[3３][0０]"),
    ("[0０]?[2２]", None),
)
"""Months, and those of their days that are after the 29th; which Februaries have 29, the lock itself knows."""


def _write_days(between: str) -> str:
    """Write the pattern of a month and a day of it, with ``between`` between them."""
    common = f"[0０]?[1-9１-９]|[12１２]{_DIGIT}"
    days = ((month, common if late is None else f"{common}|{late}") for month, late in _LENGTHS)
    return "|".join(f"{month}{between}(?:{day})" for month, day in days)


def _write_text() -> str:
    """Write the pattern of a month as text: the spellings of ``wdh.month``."""
    words = f"(?:[2２][0０])?{_DIGIT}{{2}}{_BLANKS}年{_BLANKS}"
    month, day = f"{_BLANKS}月", f"{_BLANKS}日"
    marks = ("[-－]", "[/／]", "[.．]")
    spellings = (
        f"{_YEAR}(?:[0０][1-9１-９]|[1１][0-2０-２])",
        f"{words}(?:{_MONTHS}{month}|(?:{_write_days(month + _BLANKS)}){day})",
        *(f"{_YEAR}{mark}(?:{_MONTHS}|(?:{_write_days(mark)}){_MIDNIGHT})" for mark in marks),
    )
    return rf"^\s*(?:{'|'.join(spellings)})\s*$"


_MONTH: Final = {
    "$comment": "it is no month such as 2024-09 or 2024年9月",
    "type": ["string", "integer"],
    "minimum": 200001,
    "maximum": 209912,
    "pattern": _write_text(),
    # after the December of each year, up to the January of the next
    "not": {
        "type": "integer",
        "anyOf": [{"minimum": year * 100 + 13, "maximum": year * 100 + 100} for year in range(2000, 2099)],
    },
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
        "if": {"properties": {"schema": {"pattern": "\\S"}}, "required": ["schema"]},
        "then": {"properties": {"schema": _OWN}},
        "else": {"properties": {"table": _OWN}},
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
