"""Runs every experiment on a real PostgreSQL, prints the tables, and fails if a promise was broken.

Usage: ``python proof/run.py [--quick] [--out docs/proof.md]``, on the embedded server; what depends on the server and
its version is tried on that of WDH_TEST_DSN as well, where the variable is set.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from approvals import prove_approvals
from every_type import prove_types
from exactness import prove_exactness
from experiment import Finding, Place, fresh_place
from faults import prove_faults
from forecasts import prove_forecasts
from fuzz import WORKBOOKS, prove_alike
from hostile import prove_hostile
from model import prove_model
from paths import prove_paths
from races import prove_races
from silent import prove_silent_lines
from situations import prove_situations
from ways_back import prove_ways_back

from wdh.warehouse.embedded.server import embedded_server

SEED = 20241101

Experiment = Callable[[Place], Finding | list[Finding]]


def main() -> None:
    """Run the experiments and say what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases")
    parser.add_argument("--out", type=Path, help="also write the table there")
    options = parser.parse_args()
    share = 10 if options.quick else 1
    of_the_server: list[Experiment] = [partial(prove_situations, every=share), prove_types]
    experiments: list[Experiment] = [
        *of_the_server,
        partial(prove_paths, tables=2000 // share, seed=SEED),
        partial(prove_races, rounds=200 // share, seed=SEED),
        prove_faults,
        partial(prove_silent_lines, cases=200 // share, seed=SEED),
        partial(prove_exactness, examples=10_000 // share),
        partial(prove_model, sequences=1000 // share),
        partial(prove_approvals, approvals=300 // share, seed=SEED),
        partial(prove_forecasts, situations=1000 // share),
        partial(prove_ways_back, ways=200 // share, seed=SEED),
        partial(prove_hostile, every=share),
        partial(prove_alike, workbooks=WORKBOOKS // share, seed=SEED),
    ]
    with server() as dsn:
        parts = [prove(dsn, experiments)]
    if named := os.environ.get("WDH_TEST_DSN"):
        parts.append(prove(named, of_the_server))
    text = "\n".join(text for text, _ in parts)
    print(text)
    if options.out is not None:
        options.out.write_text(
            "# What was proved\n\nBy `tox -e proof`: each promise of the engine by an experiment on a real server. "
            f"Promises that depend on the server and its version were tried on two.\n\n{text}",
            encoding="utf-8",
        )
    sys.exit(any(finding.losses for _, findings in parts for finding in findings))


def prove(dsn: str, experiments: Sequence[Experiment]) -> tuple[str, list[Finding]]:
    """Do some experiments on one server, and give their table and what they found."""
    version = Place(dsn).rows("SHOW server_version")[0][0].split()[0]
    findings: list[Finding] = []
    for experiment in experiments:
        with fresh_place(dsn) as place:
            found = experiment(place)
            findings += found if isinstance(found, list) else [found]
            print(found, file=sys.stderr, flush=True)
    return f"## On PostgreSQL {version}\n\n{table(findings)}", findings


@contextmanager
def server() -> Iterator[str]:
    """Have the embedded server, as a connection string without a database."""
    with tempfile.TemporaryDirectory(prefix="wdh-proof-") as directory:
        unsafe_but_quick = {"fsync": "off", "full_page_writes": "off"}
        with embedded_server(Path(directory) / "server", settings=unsafe_but_quick) as address:
            yield " ".join(
                f"{name}={value}" for name, value in address.parameters.items() if value and name != "dbname"
            )


def table(findings: list[Finding]) -> str:
    """Draw the findings as a table."""
    lines = ["| promise | experiment | cases | faults injected | losses |", "|---|---|---|---|---|"]
    for found in findings:
        remark = f"; {found.remark}" if found.remark else ""
        lines.append(
            f"| {found.promise} | {found.experiment}{remark} | {found.cases:,} | {found.faults:,} | {found.losses} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
