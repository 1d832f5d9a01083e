"""One workbook through the whole run by each reader, up to the plan, and how the two outcomes differ."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from msgspec import structs

from wdh.domain.loading import load_hooks, read_configuration
from wdh.domain.own_answers import FactLoading
from wdh.errors import DataError, WdhError
from wdh.plan import Plan
from wdh.run import RejectLimit, RunRequest, run, task

Name = Literal["openpyxl", "fast"]
READERS: tuple[Name, Name] = ("openpyxl", "fast")
DOMAIN = "sales"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its exit code, what it said or raised, and all that it would do.

    ``holds`` has the facts, the rejects, the counts of the sheet and the notes, by name; nothing where it was refused.
    ``reader`` is the one that read the sheet in the end.
    """

    code: int
    said: str
    holds: Mapping[str, Any]
    reader: str = ""


@cache
def _hooks(config: Path) -> Any:
    return load_hooks(DOMAIN, config, extra=[FactLoading()], time_limit=0)


@cache
def _configuration(config: Path) -> Any:
    return read_configuration(config, _hooks(config))


@contextlib.contextmanager
def configured_once() -> Iterator[None]:
    """Have the configuration read once for many runs: it takes ten times as long as reading a small workbook."""
    with (
        mock.patch.object(task, "find_hooks", lambda _, config, **__: mock.Mock(load=lambda **_: _hooks(config))),
        mock.patch.object(task, "read_configuration", lambda config, _: _configuration(config)),
    ):
        yield


def read_by(reader: Name, workbook: Path, config: Path) -> Outcome:
    """Plan a run of one workbook by a reader, as the command would. Whatever is raised is an outcome, too."""
    held: dict[str, Any] = {}

    def keep(plan: Plan) -> None:
        facts = plan.facts
        assert facts is not None
        held["facts"] = [facts.columns, *(texts for _, texts in facts.lines(facts.columns))]

    request = RunRequest(
        DOMAIN,
        config,
        workbook.parent,
        files=(workbook,),
        reader=reader,
        reject_limit=RejectLimit(share=Fraction(1)),
    )
    try:
        report = run(request, open_warehouse=_no_warehouse, on_plan=keep)
    except WdhError as error:
        return Outcome(error.exit_code, error.message if isinstance(error, DataError) else traceback.format_exc(), {})
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Outcome(1, traceback.format_exc(), {})
    (tally,) = report.intake.workbooks
    held["rejects"] = [asdict(reject) for reject in report.intake.rejects]
    held["counts"] = {key: value for key, value in structs.asdict(tally).items() if key not in ("reader", "path")}
    held["notes"] = [asdict(note) for note in report.intake.notes if note.code != "read_by_openpyxl"]
    return Outcome(0, "", held, tally.reader)


def _no_warehouse() -> Any:
    raise AssertionError("a plan needs no warehouse")


def find_faults(exact: Outcome, fast: Outcome) -> list[str]:
    """Say what must not be: an exit code but 0 and 3, too little memory, or two outcomes that differ."""
    outcomes = dict(zip(READERS, (exact, fast), strict=True))
    faults = [
        f"{name}: exit code {outcome.code}: {outcome.said.strip()}"
        for name, outcome in outcomes.items()
        if outcome.code not in (0, 3) or "more memory" in outcome.said
    ]
    if faults:
        return faults
    if exact.code != fast.code:
        refusing = "openpyxl" if exact.code else "fast"
        return [f"{refusing} alone refuses: {exact.said or fast.said}"]
    return [
        f"{key} differ: {_first_difference(exact.holds[key], fast.holds[key])}"
        for key in exact.holds
        if exact.holds[key] != fast.holds[key]
    ]


def _first_difference(one: Any, other: Any) -> str:
    if isinstance(one, Mapping):
        one, other = list(one.items()), list(other.items())
    for first, second in zip(one, other, strict=False):
        if first != second:
            return f"openpyxl {first!r}, fast {second!r}"
    return f"openpyxl has {len(one)}, fast {len(other)}"
