"""What PostgreSQL said, in wdh's words: which table, which cells of the workbook, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wdh.errors import DatabaseError, DataError, OutcomeUnknown, WdhError
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Plan, Skip, StagedStep, Step
from wdh.printable import clause
from wdh.provenance import as_seen, find_places

if TYPE_CHECKING:
    import psycopg2

_COPY_PLACE = re.compile(r"^COPY .*, line (\d+)(?:, column (.+?))?(?:: |$)", re.MULTILINE)
_KEY_DETAIL = re.compile(r"\((?P<columns>.+?)\)=\((?P<values>.*)\)", re.DOTALL)
_CONNECTION_LOST = "08006"
_ABOUT_ROWS = ("22", "23", "P0")
_SHOWN_PLACES = 5

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
    """Candidates with different text are one and the same key to PostgreSQL (``a`` and ``A`` in a citext)."""

    def __init__(
        self, step: InsertMissing | FillNullOnly, *, pairs: Sequence[tuple[int, int]], plan: Plan | None
    ) -> None:
        shown = [" and ".join(_show_candidate(step, row, plan=plan) for row in pair) for pair in pairs]
        super().__init__(
            f"{step.target.sql}: these keys ({', '.join(step.key)}) are the same to PostgreSQL: {'; '.join(shown)}. "
            "Make the codes in the workbook agree. Nothing was written.",
            table=step.target.sql,
            key=step.key,
            keys=shown,
        )


def is_about_rows(error: psycopg2.Error) -> bool:
    """Say whether the server refused some of the rows, so that it is worth asking which."""
    return error.pgcode is not None and error.pgcode.startswith(_ABOUT_ROWS)


def refusal(error: psycopg2.Error, *, step: Step | None, plan: Plan, rows: Sequence[int] = ()) -> WdhError:
    """Translate an error of a statement, raised before COMMIT: everything is rolled back.

    ``step`` is what was being done, None when the transaction was only being prepared or brought to its end;
    ``rows`` are those of the step that are known to be refused.
    """
    diagnosis = error.diag
    step = step or _step_of(plan, diagnosis)
    said = (diagnosis.message_primary or str(error)).strip().splitlines()
    what = clause(said[0]) if said else type(error).__name__
    where = "" if step is None else f" while writing {step.target.sql}"
    named = diagnosis.constraint_name or diagnosis.column_name
    places = [] if step is None else list(dict.fromkeys(_places(error, step, plan=plan, rows=rows)))
    # Without a SQLSTATE it was the client's library that found the connection gone.
    return DatabaseError(
        f"the database refused{where}: {what}"
        + (f" ({named})" if named and named not in what else "")
        + (f", at {_listed(places)}" if places else "")
        + f". Nothing of the transaction stays. {_advice(error)}".rstrip(),
        sqlstate=error.pgcode or _CONNECTION_LOST,
        table=None if step is None else step.target.sql,
        column=diagnosis.column_name,
        constraint=diagnosis.constraint_name,
        places=places or None,
    )


def commit_error(error: psycopg2.Error | KeyboardInterrupt, *, plan: Plan, run_id: str | None) -> WdhError:
    """Translate an error of COMMIT: with a SQLSTATE the server refused; without, nobody knows what became of it."""
    state = None if isinstance(error, KeyboardInterrupt) else error.pgcode
    if not isinstance(error, KeyboardInterrupt) and state is not None and not state.startswith(("08", "57")):
        return refusal(error, step=None, plan=plan)
    ledger = "" if run_id is None else f" `wdh history` lists run {run_id} if it was committed."
    return OutcomeUnknown(
        "the run was cut off while the transaction was being committed: either all of it is there or none. "
        f"Run again, it is safe: what is there already is neither inserted nor appended a second time.{ledger}",
        run_id=run_id,
    )


def _advice(error: psycopg2.Error) -> str:
    state = error.pgcode or _CONNECTION_LOST
    return _ADVICE.get(state, _ADVICE.get(state[:2], "Run with --debug to see the server's own words."))


def _step_of(plan: Plan, diagnosis: psycopg2.extensions.Diagnostics) -> Step | None:
    """Find the step behind an error that came later: of a deferred constraint the table is known."""
    if diagnosis.table_name is None:
        return None
    named = [step for step in plan.steps if step.target.table == diagnosis.table_name and not isinstance(step, Skip)]
    fitting = [step for step in named if step.target.schema in (None, diagnosis.schema_name)]
    return next((step for step in fitting if not isinstance(step, DeleteScope)), None)


def _places(error: psycopg2.Error, step: Step, *, plan: Plan, rows: Sequence[int]) -> Iterator[str]:
    """Name what the server refused: by the rows found, by the line of the COPY, or by the key in the detail."""
    copied = _COPY_PLACE.search(error.diag.context or "")
    column = error.diag.column_name
    if rows:
        yield from _name_rows(step, rows, plan=plan, column=column)
    elif copied is not None and isinstance(step, Append):
        yield from _name_rows(step, [int(copied[1])], plan=plan, column=copied[2] or column)
    elif copied is not None and isinstance(step, StagedStep):
        staged = step.columns[int(copied[2][1:])] if re.fullmatch(r"c\d+", copied[2] or "") else column
        yield from _name_rows(step, [int(copied[1]) - 1], plan=plan, column=staged)
    else:
        detail = _KEY_DETAIL.search(error.diag.message_detail or "")
        if detail is not None:
            yield from _name_key(step, detail["columns"], detail["values"], plan=plan)


def _name_key(step: Step, columns: str, values: str, *, plan: Plan) -> Iterator[str]:
    names = [name.strip('"').replace('""', '"') for name in columns.split(", ")]
    if not isinstance(step, (Append, InsertMissing, FillNullOnly, InsertRows)) or not set(names) <= set(step.columns):
        return
    if isinstance(step, Append):
        found = [line for line, seen in step.facts.lines(names) if ", ".join(map(str, seen)) == values]
    else:
        places = [step.columns.index(name) for name in names]
        found = [
            number
            for number, row in enumerate(step.rows)
            if ", ".join(str(as_seen(row[place])) for place in places) == values
        ]
    yield from _name_rows(step, found, plan=plan, column=names[0])


def _name_rows(step: Step, rows: Sequence[int], *, plan: Plan, column: str | None) -> Iterator[str]:
    known = column if column in getattr(step, "columns", ()) else None
    found = find_places(plan, step, rows=rows, column=known)
    for row in rows:
        if found[row]:
            yield from (f"{place}, {column}" if column else str(place) for place in found[row])
        elif isinstance(step, StagedStep):
            yield _show_row(step, row) + (f", {column}" if column else "")


def _show_row(step: StagedStep, row: int) -> str:
    named = step.key if isinstance(step, (InsertMissing, FillNullOnly)) else step.columns
    return ", ".join(f"{name} {step.rows[row][step.columns.index(name)]}" for name in named)


def _show_candidate(step: InsertMissing | FillNullOnly, row: int, *, plan: Plan | None) -> str:
    values = tuple(step.rows[row][step.columns.index(name)] for name in step.key)
    places = () if plan is None else find_places(plan, step, rows=[row], column=step.key[0])[row]
    return repr(values[0] if len(values) == 1 else values) + (f" ({places[0]})" if places else "")


def _listed(places: Sequence[str]) -> str:
    rest = len(places) - _SHOWN_PLACES
    return "; ".join(places[:_SHOWN_PLACES]) + (f" and {rest:,} more" if rest > 0 else "")
