"""Advice for the operator, by the SQLSTATE of a refusal.

The codes: https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wdh.apply.refusals.circumstances import Case, Finding
from wdh.apply.refusals.limits import TIMEOUTS, Limit, find_limits
from wdh.plan import Statement

_LOST = "The connection was lost; run again when the server is back."
_RESTART = "The server was stopped or restarted; run again when it is back."
_ADMINISTRATOR = "Call the administrator of the server, then run again."

_ADVICE = {
    "08": _LOST,
    "0A": "The server cannot do this to the table: ask its owner, or load into a plain table.",
    "21": "A trigger or a rule of the table got more rows than it expects: ask the table's owner.",
    "22": "A default, a trigger or a constraint of the table cannot compute its value: ask the table's owner.",
    "23": "Ask the table's owner what the constraint wants.",
    "25": "The server ended the transaction: run again.",
    "25P03": "The server ended the session, as the transaction had nothing to do for too long.",
    "25P04": "The server ended the session, as the transaction took too long.",
    "28": "Check the user and its rights with the server's administrator.",
    "38": "A function of the warehouse failed: ask its owner.",
    "39": "A function of the warehouse failed: ask its owner.",
    "40": "Another transaction was in the way; run again.",
    "42": "A trigger, a default or a constraint of the table may name what is not there: ask the table's owner.",
    "42501": "Ask the owner of the table for the privilege that the message names.",
    "44": "Ask the owner of the view what its check option wants.",
    "53": f"The server is short of a resource. {_ADMINISTRATOR}",
    "53100": "The server's disk is full: make room there, then run again.",
    "53200": "The server is out of memory: let its administrator see to it, then run again.",
    "54": "The row goes beyond a limit of PostgreSQL: use fewer or shorter columns, or split the table.",
    "55": "The table or what it depends on is not in a state to be written: ask its owner, then run again.",
    "55P03": "Another session holds a lock on the table; run again, or allow more time with --lock-timeout.",
    "57": f"The server ended the statement. {_ADMINISTRATOR}",
    "57014": "Somebody cancelled the statement, or statement_timeout ended it; run again.",
    "57P01": f"Its administrator ended the session, or stopped the server. {_RESTART.split('; ')[1].capitalize()}",
    "57P02": _RESTART,
    "57P03": _RESTART,
    "57P04": "The database was dropped: check which one the connection string names.",
    "57P05": "The server ended the session, as it had nothing to do for too long.",
    "58": f"The server cannot read or write a file. {_ADMINISTRATOR}",
    "F0": f"The server's configuration is at fault. {_ADMINISTRATOR}",
    "HV": "A foreign server failed: ask the administrator of it.",
    "P0": "A trigger or a function of the warehouse raised this: do what it says, or ask the table's owner.",
    "XX": f"The server found a fault of its own, or damaged data. {_ADMINISTRATOR}",
}
_SETUP = ("25006", "42501")
_RAISED = "P0"
_OF_ROWS = ("22", "23", "44")
_OF_THE_LEDGER = (*_OF_ROWS, "42", "54", _RAISED)
_UNIQUE, _CHECK, _NO_OPERATOR, _LIMIT = "23505", "23514", "42883", "54000"
_ENDS_IDLE = ("idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout")


def advise(case: Case) -> Finding:
    """Say what to do, without asking the server."""
    if case.ledger is not None and case.said.kind in _OF_THE_LEDGER:
        return Finding(
            f"It is the run ledger that refuses its row, not the facts: mend the constraints, triggers, rules and "
            f"privileges of {case.ledger.sql}, or name another table under ledger: in data_sources.yml.",
            is_setup=True,
        )
    state, kind = case.said.state, case.said.kind
    if isinstance(case.step, Statement) and kind in (*_OF_ROWS, "42"):
        if case.step.file is not None:
            return Finding(
                f"It is the statement of {case.step.file} under after: ({case.step.purpose}): mend the file."
            )
        return Finding(
            f"It is a statement of the domain's own ({case.step.purpose}): ask the authors of its package, or run with "
            "--skip-facts."
        )
    if case.said.is_raised and kind in _OF_ROWS:
        state = kind = _RAISED  # a trigger may lend itself the code of a constraint
    special = _SPECIAL.get(state) or _SPECIAL.get(kind)
    found = None if special is None else special(case)
    return found or _general(state, kind, is_setup=state in _SETUP and not case.said.is_raised)


def _general(state: str, kind: str, *, is_setup: bool) -> Finding:
    unknown = f"The server gave the SQLSTATE {state}: ask its administrator or the table's owner."
    return Finding(_ADVICE.get(state) or _ADVICE.get(kind) or unknown, is_setup=is_setup)


def _about_values(case: Case) -> Finding | None:
    if not case.blame.rows:
        return None
    return Finding("Mend the value in the workbook, or have the column take it.")


def _about_constraints(case: Case) -> Finding | None:
    if case.said.state == _CHECK and case.said.constraint is None:
        return Finding(
            "The table has no partition for such a row: have one made (CREATE TABLE … PARTITION OF …)"
            + (", or mend the workbook." if case.blame.rows else ".")
        )
    if not case.blame.rows:
        return None
    return Finding("Mend the workbook, or have the constraint changed that forbids the row.")


def _about_triggers(case: Case) -> Finding | None:
    if not case.blame.rows:
        return None
    return Finding("A trigger or a function of the warehouse refuses the row: mend it, or ask the table's owner.")


def _about_limits(case: Case) -> Finding | None:
    if not case.blame.column:
        return None
    index = f" {case.said.constraint}" if case.said.constraint else ""
    return Finding(
        f"The value of {case.blame.column} is too long for the index{index}: shorten it in the workbook, or have the "
        "index made on a hash of the column (md5), or dropped."
    )


def _about_operators(case: Case) -> Finding | None:
    if case.said.context or case.step is None or not case.step.key:
        return None
    return Finding(
        f"PostgreSQL cannot compare values of a column of the key ({', '.join(case.step.key)}), as of json, xml or "
        "point: have the column's type changed (jsonb, text), or name other columns as key or pk in data_sources.yml.",
        is_setup=True,
    )


def _about_timeouts(case: Case) -> Finding | None:
    said = case.said
    found = find_limits(case.limits, TIMEOUTS[said.state])
    if not found:
        return None
    doubt = " If it was not that, somebody cancelled the statement: run again." if said.state == "57014" else ""
    begin = "" if said.state == "57014" else f"{_ADVICE[said.state]} "
    return Finding(f"{begin}{_allow_more(found)}{doubt}")


def _about_lost_connections(case: Case) -> Finding | None:
    found = find_limits(case.limits, *_ENDS_IDLE)
    return Finding(f"{_LOST} If a timeout ended the session: {_allow_more(found)}") if found else None


def _allow_more(limits: Sequence[Limit]) -> str:
    return "; ".join(map(str, limits)) + ": allow more there, or 0 for no limit."


_SPECIAL: Mapping[str, Callable[[Case], Finding | None]] = {
    "08": _about_lost_connections,
    "22": _about_values,
    "23": _about_constraints,
    **dict.fromkeys(TIMEOUTS, _about_timeouts),
    _NO_OPERATOR: _about_operators,
    _LIMIT: _about_limits,
    _RAISED: _about_triggers,
}
