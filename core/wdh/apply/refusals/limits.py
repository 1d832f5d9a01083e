"""Settings of the session that can end or forbid a run, and where each of them is set."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from wdh.sql import circumstances
from wdh.sql.driver import Cursor

READ_ONLY = "default_transaction_read_only"
TIMEOUTS = {
    "25P03": "idle_in_transaction_session_timeout",
    "25P04": "transaction_timeout",
    "57014": "statement_timeout",
    "57P05": "idle_session_timeout",
}
"""The timeout behind a SQLSTATE; 57014 is also that of a statement that somebody cancelled."""

_CLIENT = "by the client: in the connection string, PGOPTIONS, or an option of wdh-run"


class Limit(Struct, frozen=True):
    """A setting that is on: its ``value`` as PostgreSQL shows it, ``source`` that of pg_settings."""

    name: str
    value: str
    source: str
    role: str
    database: str

    def __str__(self) -> str:
        return f"{self.name} is {self.value}, set {self.where}"

    @property
    def where(self) -> str:
        """Say where it was set, and so where it can be changed."""
        if self.source in ("client", "session", "interactive"):
            return _CLIENT
        places = {
            "database": f"for the database (ALTER DATABASE {self.database} SET {self.name} = …)",
            "user": f"for the role (ALTER ROLE {self.role} SET {self.name} = …)",
            "database user": (
                f"for the role in this database (ALTER ROLE {self.role} IN DATABASE {self.database} "
                f"SET {self.name} = …)"
            ),
        }
        return places.get(self.source, f"for the whole server ({self.source})")


def read_limits(cursor: Cursor) -> tuple[Limit, ...]:
    """Read the limits of a session while it lasts: of one that is over nobody can ask any more."""
    cursor.execute(circumstances.LIMITS, ([*TIMEOUTS.values(), READ_ONLY],))
    return tuple(Limit(*found) for found in cursor.fetchall())


def find_limits(limits: Sequence[Limit], *names: str) -> list[Limit]:
    """Give those of some names."""
    return [limit for limit in limits if limit.name in names]
