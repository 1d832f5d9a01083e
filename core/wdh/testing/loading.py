"""Loads cases into a database as ``wdh-run --execute`` does, into the tables that the domain describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.domain.ddl import describe_tables
from wdh.plan import Backfill, Upsert
from wdh.sql.statements import rows_as_text
from wdh.testing.domain import DomainUnderTest
from wdh.testing.laws import show_difference

if TYPE_CHECKING:
    from wdh.apply.applying import Warehouse
    from wdh.report import Report
    from wdh.settings import LoadMode
    from wdh.testing.database import Database
    from wdh.testing.samples import Sample


def open_warehouse(subject: DomainUnderTest, database: Database) -> Warehouse:
    """Make the domain's tables where they are not there, and give the database as a run takes it.

    A domain that describes no tables needs them made beforehand.
    """
    from wdh.apply.applying import Warehouse
    from wdh.warehouse import connect, find_address

    for statement in describe_tables(subject.hooks, subject.config) if subject.describe_tables() is not None else ():
        database.execute(statement)
    address = find_address(database.dsn, {})
    return Warehouse(address.described, lambda: connect(address))


def load_workbook(
    subject: DomainUnderTest, workbook: Path, database: Database, *, mode: LoadMode | None = None
) -> dict[str, Any]:
    """Load a workbook, leaving rejected rows out; give the document of ``--output json``. Raises what the job raises.

    ``mode`` is that of ``--mode``; None: delete_insert.
    """
    from wdh.plan.planning import Wishes
    from wdh.report.document import report_document

    wishes = {} if mode is None else {"wishes": Wishes(load_mode=mode)}
    return report_document(subject.execute(workbook, open_warehouse(subject, database), **wishes))


def find_second_effects(subject: DomainUnderTest, sample: Sample, database: Database) -> Iterator[str]:
    """Apply a run twice and find what the second one inserted, filled, or left otherwise than the first.

    The tables are made first, as the domain describes them. Raises what the job raises.
    """
    warehouse = open_warehouse(subject, database)
    first = subject.execute(sample.workbook, warehouse)
    before = _contents(first, database)
    second = subject.execute(sample.workbook, warehouse)
    for outcome in second.outcomes or ():
        step = outcome.step
        if outcome.rows and isinstance(step, (Backfill, Upsert)):
            yield f"{sample.name}: the second run still has {outcome.rows} rows for {step.operation} {step.target.sql}"
    for (table, rows), (_, again) in zip(before, _contents(first, database), strict=True):
        for finding in show_difference(rows, again, names=("after one run", "after two")):
            yield f"{sample.name}: {table} is not the same after a second run\n    {finding}"


def _contents(report: Report, database: Database) -> Sequence[tuple[str, list[str]]]:
    asked = [(step.target, rows_as_text(step.target, step.columns)) for step in report.plan.steps if step.columns]
    return [
        (target.sql, sorted("\t".join(map(str, row)) for row in database.rows(question))) for target, question in asked
    ]
