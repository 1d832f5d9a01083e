"""What PostgreSQL said, in wdh's words: which table, which workbook cell, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wdh.errors import DatabaseError, DataError, OutcomeUnknown, WdhError
from wdh.facts import FactValue
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, StagedStep, Step
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    import psycopg2

_COPY_PLACE = re.compile(r"^COPY .*, line (\d+)(?:, column (.+?))?(?:: |$)", re.MULTILINE)

_ADVICE = {
    "08": "The connection was lost; run again when the server is back.",
    "22": "Mend the value in the workbook, or make the column wide enough for it.",
    "23": "Mend the workbook, or the constraint that forbids the row.",
    "40": "Another transaction was in the way; run again.",
    "42501": "Ask the owner of the table for the privilege (SELECT, INSERT, UPDATE, DELETE and TEMPORARY are needed).",
    "53": "The server is short of a resource; call its administrator, then run again.",
    "55P03": "Another session holds a lock on the table; run again, or allow more time with --lock-timeout.",
    "57": "The server or its administrator ended the statement; run again.",
}
"""What to do, by SQLSTATE or its class: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


class RepeatedKey(DataError):
    """Candidates with different text are one and the same key to PostgreSQL (``0012`` and ``12`` in an integer)."""

    def __init__(
        self, target: Target, key: Sequence[str], *, keys: Sequence[tuple[tuple[FactValue, ...], ...]]
    ) -> None:
        pairs = "; ".join(" and ".join(_show(value) for value in dict.fromkeys(pair)) for pair in keys)
        super().__init__(
            f"{target.sql}: these keys ({', '.join(key)}) are the same to PostgreSQL: {pairs}. "
            "Make the codes in the workbook agree. Nothing was written.",
            table=target.sql,
            key=tuple(key),
            keys=tuple(keys),
        )


def database_error(error: psycopg2.Error, *, step: Step | None) -> WdhError:
    """Translate an error of a statement, raised before COMMIT: everything is rolled back.

    ``step`` is what was being done, None when the transaction was only being prepared.
    """
    diagnosis = error.diag
    said = (diagnosis.message_primary or str(error)).strip().splitlines()
    place = None if step is None else _place(step, context=diagnosis.context)
    where = "" if step is None else f" while writing {step.target.sql}"
    what = said[0] if said else type(error).__name__
    named = diagnosis.constraint_name or diagnosis.column_name
    return DatabaseError(
        f"the database refused{where}: {what}"
        + (f" ({named})" if named and named not in what else "")
        + (f", at {place}" if place else "")
        + f". Nothing of the transaction stays. {_advice(error)}".rstrip(),
        sqlstate=error.pgcode,
        table=None if step is None else step.target.sql,
        column=diagnosis.column_name,
        constraint=diagnosis.constraint_name,
        place=place,
    )


def commit_error(error: psycopg2.Error | KeyboardInterrupt) -> WdhError:
    """Translate an error of COMMIT: with a SQLSTATE the server refused; without, nobody knows what became of it."""
    state = None if isinstance(error, KeyboardInterrupt) else error.pgcode
    if not isinstance(error, KeyboardInterrupt) and state is not None and not state.startswith(("08", "57")):
        return database_error(error, step=None)
    return OutcomeUnknown(
        "the run was cut off while the transaction was being committed: either all of it is there or none. "
        "Run again: references and facts in delete_insert mode come out the same either way; with --mode append, "
        "look first whether the facts arrived."
    )


def _advice(error: psycopg2.Error) -> str:
    state = error.pgcode or "08"
    return _ADVICE.get(state, _ADVICE.get(state[:2], "Run with --debug to see the server's own words."))


def _place(step: Step, *, context: str | None) -> str | None:
    found = _COPY_PLACE.search(context or "")
    if found is None:
        return None
    line, column = int(found[1]), found[2]
    if isinstance(step, Append):
        file, sheet, row = step.facts.locate(line)
        return f"{file}, sheet {sheet}, row {row}" + (f", {column}" if column else "")
    if isinstance(step, (InsertMissing, FillNullOnly, DeleteScope, InsertRows)):
        return _staged_place(step, line=line, column=column)
    return None


def _staged_place(step: StagedStep, *, line: int, column: str | None) -> str:
    row = step.rows[line - 1]
    named = dict(zip(step.columns, row, strict=True))
    key = {
        name: named[name] for name in (step.key if isinstance(step, (InsertMissing, FillNullOnly)) else step.columns)
    }
    place = ", ".join(f"{name} {value}" for name, value in key.items())
    if column and column.startswith("c") and column[1:].isdigit():
        column = step.columns[int(column[1:])]
    return place + (f", {column}" if column else "")


def _show(value: tuple[FactValue, ...]) -> str:
    return repr(value[0]) if len(value) == 1 else repr(value)
