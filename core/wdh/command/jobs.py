"""The runs of one command: which they are, in which order, and which of them an error is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.command.failures import is_interruption
from wdh.errors import SetupError, WdhError
from wdh.words.language import say

_ALL: Final = ("all",)
_CONTRADICTING: Final = {"file": "--file", "plan_out": "--plan-out", "approved": "--approved"}


class Job(Struct, frozen=True):
    """One run of a command: its name in the table, and its options.

    ``is_one_of_several`` says whether the command has others. ``fault`` is an error that was met while the runs were
    listed: it is that of the run. ``size`` is that of its workbooks in bytes; 0: it is not known.
    """

    name: str
    options: Mapping[str, Any]
    is_one_of_several: bool = False
    fault: WdhError | None = None
    size: int = 0


def list_jobs(options: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Job, ...]:
    """List the runs that the options ask for, in order: by domain, and with ``--commit each`` by month.

    Each has the options of a run of one domain. With ``--commit together`` they are one transaction; with ``--commit
    each`` those that are done already are left out, if the options do not say otherwise. Raises SetupError where there
    is none, or where options contradict each other; and what finding the workbooks raises, but with ``--keep-going``.
    """
    names, is_each = _name_domains(options, environment), options["commit"] == "each"
    if options["skip_unchanged"] is None:
        options = {**options, "skip_unchanged": is_each}
    if len(names) == 1 and not is_each:
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
    if is_each:
        jobs = [each for job in jobs for each in _split(job, environment)]
    return tuple(_with_own_folder(job, is_one_of_several=len(jobs) > 1) for job in jobs)


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

    try:
        with Depots(environment) as depots:
            request = make_request(job, environment, depots=depots)
            taken = [(found, depots.address_of(found.path)) for found in find_taken(request)]
    except WdhError as error:
        if not job.options["keep_going"]:
            raise
        yield Job(job.name, job.options, fault=error)
        return
    for found, address in taken:
        own: dict[str, Any]
        if found.year is None or found.month is None:
            name, own = found.path.name, {"file": (address or found.path,), "period": None}
        else:
            month = (found.year, found.month)
            name, own = f"{found.year}-{found.month:02d}", {"period": Months(month, month), "max_files": 1}
        yield Job(f"{job.name} {name}", {**job.options, **own}, size=found.size or 0)


def _with_own_folder(job: Job, *, is_one_of_several: bool) -> Job:
    options, folder = job.options, job.options["report_dir"]
    if folder is not None:
        options = {**options, "report_dir": folder / job.name.replace(" ", "-")}
    return replace(job, options=options, is_one_of_several=is_one_of_several)


def find_culprit(jobs: Sequence[Job], error: BaseException) -> Job | None:
    """Find the run that an error is about; None: it is about none of them more than about another."""
    if len(jobs) == 1:
        return jobs[0]
    domain = error.facts.get("domain") if isinstance(error, WdhError) and not is_interruption(error) else None
    return next((job for job in jobs if job.options["domain"] == domain), None)
