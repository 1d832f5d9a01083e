"""A fault at any statement leaves the old state or the new one, and a second run always reaches the new one."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from borrowed import FAULTS, Striking
from experiment import Finding, Place
from harm import Harm, Unexpected, cancel_waiting, cut_line, kill_client, leave_no_room, queries, strike
from warehouse import FACTS, MONTH, PLANS, PORTFOLIOS, a_run, contents, make_tables

from wdh.apply import apply_plan

KEYS = ("A", "B", "C")
MANY = tuple(f"K{number:04}" for number in range(2000))
"""More facts than fit into the pages a table has, so that it must grow."""

References = dict[str, str | None]
Table = Counter[tuple[object, ...]]
"""The rows of a table, with how often each is there."""

OLD_PLANS: References = {"A": None, "B": "原"}
OLD_FACTS: list[tuple[object, ...]] = [("2024-10-01", "S", "1.0000"), ("2024-10-01", "T", "2.0000")]


def prove_faults(place: Place) -> Finding:
    """Harm an apply in every way at every message, on both insert paths."""
    harms = losses = 0
    told: set[str] = set()
    # only a crash of the server could tell the difference, and waiting for the disk takes most of the time
    place.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$"
    )
    for unique in (True, False):
        place.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        make_tables(place, unique=unique)
        for harm in _harms(place):
            harms += 1
            losses += _losses(place, harm)
        harms += 1
        losses += _losses(place, partial(leave_no_room, told=told), keys=MANY)
    experiment = (
        "before every message of an apply: client killed, backend terminated, socket broken, interrupt, cancel, disk "
        "full; at every query: line cut before it, and its reply lost, COMMIT too; then a second run"
    )
    return Finding("2: apply is atomic", experiment, harms, harms, losses, "; ".join(sorted(told)))


def _harms(place: Place) -> Iterator[Harm]:
    reset(place)
    with a_run(KEYS, scope="S") as plan, place.connect() as connection, place.connect() as other:
        counting = Striking(connection, None, other=other)
        apply_plan(plan, counting)  # type: ignore[arg-type]
        asked = queries(place, plan)
    for message in range(1, counting.sent + 1):
        yield partial(kill_client, message=message, make_plan=partial(a_run, KEYS, scope="S"))
        for fault in FAULTS:
            yield partial(strike, fault=fault, message=message)
    for query in range(1, asked + 1):
        for is_forwarded in (False, True):
            yield partial(cut_line, query=query, is_forwarded=is_forwarded)
    yield cancel_waiting


def reset(place: Place) -> None:
    """Put the old state into the tables."""
    plans = ", ".join(f"('{key}', {_literal(name)})" for key, name in OLD_PLANS.items())
    facts = ", ".join(map(str, OLD_FACTS))
    place.execute(
        "".join(f"DELETE FROM {target.sql};" for target in (PLANS, PORTFOLIOS, FACTS))
        + f'INSERT INTO {PLANS.sql} ("号", "名") VALUES {plans}; INSERT INTO {FACTS.sql} VALUES {facts}'
    )


def _literal(name: str | None) -> str:
    return "NULL" if name is None else f"'{name}'"


def _losses(place: Place, harm: Harm, *, keys: Sequence[str] = KEYS) -> int:
    """Do harm to one run, hold the tables against the model, run again, and hold them against it again."""
    reset(place)
    old, new = old_state(), new_state(keys)
    with a_run(keys, scope="S") as plan:
        try:
            is_committed = harm(place, plan)
        except Unexpected as error:
            print(harm, error, file=sys.stderr)
            return 1
        after = state(place)
        with place.connect() as connection:
            apply_plan(plan, connection)
        return (after != (new if is_committed else old)) + (state(place) != new)


def state(place: Place) -> list[Table]:
    """Give what is in the tables."""
    return [Counter(rows) for rows in contents(place)]


def old_state() -> list[Table]:
    """Give what reset() puts there."""
    return [_rows(OLD_PLANS), _rows({}), Counter(OLD_FACTS)]


def new_state(keys: Sequence[str]) -> list[Table]:
    """Work out what a run of ``keys`` in scope S must leave: gaps filled, keys added, facts of S replaced."""
    derived: References = {key: f"名{key}" for key in keys}
    plans = {**derived, **{key: name or derived.get(key) for key, name in OLD_PLANS.items()}}
    facts: list[tuple[object, ...]] = [(MONTH.isoformat(), "S", f"{number}.0000") for number in range(len(keys))]
    others = [fact for fact in OLD_FACTS if fact[1] != "S"]
    return [_rows(plans), _rows(derived), Counter([*facts, *others])]


def _rows(references: References) -> Table:
    return Counter(references.items())
