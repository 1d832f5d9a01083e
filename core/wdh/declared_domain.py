"""The core's own answers for domains that data_sources.yml declares, registered on the same road as a stranger's."""

from __future__ import annotations

from collections.abc import Mapping

from wdh.columns import Columns
from wdh.described_tables import describe_tables
from wdh.facts import Batch, Facts
from wdh.hookspecs import hookimpl
from wdh.settings import Reference
from wdh.sql.tables import Table


class DeclaredDomain:
    """Reads a sheet into the columns that the configuration declares, when no package did it in another way."""

    @hookimpl(trylast=True)
    def transform(self, batch: Batch, columns: Columns | None) -> Facts | None:
        """Clean the batch. None: nothing is declared."""
        return None if columns is None else columns.clean(batch)

    @hookimpl(trylast=True)
    def provide_tables(self, columns: Columns | None, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None:
        """Describe the tables that hold such facts and references. None: nothing is declared."""
        return None if columns is None else describe_tables(columns, refs)
