"""Several runs by one command: which they are, and how they ended, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from wdh.command.failures import is_interruption
from wdh.errors import OutcomeUnknown, SetupError, WdhError
from wdh.report.blocks import Block, Line, Table, Title
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.report import Report

_ALL: Final = ("all",)
SEVERITY: Final = (0, 10, 20, 3, 2, 4, 5, 1, 130)
"""Exit codes from the mildest to the worst; of several runs the worst is that of the command."""

_CONTRADICTING: Final = {"file": "--file", "plan_out": "--plan-out", "approved": "--approved"}


FAILED: Final = "failed"


class Job(Struct, frozen=True):
    """One run of several: its name in the table, and its options."""

    name: str
    options: Mapping[str, Any]


class Ended(Struct, frozen=True):
    """A run that is over, by its exit code. ``report`` None: it has none, and ``state`` says how it ended."""

    job: Job
    code: int
    report: Report | None
    state: str = FAILED


def list_jobs(options: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Job, ...]:
    """List the runs that the options ask for, in order: by domain, and with ``--commit each`` by month.

    Each has the options of a run of one domain. With ``--commit together`` they are one transaction. Raises SetupError
    where there is none, or where options contradict each other; and what finding the workbooks raises.
    """
    names = _name_domains(options, environment)
    if len(names) == 1 and options["commit"] != "each":
        return (Job(names[0], {**options, "domain": names[0]}),)
    for key, flag in _CONTRADICTING.items():
        if options[key]:
            raise SetupError(say("{flag} is about one run, and these are several. Nothing was touched.", flag=flag))
    if options["commit"] == "together" and options["keep_going"]:
        raise SetupError(
            say(
                "--commit together writes all domains or none, and --keep-going those that do not fail: leave one of "
                "them out. Nothing was touched."
            )
        )
    jobs = [Job(name, {**options, "domain": name}) for name in names]
    if options["commit"] == "each":
        jobs = [each for job in jobs for each in _split(job, environment)]
    return tuple(_with_own_folder(job) for job in jobs)


def _name_domains(options: Mapping[str, Any], environment: Mapping[str, str]) -> Sequence[str]:
    from wdh.configuration import locate_configuration, written_domains

    named, listed = options["domain"], options["domains"] or ()
    if not named and not listed:
        raise SetupError(say("name the domain to run: --domain NAME, or several: --domains A,B or --domains all"))
    if listed == _ALL:
        listed = tuple(written_domains(locate_configuration(options["config"], environment, cwd=Path.cwd())))
    return tuple(dict.fromkeys((*named, *listed)))


def _split(job: Job, environment: Mapping[str, str]) -> Iterator[Job]:
    """Make a run of each month for which a workbook is there; one whose name tells no month is taken by its file."""
    from wdh.command.run import make_request
    from wdh.discovery import Depots, Months
    from wdh.run.task import find_taken

    with Depots(environment) as depots:
        taken = [
            (found, depots.address_of(found.path))
            for found in find_taken(make_request(job.options, environment, depots=depots))
        ]
    for found, address in taken:
        if found.year is None or found.month is None:
            place = address or found.path
            yield Job(f"{job.name} {found.path.name}", {**job.options, "file": (place,), "period": None})
        else:
            month = (found.year, found.month)
            own = {"period": Months(month, month), "max_files": 1}
            yield Job(f"{job.name} {found.year}-{found.month:02d}", {**job.options, **own})


def _with_own_folder(job: Job) -> Job:
    if job.options["report_dir"] is None:
        return job
    return Job(job.name, {**job.options, "report_dir": job.options["report_dir"] / job.name.replace(" ", "-")})


def end_together(jobs: Sequence[Job], error: BaseException, *, code: int) -> list[Ended]:
    """Say how runs ended that are one transaction: the one that the error is about failed, of the others nothing is
    written, if that is known.
    """
    culprit = find_culprit(jobs, error)
    others = "not known" if isinstance(error, OutcomeUnknown) else "not written"
    return [Ended(job, code, None, FAILED if job is culprit else others) for job in jobs]


def find_culprit(jobs: Sequence[Job], error: BaseException) -> Job | None:
    """Find the run that an error is about; None: it is about none of them more than about another."""
    if len(jobs) == 1:
        return jobs[0]
    domain = error.facts.get("domain") if isinstance(error, WdhError) and not is_interruption(error) else None
    return next((job for job in jobs if job.options["domain"] == domain), None)


def worst(codes: Sequence[int]) -> int:
    """Give the worst of some exit codes."""
    return max(codes, key=SEVERITY.index, default=0)


def summarise_jobs(ended: Sequence[Ended], left: Sequence[Job]) -> Iterator[Block]:
    """Show how several runs ended, each in a line; ``left`` were not begun."""
    done = sum(one.code in (0, 10, 20) for one in ended)
    yield Title(say("{done} of {count} runs are done", done=done, count=len(ended) + len(left)))
    numbers = (say("facts"), say("references"), say("exit"))
    rows = [_describe(one) for one in ended] + [(job.name, say("not begun"), "", "", "") for job in left]
    yield Table((say("run"), say("state"), *numbers), rows, numbers)
    if left:
        yield Line(say("The first that failed ended them all; --keep-going goes on with the others."))
    states = {one.state: one.job.name for one in ended if one.report is None}
    if "not written" in states:
        why = say("{run} failed", run=states[FAILED]) if FAILED in states else say("The run was ended")
        yield Line(say("{why}, and all are one transaction: nothing of any was written.", why=why))
    if "not known" in states:
        yield Line(say("All are one transaction: either all of them were written or none."))


def _say_state(state: str) -> str:
    return {"not written": say("not written"), "not known": say("not known")}.get(state, say("failed"))


def _describe(one: Ended) -> tuple[str, ...]:
    report = one.report
    if report is None:
        return one.job.name, _say_state(one.state), "", "", str(one.code)
    if report.unchanged_since is not None:
        return one.job.name, say("unchanged"), "", "", str(one.code)
    if report.outcomes is None:
        facts = sum(tally.facts for tally in report.intake.workbooks)
        return one.job.name, say("planned"), f"{facts:,}", "", str(one.code)
    facts = sum(o.rows for o in report.outcomes if o.step.reference is None and o.step.done == "inserted")
    references = sum(o.rows for o in report.outcomes if o.step.reference is not None)
    state = say("committed") if not report.vetoes else say("committed, facts vetoed")
    return one.job.name, state, f"{facts:,}", f"{references:,}", str(one.code)
