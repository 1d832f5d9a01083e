"""The result of a case and its expectation: facts, rejects, references and plan, as YAML."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from wdh.errors import DataError, SetupError, assert_never
from wdh.facts import Reject
from wdh.facts.exact_yaml import EXPECTATION_HEAD, canonical, read_yaml, write_yaml
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Skip,
    Stage,
    Statement,
    Step,
    Upsert,
)
from wdh.testing.domain import DomainUnderTest
from wdh.words.spelling import did_you_mean

SUFFIX: Final = ".expected.yml"
SECTIONS: Final[tuple[str, ...]] = ("error", "facts", "rejects", "refs", "incomplete", "plan")

Document = dict[str, Any]


def expectation_of(source: Path) -> Path:
    """Name the file with what is expected of a case."""
    return source.with_name(source.stem + SUFFIX)


def observe_case(subject: DomainUnderTest, workbook: Path) -> Document:
    """Plan the run on a workbook, and say what came of it.

    A DataError is what came of it, too: ``error`` is its sentence. Raises what else the job raises.
    """
    from wdh.run import TooManyRejects

    try:
        planned = subject.plan(workbook)
    except TooManyRejects as error:
        return {"error": str(error), "rejects": list(map(_show_reject, error.intake.rejects))}
    except DataError as error:
        return {"error": str(error)}
    found = planned.report.intake.candidates
    incomplete = [
        {"ref": one.reference.name, "key": list(key), "missing": list(missing)}
        for one in found
        for key, missing in one.incomplete
    ]
    return {
        "facts": [dict(fact) for fact in planned.facts],
        "rejects": list(map(_show_reject, planned.report.intake.rejects)),
        "refs": {one.reference.name: [dict(_exact(one.columns, row)) for row in one.rows] for one in found},
        **({"incomplete": incomplete} if incomplete else {}),
        "plan": [_show_step(step) for step in planned.report.plan.steps],
    }


def _exact(columns: tuple[str, ...], row: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for column, value in zip(columns, row, strict=True):
        yield column, Decimal(repr(value)) if isinstance(value, float) else value


def _show_reject(reject: Reject) -> Document:
    place = {"row": reject.row} if reject.cell is None else {"cell": reject.cell}
    return {**place, "column": reject.column, "value": reject.value, "reason": reject.reason}


def _show_step(step: Step) -> Document:
    shown: Document = {"operation": step.operation, "target": step.target.sql}
    match step:
        case Skip():
            return {"operation": step.operation, "what": step.what, "reason": step.reason}
        case Statement():
            return shown | {"purpose": step.purpose}
        case Upsert():
            return shown | {"rows": step.planned, "key": list(step.key), "update": list(step.update)}
        case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows() | Append() | Stage():
            return shown | {"rows": step.planned}
        case _:
            assert_never(step)


def read_expectation(path: Path) -> Document | None:
    """Read what is expected; None where there is no file yet. Raises SetupError where it is not of this form."""
    if not path.exists():
        return None
    found = read_yaml(path)
    if not isinstance(found, dict) or not found:
        raise SetupError(f"{path} expects nothing; its keys are: {', '.join(SECTIONS)}", file=str(path))
    for key in found:
        if key not in SECTIONS:
            raise SetupError(
                f"{path}: {key} is not a key here{did_you_mean(str(key), SECTIONS) or '.'} The keys are: "
                f"{', '.join(SECTIONS)}",
                file=str(path),
            )
    return found


def write_expectation(path: Path, observed: Document, *, source: str) -> bool:
    """Write what a case came to, with the sections that the file had (all, where there was none); say if it changed."""
    before = path.read_text("utf-8") if path.exists() else None
    text = EXPECTATION_HEAD.format(source) + write_yaml(_wanted(observed, read_expectation(path)))
    if text != before:
        path.write_text(text, encoding="utf-8")
    return text != before


def _wanted(observed: Document, expected: Mapping[str, Any] | None) -> Document:
    """Leave out the sections that an expectation does not speak of. An error is always spoken of."""
    if expected is None:
        return observed
    wanted = {key: value for key, value in observed.items() if key in expected or key == "error"}
    return wanted or observed


def compare(expected: Document, observed: Document, *, name: str) -> str:
    """Show how what came differs from what was expected, as a unified diff; empty where it does not."""
    ordered = {key: expected[key] for key in SECTIONS if key in expected}
    before, after = (_lines(each) for each in (ordered, _wanted(observed, expected)))
    return "\n".join(difflib.unified_diff(before, after, f"{name} (expected)", "what it came to", lineterm=""))


def _lines(document: Document) -> list[str]:
    return write_yaml(canonical(document)).splitlines()
