"""Finds the privileges that a step needs and the role lacks: the GRANT to run, or the policy that hides rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import asdict

from wdh.plan import Step
from wdh.sql import ledger, privileges
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.sql.privileges import Needs
from wdh.words.language import say


def needs_of(steps: Iterable[Step]) -> Mapping[Target, Needs]:
    """Say what steps do to each table; of a domain's own statement that is not known."""
    needs: dict[Target, Needs] = {}
    for step in steps:
        if step.privileges is not None:
            needs[step.target] = needs.get(step.target, Needs()) | step.privileges
    return needs


def needs_of_ledger(target: Target) -> Mapping[Target, Needs]:
    """Say what is done to the ledger."""
    return {target: Needs(read=ledger.WRITTEN, inserted=ledger.WRITTEN, locks=False)}


def say_missing(cursor: Cursor, needs: Mapping[Target, Needs]) -> str:
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
