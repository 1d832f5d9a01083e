"""Finds the cells behind the rows of a plan. Called only when something is wrong, so it may be slow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from wdh.errors import assert_never
from wdh.facts import Place
from wdh.facts.copytext import Seen, as_seen
from wdh.facts.spool import FactRows
from wdh.plan.loading import Append, Stage, Upsert
from wdh.plan.plan import Plan
from wdh.plan.steps import (
    Backfill,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Skip,
    Statement,
    Step,
)


def find_places(plan: Plan, step: Step, *, rows: Sequence[int], column: str | None) -> dict[int, tuple[Place, ...]]:
    """Find the cells behind some rows of a step: for facts the rows are lines of the COPY, counted from 1.

    For a candidate of a reference they are those of the facts that have its key and, where there are such, the very
    value of ``column``; else the cells of the key. A row without a workbook behind it has no places.
    """
    match step:
        case Append() | Upsert() | Stage():
            return {row: (step.facts.place(row, column),) for row in rows}
        case InsertMissing() | FillNullOnly():
            if plan.facts is None or not any(
                source for name, source in zip(step.columns, step.sources, strict=False) if name in step.key
            ):
                return dict.fromkeys(rows, ())
            return _find_candidates(plan.facts, step, rows=rows, column=column)
        case DeleteScope() | InsertRows() | Statement() | Skip():
            return dict.fromkeys(rows, ())
        case _:
            assert_never(step)


def _find_candidates(
    facts: FactRows, step: Backfill, *, rows: Sequence[int], column: str | None
) -> dict[int, tuple[Place, ...]]:
    sources = dict(zip(step.columns, step.sources, strict=True))
    key = [source for name in step.key if (source := sources[name]) is not None]
    read = sources.get(column or "") or key[0]
    key_places = [step.columns.index(name) for name in step.key if sources[name] is not None]
    value_place = None if column is None else step.columns.index(column)
    wanted = {
        row: (
            tuple(as_seen(step.rows[row][place]) for place in key_places),
            None if value_place is None else as_seen(step.rows[row][value_place]),
        )
        for row in rows
    }
    lines = _lines_of_keys(facts, (*key, read), keys={found for found, _ in wanted.values()})
    places = {}
    for row, (found, value) in wanted.items():
        own = [line for line, seen in lines[found] if seen == value and value is not None]
        places[row] = tuple(
            facts.place(line, read if own else key[0]) for line in own or [line for line, _ in lines[found]]
        )
    return places


def _lines_of_keys(
    facts: FactRows, columns: Sequence[str], *, keys: set[tuple[Seen, ...]]
) -> Mapping[tuple[Seen, ...], list[tuple[int, Seen]]]:
    """Read the facts once: for each key the lines that have it, with what they have in the last of ``columns``."""
    lines: defaultdict[tuple[Seen, ...], list[tuple[int, Seen]]] = defaultdict(list)
    for line, values in facts.lines(columns):
        if values[:-1] in keys:
            lines[values[:-1]].append((line, values[-1]))
    return lines
