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
from wdh.words.language import join, say

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
            gid = "'" + (self.gid or "").replace("'", "''") + "'"
            return say(
                "prepared transaction {gid} of {owner}, prepared at {prepared}, holds {table}; it waits for "
                "its coordinator, or COMMIT PREPARED {gid} or ROLLBACK PREPARED {gid} in its database",
                gid=gid,
                owner=self.owner,
                prepared=self.prepared,
                table=self.table,
            )
        if self.kind in (None, _CLIENT):
            return self._as_session()
        return self._as_process()

    def _as_session(self) -> str:
        place = say("a machine that this role may not see") if self.is_hidden else self.machine or say("this machine")
        return say(
            "session {pid}{of_role} on {place}{with_program} holds {table}{since}",
            pid=self.pid,
            of_role=self._of_role,
            place=place,
            with_program=f" ({self.program})" if self.program else "",
            table=self.table,
            since=self._since,
        )

    def _as_process(self) -> str:
        """Describe an autovacuum, a worker of a parallel query or of a replication, or another of the server's own."""
        works_for = "" if self.leader is None else say(", which works for process {leader}", leader=self.leader)
        is_urgent = (self.statement or "").endswith(_WRAPAROUND)
        urgent = say(", and must not be interrupted (it prevents wraparound)") if is_urgent else ""
        return say(
            "{kind}, process {pid}{of_role}{works_for}, holds {table}{urgent}{since}",
            kind=self.kind,
            pid=self.pid,
            of_role=self._of_role,
            works_for=works_for,
            table=self.table,
            urgent=urgent,
            since=self._since,
        )

    @property
    def _of_role(self) -> str:
        return say(" of {role}", role=self.role) if self.role else ""

    @property
    def _since(self) -> str:
        return (f", {self.state}" if self.state else "") + (
            say(", its transaction is {age} old", age=self.age) if self.age else ""
        )


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
        return DatabaseError(
            say("{message} Nobody could be seen to hold it any more.", message=error.message), **error.facts
        )
    lines = join("", (join("", ("\n  ", holder)) for holder in holders))
    return DatabaseError(
        say("{message} It is held by:{lines}", message=error.message, lines=lines), **error.facts, holders=holders
    )
