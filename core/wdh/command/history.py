"""``wdh history``: the runs that were committed."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wdh.command.failures import exit_with
from wdh.command.options import CONFIG, OUTPUT, Discreet
from wdh.command.printing import print_result
from wdh.command.run import warehouse_at
from wdh.configuration import locate_configuration, read_ledger
from wdh.errors import SetupError, WdhError
from wdh.report.blocks import Line, Result, Table
from wdh.run.readings import is_reading
from wdh.settings import DEFAULT_LEDGER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wdh.apply.history import RecordedRun
    from wdh.sql.identifiers import Target


@click.command(cls=Discreet)
@click.option("--domain", help="Only runs of this domain.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@CONFIG
@click.option("--dsn", help="Where the warehouse is; found as wdh-run finds it when left out.")
@OUTPUT
def history(domain: str | None, limit: int, config: Path | None, dsn: str | None, output: str) -> None:
    """List the runs that were committed, the newest first, as the ledger has them."""
    try:
        ledger = _find_ledger(config)
        runs = _read(ledger, dsn=dsn, domain=domain, limit=limit)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    none = f"There is no ledger {ledger.sql} yet." if runs is None else f"No run is recorded in {ledger.sql}."
    page = _table(runs) if runs else Line(none)
    print_result(Result([_document(run) for run in runs or ()], [page]), output)


def _find_ledger(config: Path | None) -> Target:
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
    except SetupError:
        if config is not None:
            raise
        return DEFAULT_LEDGER  # without a configuration, where runs are recorded by default
    return read_ledger(path)


def _read(ledger: Target, *, dsn: str | None, domain: str | None, limit: int) -> tuple[RecordedRun, ...] | None:
    from wdh.apply.history import read_runs
    from wdh.warehouse import find_address

    return read_runs(warehouse_at(find_address(dsn, os.environ)), ledger, domain=domain, limit=limit)


def _document(run: RecordedRun) -> dict[str, Any]:
    times = {"started_at": run.started_at.isoformat(), "committed_at": run.committed_at.isoformat()}
    return asdict(run) | times


def _table(runs: Sequence[RecordedRun]) -> Table:
    rows = []
    for run in runs:
        committed = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        files = tuple(str(file["file"]) for file in run.files if not is_reading(file))
        counts = tuple(f"{count['operation'].lower()} {count['table']} {count['rows']:,}" for count in run.counts)
        rows.append((committed, run.run_id, run.domain, run.mode, files, counts))
    return Table(("committed", "run", "domain", "mode", "workbooks", "rows written"), rows)
