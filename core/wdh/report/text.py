"""The report for people: plain tables for the terminal, the same text when it goes into a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from rich.console import Group, RenderableType
from rich.text import Text

from wdh.apply import StepOutcome
from wdh.apply.forecast import Forecast
from wdh.errors import assert_never
from wdh.facts import Reject
from wdh.intake.tally import Intake, rejected_rows
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Skip, Statement, Step
from wdh.report.forecast import show_forecast
from wdh.report.guards import show_guards
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


def show_report(report: Report) -> RenderableType:
    """Draw a planned or executed run, or one for which nothing was to be done."""
    if report.unchanged_since is not None:
        return Group(_title(report, "unchanged"), *_section("Execution Summary", *_unchanged(report)))
    state = "plan only, nothing was touched" if report.forecast is None else "forecast, nothing was written"
    state = "executed" if report.executed else state
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
        *show_guards(report.judged, executed=report.executed),
    ]
    if not report.executed:
        parts += _section("SQL", *_sql(report))
    return Group(*parts, *_forecast(report), *_section("Execution Summary", *_execution(report)))


def _forecast(report: Report) -> Iterator[RenderableType]:
    if report.forecast is not None:
        yield from show_forecast(report.forecast, title="As it happened" if report.executed else "Forecast")


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
    notes = [*_unread(intake), *_notes(intake), *_incomplete(intake), *_disagreements(intake)]
    if notes:
        yield from _section("Notes", *notes)


def _own_skips(report: Report) -> Iterator[str]:
    """Give the reasons for which facts are left alone though nobody vetoed them."""
    if not report.skip_facts:
        yield from (s.reason for s in report.plan.of(Skip) if s.reference is None)


def _workbooks(intake: Intake) -> RenderableType:
    numbers = ("rows", "facts", "totals", "rejected", "blank", "hidden")
    table = _table("file", "sheet", *numbers, numbers=numbers)
    for tally in intake.workbooks:
        counts = (tally.data_rows, tally.facts, tally.totals, tally.rejected, tally.blank, tally.hidden)
        table.add_row(_text(tally.file), _text(tally.sheet), *(f"{count:,}" for count in counts))
    return table


def _references(report: Report) -> RenderableType:
    done = ("inserted", "filled") if report.executed else ()
    known = () if report.forecast is None else ("new", "already there", "differing")[report.executed :]
    numbers = (*(known or ("candidates",)), *done)
    table = _table("ref", "table", "mode", *numbers, "how", numbers=numbers)
    for step, outcome in _steps(report):
        if step.reference is not None:
            counts = _known(step, report)[report.executed :] if known else (_up_to(step),)
            table.add_row(_text(step.reference), *_cells(step, outcome, counts=counts, done=done))
    return table if table.row_count else _text("no references are configured")


def _facts(report: Report) -> Iterator[RenderableType]:
    """Draw the fact steps; where facts are skipped there is nothing to sum up."""
    own = ("changed",) if report.plan.of(Statement) else ()
    done = ("deleted", "inserted", *own) if report.executed else ()
    table = _table("table", "step", "rows", *done, "what", numbers=("rows", *done))
    for step, outcome in _steps(report):
        if step.reference is None and not isinstance(step, Skip):
            deleted = _deleted(step, report)
            counts = "" if step.planned is None else f"{step.planned:,}"
            if isinstance(step, DeleteScope):
                counts = "" if deleted is None else f"{deleted:,}"
            table.add_row(*_cells(step, outcome, counts=(counts,), done=done, deleted=deleted))
    if table.row_count:
        yield from _section("Fact Load Summary", table)


def _cells(
    step: Step,
    outcome: StepOutcome | None,
    *,
    counts: Sequence[str],
    done: Sequence[str],
    deleted: int | None = None,
) -> Iterator[RenderableType]:
    """Show where a step writes, what is known of its rows, and the rows it did in the column of that verb."""
    rows = ("" if outcome is None or step.done != name else f"{outcome.rows:,}" for name in done)
    yield from map(_text, (step.target.sql, step.label, *counts, *rows, _describe(step, deleted)))


def _up_to(step: Step) -> str:
    """Say how many rows a reference's step may touch at most: without the table nobody knows more."""
    return "" if step.planned is None else f"up to {step.planned:,}"


def _known(step: Step, report: Report) -> Sequence[str]:
    """Say of a reference's first step how many candidates are new, are there, and differ; blank where nobody knows."""
    found = () if report.forecast is None else report.forecast.references
    each = next((each for each in found if each.reference == step.reference), None)
    first = next((other for other in report.plan.writes if other.reference == step.reference), None)
    if each is None or step is not first:
        return ("", "", "")
    differing = f"{sum(each.disagreeing.values()):,}"
    if isinstance(step, InsertMissing):
        return f"{each.inserted:,}", f"{each.candidates - each.inserted:,}", differing
    return "", "", differing


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
        case Statement():
            return f"{step.purpose} ({step.package})"
        case Skip():
            return step.reason
        case _:
            assert_never(step)


def _sql(report: Report) -> Iterator[RenderableType]:
    if report.plan.targets:
        yield Text(show_sql(lock_tables(report.plan.targets) + ";"))
    for step in report.plan.steps:
        if step.statements:
            yield _text(f"-- {step.operation.lower()} {step.target.sql}", style="dim")
        yield from (Text(show_sql(statement + ";")) for statement in step.statements)
        if isinstance(step, InsertMissing) and step.path is None:
            yield _text("-- the ON CONFLICT line is left out where no unique index covers exactly the key", style="dim")


def _execution(report: Report) -> Iterator[RenderableType]:
    if report.outcomes is None:
        what = "the plan" if report.forecast is None else f"what the plan would do in {report.database}"
        yield _text(f"Nothing was written: this is {what}. Run again with --execute to apply it.")
    else:
        recorded = f" as run {report.run_id}" if report.run_id else ""
        yield _text(f"Committed in one transaction to {report.database}{recorded}.")
        yield _text(_sums(report.outcomes))
    yield from map(_text, _left_behind(report.forecast))
    yield from (_text(f"Note: {remark}.") for remark in report.plan.remarks)
    yield _text(f"{report.seconds:.1f} s")


def _left_behind(forecast: Forecast | None) -> Iterator[str]:
    periods = [] if forecast is None or forecast.facts is None else forecast.facts.periods
    left = [period for period in periods if period.left_behind]
    if left:
        facts = _counted(sum(period.left_behind or 0 for period in left), "fact")
        yield f"Left behind: {facts} of {_counted(len(left), 'period')}, of scopes that the workbooks do not have."


def _sums(outcomes: Sequence[StepOutcome]) -> str:
    references: Counter[str | None] = Counter()
    facts: Counter[str | None] = Counter()
    for outcome in outcomes:
        counted = references if outcome.step.reference is not None else facts
        counted[outcome.step.done] += outcome.rows
    text = f"References: {references['inserted']:,} inserted, {references['filled']:,} filled."
    if not facts.keys().isdisjoint(("deleted", "inserted")):
        text += f" Facts: {facts['deleted']:,} deleted, {facts['inserted']:,} inserted."
    return text + (f" Statements of the domain: {facts['changed']:,} changed." if "changed" in facts else "")


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


def _unread(intake: Intake) -> Iterator[RenderableType]:
    for tally in intake.workbooks:
        if tally.unread:
            cells = ", ".join(f"{cell} {header}" for header, cell in tally.unread.items())
            yield _text(f"headers that nothing reads: {tally.file}, sheet {tally.sheet}: {cells}")


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
