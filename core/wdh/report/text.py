"""The report for people: plain tables for the terminal, the same text when it goes into a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from rich.console import Group, RenderableType
from rich.text import Text

from wdh.apply import StepOutcome
from wdh.facts import Reject
from wdh.intake.tally import Intake, rejected_rows
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, Skip, Statement, Step, step_sql
from wdh.report.document import planned_rows
from wdh.report.report import Report
from wdh.report.terminal import clip as _clip
from wdh.report.terminal import counted as _counted
from wdh.report.terminal import plain as _text
from wdh.report.terminal import section as _section
from wdh.report.terminal import table as _table
from wdh.sql.shown import show_sql
from wdh.sql.statements import lock_tables

SHOWN_REJECTS = 20
SHOWN_CASES = 5

_MODES = {"INSERT_MISSING": "insert_missing", "UPDATE_NULL_ONLY": "fill_null_only"}
_DONE = {
    "INSERT_MISSING": "inserted",
    "UPDATE_NULL_ONLY": "filled",
    "DELETE": "deleted",
    "INSERT": "inserted",
    "STATEMENT": "changed",
}


def show_report(report: Report) -> RenderableType:
    """Draw a planned or executed run, or one for which nothing was to be done."""
    if report.unchanged_since is not None:
        return Group(_title(report, "unchanged"), *_section("Execution Summary", *_unchanged(report)))
    state = "executed" if report.executed else "plan only, nothing was touched"
    parts: list[RenderableType] = [
        _title(report, state),
        *_section("Workbooks", _workbooks(report.intake)),
        *show_intake(report.intake),
        Text(),
        Text.assemble(("Skip facts: ", "bold"), (str(report.skip_facts), "bold")),
        *(_text(f"  {veto}") for veto in report.vetoes),
        *(_text(f"The facts are left alone: {reason}.") for reason in _own_skips(report)),
        *_section("Reference Backfill Summary", _references(report)),
        *_facts(report),
    ]
    if not report.executed:
        parts += _section("SQL", *_sql(report))
    return Group(*parts, *_section("Execution Summary", *_execution(report)))


def _title(report: Report, state: str) -> RenderableType:
    return Text.assemble(("wdh ", "bold"), (version("wdh"), "bold"), f" · {report.domain} · {state}")


def _unchanged(report: Report) -> Iterator[RenderableType]:
    run = report.unchanged_since
    if run is not None:
        when = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        yield _text(
            "Nothing was read or written: workbooks, configuration, code, and what else the packages read are as"
        )
        yield _text(f"in the latest run, {run.run_id} of {when}, in {report.database}.")
        yield _text(f"{report.seconds:.1f} s")


def show_intake(intake: Intake) -> Iterator[RenderableType]:
    """Draw what is noteworthy about the rows: rejects, notes, incomplete references, disagreements."""
    totals = list(_totals(intake))
    if totals:
        yield from _section("Totals", *totals)
    if intake.rejects:
        yield from _section("Rejects", *_rejects(intake.rejects))
    notes = [*_notes(intake), *_incomplete(intake), *_disagreements(intake)]
    if notes:
        yield from _section("Notes", *notes)


def _own_skips(report: Report) -> Iterator[str]:
    """Give the reasons for which facts are left alone though nobody vetoed them."""
    if not report.skip_facts:
        yield from (s.reason for s in report.plan.steps if isinstance(s, Skip) and s.what == "facts")


def _workbooks(intake: Intake) -> RenderableType:
    numbers = ("rows", "facts", "totals", "rejected", "blank", "hidden")
    table = _table("file", "sheet", *numbers, numbers=numbers)
    for tally in intake.workbooks:
        counts = (tally.data_rows, tally.facts, tally.totals, tally.rejected, tally.blank, tally.hidden)
        table.add_row(_text(tally.file), _text(tally.sheet), *(f"{count:,}" for count in counts))
    return table


def _references(report: Report) -> RenderableType:
    done = ("inserted", "filled") if report.executed else ()
    table = _table("ref", "table", "mode", "candidates", *done, "how", numbers=("candidates", *done))
    for step, outcome in _steps(report):
        if isinstance(step, Skip) and step.what != "facts":
            table.add_row(_text(step.what), _text(step.target.sql), "skip", "", *("" for _ in done), _text(step.reason))
        if isinstance(step, (InsertMissing, FillNullOnly)):
            counts = ("" if outcome is None or _DONE[step.operation] != name else f"{outcome.rows:,}" for name in done)
            how = _text(_how(step))
            mode = _MODES[step.operation]
            table.add_row(_text(step.reference), _text(step.target.sql), mode, f"{len(step.rows):,}", *counts, how)
    return table if table.row_count else _text("no references are configured")


def _how(step: InsertMissing | FillNullOnly) -> str:
    if isinstance(step, FillNullOnly):
        return "only where NULL: " + ", ".join(column for column in step.columns if column not in step.key)
    return "on conflict or anti-join, by the table's indexes" if step.path is None else str(step.path)


def _facts(report: Report) -> Iterator[RenderableType]:
    """Draw the fact steps; where facts are skipped there is nothing to sum up."""
    steps = [found for found in _steps(report) if isinstance(found[0], (DeleteScope, Append, Statement))]
    own = ("changed",) if any(isinstance(step, Statement) for step, _ in steps) else ()
    done = ("deleted", "inserted", *own) if report.executed else ()
    table = _table("table", "step", "rows", *done, "what", numbers=("rows", *done))
    for step, outcome in steps:
        counts = ("" if outcome is None or _DONE[step.operation] != name else f"{outcome.rows:,}" for name in done)
        planned = "" if isinstance(step, Statement) else f"{planned_rows(step):,}"
        table.add_row(_text(step.target.sql), step.operation.lower(), planned, *counts, _text(_what(step)))
    if table.row_count:
        yield from _section("Fact Load Summary", table)


def _what(step: Step) -> str:
    if isinstance(step, DeleteScope):
        return f"every row of these scopes ({', '.join(step.columns)})"
    return f"{step.purpose} ({step.package})" if isinstance(step, Statement) else "all facts, by COPY"


def _sql(report: Report) -> Iterator[RenderableType]:
    if report.plan.targets:
        yield Text(show_sql(lock_tables(report.plan.targets) + ";"))
    for step in report.plan.steps:
        statements = step_sql(step)
        if statements:
            yield _text(f"-- {step.operation.lower()} {step.target.sql}", style="dim")
        yield from (Text(show_sql(statement + ";")) for statement in statements)
        if isinstance(step, InsertMissing) and step.path is None:
            yield _text("-- the ON CONFLICT line is left out where no unique index covers exactly the key", style="dim")


def _execution(report: Report) -> Iterator[RenderableType]:
    if report.outcomes is None:
        yield _text("Nothing was written: this is the plan. Run again with --execute to apply it.")
    else:
        recorded = f" as run {report.run_id}" if report.run_id else ""
        yield _text(f"Committed in one transaction to {report.database}{recorded}.")
        yield _text(_sums(report.outcomes))
    yield from (_text(f"Note: {remark}.") for remark in report.plan.remarks)
    yield _text(f"{report.seconds:.1f} s")


def _sums(outcomes: Sequence[StepOutcome]) -> str:
    references = {InsertMissing: 0, FillNullOnly: 0}
    facts = {DeleteScope: 0, Append: 0}
    for outcome in outcomes:
        for kinds in (references, facts):
            if type(outcome.step) in kinds:
                kinds[type(outcome.step)] += outcome.rows
    text = f"References: {references[InsertMissing]:,} inserted, {references[FillNullOnly]:,} filled."
    if any(isinstance(outcome.step, (DeleteScope, Append)) for outcome in outcomes):
        text += f" Facts: {facts[DeleteScope]:,} deleted, {facts[Append]:,} inserted."
    own = [outcome.rows for outcome in outcomes if isinstance(outcome.step, Statement)]
    return text + (f" Statements of the domain: {sum(own):,} changed." if own else "")


def _rejects(rejects: Sequence[Reject]) -> Iterator[RenderableType]:
    table = _table("file", "sheet", "cell", "column", "value", "reason", "what is wrong")
    for reject in rejects[:SHOWN_REJECTS]:
        place = reject.cell or f"row {reject.row}"
        values = (reject.file, reject.sheet, place, reject.column or "", _clip(reject.value), reject.reason)
        table.add_row(*map(_text, values), _text(reject.sentence))
    cells, rows = _counted(len(rejects), "cell"), _counted(rejected_rows(rejects), "row")
    yield _text(f"{cells} in {rows} could not be taken over")
    yield table
    if len(rejects) > SHOWN_REJECTS:
        rest = len(rejects) - SHOWN_REJECTS
        yield _text(f"… and {rest:,} more; --report-dir DIR writes all of them to rejects.xlsx")


def _totals(intake: Intake) -> Iterator[RenderableType]:
    for tally in intake.workbooks:
        if not tally.totals:
            continue
        rows = [f"{first}" if first == last else f"{first}–{last}" for first, last in tally.total_rows]
        yield _text(f"{tally.file}, sheet {tally.sheet}: {_counted(tally.totals, 'row')} left out: {', '.join(rows)}")
        if tally.totals_checked:
            verb = "agrees with its" if tally.totals_checked == 1 else "agree with their"
            counted = _counted(tally.totals_checked, "total")
            yield _text(f"{tally.totals_agreed:,} of {counted} {verb} facts")


def _notes(intake: Intake) -> Iterator[RenderableType]:
    for note in intake.notes:
        cases = [f"{case} ({rows:,})" for case, rows in note.cases.items()]
        counted = f" {_counted(sum(note.cases.values()), 'row')}: {_listed(cases)}" if cases else ""
        yield _text(f"{note.code}: {note.sentence}{counted}")


def _incomplete(intake: Intake) -> Iterator[RenderableType]:
    for found in intake.candidates:
        if found.incomplete:
            keys = ["/".join(map(str, key)) for key, _ in found.incomplete]
            missing = ", ".join(dict.fromkeys(column for _, columns in found.incomplete for column in columns))
            yield _text(
                f"incomplete: {_counted(len(keys), 'key')} of {found.reference.name} without {missing} in any fact, "
                f"not inserted: {_listed(keys)}"
            )


def _disagreements(intake: Intake) -> Iterator[RenderableType]:
    for found in intake.candidates:
        columns = dict.fromkeys(conflict.column for conflict in found.disagreements)
        for column in columns:
            cases = [
                f"{'/'.join(map(str, conflict.key))} has {conflict.values[0]} and {conflict.values[1]}"
                for conflict in found.disagreements
                if conflict.column == column
            ]
            yield _text(
                f"disagreement: {_counted(len(cases), 'key')} of {found.reference.name} with more than one {column} in "
                f"the facts; the first is taken: {_listed(cases)}"
            )


def _listed(cases: Sequence[str]) -> str:
    rest = len(cases) - SHOWN_CASES
    return ", ".join(cases[:SHOWN_CASES]) + (f" and {rest:,} more" if rest > 0 else "")


def _steps(report: Report) -> Iterable[tuple[Step, StepOutcome | None]]:
    outcomes: Sequence[StepOutcome | None] = report.outcomes or [None] * len(report.plan.steps)
    return zip(report.plan.steps, outcomes, strict=True)
