"""The laws that a domain keeps, each as a search for what breaks it: the findings, in sentences for its author."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, repeat

from wdh.errors import DataError, PluginError, WdhError
from wdh.facts import Batch, Facts, Reject, cell_text
from wdh.facts.cells import UNCACHED
from wdh.facts.copytext import copy_value
from wdh.plan import Skip, Step
from wdh.plan.planning import Wishes
from wdh.references import Derivation
from wdh.references.candidates import Candidates
from wdh.settings import Reference
from wdh.sql.identifiers import quote_ident
from wdh.sql.tables import Table
from wdh.testing.batches import cut_batch, reorder_rows, replace_cell, select_rows, shuffled
from wdh.testing.domain import DomainUnderTest
from wdh.testing.facts import show_outcome, show_outcome_unordered, show_plan
from wdh.testing.fresh import Observed
from wdh.testing.order import stable_columns
from wdh.testing.samples import Sample

Findings = Iterator[str]

ERROR_CELL = "#REF!"
SKIP_FACTS = "--skip-facts"
_MOST_LINES = 12
_ONE_BY_ONE = 60
_DAMAGED_ROWS = 3
_FIBONACCI = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610)
_CODE = re.compile(r"\S+")


def show_difference(before: Sequence[str], after: Sequence[str], *, names: tuple[str, str]) -> Findings:
    """Show where two lists of lines differ, the first lines of it; nothing where they are equal."""
    if list(before) == list(after):
        return
    lines = list(difflib.unified_diff(before, after, *names, n=0, lineterm=""))
    rest = len(lines) - _MOST_LINES
    yield "\n    ".join([*lines[:_MOST_LINES], *([f"… and {rest} more lines"] if rest > 0 else [])])


# The hooks as they are


def find_malformed(subject: DomainUnderTest) -> Findings:
    """Find faults in the answers that do not depend on a workbook."""
    hooks: dict[str, Callable[[], object]] = {
        "provide_refs": subject.hooks.provide_refs,
        "provide_settings": subject.hooks.provide_settings,
        "provide_tables": subject.describe_tables,
    }
    for hook, ask in hooks.items():
        first, second = ask(), ask()
        if first != second:
            yield f"{hook} gave two answers to one question: {first!r}, then {second!r}; give the same every time"
    named = [reference.name for reference in subject.configuration.domain.refs]
    known = dict.fromkeys(("facts", *named, *(subject.hooks.provide_refs() or ())))  # some may be switched off
    for name in subject.describe_tables() or ():
        if name not in known:
            yield (
                f"provide_tables describes {name!r}, and there is no such table: wdh ddl would leave it out. The "
                f"names are: {', '.join(known)}"
            )


def find_long_names(subject: DomainUnderTest, samples: Sequence[tuple[Sample, Facts]]) -> Findings:
    """Find the names that PostgreSQL would cut after 63 bytes, or refuse."""
    columns = [("a column of the facts that transform returns", name) for _, facts in samples for name in facts.columns]
    for what, name in dict.fromkeys(chain(_names(subject), columns)):
        try:
            quote_ident(name)
        except (TypeError, ValueError) as error:
            yield f"{what}: {error}; choose a shorter name (a Chinese character is three bytes)"


def _names(subject: DomainUnderTest) -> Iterator[tuple[str, str]]:
    domain = subject.configuration.domain
    for what, target in [("facts", domain.facts), *((f"refs.{one.name}", one.target) for one in domain.refs)]:
        yield f"the table of {what}", target.table
        yield f"the schema of {what}", target.schema or "public"
    for reference in domain.refs:
        for name in (*reference.key, *reference.updatable, *(rule.column for rule in reference.columns)):
            yield f"a column of refs.{reference.name}", name
    for table, described in (subject.describe_tables() or {}).items():
        yield from ((f"provide_tables, a name of {table!r}", name) for name in _described_names(described))


def _described_names(table: Table) -> Iterator[str]:
    yield from table.columns
    if table.identity is not None:
        yield table.identity
    for columns in table.unique:
        yield from columns
    for columns in table.indexes:
        yield "_".join((*columns, "idx"))  # as wdh ddl names it


# The rows that transform makes


def find_differences_between_calls(subject: DomainUnderTest, sample: Sample) -> Findings:
    """Find what a second call on the same batch answers otherwise."""
    first, second = (show_outcome([subject.transform(sample.batch)]) for _ in range(2))
    found = show_difference(first, second, names=("the first call", "the second call"))
    yield from _about(sample, "transform called twice on one batch", found)


def find_differences_between_interpreters(
    sample: Sample, lines: Sequence[str], *, observed: Sequence[Observed], of_plan: bool = False
) -> Findings:
    """Find what a fresh interpreter answers otherwise: one that remembers nothing and orders sets its own way."""
    for each in observed:
        seen = (each.plans if of_plan else each.facts).get(str(sample.workbook))
        if seen is None:
            yield f"{sample.name}: a fresh interpreter did not get to it: {each.fault}"
            continue
        names = ("this interpreter", f"a fresh one, PYTHONHASHSEED={each.seed}")
        yield from _about(sample, "in a fresh interpreter", show_difference(lines, seen, names=names))


def find_differences_between_cuts(subject: DomainUnderTest, sample: Sample, whole: Facts) -> Findings:
    """Find what comes out otherwise when the rows come in more than one batch."""
    cuts = {
        "cut into batches of 1, 2, 3, 5, 8 … rows": (sample.batch, _FIBONACCI),
        f"its first {_ONE_BY_ONE} rows, one by one": (
            select_rows(sample.batch, range(min(len(sample.batch), _ONE_BY_ONE))),
            repeat(1, _ONE_BY_ONE),
        ),
    }
    for what, (batch, sizes) in cuts.items():
        expected = [whole] if batch is sample.batch else [subject.transform(batch)]
        parts = [subject.transform(part) for part in cut_batch(batch, sizes)]
        names = ("in one batch", "in many")
        found = show_difference(show_outcome(expected), show_outcome(parts), names=names)
        yield from _about(sample, what, found)
        checked = (show_outcome([Facts((), {}, subject.check(each, batch))]) for each in (expected, parts))
        yield from _about(sample, f"{what}, then checked", show_difference(*checked, names=names))


def find_differences_between_orders(subject: DomainUnderTest, sample: Sample, whole: Facts) -> Findings:
    """Find facts, rejects and stable reference values that change when the rows stand in another order."""
    references = subject.configuration.domain.refs
    size = len(sample.batch)
    for what, places in (("in reverse order", list(reversed(range(size)))), ("shuffled", shuffled(size))):
        facts = subject.transform(reorder_rows(sample.batch, places))
        names = ("as they stand", what)
        found = show_difference(show_outcome_unordered([whole]), show_outcome_unordered([facts]), names=names)
        yield from _about(sample, f"rows {what}", found)
        for reference in references:
            before, after = (_show_stable(reference, one) for one in (whole, facts))
            yield from _about(
                sample, f"refs.{reference.name}, rows {what}", show_difference(before, after, names=names)
            )


def _show_stable(reference: Reference, facts: Facts) -> list[str]:
    stable = stable_columns(reference, facts)
    found = _derive(reference, [facts]).candidates()
    return [
        ", ".join(
            f"{name}={value!r}"
            for name, value in zip(found.columns, row, strict=True)
            if name in stable[row[: len(reference.key)]]
        )
        for row in found.rows
    ]


def find_unlocated(subject: DomainUnderTest, sample: Sample) -> Findings:
    """Find rejects, also of cells damaged for the purpose, that do not say where the bad cell stands."""
    try:
        subject.answer(sample.batch)
    except PluginError:
        return  # it does not get that far: the law of rows says why
    for batch in (sample.batch, *damaged_batches(sample.batch)):
        try:
            answer = subject.answer(batch)
        except DataError:
            continue  # the whole sheet is refused, in a sentence of its own
        if isinstance(answer, Facts):
            for reject in answer.rejects:
                yield from (f"{sample.name}: {fault}" for fault in _find_reject_faults(reject, batch))


def damaged_batches(batch: Batch) -> Iterator[Batch]:
    """Take a few rows out, each once for every column, whose cell there is an error, or a formula without result."""
    for place in _some_places(len(batch)):
        row = select_rows(batch, [place])
        for header in row.columns:
            yield replace_cell(row, header, ERROR_CELL)
            yield replace_cell(row, header, UNCACHED)


def _some_places(count: int) -> list[int]:
    return sorted({0, count // 2, count - 1}) if count else []


def _find_reject_faults(reject: object, batch: Batch) -> Findings:
    if not isinstance(reject, Reject):
        yield f"{reject!r} stands among the rejects; make one with batch.reject(…) or row.reject(…)"
        return
    what = f"the reject {reject.reason!r} of row {reject.row!r}"
    advice = "; make it with batch.reject(…) or row.reject(…), which know the place"
    if (reject.file, reject.sheet) != (batch.file, batch.sheet):
        yield f"{what} names {reject.file!r}, sheet {reject.sheet!r}, and stands in {batch.file}, {batch.sheet}{advice}"
    if reject.row not in batch.row_numbers:
        yield f"{what} names no row of the batch (rows {batch.row_numbers[0]} to {batch.row_numbers[-1]}){advice}"
        return
    yield from (f"{what} {fault}{advice}" for fault in _find_cell_faults(reject, batch))
    for field in ("reason", "sentence"):
        if not str(getattr(reject, field) or "").strip():
            yield f"{what} has no {field}: write one (a reason for programs, a sentence for people)"
    if reject.reason and not _CODE.fullmatch(reject.reason):
        yield f"{what} has blanks in its reason, which is a code for programs: write the sentence into sentence"


def _find_cell_faults(reject: Reject, batch: Batch) -> Findings:
    if reject.cell is None:
        if reject.column in batch.letters:
            yield f"names the column {reject.column}, which stands in the sheet, and no cell"
        return
    headers = [header for header, letter in batch.letters.items() if f"{letter}{reject.row}" == reject.cell]
    if not headers:
        yield f"names the cell {reject.cell}, which is none of that row and the sheet's columns"
        return
    # A run quotes the cell itself, so that a package may rewrite cells before it refuses them.
    index = list(batch.row_numbers).index(reject.row)
    held = {header: cell_text(batch.columns[header][index]) for header in batch.letters}
    other = next((header for header, text in held.items() if text is not None and text == reject.value), None)
    if other is not None and held[headers[0]] != reject.value:
        yield (
            f"gives {reject.value!r} as the value of {reject.cell}, where {held[headers[0]]!r} stands; that is in "
            f"{batch.letters[other]}{reject.row}"
        )


def find_silent_nulls(subject: DomainUnderTest, sample: Sample) -> Findings:
    """Find columns in which an error cell is read just as an empty cell is: a value lost without a word."""
    for place in _some_places(len(sample.batch)):
        row = select_rows(sample.batch, [place])
        whole = _facts_of(subject, row)
        for header, cells in row.columns.items():
            empty = _facts_of(subject, replace_cell(row, header, None))
            if cells[0] is None or not whole or not empty or empty == whole:
                continue
            if _facts_of(subject, replace_cell(row, header, ERROR_CELL)) == empty:
                cell = f"{row.letters[header]}{row.row_numbers[0]}"
                yield (
                    f"{sample.name}: with {ERROR_CELL} in {cell} ({header}) the row becomes the same fact as with an "
                    "empty cell; make it a reject (Columns does), or nobody learns that the value is missing"
                )


def _facts_of(subject: DomainUnderTest, batch: Batch) -> list[str]:
    """Show the fact that a row became; empty where it became none."""
    try:
        facts = subject.transform(batch)
    except DataError:
        return []
    return show_outcome_unordered([replace(facts, notes=())]) if len(facts) else []


# References


def find_merge_faults(subject: DomainUnderTest, sample: Sample, whole: Facts) -> Findings:
    """Find reference rows that come out otherwise when parts of the sheet were read apart and put together."""
    half = len(sample.batch) // 2
    parts = [subject.transform(part) for part in cut_batch(sample.batch, [half]) if len(part)]
    odd = [place for place in range(len(sample.batch)) if place % 2]
    even = [place for place in range(len(sample.batch)) if not place % 2]
    woven = [subject.transform(select_rows(sample.batch, places)) for places in (odd, even) if places]
    for reference in subject.configuration.domain.refs:
        expected = show_candidates(_derive(reference, [whole]).candidates())
        for what, split in {"its halves, the second first": parts[::-1], "every other row": woven}.items():
            merged = show_candidates(_derive(reference, split).candidates())
            names = ("in one piece", "merged")
            found = show_difference(expected, merged, names=names)
            yield from _about(sample, f"refs.{reference.name}, {what}", found)


def _derive(reference: Reference, parts: Sequence[Facts]) -> Derivation:
    """Derive from each part by itself, as another process would, and merge."""
    merged = Derivation(reference)
    for facts in parts:
        if len(facts):
            own = Derivation(reference)
            own.absorb(facts, workbook=0)
            merged.merge(own)
    return merged


def show_candidates(found: Candidates) -> list[str]:
    """Show reference rows, complete and incomplete, as they would be sent."""
    rows = [", ".join(map(copy_value, row)) for row in found.rows]
    return [*rows, *(f"{', '.join(map(copy_value, key))} lacks {', '.join(names)}" for key, names in found.incomplete)]


# The plan and the rows written


def find_differences_between_plans(subject: DomainUnderTest, sample: Sample, observed: Sequence[Observed]) -> Findings:
    """Find what another plan for the same workbook has otherwise."""
    first, second = (show_plan(subject.plan(sample.workbook)) for _ in range(2))
    yield from _about(sample, "planned twice", show_difference(first, second, names=("the first plan", "the second")))
    yield from find_differences_between_interpreters(sample, first, observed=observed, of_plan=True)


def find_broken_mode(subject: DomainUnderTest, sample: Sample) -> Findings:
    """Find what load_facts records in the mode append though it does not only add; to refuse the mode is no fault."""
    try:
        subject.plan(sample.workbook, wishes=Wishes(load_mode="append"))
    except PluginError as error:
        yield f"{sample.name}, with --mode append: {error}"
    except WdhError:
        return


def find_facts_written(subject: DomainUnderTest, sample: Sample) -> Findings:
    """Find steps of a run with --skip-facts that write facts after all, or backfill other than without it."""
    planned, skipped = subject.plan(sample.workbook), subject.plan(sample.workbook, skip_facts=True)
    first = planned.report.vetoes
    second = tuple(veto for veto in skipped.report.vetoes if veto != SKIP_FACTS)
    if first != second:
        yield f"skip_facts gave two answers to one question: {first!r}, then {second!r}; give the same every time"
    facts = subject.configuration.domain.facts
    plan = skipped.report.plan
    for step in plan.writes:
        schemas = {step.target.schema, facts.schema}  # where one is left out, the connection decides
        if step.target.table == facts.table and (len(schemas) == 1 or None in schemas):
            yield (
                f"with --skip-facts the plan still has {step.operation} {step.target.sql}, the table of the facts; no "
                "ref may name that table"
            )
    if not any(step.reference is None for step in plan.of(Skip)):
        yield "with --skip-facts the plan does not say that facts are skipped"
    before, after = (list(_reference_steps(one.report.plan.steps)) for one in (planned, skipped))
    yield from show_difference(before, after, names=("references with facts", "references with --skip-facts"))


def _reference_steps(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.reference is not None:
            yield f"{step.operation} refs.{step.reference}: {getattr(step, 'rows', '')}"


def _about(sample: Sample, what: str, findings: Findings) -> Findings:
    return (f"{sample.name}, {what}:\n    {finding}" for finding in findings)
