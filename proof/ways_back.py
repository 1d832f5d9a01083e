"""The command that ``wdh history show`` prints gives the facts as they were, or it said that it would not."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from borrowed import BackTally, play_history
from experiment import Finding, Place

from wdh.testing.database import Server
from wdh.warehouse.dsn import parse_dsn


def prove_ways_back(place: Place, *, ways: int, seed: int) -> Finding:
    """Play random histories of loads, moved files and changed configurations, until so many ways back were taken."""
    tally, histories = BackTally(), 0
    server = Server(parse_dsn(place.dsn, source="the proof"))
    with server.fresh_database() as database:
        while tally.taken + len(tally.losses) < ways:
            with tempfile.TemporaryDirectory(prefix="wdh-back-") as folder:
                play_history(database, Path(folder), seed=seed + histories, loads=6, tally=tally)
            histories += 1
    for loss in tally.losses:
        print(f"way back: {loss}", file=sys.stderr)
    told = sum(tally.impossible.values())
    return Finding(
        "0: the way back that is printed leads back",
        f"{histories} random histories of {tally.runs:,} runs, each way taken as printed, forecast first",
        tally.taken + told + tally.unsure + len(tally.losses),
        0,
        len(tally.losses),
        f"{tally.exact} exact, {tally.kept} exact but for new scopes, as was told; {told} told to be impossible, for "
        f"{len(tally.impossible)} reasons, and {tally.unsure} to be uncertain; a guard passed {tally.accepted} runs",
    )
