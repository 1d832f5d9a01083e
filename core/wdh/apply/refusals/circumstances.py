"""Why the server refused a statement, found out by asking it once everything is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import asdict

from wdh.apply.numbering import Numbering, find_exhausted, find_numbering
from wdh.apply.refusals.diagnosis import Diagnosis, diagnose
from wdh.apply.refusals.limits import READ_ONLY, Limit, find_limits
from wdh.apply.refusals.refused import NOBODY, Blame
from wdh.logs import Log
from wdh.plan import DeleteScope, Plan, Step
from wdh.sql import circumstances, ledger, privileges, statements
from wdh.sql.driver import Connection, Cursor
from wdh.sql.identifiers import Target
from wdh.sql.privileges import Needs
from wdh.warehouse.cursors import open_cursor
from wdh.words.language import join, say

log = Log()


class Case(Struct, frozen=True):
    """A refusal, and all that is known of it: what the statement was for, and which rows are to blame.

    ``step`` and ``ledger`` are those of :class:`wdh.apply.refusals.refused.Refused`; ``limits`` those of the session.
    """

    said: Diagnosis
    plan: Plan
    step: Step | None = None
    ledger: Target | None = None
    blame: Blame = NOBODY
    limits: Sequence[Limit] = ()


class Finding(Struct, frozen=True):
    """The cause, and what to do about it. ``is_setup``: it is the warehouse or the command that must be changed."""

    sentence: str
    is_setup: bool = False


def ask_circumstances(case: Case, connection: Connection) -> Finding | None:
    """Ask the server for what it did not say; None where there is nothing to ask, or no answer.

    The transaction of the error must be rolled back, to a savepoint at least. Changes nothing, and waits for nothing.
    """
    import psycopg2

    ask = _QUESTIONS.get(case.said.state)
    if ask is None or case.said.is_raised or connection.closed:  # a trigger that lends itself a code has its own reason
        return None
    try:
        with open_cursor(connection) as cursor:
            cursor.execute(statements.SAVEPOINT)
            try:
                cursor.execute(circumstances.BRIEFLY)
                return ask(case, cursor)
            finally:
                cursor.execute(statements.BACK_TO_SAVEPOINT)
                cursor.execute(statements.RELEASE)
    except psycopg2.Error as error:  # the refusal is what to tell; its cause is worth a question, no second error
        log.warning("cause_not_found", sqlstate=case.said.state, error=diagnose(error).message)
        return None


def _why_read_only(case: Case, cursor: Cursor) -> Finding:
    cursor.execute(circumstances.IS_STANDBY)
    if (cursor.fetchone() or (False,))[0]:
        return Finding(
            say(
                "The server is a standby, which only reads: name the primary as host in the connection "
                "string, or all hosts of the cluster and target_session_attrs=read-write."
            ),
            is_setup=True,
        )
    found = find_limits(case.limits, READ_ONLY)
    if found:
        return Finding(say("{found}. Set it off there, or connect as another role.", found=found[0]), is_setup=True)
    return Finding(
        say(
            "The session may only read: connect with target_session_attrs=read-write and without a "
            "setting that makes transactions read-only."
        ),
        is_setup=True,
    )


def _what_is_missing(case: Case, cursor: Cursor) -> Finding:
    steps = case.plan.steps if case.step is None else (case.step,)
    needs = _needs_of(steps) if case.ledger is None else _needs_of_ledger(case.ledger)
    return Finding(_say_missing(cursor, needs), is_setup=True)


def _why_not_deleted(case: Case, cursor: Cursor) -> Finding | None:
    """Tell a foreign key of another table, which keeps old facts, from one that new rows do not satisfy."""
    said = case.said
    if case.ledger is not None or not (case.step is None or isinstance(case.step, DeleteScope)):
        return None
    if not isinstance(case.step, DeleteScope):
        cursor.execute(circumstances.REFERRING, {"schema": said.schema, "table": said.table})
        needed = _needs_of(case.plan.steps)
        written = {target.table for target, needs in needed.items() if needs.inserted or needs.updated}
        if any(table in written for _, table in cursor.fetchall()):
            return None
    referring = Target(said.schema, said.table or "").sql
    return Finding(
        say(
            'The foreign key "{constraint}" of {referring} keeps facts that are to be replaced: have its '
            "rows that refer to them deleted first, or leave the old facts where they are with --mode "
            "append.",
            constraint=said.constraint,
            referring=referring,
        )
    )


def _why_not_identified(case: Case, cursor: Cursor) -> Finding | None:
    targets = case.plan.targets if case.step is None else (case.step.target,)
    found = []
    for target in targets:
        cursor.execute(circumstances.UNIDENTIFIED, {"schema": target.schema, "table": target.table})
        found += cursor.fetchall()
    if not found:
        return None
    tables = "; ".join(f"ALTER TABLE {table} REPLICA IDENTITY FULL" for table, _ in found)
    publications = ", ".join(dict.fromkeys(publication for _, publication in found))
    return Finding(
        say(
            "The table is published ({publications}) and has no replica identity, so that no row of it "
            "can be deleted or changed: give it a primary key, or run {tables}. --mode append does "
            "without deleting.",
            publications=publications,
            tables=tables,
        ),
        is_setup=True,
    )


def _why_repeated(case: Case, cursor: Cursor) -> Finding | None:
    if case.blame.rows:
        return None
    found = find_numbering(cursor, case.said, written=() if case.step is None else case.step.columns)
    return Finding(join(" ", map(_say_behind, found))) if found else None


def _say_behind(number: Numbering) -> str:
    return say(
        "The sequence {sequence} that numbers {place} is behind the numbers that are there; no row "
        "of the workbook is to blame. Bring it up, then run again: {catch_up}.",
        sequence=number.sequence,
        place=number.place,
        catch_up=number.catch_up,
    )


def _why_exhausted(case: Case, cursor: Cursor) -> Finding | None:
    if case.step is None:
        return None
    found = find_exhausted(cursor, case.step.target, written=case.step.columns)
    if not found:
        return None
    named = join(
        ", ", (say("{sequence} (it numbers {place})", sequence=one.sequence, place=one.place) for one in found)
    )
    return Finding(
        say(
            "The sequence has no number left; no row of the workbook is to blame: {named}. Raise its "
            "limit (ALTER SEQUENCE … MAXVALUE …, and the type of the column where it is too small), then "
            "run again.",
            named=named,
        )
    )


_QUESTIONS: Mapping[str, Callable[[Case, Cursor], Finding | None]] = {
    "2200H": _why_exhausted,
    "23503": _why_not_deleted,
    "23505": _why_repeated,
    "25006": _why_read_only,
    "42501": _what_is_missing,
    "42P10": _why_not_identified,
    "55000": _why_not_identified,
}


def _needs_of(steps: Iterable[Step]) -> Mapping[Target, Needs]:
    """Say what steps do to each table; of a domain's own statement that is not known."""
    needs: dict[Target, Needs] = {}
    for step in steps:
        if step.privileges is not None:
            needs[step.target] = needs.get(step.target, Needs()) | step.privileges
    return needs


def _needs_of_ledger(target: Target) -> Mapping[Target, Needs]:
    """Say what is done to the ledger."""
    return {target: Needs(read=ledger.WRITTEN, inserted=ledger.WRITTEN, locks=False)}


def _say_missing(cursor: Cursor, needs: Mapping[Target, Needs]) -> str:
    """Say what would let the role do all that; the server has refused it something."""
    hidden: list[str] = []
    grants: list[str] = []
    for target, need in needs.items():
        place = {"schema": target.schema, "table": target.table}
        cursor.execute(privileges.POLICIES, place)
        hidden += [_say_hidden(*found) for found in cursor.fetchall()]
        lists = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(need).items()}
        cursor.execute(privileges.GRANTS, {**place, **lists})
        grants += [statement for (statement,) in cursor.fetchall()]
    if grants:
        return say("Let an administrator run: {grants}.", grants="; ".join(dict.fromkeys(grants)))
    if hidden:
        return " ".join(dict.fromkeys(hidden))
    cursor.execute(privileges.ROLE)
    (role,) = cursor.fetchone() or ("",)
    return say(
        "Grant the role {role} what the message names; where a function or a trigger of the "
        "warehouse uses it, that function can be made SECURITY DEFINER instead.",
        role=role,
    )


def _say_hidden(place: str, policies: str, role: str) -> str:
    named = say("policies: {policies}", policies=policies) if policies else say("without a policy it shows no row")
    return say(
        "Row security of {place} applies to the role {role} ({named}), and a hidden row would be "
        "taken for a missing one: load as the table's owner, or ALTER ROLE {role} BYPASSRLS, or "
        "ALTER TABLE {place} DISABLE ROW LEVEL SECURITY.",
        place=place,
        role=role,
        named=named,
    )
