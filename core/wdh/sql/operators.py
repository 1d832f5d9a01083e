"""Operators named with their schema, so that none of another role's can stand in for them.

PostgreSQL looks an unqualified operator up in every schema of the search_path and takes the best match by argument
types, so ``public.=(varchar, varchar)`` would win over the system's ``text = text`` (the class of CVE-2018-1058).
"""

from __future__ import annotations

import re

from msgspec import Struct

from wdh.sql.identifiers import quote_qualified

EQ, NE = "OPERATOR(pg_catalog.=)", "OPERATOR(pg_catalog.<>)"
LT, GT, GE = "OPERATOR(pg_catalog.<)", "OPERATOR(pg_catalog.>)", "OPERATOR(pg_catalog.>=)"
HOLDS = "OPERATOR(pg_catalog.@>)"
AND_BITS = "OPERATOR(pg_catalog.&)"
MINUS = "OPERATOR(pg_catalog.-)"
TEXT = "OPERATOR(pg_catalog.->>)"
_LIKE = "OPERATOR(pg_catalog.~~)"
_LIKE_MARKS = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}

_SYSTEM = "pg_catalog"
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
"""The characters of an operator: https://www.postgresql.org/docs/current/sql-createoperator.html"""


class Equality(Struct, frozen=True):
    """The operator by which two values of a column are one, of the default operator class of the column's type.

    ``schema`` and ``operator`` name it. ``type_schema`` and ``type_name`` are the type that both sides are cast to, so
    that no operator of another signature fits better; None where no other one can be there.
    """

    schema: str = _SYSTEM
    operator: str = "="
    type_schema: str | None = None
    type_name: str | None = None

    def compare(self, left: str, right: str) -> str:
        """Write the comparison of two SQL expressions. Raises ValueError for what is no operator."""
        if _OPERATOR.fullmatch(self.operator) is None:
            raise ValueError(f"{self.operator!r} is no operator")
        cast = "" if self.type_name is None else f"::{quote_qualified(self.type_schema, self.type_name)}"
        schema = self.schema if self.schema == _SYSTEM else quote_qualified(None, self.schema)
        return f"{left}{cast} OPERATOR({schema}.{self.operator}) {right}{cast}"


SYSTEM_EQUALITY = Equality()
"""The equality of the types that come with PostgreSQL; what a plan shows before the catalogue was asked."""


def differs(left: str, right: str, equal: Equality | None) -> str:
    """Write the test whether two SQL expressions differ, NULL being the same as NULL and no value.

    IS DISTINCT FROM would do, but its operator cannot be named. ``equal`` None: the type has none, and texts are
    compared.
    """
    if equal is None:
        same = SYSTEM_EQUALITY.compare(f"{left}::pg_catalog.text", f"{right}::pg_catalog.text")
    else:
        same = equal.compare(left, right)
    return f"NOT coalesce({same}, {left} IS NULL AND {right} IS NULL)"


def matches(value: str, pattern: str) -> str:
    """Write the test whether an SQL expression, as text, matches a shell pattern of provisional values.

    ``*`` is any text, ``?`` one character. Raises ValueError for a NUL.
    """
    if "\0" in pattern:
        raise ValueError("a pattern has a NUL")
    like = "".join(_LIKE_MARKS.get(character, character) for character in pattern)
    literal = like.replace("\\", "\\\\").replace("'", "''")
    return f"{value}::pg_catalog.text {_LIKE} E'{literal}'"


def gap(old: str, new: str, pattern: str | None) -> str:
    """Write the test whether a fill puts ``new`` in the place of ``old``: where that is NULL, or provisional only."""
    if pattern is None:
        return f"{old} IS NULL AND {new} IS NOT NULL"
    stands_in = f"{matches(old, pattern)} AND NOT {matches(new, pattern)}"
    return f"{new} IS NOT NULL AND ({old} IS NULL OR ({stands_in}))"
