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
from wdh.command.report_files import tell_time
from wdh.command.run import warehouse_at
from wdh.errors import WdhError
from wdh.report.blocks import Line, Result, Table
from wdh.run.readings import is_reading
from wdh.words.language import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    print_result(
        Result([run_document(run) for run in runs or ()], _page(runs) if runs else [_none(runs, ledger)]), output
    )


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


def _none(runs: Sequence[RecordedRun] | None, ledger: Target) -> Line:
    if runs is None:
        return Line(say("There is no ledger {ledger} yet.", ledger=ledger.sql))
    return Line(say("No run is recorded in {ledger}.", ledger=ledger.sql))


def _page(runs: Sequence[RecordedRun]) -> Iterator[Table | Line]:
    """List the runs, one a line. A time is aligned as a number, which is never wrapped."""
    numbers = (say("refs"), say("facts"))
    rows = [
        (
            run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            run.run_id,
            run.domain,
            run.os_user or run.database_user or "",
            *(f"{count:,}" for count in _count_rows(run)),
            _name_files(run),
        )
        for run in runs
    ]
    headers = (say("committed"), say("run"), say("domain"), say("by"), *numbers, say("workbooks"))
    yield Table(headers, rows, numbers=(headers[0], *numbers), short=headers[-1:])
    yield Line(say("wdh history show RUN tells all of one run, and how to go back: the first characters of its id do."))


def _count_rows(run: RecordedRun) -> tuple[int, int]:
    """Count the rows of references that a run inserted or filled, and the facts that it inserted or updated."""
    written = [count for count in run.counts if count["operation"] != "DELETE"]
    facts = sum(count["rows"] for count in written if count["table"] == run.facts_table)
    return sum(count["rows"] for count in written) - facts, facts


def _name_files(run: RecordedRun) -> str:
    files = [str(file["file"]) for file in run.files if not is_reading(file)]
    if len(files) < 2:
        return "".join(files)
    return say("{file} and {count} more", file=files[0], count=f"{len(files) - 1:,}")
