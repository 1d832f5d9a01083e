"""Runs an upsert: the facts are staged, their keys judged, what differs is updated, and what is missing inserted."""

from __future__ import annotations

from wdh.apply.staging import stage_facts
from wdh.apply.verification import verify_staged
from wdh.errors import SetupError
from wdh.plan import Upsert
from wdh.plan.keys import repeated_keys
from wdh.sql import statements
from wdh.sql.driver import Cursor
from wdh.words.language import say


def run_upsert(step: Upsert, cursor: Cursor) -> tuple[int, int]:
    """Run the step; give how many rows were inserted and updated together, and how many updated.

    Raises UnclearKeys where two facts are one key to PostgreSQL, SetupError where a key meets several rows,
    DatabaseError where what was written is not there.
    """
    stage_facts(step, cursor)
    cursor.execute(step.repeated_sql)
    if pairs := cursor.fetchall():
        raise repeated_keys(step, pairs)
    if step.ambiguous_sql is not None:
        cursor.execute(step.ambiguous_sql)
        if lines := [line for (line,) in cursor.fetchall()]:
            raise _ambiguous(step, lines)
    updated = 0
    if step.update_sql is not None:
        cursor.execute(step.update_sql)
        updated = cursor.rowcount
    cursor.execute(step.sql)
    inserted = cursor.rowcount
    verify_staged(step, cursor)
    cursor.execute(statements.DROP_STAGE)
    return inserted + updated, updated


def _ambiguous(step: Upsert, lines: list[int]) -> SetupError:
    places = [str(step.facts.place(line, step.key[0])) for line in lines]
    return SetupError(
        say(
            "{target} has several rows of one key ({key}), and an upsert cannot tell which of them a "
            "fact is: that of {places}, and perhaps others. Make the key unique there, or give the "
            "upsert more columns as its key. Nothing was written.",
            target=step.target.sql,
            key=", ".join(step.key),
            places="; ".join(places),
        ),
        table=step.target.sql,
        key=step.key,
        places=places,
    )
