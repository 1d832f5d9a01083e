"""Checks all values of a plan against the columns of the warehouse, before the first write.

All steps are checked before an error is raised. A candidate that would not be written, as the warehouse has its key or
its value already, is no fault; its value is left out, as the stage has the table's own types.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeGuard

from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.fit.misfits import SHOWN_CHARACTERS, DoesNotFit, Misfit
from wdh.apply.fit.types import ColumnType, is_certain, is_certain_value, make_check, surely_fits
from wdh.apply.refusals.refused import Blame, Refused
from wdh.apply.staging import fill_stage
from wdh.errors import assert_never
from wdh.facts import Place
from wdh.facts.copytext import Seen
from wdh.facts.profiles import Profile, profiles_of
from wdh.plan import (
    Append,
    Backfill,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    RowStep,
    Skip,
    SpooledStep,
    Stage,
    Statement,
    Step,
    Upsert,
)
from wdh.plan.provenance import find_places
from wdh.sql import statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import later, say
from wdh.words.phrases import clip

_BLANK = later("is blank, and the column needs a value")
_BLANK_SCOPE = later("is blank, and no later run could find the fact again to replace it")
_UNRULED = later("needs a value, and the ref has no rule for it")


def check_values(
    plan: Plan,
    cursor: Cursor,
    *,
    tables: Mapping[Target, WarehouseTable],
    profiles: Mapping[str, Profile] | None = None,
) -> Plan:
    """Check every value against its column; give the plan without values that do not fit and are not needed.

    ``profiles`` are those of the columns in all steps together; None: they are made here.
    Raises DoesNotFit for all other misfits together. Reads the tables, and writes to the stage alone.
    """
    judged = [(place, step) for place, step in enumerate(plan.steps) if _is_judged(step, plan)]
    scopes = {step.target: step.columns for step in plan.of(DeleteScope) if step.standing is None}
    known = {
        place: step.facts.profiles
        if isinstance(step, SpooledStep)
        else profiles or profiles_of(step.columns, step.rows)
        for place, step in judged
    }
    found = {
        place: tuple(
            _check_columns(step, tables[step.target], scope=scopes.get(step.target, ()), profiles=known[place])
        )
        for place, step in judged
    }
    plan, needed = _leave_out(plan, found, cursor)
    try:
        told = {
            place: tuple(_ask_columns(step, cursor, table=tables[step.target], profiles=known[place]))
            for place, _ in judged
            if isinstance(step := plan.steps[place], RowStep)
        }
    except Refused as error:
        if needed:  # found before the transaction failed
            raise DoesNotFit(needed, _places(plan, needed)) from error
        raise
    plan, more = _leave_out(plan, told, cursor)
    needed = [*needed, *more]
    if needed:
        raise DoesNotFit(needed, _places(plan, needed))
    return plan


def _is_judged(step: Step, plan: Plan) -> TypeGuard[RowStep]:
    """Say whether a step's values are to be looked at; those of a delete mostly are the very ones inserted after."""
    match step:
        case InsertMissing() | FillNullOnly() | InsertRows() | Append() | Upsert() | Stage():
            return True
        case DeleteScope():
            return not any(set(step.columns) <= set(other.columns) for other in plan.fact_inserts(step.target))
        case Statement() | Skip():
            return False
        case _:
            assert_never(step)


def _leave_out(plan: Plan, found: Mapping[int, tuple[Misfit, ...]], cursor: Cursor) -> tuple[Plan, list[Misfit]]:
    """Leave out misfits that would not be written; give the plan without them, and the other misfits."""
    steps = list(plan.steps)
    needed: list[Misfit] = []
    for place, misfits in found.items():
        step = steps[place]
        if misfits and isinstance(step, InsertMissing):
            misfits, steps[place] = _leave_out_known(step, misfits, cursor)
        elif misfits and isinstance(step, FillNullOnly):
            misfits, steps[place] = _leave_out_filled(step, misfits, cursor)
        needed += misfits
    return replace(plan, steps=tuple(steps)), needed


def _places(plan: Plan, misfits: Sequence[Misfit]) -> Sequence[Sequence[Place]]:
    """Find the cells of all misfits, reading the facts once for each column of a step."""
    columns: dict[tuple[int, str | None], list[Misfit]] = {}
    for misfit in misfits:
        columns.setdefault((id(misfit.step), misfit.source), []).append(misfit)
    found = {
        column: find_places(
            plan, own[0].step, rows=sorted({row for misfit in own for row in misfit.rows}), column=own[0].source
        )
        for column, own in columns.items()
    }
    return [
        list(dict.fromkeys(place for row in misfit.rows for place in found[id(misfit.step), misfit.source][row]))
        for misfit in misfits
    ]


def _check_columns(
    step: RowStep, table: WarehouseTable, *, scope: Sequence[str], profiles: Mapping[str, Profile]
) -> Iterator[Misfit]:
    # A trigger may still give a missing value, and a fill writes no NULL.
    needs_values = bool(step.privileges.inserted) and not table.rewrites_rows
    for column in step.columns:
        kind = table.columns[column]
        blank = say(_BLANK) if kind.is_required and needs_values else None
        if column in scope and isinstance(step, (Append, InsertRows)):
            blank = say(_BLANK_SCOPE)
        if not surely_fits(kind, profiles[column]) or (blank is not None and profiles[column].has_null):
            yield from _check_column(step, column, kind=kind, blank=blank)
    if isinstance(step, InsertMissing) and needs_values:
        for column, kind in table.columns.items():
            if kind.needs_value and column not in step.written:
                yield Misfit(step, column, None, None, say(_UNRULED), tuple(range(len(step.rows))))


def _check_column(step: RowStep, column: str, *, kind: ColumnType, blank: str | None) -> Iterator[Misfit]:
    """Look at each of a column's values; ``blank`` says why none may be NULL, None that any may."""
    check = make_check(kind)
    reasons = {}
    for value in _distinct(step, column):
        reason = blank if value is None else None if check is None else check(value)
        if reason is not None:
            reasons[value] = reason
    return _misfits(step, column, reasons=reasons)


def _ask_columns(
    step: RowStep, cursor: Cursor, *, table: WarehouseTable, profiles: Mapping[str, Profile]
) -> Iterator[Misfit]:
    for column in step.columns:
        kind = table.columns[column]
        if not is_certain(kind) and not surely_fits(kind, profiles[column]):
            yield from _ask_column(step, cursor, column=column, kind=kind)


def _ask_column(step: RowStep, cursor: Cursor, *, column: str, kind: ColumnType) -> Iterator[Misfit]:
    import psycopg2

    from wdh.apply.fit.arrivals import find_changed, refused_text

    check = make_check(kind)
    texts = [
        text
        for text in _distinct(step, column)
        if text is not None and (check is None or check(text) is None) and not is_certain_value(kind, text)
    ]
    try:
        changed = find_changed(cursor, step.target, column=column, kind=kind, texts=texts) if texts else {}
    except psycopg2.Error as error:
        text = refused_text(error, texts)
        rows = tuple(row for row, value in _values(step, column) if text is not None and value == text)
        raise Refused(error, step=step, blame=Blame(rows, column)) from error
    reasons: dict[Seen, str] = {
        text: say("would arrive as {arrived!r}", arrived=clip(arrived, SHOWN_CHARACTERS))
        for text, arrived in changed.items()
    }
    return _misfits(step, column, reasons=reasons)


def _misfits(step: RowStep, column: str, *, reasons: Mapping[Seen, str]) -> Iterator[Misfit]:
    rows: defaultdict[Seen, list[int]] = defaultdict(list)
    for row, value in _values(step, column) if reasons else ():
        if value in reasons:
            rows[value].append(row)
    for value, found in rows.items():
        yield Misfit(step, column, column, value, reasons[value], tuple(found))


def _distinct(step: RowStep, column: str) -> Iterable[Seen]:
    return dict.fromkeys(value for _, value in _values(step, column))


def _values(step: RowStep, column: str) -> Iterable[tuple[int, Seen]]:
    return ((number, value) for number, (value,) in step.lines([column]))


def _leave_out_known(
    step: InsertMissing, misfits: Sequence[Misfit], cursor: Cursor
) -> tuple[tuple[Misfit, ...], InsertMissing]:
    """Give the misfits that would be inserted, and the step without the candidates that are there already."""
    known = _ask(step, misfits, cursor, question=statements.known_keys(step.target, step.key, equal=step.equal))
    rows = tuple(row for number, row in enumerate(step.rows) if number not in known)
    useless = frozenset((misfit.column, row) for misfit in misfits for row in misfit.rows if row in known)
    return _without(misfits, useless), replace(step, rows=rows)


def _leave_out_filled(
    step: FillNullOnly, misfits: Sequence[Misfit], cursor: Cursor
) -> tuple[tuple[Misfit, ...], FillNullOnly]:
    """Give the misfits that would be filled in, and the step without values whose place is not empty."""
    columns = dict.fromkeys(misfit.column for misfit in misfits if misfit.column in step.filled)
    rows = [list(row) for row in step.rows]
    useless: set[tuple[str, int]] = set()
    for column in columns:
        own = [misfit for misfit in misfits if misfit.column == column]
        question = statements.empty_cells(
            step.target, step.key, column, equal=step.equal, pattern=dict(step.patterns).get(column)
        )
        empty = _ask(step, own, cursor, question=question)
        useless.update((column, row) for misfit in own for row in misfit.rows if row not in empty)
    for column, row in useless:
        rows[row][step.columns.index(column)] = None
    kept = replace(step, rows=tuple(map(tuple, rows)))
    return _without(misfits, useless), kept


def _ask(step: Backfill, misfits: Sequence[Misfit], cursor: Cursor, *, question: str) -> frozenset[int]:
    """Stage the keys of the rows that do not fit, and ask the table about them. A key that does not fit is nowhere."""
    nowhere = {row for misfit in misfits if misfit.column in step.key for row in misfit.rows}
    asked = sorted({row for misfit in misfits for row in misfit.rows} - nowhere)
    places = [step.columns.index(column) for column in step.key]
    keys = [[step.rows[row][place] for place in places] for row in asked]
    fill_stage(cursor, step.target, columns=step.key, rows=keys)
    cursor.execute(question)
    answer = frozenset(asked[number] for (number,) in cursor.fetchall())
    cursor.execute(statements.DROP_STAGE)
    return answer


def _without(misfits: Sequence[Misfit], useless: Set[tuple[str, int]]) -> tuple[Misfit, ...]:
    left = (
        replace(misfit, rows=tuple(row for row in misfit.rows if (misfit.column, row) not in useless))
        for misfit in misfits
    )
    return tuple(misfit for misfit in left if misfit.rows)
