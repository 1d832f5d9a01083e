"""``wdh history``: the runs that were committed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wdh.command.failures import exit_with
from wdh.command.history_show import find_ledger, run_document, show
from wdh.command.options import CONFIG, DiscreetGroup
from wdh.command.printing import print_document, print_lines, print_text
from wdh.command.run import warehouse_at
from wdh.errors import WdhError
from wdh.run.readings import is_reading
from wdh.words.printable import show_controls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wdh.apply.history import RecordedRun
    from wdh.sql.identifiers import Target


@click.group(cls=DiscreetGroup, invoke_without_command=True)
@click.option("--domain", help="Only runs of this domain.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@CONFIG
@click.option("--dsn", help="Where the warehouse is; found as wdh-run finds it when left out.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form.")
@click.pass_context
def history(
    ctx: click.Context, domain: str | None, limit: int, config: Path | None, dsn: str | None, output: str
) -> None:
    """List the runs that were committed, the newest first, as the ledger has them."""
    if ctx.invoked_subcommand is not None:
        return
    try:
        ledger = find_ledger(config)
        runs = _read(ledger, dsn=dsn, domain=domain, limit=limit)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    if output == "json":
        print_document([run_document(run) for run in runs or ()])
    elif runs:
        print_text(_table(runs))
    else:
        print_lines([f"No run is recorded in {ledger.sql}." if runs == () else f"There is no ledger {ledger.sql} yet."])


history.add_command(show)


def _read(ledger: Target, *, dsn: str | None, domain: str | None, limit: int) -> tuple[RecordedRun, ...] | None:
    from wdh.apply.history import read_runs
    from wdh.warehouse import find_address

    return read_runs(warehouse_at(find_address(dsn, os.environ)), ledger, domain=domain, limit=limit)


def _table(runs: Sequence[RecordedRun]) -> Any:
    from rich.text import Text

    from wdh.report.terminal import plain, table

    shown = table("committed", "run", "domain", "mode", "workbooks", "rows written")
    for run in runs:
        committed = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        files = "\n".join(show_controls(str(file["file"])) for file in run.files if not is_reading(file))
        counts = "\n".join(
            show_controls(f"{count['operation'].lower()} {count['table']} {count['rows']:,}") for count in run.counts
        )
        names = (plain(text) for text in (run.run_id, run.domain, run.mode))
        shown.add_row(plain(committed), *names, Text(files), Text(counts))
    return shown
