"""The report for programs: one JSON object, whose form is versioned by ``wdh_report``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from msgspec import structs

from wdh.apply.forecast import FactForecast, Forecast, PeriodForecast, ReferenceForecast
from wdh.apply.guards import Breach, GuardRefused
from wdh.apply.outcomes import StepOutcome
from wdh.errors import OutcomeUnknown, WdhError, assert_never
from wdh.facts import Reject
from wdh.intake.tally import Intake, WorkbookTally
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
from wdh.report.report import Report
from wdh.sql.statements import lock_tables
from wdh.words.printable import sentence
from wdh.words.redaction import redact

VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come without."""


def report_document(report: Report) -> dict[str, Any]:
    """Put a report into JSON's values. Rows of facts are not in it; their number is. So are files passed over."""
    return {
        "wdh_report": VERSION,
        "domain": report.domain,
        "executed": report.executed,
        "database": report.database,
        "run_id": report.run_id,
        "unchanged_since": None if report.unchanged_since is None else report.unchanged_since.run_id,
        "approval": None if report.approval is None else report.approval.id,
        "remarks": list(report.plan.remarks),
        "skip_facts": report.skip_facts,
        "vetoes": list(report.vetoes),
        "plugins_off": [structs.asdict(each) for each in report.plugins_off],
        "facts": _loaded(report),
        "periods": report.periods,
        "seconds": round(report.seconds, 3),
        "stages": [{"name": each.stage, "seconds": round(each.seconds, 3)} for each in report.stages],
        **_intake(report.intake),
        "passed_over": dict(Counter(found.reason for found in report.passed_over)),
        "guards": guards_document(report.judged.breaches),
        "accept_unneeded": list(report.judged.unneeded),
        "lock": lock_tables(report.plan.targets) if report.plan.targets else None,
        "steps": [
            _step(step, None if report.outcomes is None else report.outcomes[place])
            for place, step in enumerate(report.plan.steps)
        ],
        "forecast": None if report.forecast is None else _forecast(report.forecast),
        "foreseen": None if report.foreseen is None else _forecast(report.foreseen),
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
        "error": error_document(error, exit_code=error.exit_code),
        **({"guards": guards_document(error.breaches)} if isinstance(error, GuardRefused) else {}),
        **({"rejects": [asdict(reject) for reject in rejects]} if intake is None else _intake(intake)),
    }


def error_document(error: BaseException, *, exit_code: int) -> dict[str, Any]:
    """Put the error of a failed run into JSON's values. One that is no WdhError has no facts: it is a fault of wdh."""
    message, facts = sentence(redact(str(error))), {}
    if isinstance(error, WdhError):
        message, facts = error.message, {name: _plain(value) for name, value in error.facts.items()}
    return {"kind": type(error).__name__, "exit_code": exit_code, "message": message, "facts": facts}


def guards_document(breaches: Sequence[Breach]) -> list[dict[str, Any]]:
    """Put what the guards found into JSON's values."""
    return [
        {
            "name": breach.name,
            "refuses": breach.refuses,
            "accepted": breach.is_accepted,
            "sentence": breach.sentence,
            "figures": [dict(figure) for figure in breach.figures],
            "more": breach.more,
            "advice": breach.advice,
        }
        for breach in breaches
    ]


def _loaded(report: Report) -> dict[str, Any]:
    """Say whether facts of this run are in the warehouse, which ``executed`` does not: a veto keeps them out alone."""
    is_loaded = report.executed and report.loads_facts
    rows: Counter[str] = Counter()
    for outcome in report.outcomes or ():
        rows.update(outcome.counts if outcome.step.reference is None else {})
    done = ("inserted", "updated") if report.plan.of(Upsert) else ("inserted",)
    counts = {name: rows[name] if is_loaded else None for name in done}
    return {"loaded": is_loaded, **counts, "vetoed": list(report.vetoes)}


def _workbook(tally: WorkbookTally) -> dict[str, Any]:
    counts = structs.asdict(tally) | {"path": tally.place}
    del counts["origin"]
    return counts


def _intake(intake: Intake) -> dict[str, Any]:
    return {
        "workbooks": [_workbook(tally) for tally in intake.workbooks],
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


def _step(step: Step, outcome: StepOutcome | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operation": step.operation,
        "schema": step.target.schema,
        "table": step.target.table,
        "target": step.target.sql,
        "sql": list(step.statements),
        "seconds": None if outcome is None else round(outcome.seconds, 3),
    }
    rows = None if outcome is None else outcome.rows
    counted = {"columns": list(step.columns), "planned": step.planned, "rows": rows}
    match step:
        case InsertMissing():
            path = None if step.path is None else str(step.path)
            return document | counted | {"ref": step.reference, "key": list(step.key), "path": path}
        case FillNullOnly():
            return document | counted | {"ref": step.reference, "key": list(step.key)}
        case DeleteScope() | InsertRows() | Append():
            return document | counted
        case Upsert():
            done = dict.fromkeys(("inserted", "updated")) if outcome is None else dict(outcome.counts)
            path = None if step.path is None else str(step.path)
            return document | counted | {"key": list(step.key), "update": list(step.update), "path": path} | done
        case Stage():
            return document | counted | {"stage": step.stage.sql}
        case Statement():
            return document | {"purpose": step.purpose, "package": step.origin, "rows": rows}
        case Skip():
            return document | {"what": step.what, "reason": step.reason}
        case _:
            assert_never(step)


def _forecast(forecast: Forecast) -> dict[str, Any]:
    return {
        "changes": forecast.changes,
        "references": [_reference(found) for found in forecast.references],
        "facts": None if forecast.facts is None else _facts(forecast.facts),
        "unknown": list(forecast.unknown),
    }


def _reference(found: ReferenceForecast) -> dict[str, Any]:
    return {
        "ref": found.reference,
        "schema": found.target.schema,
        "table": found.target.table,
        "key": list(found.key),
        "table_rows": found.table_rows,
        "candidates": found.candidates,
        "inserted": found.inserted,
        "rows_filled": found.rows_filled,
        "untouched": found.untouched,
        "filled": dict(found.filled),
        "differing": dict(found.disagreeing),
        "new_keys": _plain(found.new_keys),
        "fills": [_plain(structs.asdict(change)) for change in found.fills],
        "differences": [_plain(structs.asdict(change)) for change in found.disagreements],
    }


def _facts(facts: FactForecast) -> dict[str, Any]:
    return {
        "schema": facts.target.schema,
        "table": facts.target.table,
        "period_column": facts.period_column,
        "scope_columns": list(facts.scope_columns),
        "key": list(facts.key),
        "deleted": facts.deleted,
        "inserted": facts.inserted,
        "updated": facts.updated,
        "periods": [_period(period) for period in facts.periods],
        "left_behind": [{"scope": list(left.scope), "facts": left.facts} for left in facts.left_behind],
    }


def _period(period: PeriodForecast) -> dict[str, Any]:
    return {
        "period": period.period,
        "before": period.before,
        "deleted": period.deleted,
        "inserted": period.inserted,
        "updated": period.updated,
        "moved": period.moved,
        "after": period.after,
        "left_behind": period.left_behind,
        "amounts": {
            name: {part: f"{value:f}" for part, value in structs.asdict(amount).items()}
            for name, amount in period.amounts.items()
        },
    }


def _plain(value: object) -> Any:
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (Sequence, set, frozenset)):
        return [_plain(each) for each in value]
    return str(value)
