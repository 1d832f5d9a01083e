"""No situation of a real server loses, doubles or changes a row: three runs in each, by kind."""

from __future__ import annotations

import sys

from borrowed import Situation, all_situations, try_situation
from experiment import Finding, Place

from wdh.testing.database import Server
from wdh.warehouse.dsn import parse_dsn

PROMISES = {
    "names": ("2, 7: a name is resolved once", "bare names, and what other sessions do with names meanwhile"),
    "code": ("5: no foreign code is run", "functions and operators planted in public, by search_path"),
    "meanings": ("6: settings do not change what is meant", "settings of role, database and client; time zones"),
    "triggers": ("3, 6: what was written is found again", "triggers and rules, immediate and deferred"),
    "trees": ("2, 4: the whole tree of a table", "partitions, children, foreign tables, and foreign keys to them"),
    "ledgers": ("3: the ledger is not silently wrong", "triggers on it, and tables that a crash empties"),
    "statements": ("2: a domain's statements stay inside", "statements that end the transaction or change its session"),
    "rights": ("2, 6: what the role may not do or see", "roles that are no superusers: privileges, row security"),
}
"""The promise and the experiment of each kind."""


def prove_situations(place: Place, *, every: int) -> list[Finding]:
    """Try every situation of each kind, or each ``every``-th, in a database of its own."""
    server = Server(parse_dsn(place.dsn, source="the proof"))
    return [_prove(server, kind, situations[::every]) for kind, situations in all_situations().items()]


def _prove(server: Server, kind: str, situations: tuple[Situation, ...]) -> Finding:
    tried = losses = 0
    for situation in situations:
        with server.fresh_database() as database:
            if not database.rows(situation.needs):
                continue
            tried += 1
            found = try_situation(situation, database)
            losses += bool(found)
            for loss in found:
                print(f"{kind}: {situation.name}: {loss}", file=sys.stderr)
    promise, experiment = PROMISES[kind]
    return Finding(promise, experiment, tried, 0, losses)
