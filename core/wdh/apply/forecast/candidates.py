"""The candidates of one reference, of all its steps together, as a forecast sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

from msgspec import Struct, field

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.fit.types import make_check, surely_fits
from wdh.facts import FactValue
from wdh.facts.copytext import as_seen
from wdh.facts.profiles import profiles_of
from wdh.plan import Backfill, FillNullOnly, InsertMissing, Plan, Rows
from wdh.sql.identifiers import Target


class Candidates(Struct, frozen=True):
    """The candidates of a reference, from all its steps: ``columns`` with the key first, and ``rows``, one per key.

    ``filled`` may be filled where they are NULL, or match one of ``patterns``. ``inserts``: keys that are not there
    come in. ``keys_differ``: to PostgreSQL, too.
    """

    reference: str
    target: Target
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Rows
    filled: tuple[str, ...]
    inserts: bool
    keys_differ: bool
    patterns: Mapping[str, str] = field(default_factory=dict)


def collect_candidates(plan: Plan) -> Iterator[Candidates]:
    """Bring the steps of each reference together, in their order."""
    steps: dict[tuple[str, Target], list[Backfill]] = {}
    for step in plan.steps:
        if isinstance(step, Backfill):
            steps.setdefault((step.reference, step.target), []).append(step)
    return map(_join, steps.values())


def _join(steps: Sequence[Backfill]) -> Candidates:
    inserts = [step for step in steps if isinstance(step, InsertMissing)]
    fills = [step for step in steps if isinstance(step, FillNullOnly)]
    first = (inserts or fills)[0]
    rows = first.rows
    if inserts and fills:
        rows = (*rows, *_left_out(first, fills[0]))
    filled = tuple(dict.fromkeys(column for step in fills for column in step.filled))
    differ = all(step.keys_differ for step in steps)
    patterns = {column: pattern for step in fills for column, pattern in step.patterns}
    return Candidates(
        first.reference, first.target, first.key, first.columns, rows, filled, bool(inserts), differ, patterns
    )


def _left_out(insert: Backfill, fill: Backfill) -> Iterator[tuple[FactValue, ...]]:
    """Give the candidates that are only filled, as the table was found to have their key."""
    size = len(insert.key)
    known = {row[:size] for row in insert.rows}
    places = [fill.columns.index(column) if column in fill.columns else None for column in insert.columns]
    for row in fill.rows:
        if row[:size] not in known:
            yield tuple(None if place is None else row[place] for place in places)


def without_misfits(found: Candidates, table: WarehouseTable) -> tuple[list[Sequence[FactValue]], Mapping[str, int]]:
    """Give the candidates by column, NULL where a value does not fit, and how many these are by column."""
    profiles = profiles_of(found.columns, found.rows)
    misfits: dict[str, int] = {}
    columns: list[Sequence[FactValue]] = []
    by_column = zip(*found.rows, strict=True) if found.rows else repeat((), len(found.columns))
    for name, values in zip(found.columns, by_column, strict=True):
        kind = table.columns[name]
        check = None if surely_fits(kind, profiles[name]) else make_check(kind)
        if check is not None:
            unfit = {value for value in set(values) if value is not None and check(as_seen(value) or "") is not None}
            if unfit:
                misfits[name] = sum(value in unfit for value in values)
                values = tuple(None if value in unfit else value for value in values)
        columns.append(values)
    return columns, misfits
