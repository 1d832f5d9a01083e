"""``wdh-run``: one run of one domain, from the command line."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wdh.apply import DoesNotFit
from wdh.apply.applying import Warehouse
from wdh.command.failures import (
    INTERRUPTED,
    exit_code_of,
    exit_with,
    interrupted,
    is_interruption,
    tell_error,
    unexpected,
)
from wdh.command.jobs import Job, find_culprit, list_jobs
from wdh.command.options import WithHelper, run_options
from wdh.command.printing import print_result, tell
from wdh.command.progress import show_progress
from wdh.command.report_files import send_corrections, write_files
from wdh.command.speaking import version_option
from wdh.command.summary import Ended, end_reported, end_together, summarise_jobs, tell_failed, worst, write_again
from wdh.discovery import Depots
from wdh.errors import SetupError, WdhError
from wdh.intake.ahead import read_ahead
from wdh.logs import configure_logs
from wdh.plan.planning import Wishes
from wdh.process import interrupts, progress
from wdh.report.answer import Server
from wdh.report.blocks import Result
from wdh.run import (
    Audience,
    Finished,
    OnAudience,
    RunRequest,
    TooManyRejects,
    carry_out_together,
    nobody_listens,
)
from wdh.run.upcoming import Upcoming
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.apply.forecast import ChangeList
    from wdh.report import Report
    from wdh.sql.driver import Connection
    from wdh.warehouse import Address


CHANGES: Final = 10
"""The exit code of a plan that would change something, for schedulers that ask for it."""
REJECTS: Final = 20
"""The exit code of a run that went on without rejected rows, for schedulers that ask for it."""
LOCK_TRIES: Final = 8
"""How often each run of several asks for tables that another transaction holds for longer than --lock-timeout."""

_FALLEN: Final = "embedded"
"""The source of an address that nothing names."""


@click.command("run", cls=WithHelper, context_settings={"help_option_names": ["-h", "--help"]})
@run_options
@version_option()
def main(**options: Any) -> None:
    """Read the workbooks of one domain or several, show what they would change in the warehouse, and with --execute
    change it.

    The report goes to stdout, logs to stderr. Exit codes: 0 done; 1 a fault of wdh; 2 setup, nothing touched; 3 data,
    nothing written; 4 database, rolled back; 5 outcome unknown, run again; 10 a plan that would change something, with
    --detailed-exitcode; 20 done without the rejected rows, with --rejects-exitcode; 130 interrupted, rolled back.
    """
    atexit.register(gc.freeze)  # as the process ends, nobody need look for cycles in all that a run held
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # it is too late for a Ctrl-C then
    level = "DEBUG" if options["debug"] else options["log_level"].upper()
    configure_logs(level=level, form=options["log_format"])
    try:
        jobs = list_jobs(options, os.environ)
        upcoming = _read_upcoming(jobs)
    except (Exception, KeyboardInterrupt) as error:
        if options["raise_on_error"]:
            raise
        sys.exit(_fail(error, [Job("", {**options, "domain": None})]))
    ended: list[Ended] = []
    with upcoming:
        for group in [jobs] if options["commit"] == "together" else [(job,) for job in jobs]:
            ended += _run(group, upcoming, place=len(ended))
            if len(jobs) > 1:
                tell_failed(ended[-len(group) :])
            if ended[-1].code == INTERRUPTED or not (ended[-1].is_done or options["keep_going"]):
                break
    if len(jobs) > 1 and options["output"] != "json" and not options["quiet"]:
        again = write_again(click.get_current_context()) if options["execute"] else None
        page = summarise_jobs(ended, jobs[len(ended) :], again=again)
        print_result(Result(None, page), options["output"])
    sys.exit(worst([one.code for one in ended]))


def _read_upcoming(jobs: Sequence[Job]) -> Upcoming:
    """Make ready to read the workbooks of later runs ahead, where processes for that are worth their start."""
    options = jobs[0].options
    reading = read_ahead(options["workers"])
    is_worth_it = options["commit"] == "each" and reading.is_worth_it([job.size for job in jobs])
    requests = [(job.name, partial(make_request, job, os.environ)) for job in jobs] if is_worth_it else []
    return Upcoming(requests, reading, open_warehouse=partial(_find_warehouse, options, os.environ))


def _run(jobs: Sequence[Job], upcoming: Upcoming, *, place: int) -> list[Ended]:
    """Do the runs of one transaction, of which the first is number ``place`` of all, and print their reports."""
    audiences: list[Audience] = []
    with Depots(os.environ) as depots, ExitStack() as held, interrupts.listen():
        changes = [_keep_changes(job, held) for job in jobs]
        try:
            try:
                finished = run_jobs(
                    jobs,
                    upcoming,
                    place=place,
                    environment=os.environ,
                    on_audience=audiences.append,
                    depots=depots,
                    changes=changes,
                )
            except BaseException:
                interrupts.hush()  # a Ctrl-C that is heard only now is raised in here, and no other follows
                raise
        except (Exception, KeyboardInterrupt) as error:
            interrupts.hush()
            raises, culprit = jobs[0].options["raise_on_error"], find_culprit(jobs, error)
            code = exit_code_of(error) if raises else _fail(error, jobs if culprit is None else [culprit])
            _tell_of_failure(audiences, error, code=code, debug=jobs[0].options["debug"])
            if raises:
                raise
            return end_together(jobs, error, code=code)
        reports = [one.report for one in finished]
        try:
            interrupts.release()
            for job, one, listed in zip(jobs, finished, changes, strict=True):
                _close(one, job.options, listed)
        except KeyboardInterrupt:
            interrupts.hush()
            code = _break_off(reports)
            return [end_reported(job, report, code=code) for job, report in zip(jobs, reports, strict=True)]
    codes = (_choose_code(report, jobs[0].options) for report in reports)
    return [end_reported(job, report, code=code) for job, report, code in zip(jobs, reports, codes, strict=True)]


def _choose_code(report: Report, options: Mapping[str, Any]) -> int:
    if options["rejects_exitcode"] and _lacks_rows(report):
        return REJECTS
    return CHANGES if options["detailed_exitcode"] and _is_pending(report) else 0


def _lacks_rows(report: Report) -> bool:
    if report.unchanged_since is not None:
        return any(file.get("rejected") for file in report.unchanged_since.files)
    return bool(report.intake.rejects)


def _is_pending(report: Report) -> bool:
    return not report.executed and report.unchanged_since is None and report.would_change


def _tell_of_failure(audiences: Sequence[Audience], error: BaseException, *, code: int, debug: bool) -> None:
    """Tell the plugins of each run that was begun, unless the operator stopped it; a Ctrl-C now ends the telling."""
    if code == INTERRUPTED:
        return
    with suppress(KeyboardInterrupt):
        interrupts.release()
        for audience in audiences:
            for fault in audience.tell_failed(error, exit_code=code):
                tell_error(fault, debug=debug)
                tell(say("The run failed all the same, as it was told."))
    interrupts.hush()


def _keep_changes(job: Job, held: ExitStack) -> ChangeList | None:
    """Make ready to keep what a page of the run is to list; None: it has none."""
    from wdh.apply.forecast import ChangeList

    return None if job.options["report_dir"] is None else held.enter_context(ChangeList())


def _close(finished: Finished, options: Mapping[str, Any], changes: ChangeList | None) -> None:
    _show(finished.report, options, changes)
    for fault in finished.audience.tell_finished(finished.report):
        tell_error(fault, debug=options["debug"])
        tell(say("The run is over all the same, as it was reported."))


def _break_off(reports: Sequence[Report]) -> int:
    executed = [report for report in reports if report.executed]
    if not executed:
        return interrupted()
    if len(executed) == 1:
        tell(say("Interrupted after the run was committed: it stays, and `wdh history` lists it."))
    else:
        listed = ", ".join(report.run_id or report.domain for report in executed)
        tell(
            say(
                "Interrupted after the runs were committed: they stay, and `wdh history` lists them: {runs}.",
                runs=listed,
            )
        )
    return 0


def run_jobs(
    jobs: Sequence[Job],
    upcoming: Upcoming,
    *,
    place: int,
    environment: Mapping[str, str],
    on_audience: OnAudience = nobody_listens,
    depots: Depots | None = None,
    changes: Sequence[ChangeList | None] = (),
) -> tuple[Finished, ...]:
    """Do the runs that the options of :func:`run_options` describe, together, and read those behind them ahead.

    What they fetch is there until ``depots`` is closed, or the runs are forgotten. ``changes`` are to list what each
    changes in references; empty: nothing does. Raises as carry_out_together().
    """
    from wdh.report.files import prepare_directory, prepare_file

    options = jobs[0].options
    for job in jobs:
        if job.options["report_dir"] is not None:
            prepare_directory(job.options["report_dir"])
    if options["plan_out"] is not None:
        prepare_file(options["plan_out"])
    depots = depots or Depots(environment)
    lists = changes or [None] * len(jobs)
    requests = [
        replace(make_request(job, environment, depots=depots), changes=listed)
        for job, listed in zip(jobs, lists, strict=True)
    ]
    with show_progress(options["progress"], log_format=options["log_format"]):
        upcoming.begin(place)
        finished = carry_out_together(
            requests,
            open_warehouse=partial(_find_warehouse, options, environment),
            on_audience=on_audience,
            reading=upcoming.reading,
            before_apply=partial(upcoming.begin, place + len(jobs)),
        )
    if options["plan_out"] is not None:
        _write_plan(options["plan_out"], finished[0].report)
    return finished


def _write_plan(path: Path, report: Report) -> None:
    from wdh.approval import write_down
    from wdh.report.files import write_file

    if report.approval is not None:
        write_file(path, write_down(report.approval))
        tell(say("written: {file}", file=path))


def make_request(job: Job, environment: Mapping[str, str], *, depots: Depots | None = None) -> RunRequest:
    """Put the options of a run into a request.

    Raises SetupError for options that contradict each other and for a key that cannot be used, as read_approval(), and
    the fault of the run.
    """
    from wdh.approval import read_approval, read_key, without_key
    from wdh.configuration import locate_configuration

    if job.fault is not None:
        raise job.fault
    options = job.options
    path, plan_out = options["approved"], options["plan_out"]
    if plan_out is not None and (options["execute"] or path is not None):
        raise SetupError(
            say("--plan-out writes a plan, and --execute and --approved apply one: two runs. Nothing was touched.")
        )
    depots = depots or Depots(environment)
    source = None if path is None and plan_out is None else options["sign_key"]
    return RunRequest(
        domain=options["domain"],
        config=locate_configuration(options["config"], environment, cwd=Path.cwd()),
        data_dir=depots.resolve(options["data_dir"] or Path.cwd()),
        execute=options["execute"] or path is not None,
        skip_facts=options["skip_facts"],
        wishes=Wishes(options["mode"], frozenset(options["backfill_refs"]), options["backfill_mode"]),
        sheet=options["sheet"],
        pk=options["pk"] or (),
        max_files=options["max_files"],
        files=tuple(map(depots.resolve, options["file"])),
        period=options["period"],
        reader=options["reader"],
        reject_limit=options["max_rejects"],
        lock_timeout=options["lock_timeout"],
        lock_tries=LOCK_TRIES if job.is_one_of_several else 1,
        statement_timeout=options["statement_timeout"],
        skip_unchanged=bool(options["skip_unchanged"]),
        time_limit=options["hook_timeout"],
        withhold_values=options["withhold_values"],
        accept=frozenset(options["accept"]),
        forecast=options["forecast"],
        writes_plan=plan_out is not None,
        approved=None if path is None else read_approval(path),
        without_plugins=frozenset(options["without_plugin"]),
        recalls=options["report_dir"] is not None,
        workers=options["workers"],
        signing_key=None if source is None else read_key(source, environment),
        environment=without_key(environment, options["sign_key"]),
        depots=depots,
    )


def warehouse_at(address: Address) -> Warehouse:
    """Make ready to connect to ``address``. The embedded server runs for the time of the connection."""
    from wdh.warehouse import connect

    def begin() -> AbstractContextManager[Connection]:
        progress.tell("asking", address.described)
        return connect(address)

    return Warehouse(address.described, begin)


def _find_warehouse(options: Mapping[str, Any], environment: Mapping[str, str]) -> Warehouse:
    from wdh.warehouse import find_address

    return warehouse_at(find_address(options["dsn"], environment))


def _show(report: Report, options: Mapping[str, Any], changes: ChangeList | None) -> None:
    from wdh.report.document import report_document
    from wdh.report.summary import summarise, summarise_faults

    document = report_document(report)
    history = report.history or ()
    write_files(options["report_dir"], document, rejects=report.intake.rejects, history=history, changes=changes)
    send_corrections(
        options["report_dir"], report.intake, report.intake.rejects, run_id=report.run_id, is_loaded=report.executed
    )
    if options["quiet"]:
        page = summarise_faults(report)
    else:
        server = explain_server(options["dsn"], os.environ)
        page = summarise(report, verbose=options["verbose"], shows_sql=options["sql"], server=server)
    print_result(Result(document, page), options["output"], lost=_say_lost(report))


def _say_lost(report: Report) -> str:
    if report.executed:
        return say("The run was committed, but its report could not be printed")
    if report.unchanged_since is None:
        return say("The run was planned, but its report could not be printed")
    return say("The run was left out, as its input is unchanged, but its report could not be printed")


def _fail(error: BaseException, jobs: Sequence[Job]) -> int:
    """Tell of an error of one run, or of several that are one transaction; give the exit code."""
    from wdh.intake.tally import Intake
    from wdh.report.document import failure_document
    from wdh.report.files import UnfitDirectory
    from wdh.report.summary import summarise_intake

    options = jobs[0].options
    if is_interruption(error):
        return interrupted()
    if not isinstance(error, WdhError):
        return unexpected(error, debug=options["debug"])
    intake = error.intake if isinstance(error, TooManyRejects) else None
    misfits = error.rejects if isinstance(error, DoesNotFit) else ()
    read = error.intake if isinstance(error, DoesNotFit) else intake
    domain = options["domain"] if len(jobs) == 1 else None
    document = failure_document(error, domain=domain, intake=intake, rejects=misfits)
    if not isinstance(error, UnfitDirectory):
        for job in jobs:
            write_files(job.options["report_dir"], document, rejects=misfits if intake is None else intake.rejects)
            if isinstance(read, Intake):
                send_corrections(job.options["report_dir"], read, misfits or read.rejects, run_id=None, is_loaded=False)
    page = () if intake is None else summarise_intake(intake, verbose=options["verbose"])
    print_result(Result(document, page, failure=error.message), options["output"])
    return exit_with(error, debug=options["debug"])


def explain_server(dsn: str | None, environment: Mapping[str, str]) -> Server:
    """Say which warehouse a command goes to, and which flag, variable or default leads there. Opens no connection."""
    from wdh.warehouse import find_address

    try:
        return explain_address(find_address(dsn, environment))
    except SetupError as error:
        return Server(say("not known: {why}", why=error.message))


def explain_address(address: Address) -> Server:
    """Say what an address is, and why it is used."""
    if address.home is None:  # what it is called tells its source
        return Server(address.described)
    why = say("as nothing names another (--dsn, WDH_DATABASE__…, PG…)")
    if address.source == _FALLEN:
        return Server(address.described, why)
    return Server(say("{server} (from {source})", server=address.described, source=address.source), why)
