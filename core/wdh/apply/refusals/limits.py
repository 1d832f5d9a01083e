"""Settings of the session that can end or forbid a run, and where each of them is set."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from wdh.sql import circumstances
from wdh.sql.driver import Cursor
from wdh.words.language import later, say

READ_ONLY = "default_transaction_read_only"
TIMEOUTS = {
    "25P03": "idle_in_transaction_session_timeout",
    "25P04": "transaction_timeout",
    "57014": "statement_timeout",
    "57P05": "idle_session_timeout",
}
"""The timeout behind a SQLSTATE; 57014 is also that of a statement that somebody cancelled."""

_CLIENT = later("by the client: in the connection string, PGOPTIONS, or an option of wdh-run")


class Limit(Struct, frozen=True):
    """A setting that is on: its ``value`` as PostgreSQL shows it, ``source`` that of pg_settings."""

    name: str
    value: str
    source: str
    role: str
    database: str

    def __str__(self) -> str:
        return say("{name} is {value}, set {where}", name=self.name, value=self.value, where=self.where)

    @property
    def where(self) -> str:
        """Say where it was set, and so where it can be changed."""
        if self.source in ("client", "session", "interactive"):
            return say(_CLIENT)
        places = {
            "database": say(
                "for the database (ALTER DATABASE {database} SET {name} = …)", database=self.database, name=self.name
            ),
            "user": say("for the role (ALTER ROLE {role} SET {name} = …)", role=self.role, name=self.name),
            "database user": say(
                "for the role in this database (ALTER ROLE {role} IN DATABASE {database} SET {name} = …)",
                role=self.role,
                database=self.database,
                name=self.name,
            ),
        }
        return places.get(self.source, say("for the whole server ({source})", source=self.source))


def read_limits(cursor: Cursor) -> tuple[Limit, ...]:
    """Read the limits of a session while it lasts: of one that is over nobody can ask any more."""
    cursor.execute(circumstances.LIMITS, ([*TIMEOUTS.values(), READ_ONLY],))
    return tuple(Limit(*found) for found in cursor.fetchall())


def find_limits(limits: Sequence[Limit], *names: str) -> list[Limit]:
    """Give those of some names."""
    return [limit for limit in limits if limit.name in names]
