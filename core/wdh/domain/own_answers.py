"""The core's own answers to hooks, registered on the same road as a stranger's."""

from __future__ import annotations

from collections.abc import Mapping

from wdh.columns import Columns
from wdh.domain.tables import describe_tables
from wdh.facts import Batch, Facts
from wdh.facts.spool import FactRows
from wdh.hookspecs import hookimpl
from wdh.plan import StepRecorder
from wdh.settings import Reference
from wdh.sql.identifiers import Target
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


class FactLoading:
    """Loads facts when no domain did: delete_insert replaces every scope that occurs, append only adds."""

    @hookimpl(trylast=True)
    def load_facts(self, facts: FactRows, target: Target, steps: StepRecorder) -> bool:
        """Record the delete (for delete_insert) and the append."""
        if steps.mode == "delete_insert":
            steps.delete_scope(target, facts)
        steps.append(target, facts)
        return True


class FactVeto:
    """Vetoes the facts of a run for a reason known before: the operator's ``--skip-facts`` is one."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @hookimpl
    def skip_facts(self) -> str:
        """Give the reason."""
        return self._reason
