"""Facts as values to look at, and what a domain made of some rows as lines to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wdh.errors import assert_never
from wdh.facts import Facts, FactValue, Reject
from wdh.facts.copytext import copy_value, read_value, rows_text
from wdh.facts.spool import FactRows
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
from wdh.testing.domain import Planned


def read_facts(facts: FactRows) -> tuple[Mapping[str, FactValue], ...]:
    """Read the facts of a plan back, in order: numbers as Decimal, exactly as they would be sent.

    Call it while the plan is made: the facts are gone when the run is over. A column whose values are of several
    kinds (a number here, a text there) is text.
    """
    kinds = [facts.profiles[column].kinds - {type(None)} for column in facts.columns]
    return tuple(
        {
            column: None if text is None else read_value(text, own)
            for column, own, text in zip(facts.columns, kinds, texts, strict=True)
        }
        for _, texts in facts.lines(facts.columns)
    )


def show_value(value: FactValue) -> str:
    """Show a value as it would be sent; a text in quotes, so that the code '12' is not the number 12."""
    if isinstance(value, str):
        return repr(value)
    try:
        return copy_value(value)
    except ValueError:  # NaN and infinity: no warehouse takes them, and a law still wants to show them
        return repr(value)


def show_outcome(parts: Sequence[Facts]) -> list[str]:
    """Show what became of rows, a line for each row in sheet order, then totals and notes.

    The same rows cut into other parts give the same lines, if the domain does not depend on the cuts.
    """
    lines = [(number, f"row {number}: {text}") for part in parts for number, text in _numbered(part)]
    lines += [(reject.row, f"row {reject.row}: {_show_reject(reject)}") for part in parts for reject in part.rejects]
    return [line for _, line in sorted(lines)] + _show_counts(parts)


def show_outcome_unordered(parts: Sequence[Facts]) -> list[str]:
    """Show what became of rows wherever they stood: the lines of show_outcome() without places, sorted."""
    lines = [f"a row: {text}" for part in parts for _, text in _numbered(part)]
    lines += [f"a row: rejected, {_show_cause(reject)}" for part in parts for reject in part.rejects]
    return sorted(lines) + _show_counts(parts)


def show_reading(facts: Facts) -> list[str]:
    """Show what became of the rows of one batch, and the columns in their order."""
    return [f"columns: {', '.join(facts.columns)}", *show_outcome([facts])]


def _numbered(facts: Facts) -> Iterator[tuple[int, str]]:
    names = sorted(facts.columns)
    for place, number in enumerate(facts.row_numbers):
        shown = {name: facts.columns[name][place] for name in names}
        # A column that a batch lacks is NULL there: absent and None are one and the same.
        yield number, ", ".join(f"{name}={show_value(value)}" for name, value in shown.items() if value is not None)


def _show_reject(reject: Reject) -> str:
    return f"rejected at {reject.cell or 'the row'}, {_show_cause(reject)}: {reject.sentence}"


def _show_cause(reject: Reject) -> str:
    return f"{reject.column} {reject.value!r}, {reject.reason}"


def _show_counts(parts: Iterable[Facts]) -> list[str]:
    parts = list(parts)
    cases: Counter[str] = Counter()
    for note in (note for part in parts for note in part.notes):
        cases.update({f"note {note.code}, {case}": rows for case, rows in note.cases.items()})
    totals = sum(part.totals for part in parts)
    return [f"totals: {totals}", *(f"{case}: {rows}" for case, rows in sorted(cases.items()))]


def show_plan(planned: Planned) -> list[str]:
    """Show every step with its statement and its rows; the facts by their hash, for they are many."""
    return [line for step in planned.report.plan.steps for line in _show_step(step, planned)]


def _show_step(step: Step, planned: Planned) -> Iterator[str]:
    yield f"{step.operation} {step.target.sql}"
    match step:
        case Skip():
            yield f"  {step.what}: {step.reason}"
        case Statement():
            yield f"  {step.sql}"
            yield f"  {step.purpose}, with {step.parameters!r}"
        case Append() | Upsert() | Stage():
            yield from (f"  {statement}" for statement in step.statements)
            yield f"  {step.facts.count} facts with the hash {planned.sha256}"
        case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows():
            yield f"  {step.sql}"
            yield from (f"  {line}" for line in rows_text(step.rows).splitlines())
        case _:
            assert_never(step)
