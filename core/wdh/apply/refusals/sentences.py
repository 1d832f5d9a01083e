"""Turns errors of PostgreSQL into errors of wdh: the table, the cells of the workbook, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wdh.apply.refusals.advice import advise
from wdh.apply.refusals.blame import blame_key
from wdh.apply.refusals.circumstances import Case, Finding, ask_circumstances
from wdh.apply.refusals.diagnosis import Diagnosis, diagnose
from wdh.apply.refusals.limits import Limit
from wdh.apply.refusals.places import list_places, name_places
from wdh.apply.refusals.refused import Refused
from wdh.errors import DatabaseError, OutcomeUnknown, SetupError, WdhError
from wdh.plan import DeleteScope, Plan, Step
from wdh.sql.driver import Connection
from wdh.words.language import join, say

if TYPE_CHECKING:
    import psycopg2

_MAY_BE_COMMITTED = ("08", "57", "25P03", "25P04")
"""SQLSTATEs that end a session: at a COMMIT they may come after the transaction's end."""


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
