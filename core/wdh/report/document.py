"""The report for programs: one JSON object, whose form is versioned by ``wdh_report``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wdh.errors import OutcomeUnknown, WdhError, assert_never
from wdh.facts import Reject
from wdh.intake.tally import Intake
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Skip, Statement, Step
from wdh.report.report import Report
from wdh.sql.statements import lock_tables

VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come without."""


def report_document(report: Report) -> dict[str, Any]:
    """Put a report into JSON's values. Rows of facts are not in it; their number is."""
    return {
        "wdh_report": VERSION,
        "domain": report.domain,
        "executed": report.executed,
        "database": report.database,
        "run_id": report.run_id,
        "unchanged_since": None if report.unchanged_since is None else report.unchanged_since.run_id,
        "remarks": list(report.plan.remarks),
        "skip_facts": report.skip_facts,
        "vetoes": list(report.vetoes),
        "seconds": round(report.seconds, 3),
        **_intake(report.intake),
        "lock": lock_tables(report.plan.targets) if report.plan.targets else None,
        "steps": [
            _step(step, rows=None if report.outcomes is None else report.outcomes[place].rows)
            for place, step in enumerate(report.plan.steps)
        ],
    }


def failure_document(
    error: WdhError, *, domain: str | None, intake: Intake | None, rejects: Sequence[Reject] = ()
) -> dict[str, Any]:
    """Put a failed run into the same form: ``error`` says what went wrong, and what was read stands beside it.

    ``rejects`` are the cells behind an error that came after reading.
    """
    return {
        "wdh_report": VERSION,
        "domain": domain,
        "executed": None if isinstance(error, OutcomeUnknown) else False,
        "error": {
            "kind": type(error).__name__,
            "exit_code": error.exit_code,
            "message": error.message,
            "facts": {name: _plain(value) for name, value in error.facts.items()},
        },
        **({"rejects": [asdict(reject) for reject in rejects]} if intake is None else _intake(intake)),
    }


def _intake(intake: Intake) -> dict[str, Any]:
    return {
        "workbooks": [asdict(tally) | {"path": str(tally.path)} for tally in intake.workbooks],
        "rejects": [asdict(reject) for reject in intake.rejects],
        "notes": [{"code": note.code, "sentence": note.sentence, "cases": dict(note.cases)} for note in intake.notes],
        "incomplete_references": [
            {"ref": found.reference.name, "key": _plain(key), "missing": list(columns)}
            for found in intake.candidates
            for key, columns in found.incomplete
        ],
        "disagreements": [
            {
                "ref": conflict.reference,
                "key": _plain(conflict.key),
                "column": conflict.column,
                "values": _plain(conflict.values),
                "rows": [{"file": intake.workbooks[workbook].file, "row": row} for workbook, row in conflict.places],
            }
            for found in intake.candidates
            for conflict in found.disagreements
        ],
    }


def _step(step: Step, *, rows: int | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operation": step.operation,
        "schema": step.target.schema,
        "table": step.target.table,
        "target": step.target.sql,
        "sql": list(step.statements),
    }
    counted = {"columns": list(step.columns), "planned": step.planned, "rows": rows}
    match step:
        case InsertMissing():
            path = None if step.path is None else str(step.path)
            return document | counted | {"ref": step.reference, "key": list(step.key), "path": path}
        case FillNullOnly():
            return document | counted | {"ref": step.reference, "key": list(step.key)}
        case DeleteScope() | InsertRows() | Append():
            return document | counted
        case Statement():
            return document | {"purpose": step.purpose, "package": step.package, "rows": rows}
        case Skip():
            return document | {"what": step.what, "reason": step.reason}
        case _:
            assert_never(step)


def _plain(value: object) -> Any:
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (Sequence, set, frozenset)):
        return [_plain(each) for each in value]
    return str(value)
