"""Loads cases into a database as ``wdh-run --execute`` does, into the tables that the domain describes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.domain.ddl import describe_tables
from wdh.testing.domain import DomainUnderTest

if TYPE_CHECKING:
    from wdh.apply.applying import Warehouse
    from wdh.settings import LoadMode
    from wdh.testing.database import Database


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
