"""The page of a run: what it found, planned and did, for people. Its last screen is the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from wdh.apply import StepOutcome
from wdh.apply.guards import Breach, Judged
from wdh.discovery.findings import Reason, show_path
from wdh.errors import assert_never
from wdh.intake.tally import Intake
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
from wdh.report.answer import Server, summarise_execution, summarise_unchanged
from wdh.report.blocks import Block, Code, Line, Section, Table, Title
from wdh.report.forecast import summarise_forecast
from wdh.report.notes import summarise_notes, summarise_totals
from wdh.report.rejects import summarise_rejects
from wdh.report.report import Report
from wdh.sql.shown import show_sql
from wdh.sql.statements import lock_tables
from wdh.words.language import later, say, say_count
from wdh.words.printable import show_controls

_USUAL: Final = frozenset(("extension", "hidden"))
"""Reasons that say nothing to anybody who did not ask: the file cannot be a workbook."""

PASSED: Final[Mapping[Reason, str]] = {
    "excluded": later("excluded by name"),
    "hidden": later("hidden"),
    "too_deep": later("too deep"),
    "link": later("links"),
    "not_a_file": later("no files"),
    "ignored": later("ignored by name"),
    "extension": later("of another kind"),
    "pattern": later("of another name"),
    "month": later("without a month that can be read"),
    "other_month": later("of other months"),
    "older_month": later("of older months"),
    "lower_version": later("of lower versions"),
    "older": later("changed earlier"),
}
"""The words for each reason for which a file or folder is passed over, behind their number."""


def summarise(
    report: Report, *, verbose: bool = False, shows_sql: bool | None = None, server: Server | None = None
) -> Iterator[Block]:
    """Make the page of a planned or executed run, or of one for which nothing was to be done.

    ``verbose`` lists what was passed over, the rows of notes, and all rejects; otherwise they are counted. The SQL is
    shown if ``shows_sql``; None: of a plan alone. ``server`` says which warehouse it is, and why that one.
    """
    if report.unchanged_since is not None:
        yield Title(say("{domain} · unchanged", domain=report.domain))
        yield from _server(server)
        yield from _plugins_off(report)
        yield summarise_unchanged(report, report.unchanged_since)
        return
    yield Title(f"{report.domain} · {_state(report)}")
    yield from _server(server)
    if not report.executed if shows_sql is None else shows_sql:
        yield Section("SQL", [Code("sql", list(_sql(report)))])
    yield Section(say("Workbooks"), [_workbooks(report.intake), *_passed_over(report, verbose=verbose)])
    yield from summarise_intake(report.intake, verbose=verbose, remarks=report.plan.remarks)
    skips = say("Skip facts: True") if report.skip_facts else say("Skip facts: False")
    yield Section(skips, [Line(veto) for veto in report.vetoes])
    yield from _plugins_off(report)
    yield from (Line(say("The facts are left alone: {reason}.", reason=reason)) for reason in _own_skips(report))
    yield Section(say("Reference Backfill Summary"), list(_references(report)))
    yield from _facts(report)
    if report.forecast is not None:
        yield from summarise_forecast(report.forecast, executed=report.executed)
    yield from _guards(report.judged, executed=report.executed)
    yield summarise_execution(report, server=server)


def summarise_faults(report: Report) -> Iterator[Block]:
    """Make the page of a run of which only what is wrong is wanted: vetoes, rejects and what the guards found."""
    parts = [Section(say("Skip facts: True"), [Line(veto) for veto in report.vetoes])]
    sections = [
        *(parts if report.vetoes else ()),
        *summarise_rejects(report.intake, verbose=False),
        *_guards(report.judged, executed=report.executed),
    ]
    if sections:
        yield Title(f"{report.domain} · {_state(report)}")
        yield from sections


def summarise_intake(intake: Intake, *, verbose: bool = False, remarks: Sequence[str] = ()) -> Iterator[Section]:
    """Show what is noteworthy about the rows: totals, rejects, notes, incomplete references, disagreements."""
    yield from summarise_totals(intake, verbose=verbose)
    yield from summarise_notes(intake, verbose=verbose, remarks=remarks)
    yield from summarise_rejects(intake, verbose=verbose)


def _server(server: Server | None) -> Iterator[Line]:
    if server is not None:
        yield Line(say("Warehouse: {server}", server=server))


def _plugins_off(report: Report) -> Iterator[Line]:
    yield from (Line(f"{off}.") for off in report.plugins_off)


def _state(report: Report) -> str:
    if report.executed:
        return say("executed; the facts were vetoed and not loaded") if report.vetoes else say("executed")
    return say("plan only, nothing was touched") if report.forecast is None else say("forecast, nothing was written")


def _own_skips(report: Report) -> Iterator[str]:
    if not report.skip_facts:
        yield from (s.reason for s in report.plan.of(Skip) if s.reference is None)


def _workbooks(intake: Intake) -> Table:
    numbers = (say("rows"), say("facts"), say("totals"), say("rejected"), say("blank"), say("hidden"))
    rows = []
    for tally in intake.workbooks:
        counts = (tally.data_rows, tally.facts, tally.totals, tally.rejected, tally.blank, tally.hidden)
        rows.append((tally.file, tally.sheet, *(f"{count:,}" for count in counts)))
    return Table((say("file"), say("sheet"), *numbers), rows, numbers)


def _passed_over(report: Report, *, verbose: bool) -> Iterator[Line | Table]:
    passed = report.passed_over if verbose else [found for found in report.passed_over if found.reason not in _USUAL]
    if not passed:
        return
    counts = Counter(found.reason for found in passed)
    listed = ", ".join(f"{count:,} {say(PASSED[reason])}" for reason, count in counts.most_common())
    if not verbose:
        yield Line(say("Passed over: {listed} (--verbose lists them)", listed=listed))
        return
    yield Line(say("Passed over: {listed}", listed=listed))
    rows = [(show_path(found.path, report.data_dir), found.sentence) for found in passed]
    yield Table((say("passed over"), say("why")), rows)


def _references(report: Report) -> Iterator[Table | Line]:
    done = ("inserted", "filled") if report.executed else ()
    known = () if report.forecast is None else (say("new"), say("already there"), say("differing"))[report.executed :]
    numbers = (*(known or (say("candidates"),)), *map(_name_done, done))
    steps = [(step, outcome) for step, outcome in _steps(report) if step.reference is not None]
    if not steps:
        yield Line(say("no references are configured"))
        return
    rows = [
        (
            *(step.reference or "", step.target.sql, step.label),
            *_counts(step, report),
            *_done(outcome, done),
            _describe(step, None),
        )
        for step, outcome in steps
    ]
    aside = (say("mode"), say("how"))
    yield Table((say("ref"), say("table"), aside[0], *numbers, aside[1]), rows, numbers, aside=aside)
    if not known:
        yield Line(say("Candidates are the keys in the workbooks; what the table lacks of them is inserted."))


def _facts(report: Report) -> Iterator[Section]:
    updated = ("updated",) if report.plan.of(Upsert) else ()
    own = ("changed",) if report.plan.of(Statement) else ()
    done = ("deleted", "inserted", *updated, *own) if report.executed else ()
    rows = []
    for step, outcome in _steps(report):
        if step.reference is None and not isinstance(step, Skip):
            deleted = _deleted(step, report)
            count = deleted if isinstance(step, DeleteScope) else step.planned
            shown = "" if count is None else f"{count:,}"
            rows.append((step.target.sql, step.label, shown, *_done(outcome, done), _describe(step, deleted)))
    if rows:
        numbers = (say("rows"), *map(_name_done, done))
        headers = (say("table"), say("step"), *numbers, say("what"))
        table = Table(headers, rows, numbers, aside=headers[-1:])
        yield Section(say("Fact Load Summary"), [table, *_explain_scopes(report)])


def _explain_scopes(report: Report) -> Iterator[Line]:
    for step in report.plan.of(DeleteScope)[:1]:
        columns = ", ".join(step.columns)
        yield Line(
            say("A scope is all facts with the same {columns}: the workbooks replace it whole.", columns=columns)
        )


def _name_done(verb: str) -> str:
    names = {
        "deleted": say("deleted"),
        "inserted": say("inserted"),
        "updated": say("updated"),
        "filled": say("filled"),
        "changed": say("changed"),
    }
    return names[verb]


def _done(outcome: StepOutcome | None, done: Sequence[str]) -> Iterator[str]:
    counted = {} if outcome is None else outcome.counts
    yield from (f"{counted[name]:,}" if name in counted else "" for name in done)


def _counts(step: Step, report: Report) -> Sequence[str]:
    """Count the candidates of a reference's step: at most how many, or what the table says of them."""
    if report.forecast is None:
        return ("" if step.planned is None else say("up to {count}", count=f"{step.planned:,}"),)
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
            return say("on conflict or anti-join, by the table's indexes") if step.path is None else str(step.path)
        case FillNullOnly():
            return say("only where NULL: {columns}", columns=", ".join(step.filled))
        case DeleteScope():
            return _describe_delete(step, deleted)
        case InsertRows() | Append():
            return say("all facts, by COPY")
        case Upsert():
            key, columns = ", ".join(step.key), ", ".join(step.update)
            if not step.update:
                return say("by {key}: updates nothing, and inserts what is missing", key=key)
            return say(
                "by {key}: updates {columns} where they differ, and inserts what is missing", key=key, columns=columns
            )
        case Stage():
            return say("all facts, by COPY into {table}", table=step.stage.sql)
        case Statement():
            return f"{step.purpose} ({step.origin})"
        case Skip():
            return step.reason
        case _:
            assert_never(step)


def _describe_delete(step: DeleteScope, deleted: int | None) -> str:
    if step.standing is not None:
        named = ", ".join(f"{column} ({pattern})" for column, pattern in step.standing.patterns)
        return say("facts that stand in for these with a provisional {columns}", columns=named)
    columns = ", ".join(step.columns)
    scopes = say_count("{count} scope ({columns})", "{count} scopes ({columns})", step.planned, columns=columns)
    if deleted is None:
        return say("every row of {scopes}", scopes=scopes)
    return say_count("replaces {count} fact of {scopes}", "replaces {count} facts of {scopes}", deleted, scopes=scopes)


def _sql(report: Report) -> Iterator[str]:
    if report.plan.targets:
        yield show_sql(lock_tables(report.plan.targets) + ";")
    for step in report.plan.steps:
        if step.statements:
            yield show_controls(f"-- {step.operation.lower()} {step.target.sql}")
        yield from (show_sql(statement.rstrip().removesuffix(";") + ";") for statement in step.statements)
        if isinstance(step, (InsertMissing, Upsert)) and step.path is None:
            yield say("-- the ON CONFLICT line is left out where no unique index covers exactly the key")


def _steps(report: Report) -> Iterable[tuple[Step, StepOutcome | None]]:
    outcomes: Sequence[StepOutcome | None] = report.outcomes or [None] * len(report.plan.steps)
    return zip(report.plan.steps, outcomes, strict=True)


def _guards(judged: Judged, *, executed: bool) -> Iterator[Section]:
    """Show what was found; nothing where nothing was."""
    parts = [part for breach in judged.breaches for part in _show_breach(breach, executed=executed)]
    parts += [
        Line(say("--accept {guard} was not needed: that guard found nothing.", guard=name)) for name in judged.unneeded
    ]
    if parts:
        yield Section(say("Guards"), parts)


def _name_outcome(breach: Breach, *, executed: bool) -> str:
    if breach.is_accepted:
        return say("accepted")
    if not breach.refuses:
        return say("told")
    return say("refused") if executed else say("would refuse --execute")


def _show_breach(breach: Breach, *, executed: bool) -> Iterator[Line | Table]:
    yield Line(f"{breach.name} ({_name_outcome(breach, executed=executed)}): {breach.sentence}")
    if breach.figures:
        headings = tuple(breach.figures[0])
        yield Table(headings, [tuple(str(figure[heading]) for heading in headings) for figure in breach.figures])
    if breach.more:
        yield Line(say("… and {count} more", count=f"{breach.more:,}"))
    if breach.advice and not breach.is_accepted:
        yield Line(breach.advice)
