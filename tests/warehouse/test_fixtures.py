"""The database that every other test stands on."""

from __future__ import annotations

from wdh.testing.database import Database, Server


def test_each_test_has_an_empty_utf8_database_of_its_own(postgres_server: Server, database: Database) -> None:
    with postgres_server.fresh_database() as other:
        database.execute('CREATE TABLE "年金计划" (k text)')
        assert other.name != database.name
        assert other.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
        assert other.rows("SHOW server_encoding") == [("UTF8",)]


def test_a_database_is_dropped_even_while_a_test_left_a_transaction_open(postgres_server: Server) -> None:
    with postgres_server.fresh_database() as database:
        database.connect().cursor().execute("CREATE TABLE t (k int)")
    names = Database(postgres_server.parameters).rows("SELECT datname FROM pg_database")
    assert (database.name,) not in names


def test_execute_commits_and_connect_does_not(database: Database) -> None:
    database.execute("CREATE TABLE t (k int)")
    database.connect().cursor().execute("INSERT INTO t VALUES (1)")
    assert database.rows("SELECT count(*) FROM t") == [(0,)]
