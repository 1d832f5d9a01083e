"""A plan that was approved is applied exactly, or refused with the difference: cases drawn at random, in turn."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

from borrowed import APPROVALS, try_approval
from experiment import Finding, Place

from wdh.testing.database import Server
from wdh.warehouse.dsn import parse_dsn


def prove_approvals(place: Place, *, approvals: int, seed: int) -> Finding:
    """Try every case once, and then cases at random, edits of the file more often, until there are enough."""
    random = Random(seed)
    weights = [6 if "edited" in case.name else 1 for case in APPROVALS]
    cases = [*APPROVALS, *random.choices(APPROVALS, weights, k=max(approvals - len(APPROVALS), 0))][:approvals]
    losses = 0
    server = Server(parse_dsn(place.dsn, source="the proof"))
    with server.fresh_database() as database:
        for case in cases:
            with tempfile.TemporaryDirectory() as folder:
                found = try_approval(case, database, Path(folder), seed=random.randrange(1 << 30))
            losses += bool(found)
            for loss in found:
                print(loss, file=sys.stderr)
    good = sum(case.says is None for case in cases)
    edited = sum("edited" in case.name for case in cases)
    return Finding(
        "0: what is approved is what is done",
        "plans approved, and then applied, stale, edited, used again, unsigned or signed by another key",
        len(cases),
        len(cases) - good,
        losses,
        f"{good} to be applied, {edited} edited at random places",
    )
