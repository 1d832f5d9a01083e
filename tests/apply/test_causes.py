"""What the server does not say is asked: why it refused, and what to do about it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.clusters import temporary_directory
from support.refusals import LOADER, TABLES, a_role, cells, connect_as, refused, row, trigger
from support.runs import planned

from wdh.apply import apply_plan
from wdh.errors import SetupError
from wdh.plan.planning import Wishes
from wdh.testing.database import Database, run_server

ROWS = [row("A"), row("B"), row("C")]
APPEND = Wishes(load_mode="append")


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(TABLES)
    return database


@pytest.mark.parametrize("where", ["role", "database", "client"])
def test_transactions_that_only_read_are_a_matter_of_the_setup(warehouse: Any, where: str) -> None:
    """The message says where default_transaction_read_only is set; the server only that it is."""
    with a_role(warehouse, LOADER) as role:
        told = {
            "role": f"ALTER ROLE {role} SET default_transaction_read_only = …",
            "database": f"ALTER DATABASE {warehouse.name} SET default_transaction_read_only = …",
            "client": "by the client: in the connection string, PGOPTIONS",
        }[where]
        if where != "client":
            warehouse.execute(told.replace("…", "on"))
        options = "-cdefault_transaction_read_only=on" if where == "client" else ""
        connection = connect_as(warehouse, role, options=options)
        error = refused(warehouse, ROWS, connection=connection, kind=SetupError)
        if where == "database":
            with warehouse.connect(options="-cdefault_transaction_read_only=off") as other:
                other.cursor().execute(f"ALTER DATABASE {warehouse.name} RESET default_transaction_read_only")
    assert f"default_transaction_read_only is on, set {'' if where == 'client' else 'for the '}" in error.message
    assert told in error.message


def test_a_session_that_a_program_made_read_only_is_told_as_that(warehouse: Any) -> None:
    connection = warehouse.connect()
    connection.set_session(readonly=True)
    error = refused(warehouse, ROWS, connection=connection, kind=SetupError)
    assert "target_session_attrs=read-write" in error.message


@contextmanager
def a_standby() -> Iterator[Database]:
    """A server that recovers without end, as a standby does that waits for its primary, and can be read."""
    with temporary_directory("wdh-standby-") as directory:
        with run_server(None, directory) as server:
            primary = Database(server.parameters)
            primary.execute(TABLES)
            (home,) = primary.rows("SHOW data_directory")[0]
        (Path(home) / "standby.signal").touch()
        with run_server(None, directory) as server:
            yield Database(server.parameters)


def test_a_standby_is_told_as_that() -> None:
    with a_standby() as standby, standby.connect() as connection, planned(ROWS) as plan:
        with pytest.raises(SetupError) as caught:
            apply_plan(plan, connection)
        assert standby.rows("SELECT pg_is_in_recovery()") == [(True,)]
    assert "The server is a standby, which only reads: name the primary" in caught.value.message
    assert "target_session_attrs=read-write" in caught.value.message


@pytest.mark.parametrize("deferred", ["", " DEFERRABLE INITIALLY DEFERRED"])
def test_a_foreign_key_that_keeps_old_facts_is_named(warehouse: Any, deferred: str) -> None:
    warehouse.execute(
        f"""ALTER TABLE "明细" ADD id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
        CREATE SCHEMA audit;
        CREATE TABLE audit.remark (fact int CONSTRAINT of_fact REFERENCES "明细"{deferred});
        INSERT INTO "明细" ("月", "计划") VALUES ('2024-11-01', 'A');
        INSERT INTO audit.remark SELECT id FROM "明细" """
    )
    error = refused(warehouse, ROWS)
    assert cells(error) == []
    assert 'The foreign key "of_fact" of "audit"."remark" keeps facts that are to be replaced' in error.message
    assert "--mode append" in error.message
    assert "Mend the workbook" not in error.message
    with planned(ROWS, wishes=APPEND) as plan, warehouse.connect() as connection:
        apply_plan(plan, connection)


@pytest.mark.parametrize("table", ["计划", "明细"])
def test_a_deferred_foreign_key_of_new_rows_is_not_taken_for_one_that_keeps_old_ones(
    warehouse: Any, table: str
) -> None:
    warehouse.execute(
        f"""CREATE TABLE org (k text PRIMARY KEY);
        ALTER TABLE "{table}" ADD FOREIGN KEY ("机构") REFERENCES org DEFERRABLE INITIALLY DEFERRED"""
    )
    error = refused(warehouse, ROWS)
    assert len(cells(error)) == 3
    assert "to be replaced" not in error.message


def test_a_published_table_without_a_replica_identity_is_named_with_what_to_run(warehouse: Any) -> None:
    warehouse.execute(
        """CREATE PUBLICATION everything FOR TABLE "明细"; INSERT INTO "明细" VALUES ('2024-11-01', 'A')"""
    )
    error = refused(warehouse, ROWS, kind=SetupError)
    assert "The table is published (everything) and has no replica identity" in error.message
    advice = 'ALTER TABLE public."明细" REPLICA IDENTITY FULL'
    assert advice in error.message
    warehouse.execute(advice)
    with planned(ROWS) as plan, warehouse.connect() as connection:
        apply_plan(plan, connection)


def test_a_published_partition_without_a_replica_identity_is_named(database: Any) -> None:
    database.execute(
        TABLES
        + """ PARTITION BY LIST ("月"); CREATE TABLE part PARTITION OF "明细" DEFAULT;
        INSERT INTO "明细" VALUES ('2024-11-01', 'A'); CREATE PUBLICATION everything FOR ALL TABLES"""
    )
    error = refused(database, ROWS, kind=SetupError)
    assert "ALTER TABLE public.part REPLICA IDENTITY FULL" in error.message


def test_a_hint_is_shown_and_a_detail_that_may_hold_a_row_is_not(warehouse: Any) -> None:
    warehouse.execute(
        trigger(
            "明细", """RAISE 'closed.' USING HINT = E'open the\n month', DETAIL = 'row of 甲', ERRCODE = '42501';"""
        )
    )
    error = refused(warehouse, ROWS)
    assert "closed. The server's hint: open the month. " in error.message
    assert "甲" not in error.message
    assert error.facts["hint"] == "open the month"


def test_a_hint_tells_no_secret(warehouse: Any) -> None:
    warehouse.execute(trigger("明细", "RAISE 'closed' USING HINT = 'password=geheim in postgresql://u:geheim@h/d';"))
    assert "geheim" not in refused(warehouse, ROWS).message


def test_an_unknown_code_is_told_with_what_the_server_said(warehouse: Any) -> None:
    warehouse.execute(trigger("明细", "RAISE 'mice in the machine room' USING ERRCODE = 'ZZ123';"))
    error = refused(warehouse, ROWS)
    assert "mice in the machine room" in error.message
    assert "SQLSTATE ZZ123" in error.message


CLASSES = """
08000 0A000 0F000 21000 22000 23000 25000 26000 28000 2BP01 2D000 2F000 34000 38000 39000 3B000 3D000 3F000 40001 40P01
42000 42P01 44000 53000 53100 53200 53300 54000 55000 55006 57014 57P04 58030 72000 F0000 HV000 P0001 XX000 XX001 XX002
"""


@pytest.mark.many
@pytest.mark.parametrize("state", CLASSES.split())
def test_every_class_of_errors_has_advice_that_can_be_followed(warehouse: Any, state: str) -> None:
    """The sentence ends with what to do; nobody is sent to --debug for the server's own words."""
    warehouse.execute(trigger("明细", f"RAISE 'as raised' USING ERRCODE = '{state}';"))
    error = refused(warehouse, ROWS)
    advice = error.message.partition("Nothing of the transaction stays. ")[2].lower()
    assert any(word in advice for word in ("run again", "ask ", "check ", "call the administrator", "use "))
    assert cells(error) == []


@pytest.fixture
def full_disk(warehouse: Any) -> Iterator[Any]:
    """A warehouse whose facts lie on a file system without room."""
    home = Path(warehouse.rows("SHOW data_directory")[0][0])
    with tempfile.TemporaryDirectory(prefix="wdh-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        try:
            mounted = home.exists() and subprocess.run(mount, capture_output=True).returncode == 0
        except OSError:
            mounted = False
        if not mounted:
            pytest.skip("no file system can be mounted here, or the server is on another machine")
        try:
            yield from _fill_disk(warehouse, Path(folder), owner=home.stat())
        finally:
            subprocess.run(["umount", folder], check=True)


def _fill_disk(warehouse: Any, folder: Path, *, owner: Any) -> Iterator[Any]:
    import os

    room, space, filler = folder / "room", f"full_{warehouse.name}", folder / "filler"
    room.mkdir()
    folder.chmod(0o755)
    os.chown(room, owner.st_uid, owner.st_gid)
    warehouse.execute(f"CREATE TABLESPACE {space} LOCATION '{room}'")
    warehouse.execute(f'ALTER TABLE "明细" SET TABLESPACE {space}')
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)) == 4096:
                pass
    except OSError:
        pass
    try:
        yield warehouse
    finally:
        filler.unlink()
        warehouse.execute('ALTER TABLE "明细" SET TABLESPACE pg_default')
        warehouse.execute(f"DROP TABLESPACE {space}")


@pytest.mark.parametrize("count", [3, 3_000])
def test_a_full_disk_blames_no_row(full_disk: Any, count: int) -> None:
    """In the last flush of a COPY the context has the line after the last; before that, one that is innocent."""
    error = refused(full_disk, [row("A", 名称="甲" * 50) for _ in range(count)], vetoes=())
    assert error.facts["sqlstate"] == "53100"
    assert cells(error) == []
    assert "disk is full: make room there" in error.message
