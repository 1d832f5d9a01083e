"""Turns errors of PostgreSQL into errors of wdh: the table, the cells of the workbook, and what to do next.

Advice goes by the SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wdh.apply.refusals.blame import blame_key
from wdh.apply.refusals.circumstances import Case, Finding, ask_circumstances
from wdh.apply.refusals.diagnosis import Diagnosis, diagnose
from wdh.apply.refusals.limits import TIMEOUTS, Limit, find_limits
from wdh.apply.refusals.places import list_places, name_places
from wdh.apply.refusals.refused import Refused
from wdh.errors import DatabaseError, OutcomeUnknown, SetupError, WdhError
from wdh.plan import DeleteScope, Plan, Statement, Step
from wdh.sql.driver import Connection
from wdh.words.language import join, later, say

if TYPE_CHECKING:
    import psycopg2

_MAY_BE_COMMITTED = ("08", "57", "25P03", "25P04")
"""SQLSTATEs that end a session: at a COMMIT they may come after the transaction's end."""

_LOST = later("The connection was lost; run again when the server is back.")
_RESTART = later("The server was stopped or restarted; run again when it is back.")
_ADVICE = {
    "08": _LOST,
    "0A": later("The server cannot do this to the table: ask its owner, or load into a plain table."),
    "21": later("A trigger or a rule of the table got more rows than it expects: ask the table's owner."),
    "22": later("A default, a trigger or a constraint of the table cannot compute its value: ask the table's owner."),
    "23": later("Ask the table's owner what the constraint wants."),
    "25": later("The server ended the transaction: run again."),
    "25P03": later("The server ended the session, as the transaction had nothing to do for too long."),
    "25P04": later("The server ended the session, as the transaction took too long."),
    "28": later("Check the user and its rights with the server's administrator."),
    "38": later("A function of the warehouse failed: ask its owner."),
    "39": later("A function of the warehouse failed: ask its owner."),
    "40": later("Another transaction was in the way; run again."),
    "42": later("A trigger, a default or a constraint of the table may name what is not there: ask the table's owner."),
    "42501": later("Ask the owner of the table for the privilege that the message names."),
    "44": later("Ask the owner of the view what its check option wants."),
    "53": later("The server is short of a resource. Call the administrator of the server, then run again."),
    "53100": later("The server's disk is full: make room there, then run again."),
    "53200": later("The server is out of memory: let its administrator see to it, then run again."),
    "54": later("The row goes beyond a limit of PostgreSQL: use fewer or shorter columns, or split the table."),
    "55": later("The table or what it depends on is not in a state to be written: ask its owner, then run again."),
    "55P03": later("Another session holds a lock on the table; run again, or allow more time with --lock-timeout."),
    "57": later("The server ended the statement. Call the administrator of the server, then run again."),
    "57014": later("Somebody cancelled the statement, or statement_timeout ended it; run again."),
    "57P01": later("Its administrator ended the session, or stopped the server. Run again when it is back."),
    "57P02": _RESTART,
    "57P03": _RESTART,
    "57P04": later("The database was dropped: check which one the connection string names."),
    "57P05": later("The server ended the session, as it had nothing to do for too long."),
    "58": later("The server cannot read or write a file. Call the administrator of the server, then run again."),
    "F0": later("The server's configuration is at fault. Call the administrator of the server, then run again."),
    "HV": later("A foreign server failed: ask the administrator of it."),
    "P0": later("A trigger or a function of the warehouse raised this: do what it says, or ask the table's owner."),
    "XX": later(
        "The server found a fault of its own, or damaged data. Call the administrator of the server, then run again."
    ),
}
_SETUP = ("25006", "42501")
_NO_TABLE = "42P01"
_RAISED = "P0"
_OF_ROWS = ("22", "23", "44")
_OF_THE_LEDGER = (*_OF_ROWS, "42", "54", _RAISED)
_UNIQUE, _CHECK, _NO_OPERATOR, _LIMIT = "23505", "23514", "42883", "54000"
_ENDS_IDLE = ("idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout")


def explain(
    error: psycopg2.Error | Refused,
    *,
    plans: Sequence[Plan],
    connection: Connection | None = None,
    limits: Sequence[Limit] = (),
) -> WdhError:
    """Translate a refusal, raised before COMMIT, once everything is rolled back.

    ``plans`` are those of the transaction. ``connection`` is asked why, if it still can be; ``limits`` are what was
    known of the session's timeouts.
    """
    refused = error if isinstance(error, Refused) else Refused(error)
    said = diagnose(refused.error)
    plan = refused.plan or next((plan for plan in plans if _step_of(plan, said) is not None), None)
    case = Case(said, plan or plans[0], refused.step, refused.ledger, refused.blame, limits)
    if case.step is None and case.ledger is None and (step := _step_of(case.plan, said)) is not None:
        case = replace(case, step=step, blame=blame_key(step, said))
    asked = None if connection is None else ask_circumstances(case, connection)
    explained = _put_into_words(case, asked or advise(case))
    if plan is not None:
        explained.facts.setdefault("domain", plan.domain)
    return explained


def commit_error(
    error: psycopg2.Error | KeyboardInterrupt, *, plans: Sequence[Plan], run_ids: Sequence[str]
) -> WdhError:
    """Translate an error of COMMIT: with a SQLSTATE the server refused; without, nobody knows what became of it."""
    state = None if isinstance(error, KeyboardInterrupt) else error.pgcode
    if not isinstance(error, KeyboardInterrupt) and state is not None and not state.startswith(_MAY_BE_COMMITTED):
        return explain(error, plans=plans)
    ledger = say(" `wdh history` lists run {run_ids} if it was committed.", run_ids=run_ids[0]) if run_ids else ""
    if len(run_ids) > 1:
        ledger = say(" `wdh history` lists the runs {run_ids} if they were committed.", run_ids=", ".join(run_ids))
    return OutcomeUnknown(
        say(
            "the run was cut off while the transaction was being committed: either all of it is there or "
            "none. Run again, it is safe: what is there already is neither inserted nor appended a "
            "second time.{ledger}",
            ledger=ledger,
        ),
        run_id=", ".join(run_ids) or None,
    )


def _put_into_words(case: Case, finding: Finding) -> WdhError:
    said = case.said
    places = [] if case.step is None else name_places(case.step, case.blame, plan=case.plan)
    at = say(", at {places}", places=list_places(places)) if places else ""
    named = said.constraint or said.column or case.blame.column
    what = f" ({named})" if named and named not in said.message + at else ""
    first = say(
        "the database refused{where}: {message}{what}{at}.",
        where=_say_where(case),
        message=said.message,
        what=what,
        at=at,
    )
    kind = SetupError if finding.is_setup else DatabaseError
    target = case.ledger or (None if case.step is None else case.step.target)
    error = kind(
        join(" ", (first, *_say_more(case), say("Nothing of the transaction stays."), finding.sentence)),
        sqlstate=said.state,
        table=None if target is None else target.sql,
        column=said.column,
        constraint=said.constraint,
        hint=said.hint,
        places=places or None,
    )
    return error.quoting() if places or said.may_quote_rows else error


def _say_where(case: Case) -> str:
    if case.ledger is not None:
        return say(" while the run was being recorded in the ledger {ledger}", ledger=case.ledger.sql)
    return "" if case.step is None else say(" while writing {target}", target=case.step.target.sql)


def _say_more(case: Case) -> Iterator[str]:
    said = case.said
    if said.shown_detail is not None:
        yield say("The server's detail: {shown_detail}", shown_detail=_sentence(said.shown_detail))
    if said.hint is not None:
        yield say("The server's hint: {hint}", hint=_sentence(said.hint))
    if case.blame.refuses_all:
        yield say("No cell is to blame: the server refuses every row that is tried by itself, or even none at all.")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "。", "!", "?")) else f"{text}."


def _step_of(plan: Plan, said: Diagnosis) -> Step | None:
    """Find the step behind an error that came later: of a deferred constraint the table is known."""
    if said.table is None:
        return None
    named = [step for step in plan.writes if step.target.table == said.table]
    fitting = [step for step in named if step.target.schema in (None, said.schema)]
    return next((step for step in fitting if not isinstance(step, DeleteScope)), None)


def advise(case: Case) -> Finding:
    """Say what to do, without asking the server."""
    if case.ledger is not None and case.said.state == _NO_TABLE and case.ledger.table in case.said.message:
        return Finding(
            say("Another session dropped the ledger during this run. Run again: a run makes one where none is.")
        )
    if case.ledger is not None and case.said.kind in _OF_THE_LEDGER:
        return Finding(
            say(
                "It is the run ledger that refuses its row, not the facts: mend the constraints, triggers, "
                "rules and privileges of {ledger}, or name another table under ledger: in data_sources.yml.",
                ledger=case.ledger.sql,
            ),
            is_setup=True,
        )
    state, kind = case.said.state, case.said.kind
    if isinstance(case.step, Statement) and kind in (*_OF_ROWS, "42"):
        if case.step.file is not None:
            return Finding(
                say(
                    "It is the statement of {file} under after: ({purpose}): mend the file.",
                    file=case.step.file,
                    purpose=case.step.purpose,
                )
            )
        return Finding(
            say(
                "It is a statement of the domain's own ({purpose}): ask the authors of its package, or run "
                "with --skip-facts.",
                purpose=case.step.purpose,
            )
        )
    if case.said.is_raised and kind in _OF_ROWS:
        state = kind = _RAISED  # a trigger may lend itself the code of a constraint
    special = _SPECIAL.get(state) or _SPECIAL.get(kind)
    if special is not None and (found := special(case)) is not None:
        return found
    unknown = say("The server gave the SQLSTATE {state}: ask its administrator or the table's owner.", state=state)
    known = _ADVICE.get(state) or _ADVICE.get(kind)
    is_setup = state in _SETUP and not case.said.is_raised
    return Finding(unknown if known is None else say(known), is_setup=is_setup)


def _about_values(case: Case) -> Finding | None:
    if not case.blame.rows:
        return None
    return Finding(say("Mend the value in the workbook, or have the column take it."))


def _about_constraints(case: Case) -> Finding | None:
    if case.said.state == _CHECK and case.said.constraint is None:
        if case.blame.rows:
            return Finding(
                say(
                    "The table has no partition for such a row: have one made (CREATE TABLE … PARTITION OF …), or mend "
                    "the workbook."
                )
            )
        return Finding(say("The table has no partition for such a row: have one made (CREATE TABLE … PARTITION OF …)."))
    if not case.blame.rows:
        return None
    return Finding(say("Mend the workbook, or have the constraint changed that forbids the row."))


def _about_triggers(case: Case) -> Finding | None:
    if not case.blame.rows:
        return None
    return Finding(say("A trigger or a function of the warehouse refuses the row: mend it, or ask the table's owner."))


def _about_limits(case: Case) -> Finding | None:
    if not case.blame.column:
        return None
    index = f" {case.said.constraint}" if case.said.constraint else ""
    return Finding(
        say(
            "The value of {column} is too long for the index{index}: shorten it in the workbook, or have "
            "the index made on a hash of the column (md5), or dropped.",
            column=case.blame.column,
            index=index,
        )
    )


def _about_operators(case: Case) -> Finding | None:
    if case.said.context or case.step is None or not case.step.key:
        return None
    return Finding(
        say(
            "PostgreSQL cannot compare values of a column of the key ({key}), as of json, xml or point: "
            "have the column's type changed (jsonb, text), or name other columns as key or pk in "
            "data_sources.yml.",
            key=", ".join(case.step.key),
        ),
        is_setup=True,
    )


def _about_timeouts(case: Case) -> Finding | None:
    said = case.said
    found = find_limits(case.limits, TIMEOUTS[said.state])
    if not found:
        return None
    allow = _allow_more(found)
    if said.state == "57014":
        return Finding(say("{allow} If it was not that, somebody cancelled the statement: run again.", allow=allow))
    return Finding(join(" ", (say(_ADVICE[said.state]), allow)))


def _about_lost_connections(case: Case) -> Finding | None:
    found = find_limits(case.limits, *_ENDS_IDLE)
    return (
        Finding(say("{lost} If a timeout ended the session: {found}", lost=say(_LOST), found=_allow_more(found)))
        if found
        else None
    )


def _allow_more(limits: Sequence[Limit]) -> str:
    return say("{limits}: allow more there, or 0 for no limit.", limits=join("; ", map(str, limits)))


_SPECIAL: Mapping[str, Callable[[Case], Finding | None]] = {
    "08": _about_lost_connections,
    "22": _about_values,
    "23": _about_constraints,
    **dict.fromkeys(TIMEOUTS, _about_timeouts),
    _NO_OPERATOR: _about_operators,
    _LIMIT: _about_limits,
    _RAISED: _about_triggers,
}
