"""The page of a run: what it found, planned and did, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from wdh.apply import StepOutcome
from wdh.apply.forecast import Forecast
from wdh.apply.history import RecordedRun
from wdh.discovery.findings import Reason, show_path
from wdh.errors import assert_never
from wdh.facts import Reject
from wdh.intake.tally import Intake, rejected_rows
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
from wdh.report.blocks import Block, Code, Line, Section, Table, Title
from wdh.report.forecast import summarise_forecast
from wdh.report.guards import summarise_guards
from wdh.report.report import Report
from wdh.report.terminal import clip as _clip
from wdh.report.terminal import counted as _counted
from wdh.sql.shown import show_sql
from wdh.sql.statements import lock_tables
from wdh.words.printable import show_controls

SHOWN_REJECTS = 20
SHOWN_CASES = 5

_USUAL: Final = frozenset(("extension", "hidden"))
"""Reasons that say nothing to anybody who did not ask: the file cannot be a workbook."""

PASSED: Final[Mapping[Reason, str]] = {
    "excluded": "excluded by name",
    "hidden": "hidden",
    "too_deep": "too deep",
    "link": "links",
    "not_a_file": "no files",
    "ignored": "ignored by name",
    "extension": "of another kind",
    "pattern": "of another name",
    "month": "without a month that can be read",
    "other_month": "of other months",
    "older_month": "of older months",
    "lower_version": "of lower versions",
    "older": "changed earlier",
}
"""The words for each reason for which a file or folder is passed over, behind their number."""


def summarise(report: Report, *, verbose: bool = False) -> Iterator[Block]:
    """Make the page of a planned or executed run, or of one for which nothing was to be done.

    ``verbose`` lists what was passed over; otherwise it is counted.
    """
    if report.unchanged_since is not None:
        yield Title(f"{report.domain} · unchanged")
        yield Section("Execution Summary", _unchanged(report, report.unchanged_since))
        yield from _plugins_off(report)
        return
    yield Title(f"{report.domain} · {_state(report)}")
    yield Section("Workbooks", [_workbooks(report.intake), *_passed_over(report, verbose=verbose)])
    yield from summarise_intake(report.intake)
    yield Section(f"Skip facts: {report.skip_facts}", [Line(veto) for veto in report.vetoes])
    yield from _plugins_off(report)
    yield from (Line(f"The facts are left alone: {reason}.") for reason in _own_skips(report))
    yield Section("Reference Backfill Summary", [_references(report)])
    yield from _facts(report)
    yield from summarise_guards(report.judged, executed=report.executed)
    if not report.executed:
        yield Section("SQL", [Code("sql", list(_sql(report)))])
    if report.forecast is not None:
        yield from summarise_forecast(report.forecast, title="As it happened" if report.executed else "Forecast")
    yield Section("Execution Summary", list(_execution(report)))


def _plugins_off(report: Report) -> Iterator[Line]:
    yield from (Line(f"{off}.") for off in report.plugins_off)


def _state(report: Report) -> str:
    if report.executed:
        return "executed; the facts were vetoed and not loaded" if report.vetoes else "executed"
    return "plan only, nothing was touched" if report.forecast is None else "forecast, nothing was written"


def _unchanged(report: Report, run: RecordedRun) -> list[Line]:
    when = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return [
        Line("Nothing was read or written: workbooks, configuration, code, and what else the packages read are as"),
        Line(f"in the latest run, {run.run_id} of {when}, in {report.database}."),
        Line(f"{report.seconds:.1f} s"),
    ]


def summarise_intake(intake: Intake) -> Iterator[Section]:
    """Show what is noteworthy about the rows: rejects, notes, incomplete references, disagreements."""
    if totals := list(_totals(intake)):
        yield Section("Totals", totals)
    if intake.rejects:
        yield Section("Rejects", list(_rejects(intake.rejects)))
    if notes := [*_unread(intake), *_notes(intake), *_incomplete(intake), *_disagreements(intake)]:
        yield Section("Notes", notes)


def _own_skips(report: Report) -> Iterator[str]:
    """Give the reasons for which facts are left alone though nobody vetoed them."""
    if not report.skip_facts:
        yield from (s.reason for s in report.plan.of(Skip) if s.reference is None)


def _workbooks(intake: Intake) -> Table:
    numbers = ("rows", "facts", "totals", "rejected", "blank", "hidden")
    rows = []
    for tally in intake.workbooks:
        counts = (tally.data_rows, tally.facts, tally.totals, tally.rejected, tally.blank, tally.hidden)
        rows.append((tally.file, tally.sheet, *(f"{count:,}" for count in counts)))
    return Table(("file", "sheet", *numbers), rows, numbers)


def _passed_over(report: Report, *, verbose: bool) -> Iterator[Line | Table]:
    passed = report.passed_over if verbose else [found for found in report.passed_over if found.reason not in _USUAL]
    if not passed:
        return
    counts = Counter(found.reason for found in passed)
    listed = ", ".join(f"{count:,} {PASSED[reason]}" for reason, count in counts.most_common())
    yield Line(f"Passed over: {listed}" + ("" if verbose else " (--verbose lists them)"))
    if verbose:
        yield Table(
            ("passed over", "why"), [(show_path(found.path, report.data_dir), found.sentence) for found in passed]
        )


def _references(report: Report) -> Table | Line:
    done = ("inserted", "filled") if report.executed else ()
    known = () if report.forecast is None else ("new", "already there", "differing")[report.executed :]
    numbers = (*(known or ("candidates",)), *done)
    rows = [
        (step.reference, *_cells(step, outcome, counts=_counts(step, report), done=done))
        for step, outcome in _steps(report)
        if step.reference is not None
    ]
    return (
        Table(("ref", "table", "mode", *numbers, "how"), rows, numbers)
        if rows
        else Line("no references are configured")
    )


def _facts(report: Report) -> Iterator[Section]:
    """Show the fact steps; where facts are skipped there is nothing to sum up."""
    updated = ("updated",) if report.plan.of(Upsert) else ()
    own = ("changed",) if report.plan.of(Statement) else ()
    done = ("deleted", "inserted", *updated, *own) if report.executed else ()
    rows = []
    for step, outcome in _steps(report):
        if step.reference is None and not isinstance(step, Skip):
            deleted = _deleted(step, report)
            count = deleted if isinstance(step, DeleteScope) else step.planned
            counts = ("" if count is None else f"{count:,}",)
            rows.append(tuple(_cells(step, outcome, counts=counts, done=done, deleted=deleted)))
    if rows:
        headers, numbers = ("table", "step", "rows", *done, "what"), ("rows", *done)
        yield Section("Fact Load Summary", [Table(headers, rows, numbers)])


def _cells(
    step: Step,
    outcome: StepOutcome | None,
    *,
    counts: Sequence[str],
    done: Sequence[str],
    deleted: int | None = None,
) -> Iterator[str]:
    """Show where a step writes, what is known of its rows, and the rows it did in the column of that verb."""
    counted = {} if outcome is None else outcome.counts
    rows = (f"{counted[name]:,}" if name in counted else "" for name in done)
    yield from (step.target.sql, step.label, *counts, *rows, _describe(step, deleted))


def _counts(step: Step, report: Report) -> Sequence[str]:
    """Count the candidates of a reference's step: at most how many, or what the table says of them."""
    if report.forecast is None:
        return ("" if step.planned is None else f"up to {step.planned:,}",)
    found = next((each for each in report.forecast.references if each.reference == step.reference), None)
    first = next((other for other in report.plan.writes if other.reference == step.reference), None)
    known = ("", "", "")
    if found is not None and step is first:
        is_insert = isinstance(step, InsertMissing)
        new = (f"{found.inserted:,}", f"{found.candidates - found.inserted:,}") if is_insert else ("", "")
        known = (*new, f"{sum(found.disagreeing.values()):,}")
    return known[report.executed :]


def _deleted(step: Step, report: Report) -> int | None:
    """Count the facts that a delete takes away, which only the table knows; None: nobody asked, or two deletes do."""
    facts = None if report.forecast is None else report.forecast.facts
    if facts is None or not isinstance(step, DeleteScope) or len(report.plan.of(DeleteScope)) > 1:
        return None
    return facts.deleted


def _describe(step: Step, deleted: int | None) -> str:
    match step:
        case InsertMissing():
            return "on conflict or anti-join, by the table's indexes" if step.path is None else str(step.path)
        case FillNullOnly():
            return "only where NULL: " + ", ".join(step.filled)
        case DeleteScope(standing=standing) if standing is not None:
            named = ", ".join(f"{column} ({pattern})" for column, pattern in standing.patterns)
            return f"facts that stand in for these with a provisional {named}"
        case DeleteScope():
            scopes = f"{_counted(step.planned, 'scope')} ({', '.join(step.columns)})"
            return f"every row of {scopes}" if deleted is None else f"replaces {_counted(deleted, 'fact')} of {scopes}"
        case InsertRows() | Append():
            return "all facts, by COPY"
        case Upsert():
            how = f"updates {', '.join(step.update)} where they differ" if step.update else "updates nothing"
            return f"by {', '.join(step.key)}: {how}, and inserts what is missing"
        case Stage():
            return f"all facts, by COPY into {step.stage.sql}"
        case Statement():
            return f"{step.purpose} ({step.origin})"
        case Skip():
            return step.reason
        case _:
            assert_never(step)


def _sql(report: Report) -> Iterator[str]:
    if report.plan.targets:
        yield show_sql(lock_tables(report.plan.targets) + ";")
    for step in report.plan.steps:
        if step.statements:
            yield show_controls(f"-- {step.operation.lower()} {step.target.sql}")
        yield from (show_sql(statement.rstrip().removesuffix(";") + ";") for statement in step.statements)
        if isinstance(step, (InsertMissing, Upsert)) and step.path is None:
            yield "-- the ON CONFLICT line is left out where no unique index covers exactly the key"


def _execution(report: Report) -> Iterator[Line]:
    if report.outcomes is None:
        what = "the plan" if report.forecast is None else f"what the plan would do in {report.database}"
        how = "--execute" if report.approval is None else "--approved"
        yield Line(f"Nothing was written: this is {what}. Run again with {how} to apply it.")
    else:
        recorded = f" as run {report.run_id}" if report.run_id else ""
        yield Line(f"Committed in one transaction to {report.database}{recorded}.")
        yield Line(_sums(report.outcomes))
    if report.approval is not None:
        yield Line(f"It is what approval {report.approval.id} says.")
    yield from _left_behind(report.forecast)
    yield from (Line(f"Note: {remark}.") for remark in report.plan.remarks)
    yield Line(f"{report.seconds:.1f} s")


def _left_behind(forecast: Forecast | None) -> Iterator[Line]:
    found = [] if forecast is None or forecast.facts is None else forecast.facts.periods
    left = [period for period in found if period.left_behind]
    if left:
        facts = _counted(sum(period.left_behind or 0 for period in left), "fact")
        yield Line(
            f"Left behind: {facts} of {_counted(len(left), 'period')}, of scopes that the workbooks do not have."
        )


def _sums(outcomes: Sequence[StepOutcome]) -> str:
    references: Counter[str] = Counter()
    facts: Counter[str] = Counter()
    for outcome in outcomes:
        counted = references if outcome.step.reference is not None else facts
        counted.update(outcome.counts)
    text = f"References: {references['inserted']:,} inserted, {references['filled']:,} filled."
    if not facts.keys().isdisjoint(("deleted", "inserted")):
        updated = f", {facts['updated']:,} updated" if "updated" in facts else ""
        text += f" Facts: {facts['deleted']:,} deleted, {facts['inserted']:,} inserted{updated}."
    return text + (f" Statements of the domain: {facts['changed']:,} changed." if "changed" in facts else "")


def _rejects(rejects: Sequence[Reject]) -> Iterator[Line | Table]:
    rows = [
        (
            reject.file,
            reject.sheet,
            reject.cell or f"row {reject.row}",
            reject.column or "",
            _clip(reject.value),
            reject.reason,
            reject.sentence,
        )
        for reject in rejects[:SHOWN_REJECTS]
    ]
    cells, all_rows = _counted(len(rejects), "cell"), _counted(rejected_rows(rejects), "row")
    yield Line(f"{cells} in {all_rows} could not be taken over")
    yield Table(("file", "sheet", "cell", "column", "value", "reason", "what is wrong"), rows)
    if len(rejects) > SHOWN_REJECTS:
        rest = len(rejects) - SHOWN_REJECTS
        yield Line(f"… and {rest:,} more; --report-dir DIR writes all of them to rejects.xlsx")


def _totals(intake: Intake) -> Iterator[Line]:
    for tally in intake.workbooks:
        if not tally.totals:
            continue
        rows = [f"{first}" if first == last else f"{first}–{last}" for first, last in tally.total_rows]
        yield Line(f"{tally.file}, sheet {tally.sheet}: {_counted(tally.totals, 'row')} left out: {', '.join(rows)}")
        if tally.totals_checked:
            verb = "agrees with its" if tally.totals_checked == 1 else "agree with their"
            counted = _counted(tally.totals_checked, "total")
            yield Line(f"{tally.totals_agreed:,} of {counted} {verb} facts")


def _unread(intake: Intake) -> Iterator[Line]:
    for tally in intake.workbooks:
        if tally.unread:
            cells = ", ".join(f"{cell} {header}" for header, cell in tally.unread.items())
            yield Line(f"headers that nothing reads: {tally.file}, sheet {tally.sheet}: {cells}")


def _notes(intake: Intake) -> Iterator[Line]:
    for note in intake.notes:
        cases = [f"{case} ({rows:,})" for case, rows in note.cases.items()]
        counted = f" {_counted(sum(note.cases.values()), 'row')}: {_listed(cases)}" if cases else ""
        yield Line(f"{note.code}: {note.sentence}{counted}")


def _incomplete(intake: Intake) -> Iterator[Line]:
    for found in intake.candidates:
        if found.incomplete:
            keys = ["/".join(map(str, key)) for key, _ in found.incomplete]
            missing = ", ".join(dict.fromkeys(column for _, columns in found.incomplete for column in columns))
            yield Line(
                f"incomplete: {_counted(len(keys), 'key')} of {found.reference.name} without {missing} in any fact, "
                f"not inserted: {_listed(keys)}"
            )


def _disagreements(intake: Intake) -> Iterator[Line]:
    for found in intake.candidates:
        columns = dict.fromkeys(conflict.column for conflict in found.disagreements)
        for column in columns:
            cases = [
                f"{'/'.join(map(str, conflict.key))} has {conflict.values[0]} and {conflict.values[1]}"
                for conflict in found.disagreements
                if conflict.column == column
            ]
            yield Line(
                f"disagreement: {_counted(len(cases), 'key')} of {found.reference.name} with more than one {column} in "
                f"the facts; the first is taken: {_listed(cases)}"
            )


def _listed(cases: Sequence[str]) -> str:
    rest = len(cases) - SHOWN_CASES
    return ", ".join(cases[:SHOWN_CASES]) + (f" and {rest:,} more" if rest > 0 else "")


def _steps(report: Report) -> Iterable[tuple[Step, StepOutcome | None]]:
    outcomes: Sequence[StepOutcome | None] = report.outcomes or [None] * len(report.plan.steps)
    return zip(report.plan.steps, outcomes, strict=True)
