"""The answer at the end of a page, on one screen: what state the warehouse is in, what was read, what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from wdh.apply import StepOutcome
from wdh.apply.forecast import ReferenceForecast
from wdh.apply.history import RecordedRun
from wdh.intake.tally import Intake, WorkbookTally, rejected_rows
from wdh.plan import DeleteScope, FillNullOnly, InsertMissing, Skip, Step
from wdh.report.blocks import Line, Pairs, Section
from wdh.report.notes import list_notes
from wdh.report.report import Report
from wdh.words.language import say, say_count

_SHOWN_FILES: Final = 2
_SHOWN_REFERENCES: Final = 4
_PREFIX: Final = 8
"""Characters of a run's id by which ``wdh history show`` finds it."""


class Server(Struct, frozen=True):
    """A warehouse, and ``why`` it is that one; None: ``described`` tells."""

    described: str
    why: str | None = None

    def __str__(self) -> str:
        """Say both."""
        return self.described if self.why is None else say("{server}, {why}", server=self.described, why=self.why)


def summarise_unchanged(report: Report, run: RecordedRun) -> Section:
    """Say that nothing was to be done, since when, and where."""
    when = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    lines = [
        say("Nothing was read or written: workbooks, configuration, code, and what else the packages read are as"),
        say("in the run {run} of {time}, in {database}.", run=run.run_id, time=when, database=report.database),
        _seconds(report),
    ]
    return Section(say("Execution Summary"), list(map(Line, lines)))


def summarise_execution(report: Report, *, server: Server | None) -> Section:
    """Say how a run ended, and what to do next. ``server`` says which warehouse it is, and why that one."""
    return Section(
        say("Execution Summary"),
        [
            *map(Line, _state(report)),
            Pairs(list(_pairs(report, server))),
            *map(Line, _left_behind(report)),
            Line(_seconds(report)),
        ],
    )


def _state(report: Report) -> Iterator[str]:
    if report.outcomes is not None:
        if report.run_id:
            yield say(
                "Committed in one transaction to {database} as run {run}.", database=report.database, run=report.run_id
            )
        else:
            yield say("Committed in one transaction to {database}.", database=report.database)
        yield _sums(report.outcomes)
    elif report.forecast is not None:
        what = say("Nothing was written: this is what the plan would do in {database}.", database=report.database)
        yield " ".join((what, _how(report)))
    else:
        yield " ".join((say("Nothing was written: this is the plan."), _how(report)))
    if report.approval is not None:
        yield say("It is what approval {approval} says.", approval=report.approval.id)


def _how(report: Report) -> str:
    flag = "--execute" if report.approval is None else "--approved"
    return say("Run again with {flag} to apply it.", flag=flag)


def _sums(outcomes: Sequence[StepOutcome]) -> str:
    references: Counter[str] = Counter()
    facts: Counter[str] = Counter()
    for outcome in outcomes:
        counted = references if outcome.step.reference is not None else facts
        counted.update(outcome.counts)
    said = [_say_counts(say("References: {counts}."), references, ("inserted", "filled"))]
    if not facts.keys().isdisjoint(("deleted", "inserted")):
        updated = ("updated",) if "updated" in facts else ()
        said.append(_say_counts(say("Facts: {counts}."), facts, ("deleted", "inserted", *updated)))
    if "changed" in facts:
        said.append(_say_counts(say("Statements of the domain: {counts}."), facts, ("changed",)))
    return " ".join(said)


def _say_counts(sentence: str, counts: Counter[str], names: Sequence[str]) -> str:
    return sentence.format(counts=", ".join(_say_count(name, counts[name]) for name in names))


def _say_count(name: str, count: int) -> str:
    match name:
        case "inserted":
            return say("{count} inserted", count=f"{count:,}")
        case "filled":
            return say("{count} filled", count=f"{count:,}")
        case "deleted":
            return say("{count} deleted", count=f"{count:,}")
        case "updated":
            return say("{count} updated", count=f"{count:,}")
        case _:
            return say("{count} changed", count=f"{count:,}")


def _pairs(report: Report, server: Server | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield say("files"), tuple(_files(report.intake))
    yield say("references"), tuple(_references(report)) or (say("none are backfilled"),)
    yield say("facts"), tuple(_facts(report))
    if report.intake.rejects:
        yield say("rejected"), (_rejected(report.intake),)
    if (attention := ", ".join(_attention(report))) != "":
        yield say("to look at"), (say("{what}: see above", what=attention),)
    if server is not None and (report.outcomes is None or server.why is not None):
        yield say("warehouse"), (str(server),)
    yield say("next"), (_next(report),)


def _files(intake: Intake) -> Iterator[str]:
    books = intake.workbooks
    if len(books) == 1:
        yield say("{file}: {counts}", file=books[0].file, counts=_counts(books))
        return
    counts = _counts(books)
    yield say_count("{count} sheet: {counts}", "{count} sheets: {counts}", len(books), counts=counts)
    for tally in books[:_SHOWN_FILES]:
        yield say("{file}: {counts}", file=tally.file, counts=_say_facts(tally.facts))
    if (rest := len(books) - _SHOWN_FILES) > 0:
        yield say("… and {count} more, see above", count=f"{rest:,}")


def _counts(books: Sequence[WorkbookTally]) -> str:
    rows, totals, rejected = (
        sum(getattr(tally, name) for tally in books) for name in ("data_rows", "totals", "rejected")
    )
    return say(
        "{facts} of {rows}, {totals}, {rejected} rejected",
        facts=_say_facts(sum(tally.facts for tally in books)),
        rows=say_count("{count} row", "{count} rows", rows),
        totals=say_count("{count} total", "{count} totals", totals),
        rejected=f"{rejected:,}",
    )


def _say_facts(count: int) -> str:
    return say_count("{count} fact", "{count} facts", count)


def _references(report: Report) -> Iterator[str]:
    names = list(dict.fromkeys(step.reference for step in report.plan.steps if step.reference is not None))
    for name in names[:_SHOWN_REFERENCES]:
        yield say("{reference}: {what}", reference=name, what=", ".join(_reference(report, name)))
    if (rest := len(names) - _SHOWN_REFERENCES) > 0:
        yield say("… and {count} more, see above", count=f"{rest:,}")


def _reference(report: Report, name: str) -> Iterator[str]:
    found = None
    if report.forecast is not None:
        found = next((each for each in report.forecast.references if each.reference == name), None)
    if report.outcomes is not None:
        done = [outcome for outcome in report.outcomes if outcome.step.reference == name]
        yield from (_say_count(verb, count) for outcome in done for verb, count in outcome.counts.items())
        yield from (outcome.step.reason for outcome in done if isinstance(outcome.step, Skip))
    else:
        steps = (step for step in report.plan.steps if step.reference == name)
        yield from (_foresee(step, found) for step in steps)
    if found is not None:
        yield say("{count} already there", count=f"{found.candidates - found.inserted:,}")


def _foresee(step: Step, found: ReferenceForecast | None) -> str:
    match step:
        case InsertMissing():
            rows = _at_most(step, None if found is None else found.inserted)
            return say("{rows} to insert into {table}", rows=rows, table=step.target.sql)
        case FillNullOnly():
            rows = _at_most(step, None if found is None else found.rows_filled)
            return say("{rows} to fill in {table}", rows=rows, table=step.target.sql)
        case Skip():
            return step.reason
        case _:
            return step.label


def _at_most(step: InsertMissing | FillNullOnly, counted: int | None) -> str:
    if counted is not None:
        return say_count("{count} row", "{count} rows", counted)
    return say_count("up to {count} row", "up to {count} rows", step.planned)


def _facts(report: Report) -> Iterator[str]:
    if report.vetoes:
        yield say("left alone: {reasons}", reasons="; ".join(report.vetoes))
        return
    skips = [step.reason for step in report.plan.of(Skip) if step.reference is None]
    if skips:
        yield say("left alone: {reasons}", reasons="; ".join(skips))
        return
    facts = None if report.forecast is None else report.forecast.facts
    count = _say_facts(report.plan.facts.count if report.plan.facts is not None else 0)
    tables = ", ".join(dict.fromkeys(step.target.sql for step in report.plan.writes if step.reference is None))
    if facts is None:
        yield say("{facts} to load into {table}", facts=count, table=tables)
        for step in report.plan.of(DeleteScope)[:1]:
            yield say("in place of all there with the same {columns} (the scope)", columns=", ".join(step.columns))
        return
    then = sum(period.after for period in facts.periods)
    before = sum(period.before for period in facts.periods)
    counts = [("deleted", facts.deleted), ("inserted", facts.inserted)]
    counts += [("updated", facts.updated)] if facts.key else []
    what = ", ".join(_say_count(verb, number) for verb, number in counts)
    yield say("{table}: {counts}", table=facts.target.sql, counts=what)
    yield say(
        "{before} before and {after} after, in the periods of the workbooks", before=f"{before:,}", after=f"{then:,}"
    )


def _rejected(intake: Intake) -> str:
    rows = rejected_rows(intake)
    return say_count(
        "{count} row is left out: see Rejects. The copy that --report-dir writes can go back to its sender.",
        "{count} rows are left out: see Rejects. The copies that --report-dir writes can go back to their senders.",
        rows,
    )


def _attention(report: Report) -> Iterator[str]:
    guards = len(report.judged.breaches)
    notes = len(list_notes(report.intake)) + len(report.plan.remarks)
    if guards:
        yield say_count("{count} guard", "{count} guards", guards)
    if notes:
        yield say_count("{count} note", "{count} notes", notes)
    if report.forecast is not None and report.forecast.unknown:
        yield say("what was not counted")


def _next(report: Report) -> str:
    if report.outcomes is not None and report.run_id:
        short = report.run_id[:_PREFIX]
        return say("wdh history show {run} tells what this run did, and how to go back", run=short)
    if report.outcomes is not None:
        return say("a second run would insert nothing and fill nothing")
    if report.judged.refusing:
        return say("see Guards above: one of them would refuse --execute")
    if report.forecast is None:
        return say("--forecast asks the warehouse what would change; --execute changes it")
    return say("--execute applies it, in one transaction: all or nothing")


def _left_behind(report: Report) -> Iterator[str]:
    found = [] if report.forecast is None or report.forecast.facts is None else report.forecast.facts.periods
    left = [period for period in found if period.left_behind]
    if left:
        periods = say_count("{count} period", "{count} periods", len(left))
        yield say_count(
            "Left behind: {count} fact of {periods}, of scopes that the workbooks do not have.",
            "Left behind: {count} facts of {periods}, of scopes that the workbooks do not have.",
            sum(period.left_behind or 0 for period in left),
            periods=periods,
        )


def _seconds(report: Report) -> str:
    return say("{seconds} s", seconds=f"{report.seconds:.1f}")
