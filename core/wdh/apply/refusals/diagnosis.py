"""Reads an error of the server by its SQLSTATE and its fields; no word of the message is looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from wdh.words.phrases import clip
from wdh.words.redaction import redact

if TYPE_CHECKING:
    import psycopg2

CONNECTION_LOST = "08006"
"""Stands for an error without a SQLSTATE: it was the client's library that found the connection gone."""

_LONGEST = 600
_SEVERITY = re.compile(r"\A\w+:\s+")
_RAISE = "exec_stmt_raise"
"""The function of PostgreSQL that runs a RAISE of PL/pgSQL: src/pl/plpgsql/src/pl_exec.c."""

_FREE_OF_ROWS = ("08", "0A", "25", "28", "2B", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "XX")
"""The classes whose DETAIL names processes, objects and limits; that of others quotes rows of a table."""


class Diagnosis(Struct, frozen=True):
    """An error of the server, by its fields: https://www.postgresql.org/docs/current/protocol-error-fields.html.

    ``message`` and ``hint`` are one line, without secrets. ``detail`` and ``context`` are as the server wrote them and
    may quote rows. ``table``, ``column`` and ``constraint`` are names of the catalogue, ``schema`` that of the table.
    ``is_raised``: a function of the warehouse raised it.
    """

    state: str
    message: str
    hint: str | None = None
    detail: str | None = None
    context: str = ""
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    is_raised: bool = False

    @property
    def kind(self) -> str:
        """The class of the SQLSTATE, its first two characters."""
        return self.state[:2]

    @property
    def shown_detail(self) -> str | None:
        """The DETAIL in one line, where it holds no row."""
        return None if self.detail is None or self.may_quote_rows else _one_line(self.detail)

    @property
    def may_quote_rows(self) -> bool:
        """Whether the words of the error may hold what a row holds."""
        return self.is_raised or self.kind not in _FREE_OF_ROWS


def diagnose(error: psycopg2.Error) -> Diagnosis:
    """Read the fields of an error; ask it before its connection is used again."""
    fields = error.diag
    message = fields.message_primary or _last_words(error) or str(error) or type(error).__name__
    return Diagnosis(
        state=error.pgcode or CONNECTION_LOST,
        message=_one_line(message).rstrip(" .。"),
        hint=None if fields.message_hint is None else _one_line(fields.message_hint),
        detail=fields.message_detail,
        context=fields.context or "",
        schema=fields.schema_name,
        table=fields.table_name,
        column=fields.column_name,
        constraint=fields.constraint_name,
        is_raised=fields.source_function == _RAISE,
    )


def _last_words(error: psycopg2.Error) -> str | None:
    """Give the message with which the server ended the session: psycopg2 raises only that the connection is gone."""
    if error.pgcode is not None or error.cursor is None:
        return None
    said = (error.cursor.connection.info.error_message or "").strip()
    return _SEVERITY.sub("", said.splitlines()[0]) if said else None


def _one_line(text: str) -> str:
    return clip(redact(" ".join(text.split())), _LONGEST)
