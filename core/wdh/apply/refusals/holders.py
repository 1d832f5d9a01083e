"""The sessions that hold a lock which a run could not get."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from wdh.apply.refusals.diagnosis import diagnose
from wdh.errors import DatabaseError
from wdh.logs import Log
from wdh.sql import circumstances, locks
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target

log = Log()

_CLIENT = "client backend"
_WRAPAROUND = "(to prevent wraparound)"
"""How PostgreSQL marks, in every language, the statement of an autovacuum that nobody may interrupt."""


class Holder(Struct, frozen=True):
    """The holder of a lock: a session, a process of the server, or a prepared transaction, which has no process.

    A field that the role may not see is None.
    """

    pid: int | None
    kind: str | None
    role: str | None
    program: str | None
    is_hidden: bool | None
    machine: str | None
    state: str | None
    age: str | None
    leader: int | None
    statement: str | None
    gid: str | None
    owner: str | None
    prepared: str | None
    table: str

    def __str__(self) -> str:
        if self.gid is not None:
            return self._as_prepared()
        if self.kind in (None, _CLIENT):
            return self._as_session()
        return self._as_process()

    def _as_prepared(self) -> str:
        gid = "'" + (self.gid or "").replace("'", "''") + "'"
        return (
            f"prepared transaction {gid} of {self.owner}, prepared at {self.prepared}, holds {self.table}; it waits "
            f"for its coordinator, or COMMIT PREPARED {gid} or ROLLBACK PREPARED {gid} in its database"
        )

    def _as_session(self) -> str:
        place = "a machine that this role may not see" if self.is_hidden else self.machine or "this machine"
        return f"session {self.pid}{self._of_role} on {place}{self._with_program} holds {self.table}{self._since}"

    def _as_process(self) -> str:
        """Describe an autovacuum, a worker of a parallel query or of a replication, or another of the server's own."""
        works_for = "" if self.leader is None else f", which works for process {self.leader}"
        urgent = ", and must not be interrupted (it prevents wraparound)" if self._is_urgent else ""
        return f"{self.kind}, process {self.pid}{self._of_role}{works_for}, holds {self.table}{urgent}{self._since}"

    @property
    def _is_urgent(self) -> bool:
        return self.statement is not None and self.statement.endswith(_WRAPAROUND)

    @property
    def _of_role(self) -> str:
        return f" of {self.role}" if self.role else ""

    @property
    def _with_program(self) -> str:
        return f" ({self.program})" if self.program else ""

    @property
    def _since(self) -> str:
        return (f", {self.state}" if self.state else "") + (f", its transaction is {self.age} old" if self.age else "")


def name_holders(error: DatabaseError, targets: Sequence[Target], *, connection: Connection) -> DatabaseError:
    """Say in the error who holds the tables now. The transaction of the error must be rolled back."""
    import psycopg2

    wanted = {"schemas": [target.schema for target in targets], "tables": [target.table for target in targets]}
    try:
        with connection.cursor() as cursor:
            cursor.execute(circumstances.BRIEFLY)
            cursor.execute(locks.HOLDERS, wanted)
            holders = [str(Holder(*found)) for found in cursor.fetchall()]
    except psycopg2.Error as failed:  # who waited for whom is worth a question, not a second error
        log.warning("holders_not_found", error=diagnose(failed).message)
        return error
    if not holders:
        return DatabaseError(f"{error.message} Nobody could be seen to hold it any more.", **error.facts)
    lines = "".join(f"\n  {holder}" for holder in holders)
    return DatabaseError(f"{error.message} It is held by:{lines}", **error.facts, holders=holders)
