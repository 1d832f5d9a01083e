"""A run applied twice to one database: what the second one still does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wdh.plan import Backfill, Upsert
from wdh.sql.statements import rows_as_text
from wdh.testing.laws import show_difference
from wdh.testing.loading import open_warehouse

if TYPE_CHECKING:
    from wdh.report import Report
    from wdh.testing.database import Database
    from wdh.testing.domain import DomainUnderTest
    from wdh.testing.samples import Sample


def find_second_effects(subject: DomainUnderTest, sample: Sample, database: Database) -> Iterator[str]:
    """Apply a run twice and find what the second one inserted, filled, or left otherwise than the first.

    The tables are made first, as the domain describes them. Raises what the job raises.
    """
    warehouse = open_warehouse(subject, database)
    first = subject.execute(sample.workbook, warehouse)
    before = _contents(first, database)
    second = subject.execute(sample.workbook, warehouse)
    yield from (f"{sample.name}: {finding}" for finding in _find_more(second))
    for (table, rows), (_, again) in zip(before, _contents(first, database), strict=True):
        for finding in show_difference(rows, again, names=("after one run", "after two")):
            yield f"{sample.name}: {table} is not the same after a second run\n    {finding}"


def _find_more(report: Report) -> Iterator[str]:
    for outcome in report.outcomes or ():
        step = outcome.step
        if outcome.rows and isinstance(step, (Backfill, Upsert)):
            yield f"the second run still has {outcome.rows} rows for {step.operation} {step.target.sql}"


def _contents(report: Report, database: Database) -> Sequence[tuple[str, list[str]]]:
    asked = [(step.target, rows_as_text(step.target, step.columns)) for step in report.plan.steps if step.columns]
    return [
        (target.sql, sorted("\t".join(map(str, row)) for row in database.rows(question))) for target, question in asked
    ]
