"""Runs every experiment on a real PostgreSQL, prints the table, and fails if a promise was broken.

Usage: ``python proof/run.py [--quick] [--out docs/proof.md]``, on the server of WDH_TEST_DSN or the embedded one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from exactness import prove_exactness
from experiment import Finding, Place, fresh_place
from faults import prove_faults
from hostile import prove_hostile
from model import prove_model
from paths import prove_paths
from races import prove_races
from silent import prove_silent_lines

from wdh.warehouse.embedded import embedded_server

SEED = 20241101


def main() -> None:
    """Run the experiments and say what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases")
    parser.add_argument("--out", type=Path, help="also write the table there")
    options = parser.parse_args()
    share = 10 if options.quick else 1
    experiments: list[Callable[[Place], Finding | list[Finding]]] = [
        partial(prove_paths, tables=2000 // share, seed=SEED),
        partial(prove_races, rounds=200 // share, seed=SEED),
        prove_faults,
        partial(prove_silent_lines, cases=200 // share, seed=SEED),
        partial(prove_exactness, examples=10_000 // share),
        partial(prove_model, sequences=1000 // share),
        partial(prove_hostile, every=share),
    ]
    with server() as dsn:
        version = Place(dsn).rows("SHOW server_version")[0][0].split()[0]
        findings: list[Finding] = []
        for experiment in experiments:
            with fresh_place(dsn) as place:
                found = experiment(place)
                findings += found if isinstance(found, list) else [found]
                print(found, file=sys.stderr, flush=True)
    text = f"On PostgreSQL {version}.\n\n{table(findings)}"
    print(text)
    if options.out is not None:
        options.out.write_text(
            f"# What was proved\n\nBy `tox -e proof`: each promise of the engine by an experiment on a "
            f"real server. {text}",
            encoding="utf-8",
        )
    sys.exit(any(finding.losses for finding in findings))


@contextmanager
def server() -> Iterator[str]:
    """Have a server to work on, as a connection string without a database."""
    named = os.environ.get("WDH_TEST_DSN")
    if named:
        yield named
        return
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
