"""How the runs of one command ended, in one table, and the command that does what is left of them."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click
from msgspec import Struct

from wdh.command.failures import INTERRUPTED
from wdh.command.jobs import Job, find_culprit
from wdh.command.options import WORDS
from wdh.command.printing import tell
from wdh.errors import OutcomeUnknown
from wdh.report.blocks import Block, Code, Line, Table, Title
from wdh.words.language import later, say
from wdh.words.printable import show_controls
from wdh.words.redaction import redact

if TYPE_CHECKING:
    from wdh.report import Report

SEVERITY: Final = (0, 10, 20, 3, 2, 4, 5, 1, 130)
"""Exit codes from the mildest to the worst; of several runs the worst is that of the command."""

COMMITTED, VETOED, PLANNED, UNCHANGED = "committed", "committed, facts vetoed", "planned", "unchanged"
FAILED, INTERRUPTED_RUN, NOT_WRITTEN, NOT_KNOWN = "failed", "interrupted", "not written", "not known"
NOT_BEGUN: Final = "not begun"
_STATES: Final = {
    COMMITTED: later("committed"),
    VETOED: later("committed, facts vetoed"),
    PLANNED: later("planned"),
    UNCHANGED: later("unchanged"),
    FAILED: later("failed"),
    INTERRUPTED_RUN: later("interrupted"),
    NOT_WRITTEN: later("not written"),
    NOT_KNOWN: later("not known"),
    NOT_BEGUN: later("not begun"),
}
_SKIP: Final = "--skip-unchanged"
_LOAD_AGAIN: Final = "--no-skip-unchanged"


class Ended(Struct, frozen=True):
    """A run that is over, by its exit code and state. The counts are of rows; None: it has none.

    It does not hold the report, which has all rows of references: a command may have thousands of runs.
    """

    name: str
    code: int
    state: str
    facts: int | None = None
    references: int | None = None
    is_executed: bool = False

    @property
    def is_done(self) -> bool:
        return self.code in (0, 10, 20)


def end_reported(job: Job, report: Report, *, code: int) -> Ended:
    """Say how a run ended that has a report."""
    if report.unchanged_since is not None:
        return Ended(job.name, code, UNCHANGED)
    if report.outcomes is None:
        return Ended(job.name, code, PLANNED, facts=sum(tally.facts for tally in report.intake.workbooks))
    facts = sum(o.rows for o in report.outcomes if o.step.reference is None and o.step.done == "inserted")
    references = sum(o.rows for o in report.outcomes if o.step.reference is not None)
    state = VETOED if report.vetoes else COMMITTED
    return Ended(job.name, code, state, facts=facts, references=references, is_executed=True)


def end_together(jobs: Sequence[Job], error: BaseException, *, code: int) -> list[Ended]:
    """Say how runs ended that are one transaction: the one that the error is about failed, of the others nothing is
    written, if that is known.
    """
    culprit = find_culprit(jobs, error)
    others = NOT_KNOWN if isinstance(error, OutcomeUnknown) else NOT_WRITTEN
    own = INTERRUPTED_RUN if code == INTERRUPTED else FAILED
    return [Ended(job.name, code, own if job is culprit else others) for job in jobs]


def worst(codes: Sequence[int]) -> int:
    """Give the worst of some exit codes."""
    return max(codes, key=SEVERITY.index, default=0)


def summarise_jobs(ended: Sequence[Ended], left: Sequence[Job], *, again: str | None) -> Iterator[Block]:
    """Show how several runs ended, each in a line; ``left`` were not begun.

    ``again`` is the command that does what is left; None: nothing was to be written.
    """
    done = sum(one.is_done for one in ended)
    yield Title(say("{done} of {count} runs are done", done=done, count=len(ended) + len(left)))
    numbers = (say("facts"), say("references"), say("exit"))
    rows = [_describe(one) for one in ended] + [(job.name, say(_STATES[NOT_BEGUN]), "", "", "") for job in left]
    yield Table((say("run"), say("state"), *numbers), rows, numbers)
    states = Counter([one.state for one in ended] + [NOT_BEGUN] * len(left))
    if len(states) > 1:
        yield Line(", ".join(f"{say(said)}: {states[state]:,}" for state, said in _STATES.items() if states[state]))
    if left and states[FAILED]:
        yield Line(say("The first that failed ended them all; --keep-going goes on with the others."))
    culprit = next((one.name for one in ended if one.state == FAILED), None)
    if states[NOT_WRITTEN]:
        why = say("The run was ended") if culprit is None else say("{run} failed", run=culprit)
        yield Line(say("{why}, and all are one transaction: nothing of any was written.", why=why))
    if states[NOT_KNOWN]:
        yield Line(say("All are one transaction: either all of them were written or none."))
    if again is not None and done < len(ended) + len(left):
        yield Line(say("What is left is done by this command, which passes over what is there:"))
        yield Code("console", [show_controls(again)])


def tell_failed(ended: Sequence[Ended]) -> None:
    """Tell of the runs that failed, or were interrupted."""
    for one in ended:
        if one.state in (FAILED, INTERRUPTED_RUN):
            tell(say("{run} ended with exit code {code}.", run=one.name, code=one.code))


def write_again(context: click.Context) -> str:
    """Write the command of this context as one that does what is left of it; a password in it is masked."""
    given = [word for word in context.meta.get(WORDS, ()) if word not in (_SKIP, _LOAD_AGAIN)]
    more = [] if context.params["commit"] == "each" else [_SKIP]
    return shlex.join([*context.command_path.split(), *map(redact, given), *more])


def _describe(one: Ended) -> tuple[str, ...]:
    counts = ("" if count is None else f"{count:,}" for count in (one.facts, one.references))
    return one.name, say(_STATES[one.state]), *counts, str(one.code)
