"""What a neighbour on the machine plants in or around the embedded server's folder is not used, followed or answered.

The folder's own user stands for every planter where it makes no difference; where the owner matters, the planter is
another account, which only root can stand in for.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from wdh.errors import SetupError
from wdh.warehouse import connect, embedded_address
from wdh.warehouse.embedded import server as embedded
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.postmaster import find_postmaster
from wdh.warehouse.embedded.server import embedded_server

pytestmark = pytest.mark.once

STRANGER = 54321
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


def refused(home: Home, match: str) -> None:
    with pytest.raises(SetupError, match=match) as raised:
        embedded_server(home.path).__enter__()
    assert str(raised.value).endswith("Nothing was touched.")


def test_a_folder_that_is_a_symbolic_link_is_refused(made_home: Home, short_directory: Path) -> None:
    link = Home(short_directory / "link")
    link.path.symlink_to(made_home.path)
    refused(link, r"does not use .*/link: it is a symbolic link; name the folder that it leads to")


@root_only
def test_a_folder_of_another_account_is_refused(made_home: Home) -> None:
    os.chown(made_home.path, STRANGER, STRANGER)
    refused(made_home, rf"/postgres: it belongs to account {STRANGER}, who may have put anything into it")


@root_only
def test_a_folder_that_nobody_made_where_every_account_may_make_one_is_refused(short_directory: Path) -> None:
    """Root takes the folder of ``nobody`` only where nobody cannot have put it there."""
    short_directory.chmod(0o1777)
    home = Home(short_directory / "postgres")
    home.path.mkdir(mode=0o700)
    os.chown(home.path, 65534, 65534)
    refused(home, r"it belongs to nobody \(account 65534\)")


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o770, 0o701])
def test_a_folder_with_something_in_it_that_others_may_enter_is_refused(made_home: Home, mode: int) -> None:
    made_home.path.chmod(mode)
    refused(made_home, rf"must have mode 0700, and has {mode:04o}; .*chmod 700 {made_home.path}")


def test_an_empty_folder_that_others_may_enter_is_closed_to_them(home: Home) -> None:
    home.path.mkdir()
    home.path.chmod(0o777)
    home.make()
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_a_folder_in_one_that_every_account_may_write_to_is_refused(made_home: Home, short_directory: Path) -> None:
    short_directory.chmod(0o777)
    new = Home(short_directory / "new" / "postgres")
    refused(new, f"every account may write to {short_directory}, and so put another folder in its place")
    assert not new.path.parent.exists()
    refused(made_home, f"every account may write to {short_directory}, and so put another folder in its place")


@root_only
def test_a_folder_in_one_of_another_account_is_refused(made_home: Home, short_directory: Path) -> None:
    os.chown(short_directory, 65534, 65534)
    refused(made_home, f"{short_directory} belongs to nobody .account 65534., who may put another folder in its place")


NAMES = ["data/postmaster.pid", "data/PG_VERSION", "data/postgresql.conf", "data/pg_hba.conf", "server.log", "lock"]


PLANTED: dict[str, Callable[[Path, Path], None]] = {
    "a symbolic link": Path.symlink_to,
    "a hard link": Path.hardlink_to,
    "a named pipe": lambda place, _: os.mkfifo(place),
}


@pytest.mark.many
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", PLANTED)
def test_a_link_or_a_pipe_in_the_place_of_a_file_is_neither_read_nor_written(
    made_home: Home, kind: str, name: str
) -> None:
    """Nor is a pipe waited for."""
    victim, place = made_home.path.parent / "victim", made_home.path / name
    victim.write_text("18\n")
    place.unlink(missing_ok=True)
    PLANTED[kind](place, victim)
    refused(made_home, rf"does not use {place}: it is {kind}")
    assert victim.read_text() == "18\n"
    place.unlink()


@pytest.mark.many
@root_only
@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_account_is_neither_read_nor_written(made_home: Home, name: str) -> None:
    place = made_home.path / name
    place.touch()
    os.chown(place, STRANGER, STRANGER)
    refused(made_home, rf"does not use {place}: it belongs to account {STRANGER}")
    place.unlink()


def test_a_symbolic_link_in_the_place_of_the_data_is_refused(made_home: Home, short_directory: Path) -> None:
    shutil.move(made_home.cluster, short_directory / "elsewhere")
    made_home.cluster.symlink_to(short_directory / "elsewhere")
    refused(made_home, rf"does not use {made_home.cluster}: it is a symbolic link")
    made_home.cluster.unlink()


FAKE = """
import os, socket, sys, threading
place, cluster, told = sys.argv[1:4]
if "/" in place:
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    if os.path.lexists(place):
        os.unlink(place)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(place)
else:
    listening = socket.socket()
    listening.bind((place, 0))
listening.listen()
port = 5432 if "/" in place else listening.getsockname()[1]
print(port, flush=True)
def serve(client):
    for answer in (*([] if "/" in place else [b"N"]), b"R\\0\\0\\0\\x08\\0\\0\\0\\x03", b""):
        with open(told, "ab") as file:
            file.write(client.recv(4096))
        client.sendall(answer)
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
"""
"""A server that asks whoever connects for the password in clear text, and writes down what it hears."""


@contextmanager
def fake_server(home: Home, place: str, told: Path) -> Iterator[None]:
    """Have it run under a pid file of its own making; ``place`` is a host, or the path of a socket."""
    command = [sys.executable, "-c", FAKE, place, str(home.cluster), str(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        sockets = str(Path(place).parent) if "/" in place else place
        lines = [str(process.pid), str(home.cluster), "1700000000", port, sockets, sockets, "0 0", "ready"]
        (home.cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
        try:
            yield
        finally:
            process.kill()


def test_a_planted_pid_file_sends_nothing_to_another_host(
    made_home: Home, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "Geheim7")
    told = short_directory / "told"
    with fake_server(made_home, "127.0.0.1", told), pytest.raises(SetupError, match="names 127.0.0.1 as the place"):
        connect(embedded_address({}, home=made_home.path)).__enter__()
    assert not told.exists()
    (made_home.cluster / "postmaster.pid").unlink()


def test_a_planted_pid_file_sends_nothing_to_another_socket(
    made_home: Home, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "Geheim7")
    told, place = short_directory / "told", short_directory / "s" / ".s.PGSQL.5432"
    with fake_server(made_home, str(place), told), pytest.raises(SetupError, match="Nothing was sent there"):
        connect(embedded_address({}, home=made_home.path)).__enter__()
    assert not told.exists()
    (made_home.cluster / "postmaster.pid").unlink()


@pytest.mark.parametrize("libpq", [170_000, 150_000])
def test_a_server_that_asks_for_a_password_gets_none(
    made_home: Home, short_directory: Path, monkeypatch: pytest.MonkeyPatch, libpq: int
) -> None:
    """Whatever runs at the socket of our own folder; an older libpq has no way to refuse, and nothing to send."""
    if libpq > psycopg2.extensions.libpq_version():
        pytest.skip("this libpq cannot refuse to authenticate")
    passfile, told = short_directory / "passfile", short_directory / "told"
    passfile.write_text("*:*:*:*:Geheim8\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSWORD", "Geheim7")
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    monkeypatch.setattr(psycopg2.extensions, "libpq_version", lambda: libpq)
    monkeypatch.setattr(embedded, "_START_SECONDS", 0.2)
    with (
        fake_server(made_home, str(made_home.sockets / ".s.PGSQL.5432"), told),
        pytest.raises(SetupError, match=r"does not start: .*(password|authentication)"),
    ):
        connect(embedded_address({}, home=made_home.path)).__enter__()
    assert b"postgres" in told.read_bytes()
    assert b"Geheim" not in told.read_bytes()
    (made_home.cluster / "postmaster.pid").unlink()


@pytest.mark.many
@pytest.mark.parametrize("number", ["0", "1", "-1", "²", "99999999999999999999", "x"])
def test_a_pid_file_with_no_number_of_a_server_is_no_running_server(made_home: Home, number: str) -> None:
    """Process 0 would be our own group, and stopping it would end us."""
    (made_home.cluster / "postmaster.pid").write_text(f"{number}\n{made_home.cluster}\n1\n5432\n{made_home.sockets}\n")
    assert find_postmaster(made_home) is None


@root_only
def test_a_process_of_another_account_is_no_server_of_ours(made_home: Home) -> None:
    command = ["/bin/sh", "-c", "sleep 60; :", str(made_home.cluster)]
    with subprocess.Popen(command, user=STRANGER, group=STRANGER, extra_groups=[]) as process:
        (made_home.cluster / "postmaster.pid").write_text(
            f"{process.pid}\n{made_home.cluster}\n1\n5432\n{made_home.sockets}\n"
        )
        assert find_postmaster(made_home) is None
        process.kill()


def test_a_lock_file_elsewhere_is_not_removed_for_a_planted_pid_file(made_home: Home, short_directory: Path) -> None:
    """Of a server that is dead only the lock of its own socket is cleared away."""
    other = short_directory / ".s.PGSQL.5432.lock"
    other.write_text("mine")
    (made_home.cluster / "postmaster.pid").write_text(f"999999\n{made_home.cluster}\n1\n5432\n{short_directory}\n")
    with embedded_server(made_home.path):
        assert other.read_text() == "mine"


HOLD = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"


@contextmanager
def held_by(home: Home, become: Callable[[], None] | None = None) -> Iterator[int]:
    """Have another process hold the lock; it opens the file first, and becomes another account after that."""
    code = HOLD if become is None else HOLD.replace("fcntl.flock", f"__import__('os').setuid({STRANGER}); fcntl.flock")
    command = [sys.executable, "-c", code, str(home.lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_who_holds_the_lock_is_named(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_LOCK_SECONDS", 0.2)
    with (
        held_by(made_home) as pid,
        pytest.raises(SetupError, match=rf"holds {made_home.lock}: process {pid} \(.*\) of "),
    ):
        embedded_server(made_home.path).__enter__()


@root_only
def test_a_stranger_who_holds_the_lock_is_named_and_not_waited_for(made_home: Home) -> None:
    with (
        held_by(made_home, lambda: None) as pid,
        pytest.raises(SetupError, match=rf"process {pid} \(.*\) of account {STRANGER} holds .*no other account's"),
    ):
        embedded_server(made_home.path).__enter__()


def test_a_run_has_a_role_that_is_no_superuser_and_owns_its_database(made_home: Home) -> None:
    with connect(embedded_address({}, home=made_home.path)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = session_user")
        assert cursor.fetchone() == ("wdh", False, False)
        cursor.execute("CREATE SCHEMA s; CREATE TABLE s.t (i int); DROP SCHEMA s CASCADE; CREATE TABLE t (i int)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("COPY t FROM PROGRAM 'id'")


OLD = """
CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN short AS varchar(3);
CREATE TABLE old (id bigint GENERATED ALWAYS AS IDENTITY, n serial, m mood, s short);
CREATE TABLE parts (i int) PARTITION BY LIST (i); CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
CREATE SEQUENCE apart; CREATE VIEW seen AS SELECT 1 AS one; CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one;
CREATE SCHEMA audit; CREATE TABLE audit."Läufe %" (i int);
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT 2 * i'; CREATE PROCEDURE p() LANGUAGE sql AS '';
"""


def test_what_the_superuser_made_in_an_older_database_becomes_the_roles(made_home: Home) -> None:
    """Up to now a run was the superuser, and all of the analyst's tables are his."""
    with embedded_server(made_home.path) as place:
        with psycopg2.connect(**place.parameters) as old, old.cursor() as cursor:
            cursor.execute("REASSIGN OWNED BY wdh TO postgres; DROP OWNED BY wdh; ALTER DATABASE wdh OWNER TO postgres")
            cursor.execute(OLD)
        old.close()
    with connect(embedded_address({}, home=made_home.path)) as connection, connection.cursor() as cursor:
        cursor.execute('INSERT INTO old (s) VALUES (1); ALTER TABLE old ADD i int; DROP TABLE parts, audit."Läufe %"')
        cursor.execute("DROP SCHEMA audit; DROP SEQUENCE apart; DROP VIEW seen; DROP MATERIALIZED VIEW kept")
        cursor.execute("DROP FUNCTION twice; DROP PROCEDURE p; DROP TABLE old; DROP TYPE mood; DROP DOMAIN short")
