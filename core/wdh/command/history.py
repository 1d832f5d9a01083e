"""``wdh history``: the runs that were committed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wdh.command.failures import exit_with
from wdh.command.history_show import find_ledger, run_document, show
from wdh.command.options import CONFIG, OUTPUT, DiscreetGroup
from wdh.command.printing import print_result, tell
from wdh.command.run import tell_time, warehouse_at
from wdh.errors import WdhError
from wdh.report.blocks import Line, Result, Table
from wdh.run.readings import is_reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wdh.apply.history import RecordedRun
    from wdh.sql.identifiers import Target


@click.group(cls=DiscreetGroup, invoke_without_command=True)
@click.option("--domain", help="Only runs of this domain.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@CONFIG
@click.option("--dsn", help="Where the warehouse is; found as wdh-run finds it when left out.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write pages into this folder: index.html, and one for each run listed.",
)
@OUTPUT
@click.pass_context
def history(
    ctx: click.Context,
    domain: str | None,
    limit: int,
    config: Path | None,
    dsn: str | None,
    html: Path | None,
    output: str,
) -> None:
    """List the runs that were committed, the newest first, as the ledger has them."""
    if ctx.invoked_subcommand is not None:
        return
    try:
        ledger = find_ledger(config)
        runs = _read(ledger, dsn=dsn, domain=domain, limit=limit)
        if html is not None:
            _write_pages(html, runs or (), ledger=ledger.sql)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    none = f"There is no ledger {ledger.sql} yet." if runs is None else f"No run is recorded in {ledger.sql}."
    page = _table(runs) if runs else Line(none)
    print_result(Result([run_document(run) for run in runs or ()], [page]), output)


history.add_command(show)


def _write_pages(folder: Path, runs: Sequence[RecordedRun], *, ledger: str) -> None:
    from wdh.page import render_history
    from wdh.report.files import write_pages

    write_pages(folder, render_history(runs, ledger=ledger, made_at=tell_time()))
    tell(f"written: {folder / 'index.html'}")


def _read(ledger: Target, *, dsn: str | None, domain: str | None, limit: int) -> tuple[RecordedRun, ...] | None:
    from wdh.apply.history import read_runs
    from wdh.warehouse import find_address

    return read_runs(warehouse_at(find_address(dsn, os.environ)), ledger, domain=domain, limit=limit)


def _table(runs: Sequence[RecordedRun]) -> Table:
    rows = []
    for run in runs:
        committed = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        files = tuple(str(file["file"]) for file in run.files if not is_reading(file))
        counts = tuple(f"{count['operation'].lower()} {count['table']} {count['rows']:,}" for count in run.counts)
        rows.append((committed, run.run_id, run.domain, run.mode, files, counts))
    return Table(("committed", "run", "domain", "mode", "workbooks", "rows written"), rows)
