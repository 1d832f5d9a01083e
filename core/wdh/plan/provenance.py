"""Where what a plan writes stood in the workbooks. Asked only when something is wrong, so it may take its time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from wdh.facts import FactValue, Place
from wdh.facts.copytext import copy_value, read_copy_text
from wdh.facts.spool import FactRows
from wdh.plan import Append, FillNullOnly, InsertMissing, Plan, Step

ReferenceStep = InsertMissing | FillNullOnly
Seen = str | None
"""A value as PostgreSQL sees it: text, or NULL."""


def as_seen(value: FactValue) -> Seen:
    """Write a value as PostgreSQL's input functions will see it."""
    return read_copy_text(copy_value(value))


def find_places(plan: Plan, step: Step, *, rows: Sequence[int], column: str | None) -> dict[int, tuple[Place, ...]]:
    """Find the cells behind some rows of a step: for facts the rows are lines of the COPY, counted from 1.

    For a candidate of a reference they are those of the facts that have its key and, where there are such, the very
    value of ``column``; else the cells of the key. A row without a workbook behind it has no places.
    """
    if isinstance(step, Append):
        return {row: (step.facts.place(row, column),) for row in rows}
    if plan.facts is not None and isinstance(step, (InsertMissing, FillNullOnly)) and _has_key_source(step):
        return _find_candidates(plan.facts, step, rows=rows, column=column)
    return dict.fromkeys(rows, ())


def _has_key_source(step: ReferenceStep) -> bool:
    return any(source for name, source in zip(step.columns, step.sources, strict=False) if name in step.key)


def _find_candidates(
    facts: FactRows, step: ReferenceStep, *, rows: Sequence[int], column: str | None
) -> dict[int, tuple[Place, ...]]:
    sources = dict(zip(step.columns, step.sources, strict=True))
    key = [source for name in step.key if (source := sources[name]) is not None]
    read = sources.get(column or "") or key[0]
    wanted = {row: (_key_of(step, row), _value_of(step, row, column=column)) for row in rows}
    lines = _lines_of_keys(facts, (*key, read), keys={found for found, _ in wanted.values()})
    places = {}
    for row, (found, value) in wanted.items():
        own = [line for line, seen in lines[found] if seen == value and value is not None]
        places[row] = tuple(facts.place(line, read if own else key[0]) for line in own or _first(lines[found]))
    return places


def _first(lines: Sequence[tuple[int, Seen]]) -> list[int]:
    return [line for line, _ in lines]


def _lines_of_keys(
    facts: FactRows, columns: Sequence[str], *, keys: set[tuple[Seen, ...]]
) -> Mapping[tuple[Seen, ...], list[tuple[int, Seen]]]:
    """Read the facts once: for each key the lines that have it, with what they have in the last of ``columns``."""
    lines: defaultdict[tuple[Seen, ...], list[tuple[int, Seen]]] = defaultdict(list)
    for line, values in facts.lines(columns):
        if values[:-1] in keys:
            lines[values[:-1]].append((line, values[-1]))
    return lines


def _key_of(step: ReferenceStep, row: int) -> tuple[Seen, ...]:
    sources = dict(zip(step.columns, step.sources, strict=True))
    return tuple(as_seen(step.rows[row][step.columns.index(name)]) for name in step.key if sources[name] is not None)


def _value_of(step: ReferenceStep, row: int, *, column: str | None) -> Seen:
    return None if column is None else as_seen(step.rows[row][step.columns.index(column)])
