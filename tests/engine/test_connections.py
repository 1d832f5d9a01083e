"""The caller's connection: any kind of it works or is refused by name, and the session is given back as it was."""

from __future__ import annotations

import datetime
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
import pytest
from psycopg2 import sql

import wdh
from wdh.errors import DatabaseError, DataError, SetupError

PLANS = "CREATE TABLE plans (code text UNIQUE, name text, n int); INSERT INTO plans VALUES ('A', NULL, 1)"
EXPECTED = [("A", "甲", 1), ("B", "乙", 2), ("C", None, 3)]


def use_every_function(connection: Any) -> None:
    """Leaves EXPECTED in ``plans``, uncommitted."""
    rows = [{"code": "A", "name": "甲", "n": 9}, {"code": "B", "name": "乙", "n": 2}]
    assert wdh.insert_missing("plans", ["code"], rows, connection)["inserted"] == 1
    assert wdh.fill_null_only("plans", ["code"], rows, ["name", "n"], connection)["updated"] == 1
    for deleted in (0, 1):
        result = wdh.load("plans", [{"code": "C", "n": 3}], "delete_insert", ["code"], conn=connection)
        assert (result["deleted"], result["inserted"]) == (deleted, 1)


class OwnCursor(psycopg2.extensions.cursor):
    """A program's own: gives rows of its own kind, and refuses COPY."""

    def fetchone(self) -> Any:
        return {"row": super().fetchone()}

    def fetchall(self) -> Any:
        return [{"row": row} for row in super().fetchall()]

    def copy_expert(self, *_: Any, **__: Any) -> None:
        raise AssertionError("not for wdh")


class OwnConnection(psycopg2.extensions.connection):
    """A connection whose ``cursor()`` always gives a server-side cursor, which can only read."""

    def cursor(self, *_: Any, **__: Any) -> Any:
        return super().cursor(secrets.token_hex(4))


class StandIn:
    """What a pool hands out: not a connection, but all that one is asked is handed on."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.mark.parametrize(
    "factory",
    [
        psycopg2.extras.RealDictCursor,
        psycopg2.extras.DictCursor,
        psycopg2.extras.NamedTupleCursor,
        psycopg2.extras.LoggingCursor,
        psycopg2.extras.MinTimeLoggingCursor,
        OwnCursor,
    ],
)
def test_the_cursor_factory_of_a_connection_makes_no_difference(database: Any, factory: Any) -> None:
    database.execute(PLANS)
    for connection in (database.connect(cursor_factory=factory), database.connect()):
        connection.cursor_factory = factory
        use_every_function(connection)
        connection.rollback()
    use_every_function(connection)
    assert connection.cursor_factory is factory
    connection.commit()
    assert database.rows("SELECT * FROM plans ORDER BY code") == EXPECTED


@pytest.mark.parametrize(
    "factory",
    [
        psycopg2.extras.RealDictConnection,
        psycopg2.extras.DictConnection,
        psycopg2.extras.NamedTupleConnection,
        psycopg2.extras.LoggingConnection,
        psycopg2.extras.MinTimeLoggingConnection,
        OwnConnection,
    ],
)
def test_the_class_of_a_connection_makes_no_difference(database: Any, factory: Any) -> None:
    database.execute(PLANS)
    connection = database.connect(connection_factory=factory)
    if hasattr(connection, "initialize"):
        connection.initialize(logging.getLogger("quiet"))
    use_every_function(connection)
    connection.commit()
    assert database.rows("SELECT * FROM plans ORDER BY code") == EXPECTED


def test_a_stand_in_for_a_connection_will_do(database: Any) -> None:
    database.execute(PLANS)
    connection = StandIn(database.connect(cursor_factory=psycopg2.extras.RealDictCursor))
    use_every_function(connection)
    connection.commit()
    assert database.rows("SELECT * FROM plans ORDER BY code") == EXPECTED


@pytest.fixture
def registered() -> Iterator[Callable[..., None]]:
    """Registers typecasters for the whole program, and takes them back."""
    known = dict(psycopg2.extensions.string_types)
    yield psycopg2.extensions.register_type
    psycopg2.extensions.string_types.clear()
    psycopg2.extensions.string_types.update(known)


@pytest.mark.parametrize("scope", ["the program", "the connection"])
def test_registered_typecasters_make_no_difference(database: Any, registered: Callable[..., None], scope: str) -> None:
    """What wdh asks the server for itself is read as psycopg2 reads it; the program's own queries keep theirs."""
    database.execute(PLANS)
    connection = database.connect()
    oids = (16, 18, 19, 20, 21, 23, 25, 26, 700, 701, 1042, 1043, 1700, 1009, 1015)
    strange = psycopg2.extensions.new_type(oids, "STRANGE", lambda value, _: ("strange", value))
    registered(strange, *([connection] if scope == "the connection" else []))
    use_every_function(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM plans WHERE code = 'B'")
        assert cursor.fetchall() == [(("strange", "2"),)]
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, name, n FROM plans ORDER BY code")
        shown = [tuple(value and value[1] for value in row) for row in cursor.fetchall()]
    assert shown == [(code, name, str(n)) for code, name, n in EXPECTED]


@pytest.mark.parametrize("kind", [list, dict, tuple])
def test_registered_adapters_make_no_difference(database: Any, kind: type) -> None:
    """A program may have told psycopg2 to send its lists or dictionaries as JSON."""
    database.execute(PLANS)
    adapters = psycopg2.extensions.adapters
    known = dict(adapters)
    psycopg2.extensions.register_adapter(kind, psycopg2.extras.Json)
    try:
        with database.connect() as connection:
            use_every_function(connection)
    finally:
        adapters.clear()
        adapters.update(known)
    assert database.rows("SELECT * FROM plans ORDER BY code") == EXPECTED


def closed(connection: Any) -> None:
    connection.close()


def autocommit(connection: Any) -> None:
    connection.autocommit = True


def aborted(connection: Any) -> None:
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.DivisionByZero):
        cursor.execute("SELECT 1/0")


def read_only(connection: Any) -> None:
    connection.readonly = True


def busy(connection: Any) -> None:
    """In the middle of a COPY that another thread has begun."""

    class Rows:
        def read(self, _: int = -1) -> str:
            with pytest.raises(ValueError, match="the connection is busy with another statement"):
                wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)
            return ""

    connection.cursor().copy_expert("COPY plans FROM STDIN", Rows())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (closed, "the connection is closed; open another one"),
        (autocommit, "the connection is in autocommit mode, and wdh needs a transaction; set autocommit to False"),
        (aborted, "a statement of the connection's transaction has failed; roll it back first"),
        (read_only, "the connection is read-only; set readonly to False, or pass another one"),
    ],
)
def test_a_connection_that_cannot_be_used_is_refused_by_name(
    database: Any, spoil: Callable[[Any], None], message: str
) -> None:
    database.execute(PLANS)
    connection = database.connect()
    spoil(connection)
    status = connection.get_transaction_status()
    for call in (
        lambda: wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection),
        lambda: wdh.fill_null_only("plans", ["code"], [{"code": "A", "name": "x"}], ["name"], connection),
        lambda: wdh.load("plans", [{"code": ["B"]}], "append", conn=connection),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call()
    assert connection.get_transaction_status() == status
    assert database.rows("SELECT code FROM plans") == [("A",)]


def test_a_connection_in_use_is_refused_by_name(database: Any) -> None:
    database.execute(PLANS)
    busy(database.connect())


def test_an_asynchronous_connection_is_refused_by_name(database: Any) -> None:
    connection = database.connect(async_=True)
    psycopg2.extras.wait_select(connection)
    with pytest.raises(ValueError, match="the connection is asynchronous, and COPY cannot be run on one"):
        wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)


def test_a_wait_callback_is_refused_by_name_and_before_anything_is_sent(database: Any) -> None:
    """As gevent and eventlet set one: psycopg2 runs no COPY under it."""
    database.execute(PLANS)
    connection = database.connect()
    psycopg2.extensions.set_wait_callback(psycopg2.extras.wait_select)
    try:
        with pytest.raises(ValueError, match="psycopg2 has a wait callback .* call wdh in a process that sets none"):
            wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)
        assert connection.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE
    finally:
        psycopg2.extensions.set_wait_callback(None)
    use_every_function(connection)


@pytest.mark.parametrize("thing", ["host=127.0.0.1", object(), psycopg2])
def test_what_is_no_connection_of_psycopg2_is_refused_by_name(thing: Any) -> None:
    with pytest.raises(ValueError, match=r"conn must be a psycopg2 connection, not a (builtins\.|module)"):
        wdh.insert_missing("plans", ["code"], [{"code": "B"}], thing)


def test_a_session_that_was_ended_is_told_as_such(database: Any) -> None:
    database.execute(PLANS)
    connection = database.connect()
    database.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
    with pytest.raises(DatabaseError):
        wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)
    with pytest.raises(ValueError, match="the connection is closed"):
        wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)


@pytest.mark.parametrize(
    "begin", ["SET TRANSACTION READ ONLY", "SET default_transaction_read_only = on; COMMIT; BEGIN"]
)
def test_a_transaction_that_may_only_read_is_told_as_such(database: Any, begin: str) -> None:
    database.execute(PLANS)
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute(begin)
        with pytest.raises(SetupError, match="the transaction may only read: .* Nothing was written"):
            wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)
        cursor.execute("SELECT code FROM plans")
        assert cursor.fetchall() == [("A",)]


def test_a_name_that_the_connection_cannot_send_is_told_before_anything_is_sent(database: Any) -> None:
    connection = database.connect()
    connection.set_client_encoding("LATIN1")
    with pytest.raises(ValueError, match=r"encoding LATIN1 has no '年金计划'.*set_client_encoding\('UTF8'\) first"):
        wdh.insert_missing("年金计划", ["k"], [{"k": 1}], connection)
    with pytest.raises(ValueError, match=r"encoding LATIN1 has no '月度'"):
        wdh.load("t", [{"月度": 1}], "append", conn=connection)


SETTINGS = {
    "search_path": "elsewhere, public",
    "datestyle": "German, DMY",
    "timezone": "Asia/Shanghai",
    "intervalstyle": "iso_8601",
    "row_security": "on",
    "lock_timeout": "7s",
    "statement_timeout": "77s",
    "work_mem": "5MB",
    "client_connection_check_interval": "3s",
    "lc_monetary": "C",
    "bytea_output": "escape",
    "extra_float_digits": "0",
    "xmloption": "document",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "quote_all_identifiers": "on",
    "gin_fuzzy_search_limit": "7",
    "session_replication_role": "replica",
    "timezone_abbreviations": "India",
    "synchronous_commit": "off",
    "application_name": "the caller",
    "my.own": "kept",
}


def settings_of(connection: Any) -> dict[str, str]:
    """Everything that may be set, and what cannot be seen in a list of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE context <> 'internal'")
        found = dict(cursor.fetchall())
        cursor.execute(
            "SELECT current_user::text, session_user::text, current_setting('role'), current_setting('my.own', true)"
        )
        return found | dict(zip(("user", "session", "role", "my.own"), cursor.fetchone(), strict=True))


@pytest.mark.many
@pytest.mark.parametrize("how", ["of the database", "SET", "SET LOCAL", "by libpq", "not at all"])
@pytest.mark.parametrize("ending", ["success", "refused rows", "a misfit", "no table", "an interrupt"])
def test_every_setting_is_afterwards_what_it_was(
    database: Any, monkeypatch: pytest.MonkeyPatch, how: str, ending: str
) -> None:
    """In the same transaction, as triggers, defaults and the caller's next statements depend on it."""
    database.execute(f"CREATE SCHEMA elsewhere; {PLANS}; ALTER TABLE plans ADD CHECK (n <> 13)")
    connection = set_up(database, how)
    before = settings_of(connection)
    if ending == "success":
        use_every_function(connection)
    else:
        fail(connection, ending, monkeypatch)
    assert settings_of(connection) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM plans")
        assert cursor.fetchone() == (3 if ending == "success" else 1,)
    connection.commit()
    after = settings_of(connection)
    assert after == before or how == "SET LOCAL"


def set_up(database: Any, how: str) -> Any:
    if how == "of the database":
        for name, value in SETTINGS.items():
            database.execute(
                f"ALTER DATABASE {database.name} SET {name} = {'%s' if name != 'search_path' else value}",
                (value,) if name != "search_path" else (),
            )
    options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in SETTINGS.items())
    connection = database.connect(**({"options": options} if how == "by libpq" else {}))
    if how.startswith("SET"):
        with connection.cursor() as cursor:
            for name, value in SETTINGS.items():
                cursor.execute("SELECT set_config(%s, %s, %s)", (name, value, how == "SET LOCAL"))
        if how == "SET":
            connection.commit()
    return connection


def fail(connection: Any, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"code": "X", "n": 1}, {"code": "Y", "n": 13 if ending == "refused rows" else 2}]
    if ending == "an interrupt":
        monkeypatch.setattr("wdh.engine.functions.run_step", interrupt)
    if ending == "a misfit":
        rows[1]["n"] = "many"
    errors = {"refused rows": DatabaseError, "a misfit": DataError, "no table": SetupError}
    with pytest.raises(errors.get(ending, KeyboardInterrupt)):
        wdh.load("nowhere" if ending == "no table" else "plans", rows, "append", chunk_size=1, conn=connection)


def interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_call_that_fails_leaves_no_lock(database: Any) -> None:
    """Other writers need not wait for the caller's transaction, in which nothing was written."""
    database.execute(PLANS)
    connection = database.connect()
    with pytest.raises(DataError):
        wdh.insert_missing("plans", ["code"], [{"code": "B", "n": "x"}], connection)
    held = "SELECT count(*) FROM pg_locks WHERE pid = %s AND (locktype = 'advisory' OR mode LIKE 'Share%%')"
    assert database.rows(held, (connection.info.backend_pid,)) == [(0,)]


def test_what_the_caller_did_before_stays_when_a_call_fails(database: Any) -> None:
    database.execute(PLANS)
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute('SAVEPOINT "wdh_call"')
        cursor.execute("INSERT INTO plans VALUES ('Z')")
        for table in ("nowhere", "plans"):
            with pytest.raises((SetupError, DataError)):
                wdh.insert_missing(table, ["code"], [{"code": "B", "n": "x"}], connection)
        wdh.insert_missing("plans", ["code"], [{"code": "C"}], connection)
        cursor.execute('RELEASE SAVEPOINT "wdh_call"')
        connection.commit()
    assert database.rows("SELECT code FROM plans ORDER BY 1") == [("A",), ("C",), ("Z",)]


@pytest.mark.parametrize(
    ("zone", "stored"),
    [("UTC", "2024-11-30 12:00:00"), ("Asia/Shanghai", "2024-11-30 04:00:00"), ("-05", "2024-11-30 17:00:00")],
)
def test_a_moment_without_a_zone_is_in_the_zone_of_the_callers_session(database: Any, zone: str, stored: str) -> None:
    """As it is for the caller's own statements: a key that was written is found again."""
    database.execute("CREATE TABLE t (m timestamptz UNIQUE, v int)")
    rows = [{"m": datetime.datetime(2024, 11, 30, 12), "v": 1}]  # noqa: DTZ001 - that it has none is the point
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, false)", (zone,))
        assert wdh.insert_missing("t", ["m"], rows, connection)["inserted"] == 1
        assert wdh.insert_missing("t", ["m"], rows, connection)["inserted"] == 0
        result = wdh.load("t", rows, "delete_insert", ["m"], conn=connection)
        assert (result["deleted"], result["inserted"]) == (1, 1)
        cursor.execute("SELECT v FROM t WHERE m = %s", (rows[0]["m"],))
        assert cursor.fetchall() == [(1,)]
        cursor.execute("SELECT (m AT TIME ZONE 'UTC')::text FROM t")
        assert cursor.fetchall() == [(stored,)]


def test_the_role_that_the_caller_has_set_does_the_work(database: Any) -> None:
    """And has the privileges: what it may not do, a call does not do for it."""
    role = sql.Identifier(f"wdh_test_{secrets.token_hex(4)}")
    database.execute(PLANS)
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE ROLE {}").format(role))
        cursor.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE ON plans TO {}").format(role))
        cursor.execute(sql.SQL("SET ROLE {}").format(role))
        wdh.insert_missing("plans", ["code"], [{"code": "B"}], connection)
        with pytest.raises(SetupError, match="the role lacks DELETE"):
            wdh.load("plans", [{"code": "B"}], "delete_insert", ["code"], conn=connection)
        cursor.execute("SELECT quote_ident(current_user::text), count(*) FROM plans")
        assert cursor.fetchall() == [(role.string, 2)]
    connection.rollback()
