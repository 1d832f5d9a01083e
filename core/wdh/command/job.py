"""``wdh-run``: one run of one domain, from the command line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wdh.command.failures import exit_with, interrupted, unexpected
from wdh.command.options import run_options
from wdh.errors import WdhError
from wdh.logs import configure_logs
from wdh.planning import Wishes
from wdh.run import OnBatch, RunRequest, TooManyRejects, Warehouse, run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

    from wdh.report import Report


_NO_WIDTH = 10_000


@click.command("run", context_settings={"help_option_names": ["-h", "--help"]})
@run_options
@click.version_option(package_name="wdh")
def main(**options: Any) -> None:
    """Read a domain's workbooks, show what they would change in the warehouse, and with --execute change it.

    The report goes to stdout, logs to stderr. Exit codes: 0 done; 1 a fault of wdh; 2 setup, nothing touched; 3 data,
    nothing written; 4 database, rolled back; 5 outcome unknown, run again; 130 interrupted, rolled back.
    """
    level = "DEBUG" if options["debug"] else options["log_level"].upper()
    configure_logs(level=level, form=options["log_format"])
    try:
        report = run_job(options, environment=os.environ)
    except (Exception, KeyboardInterrupt) as error:
        if options["raise_on_error"]:
            raise
        sys.exit(_fail(error, options))
    _show(report, options)


def run_job(options: Mapping[str, Any], *, environment: Mapping[str, str]) -> Report:
    """Run the job that the options of :func:`run_options` describe; how it went is the report. Raises as run()."""
    request = make_request(options, environment)
    with _progress(options) as on_batch:
        return run(request, open_warehouse=lambda: open_warehouse(options["dsn"], environment), on_batch=on_batch)


def make_request(options: Mapping[str, Any], environment: Mapping[str, str]) -> RunRequest:
    """Put the options of the command line into a request."""
    from wdh.configuration import locate_configuration

    return RunRequest(
        domain=options["domain"],
        config=locate_configuration(options["config"], environment, cwd=Path.cwd()),
        data_dir=options["data_dir"] or Path.cwd(),
        execute=options["execute"],
        skip_facts=options["skip_facts"],
        wishes=Wishes(options["mode"], frozenset(options["backfill_refs"]), options["backfill_mode"]),
        sheet=options["sheet"],
        pk=options["pk"] or (),
        max_files=options["max_files"],
        file=options["file"],
        period=options["period"],
        reader=options["reader"],
        reject_limit=options["max_rejects"],
        lock_timeout=options["lock_timeout"],
        environment=environment,
    )


def open_warehouse(dsn: str | None, environment: Mapping[str, str]) -> Warehouse:
    """Find out where the warehouse is. The embedded server runs for the time of the connection."""
    from wdh.warehouse import connect, find_address

    address = find_address(dsn, environment)

    @contextmanager
    def opened() -> Iterator[Connection]:
        with connect(address) as connection:
            yield connection

    return Warehouse(address.described, opened)


@contextmanager
def _progress(options: Mapping[str, Any]) -> Iterator[OnBatch]:
    """Draw progress on a terminal; elsewhere the log has the events."""
    if not sys.stderr.isatty() or options["log_format"] == "json":
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def on_batch(batch: Any) -> None:
            if batch.file not in tasks:
                tasks[batch.file] = progress.add_task(batch.file, total=None)
            progress.advance(tasks[batch.file], len(batch))

        yield on_batch


def _show(report: Report, options: Mapping[str, Any]) -> None:
    from wdh.report_files import write_report
    from wdh.report_json import report_document

    document = report_document(report)
    if options["output"] == "json":
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        from wdh.report_text import show_report

        print_text(show_report(report))
    if options["report_dir"] is not None:
        for path in write_report(options["report_dir"], document, rejects=report.intake.rejects):
            click.echo(f"written: {path}", err=True)


def print_text(*parts: Any) -> None:
    """Print to a terminal at its width; into a file at any width, so that no line is broken."""
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    console = Console(highlight=False, width=None if is_terminal else _NO_WIDTH, force_terminal=is_terminal)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _fail(error: BaseException, options: Mapping[str, Any]) -> int:
    from wdh.report_files import write_report
    from wdh.report_json import failure_document

    if isinstance(error, KeyboardInterrupt):
        return interrupted()
    if not isinstance(error, WdhError):
        return unexpected(error, debug=options["debug"])
    intake = error.intake if isinstance(error, TooManyRejects) else None
    document = failure_document(error, domain=options["domain"], intake=intake)
    if options["output"] == "json":
        click.echo(json.dumps(document, ensure_ascii=False))
    elif intake is not None:
        from wdh.report_text import show_intake

        print_text(*show_intake(intake))
    if options["report_dir"] is not None:
        for path in write_report(options["report_dir"], document, rejects=intake.rejects if intake else ()):
            click.echo(f"written: {path}", err=True)
    return exit_with(error, debug=options["debug"])
