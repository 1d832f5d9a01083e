"""The session of an apply: what its settings must be, and whether it is one that wdh can work in."""

from __future__ import annotations

from wdh.errors import SetupError
from wdh.sql import settings
from wdh.sql.driver import Cursor
from wdh.words.language import say

_BAD_VALUE = "22023"
_DENIED = "42501"


def pin_session(cursor: Cursor, *, lock_timeout: str, time_zone: str | None) -> None:
    """Set, for the transaction, what decides how an input is read; refuse a session that would lose rows.

    ``lock_timeout`` is PostgreSQL's; ``time_zone`` None leaves the session its own. Raises SetupError, psycopg2.Error.
    """
    cursor.execute(settings.PIN, {"lock_timeout": lock_timeout})
    cursor.execute(settings.SESSION)
    isolation, role, may_stage, database = cursor.fetchone() or ("", "origin", True, "")
    if isolation != "read committed":
        raise SetupError(
            say(
                "the transaction is {isolation}, and would not see what another run committed while this one "
                "waited for its lock. Use READ COMMITTED. Nothing was written.",
                isolation=isolation,
            )
        )
    if not may_stage:
        raise SetupError(
            say(
                "the role may not have temporary tables, which every run needs: GRANT TEMPORARY ON DATABASE "
                "{database} TO …. Nothing was written.",
                database=database,
            )
        )
    if role != "origin":
        _fire_triggers(cursor, role)
    if time_zone is not None:
        set_time_zone(cursor, time_zone)
    cursor.execute(settings.NOTICE_LOST_CLIENTS)


def _fire_triggers(cursor: Cursor, role: str) -> None:
    import psycopg2

    try:
        cursor.execute(settings.FIRE_TRIGGERS)
    except psycopg2.Error as error:
        if error.pgcode != _DENIED:
            raise
        raise SetupError(
            say(
                "session_replication_role is {role}, so neither foreign keys nor triggers would see what is "
                "written, and the role may not set it to origin. Take the setting off the role or the "
                "database. Nothing was written.",
                role=role,
            )
        ) from error


def begin_reading(cursor: Cursor, *, lock_timeout: str, statement_timeout: str | None, time_zone: str | None) -> None:
    """Prepare a transaction that reads; ``statement_timeout`` None is the server's own. Raises SetupError."""
    cursor.execute(settings.READING, (lock_timeout,))
    cursor.execute(settings.WATCH_LINE)
    if statement_timeout is not None:
        cursor.execute(settings.STATEMENT_TIMEOUT, (statement_timeout,))
    if time_zone is not None:
        set_time_zone(cursor, time_zone)


def set_time_zone(cursor: Cursor, name: str) -> None:
    """Let dates and times without a zone be those of a place, for the transaction. Raises SetupError."""
    import psycopg2

    try:
        cursor.execute(settings.TIME_ZONE, (name,))
    except psycopg2.Error as error:
        if error.pgcode != _BAD_VALUE:
            raise
        raise SetupError(
            say(
                "the server knows no time zone {name!r} (time_zone in data_sources.yml). Write one like "
                "Asia/Shanghai or UTC. Nothing was written.",
                name=name,
            ),
            time_zone=name,
        ) from error
