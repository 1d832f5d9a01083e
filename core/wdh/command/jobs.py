"""Several runs by one command: which they are, and how they ended, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from wdh.errors import SetupError
from wdh.report.blocks import Block, Line, Table, Title

if TYPE_CHECKING:
    from wdh.report import Report

_ALL: Final = ("all",)
_SEVERITY: Final = (0, 10, 3, 2, 4, 5, 1, 130)
"""Exit codes from the mildest to the worst; of several runs the worst is that of the command."""

_CONTRADICTING: Final = {"file": "--file", "plan_out": "--plan-out", "approved": "--approved"}


class Job(Struct, frozen=True):
    """One run of several: its name in the table, and its options."""

    name: str
    options: Mapping[str, Any]


class Ended(Struct, frozen=True):
    """A run that is over, by its exit code. ``report`` None: it failed."""

    job: Job
    code: int
    report: Report | None


def list_jobs(options: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Job, ...]:
    """List the runs that the options ask for, in order: by domain, and with ``--commit each`` by month.

    Each has the options of a run of one domain. Raises SetupError where there is none, or where options contradict
    each other; and what finding the workbooks raises.
    """
    names = _name_domains(options, environment)
    if len(names) == 1 and options["commit"] == "domain":
        return (Job(names[0], {**options, "domain": names[0]}),)
    for key, flag in _CONTRADICTING.items():
        if options[key] is not None:
            raise SetupError(f"{flag} is about one run, and these are several. Nothing was touched.")
    jobs = [Job(name, {**options, "domain": name}) for name in names]
    if options["commit"] == "each":
        jobs = [each for job in jobs for each in _split(job, environment)]
    return tuple(_with_own_folder(job) for job in jobs)


def _name_domains(options: Mapping[str, Any], environment: Mapping[str, str]) -> Sequence[str]:
    from wdh.configuration import locate_configuration, written_domains

    named, listed = options["domain"], options["domains"] or ()
    if not named and not listed:
        raise SetupError("name the domain to run: --domain NAME, or several: --domains A,B or --domains all")
    if listed == _ALL:
        listed = tuple(written_domains(locate_configuration(options["config"], environment, cwd=Path.cwd())))
    return tuple(dict.fromkeys((*named, *listed)))


def _split(job: Job, environment: Mapping[str, str]) -> Iterator[Job]:
    """Make a run of each month for which a workbook is there; one whose name tells no month is taken by its file."""
    from wdh.command.run import make_request
    from wdh.discovery import Months
    from wdh.run.task import find_taken

    for found in find_taken(make_request(job.options, environment)):
        if found.year is None or found.month is None:
            yield Job(f"{job.name} {found.path.name}", {**job.options, "file": found.path, "period": None})
        else:
            month = (found.year, found.month)
            own = {"period": Months(month, month), "max_files": 1}
            yield Job(f"{job.name} {found.year}-{found.month:02d}", {**job.options, **own})


def _with_own_folder(job: Job) -> Job:
    if job.options["report_dir"] is None:
        return job
    return Job(job.name, {**job.options, "report_dir": job.options["report_dir"] / job.name.replace(" ", "-")})


def worst(codes: Sequence[int]) -> int:
    """Give the worst of some exit codes."""
    return max(codes, key=_SEVERITY.index, default=0)


def summarise_jobs(ended: Sequence[Ended], left: Sequence[Job]) -> Iterator[Block]:
    """Show how several runs ended, each in a line; ``left`` were not begun."""
    done = sum(one.code in (0, 10) for one in ended)
    yield Title(f"{done} of {len(ended) + len(left)} runs are done")
    numbers = ("facts", "references", "exit")
    rows = [_describe(one) for one in ended] + [(job.name, "not begun", "", "", "") for job in left]
    yield Table(("run", "state", *numbers), rows, numbers)
    if left:
        yield Line("The first that failed ended them all; --keep-going goes on with the others.")


def _describe(one: Ended) -> tuple[str, ...]:
    report = one.report
    if report is None:
        return one.job.name, "failed", "", "", str(one.code)
    if report.unchanged_since is not None:
        return one.job.name, "unchanged", "", "", str(one.code)
    if report.outcomes is None:
        facts = sum(tally.facts for tally in report.intake.workbooks)
        return one.job.name, "planned", f"{facts:,}", "", str(one.code)
    facts = sum(o.rows for o in report.outcomes if o.step.reference is None and o.step.done == "inserted")
    references = sum(o.rows for o in report.outcomes if o.step.reference is not None)
    return one.job.name, "committed", f"{facts:,}", f"{references:,}", str(one.code)
