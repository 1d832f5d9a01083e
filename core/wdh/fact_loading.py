"""The core's own answers to the hooks about facts, registered on the same road as a stranger's."""

from __future__ import annotations

from wdh.hookspecs import hookimpl
from wdh.plan import StepRecorder
from wdh.spool import FactRows
from wdh.sql.identifiers import Target


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
