"""What the embedded server survives: clients and servers killed at any moment, and everybody at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from filelock import FileLock
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import make_dsn
from support.clients import Client, wait_until

from wdh.errors import SetupError
from wdh.warehouse import connect, embedded_address, open_connection
from wdh.warehouse.embedded import server as embedded
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.postmaster import find_postmaster, is_alive
from wdh.warehouse.embedded.server import embedded_server


def pid_of(home: Home) -> int:
    running = find_postmaster(home)
    assert running is not None
    return running.pid


def kill_server(home: Home) -> None:
    """Kill the first process of the server; its children see that for themselves, a little later."""
    pid = pid_of(home)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))


def test_a_killed_client_leaves_a_server_that_the_next_one_joins_and_stops(made_home: Home) -> None:
    first = Client.start(made_home.path)
    started = first.answer()
    first.kill()
    assert find_postmaster(made_home) is not None
    second = Client.start(made_home.path)
    assert second.answer() == started
    assert second.leave() == 0
    assert find_postmaster(made_home) is None


def test_a_client_killed_beside_another_does_not_keep_the_server_alive(made_home: Home) -> None:
    first, second = Client.start(made_home.path), Client.start(made_home.path)
    assert first.answer() == second.answer()
    first.kill()
    with connect(embedded_address({}, home=made_home.path)) as watching, watching.cursor() as cursor:
        watching.autocommit = True
        wait_until(lambda: count_clients(cursor) == 2)  # the second and this one: the server knows of the death
    assert second.leave() == 0
    assert find_postmaster(made_home) is None


def count_clients(cursor: Cursor) -> int:
    cursor.execute("SELECT FROM pg_stat_activity WHERE application_name = 'wdh presence'")
    return cursor.rowcount


MOMENTS: dict[str, Callable[[Home], bool]] = {
    "initdb has begun": lambda home: any(home.path.glob("initdb-*/data/*")),
    "the cluster is made": lambda home: home.cluster.exists(),
    "the server has begun": lambda home: (home.cluster / "postmaster.pid").exists(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_client_killed_while_it_makes_or_starts_the_server_is_in_nobodys_way(home: Home, moment: str) -> None:
    killed = Client.start(home.path)
    wait_until(lambda: MOMENTS[moment](home))
    killed.kill()
    with connect(embedded_address({}, home=home.path)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("wdh",)
    assert find_postmaster(home) is None
    with embedded_server(home.path):  # by now the orphan of a killed client is at its end
        assert not list(home.path.glob("initdb-*"))


def test_clients_that_all_start_at_once_share_one_server_made_once(home: Home) -> None:
    group = [Client.start(home.path) for _ in range(4)]
    started = {client.answer() for client in group}
    assert len(started) == 1
    assert started.pop().startswith("20")
    assert [client.leave() for client in group] == [0, 0, 0, 0]
    assert find_postmaster(home) is None
    assert home.log_tail(lines=10_000).count("performing post-bootstrap initialization") == 1


def test_clients_that_all_leave_at_once_leave_no_server_behind(made_home: Home) -> None:
    for _ in range(3):
        group = [Client.start(made_home.path) for _ in range(3)]
        assert len({client.answer() for client in group}) == 1
        for client in group:
            client.told_to_leave()
        assert [client.end() for client in group] == [0, 0, 0]
        assert find_postmaster(made_home) is None


def test_clients_that_come_and_go_never_meet_a_server_that_is_gone(made_home: Home) -> None:
    group = []
    for _ in range(4):
        leaving, staying = Client.start(made_home.path), Client.start(made_home.path)
        leaving.told_to_leave()
        group += [leaving, staying]
    assert all(client.answer().startswith("20") for client in group)
    assert [client.leave() for client in group] == [0] * 8
    assert find_postmaster(made_home) is None


def test_a_killed_server_is_started_again_with_all_that_was_committed(made_home: Home) -> None:
    address = embedded_address({}, home=made_home.path)
    with connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g")
        connection.commit()
        cursor.execute("INSERT INTO t SELECT 0")
        kill_server(made_home)
        with connect(address) as again, again.cursor() as other:
            other.execute("SELECT count(*), min(g) FROM t")
            assert other.fetchone() == (1000, 1)
        with pytest.raises(psycopg2.Error):
            connection.commit()
    assert find_postmaster(made_home) is None


def test_a_server_whose_backend_was_busy_is_started_again_when_that_one_is_gone(made_home: Home) -> None:
    """A busy backend outlives the killed server for a while, and until it is gone PostgreSQL refuses to start."""
    with (
        embedded_server(made_home.path) as address,
        connect(address) as watching,
        busy_backend(make_dsn(**address.parameters, application_name="busy"), seconds=2),
    ):
        watching.autocommit = True  # within one transaction the list of backends stays as it was first seen
        with watching.cursor() as cursor:
            wait_until(lambda: is_busy(cursor))
        kill_server(made_home)
        with embedded_server(made_home.path) as again, closing(open_connection(again)) as connection:
            assert connection.info.dbname == "wdh"
    assert "pre-existing shared memory block" in made_home.log_tail(lines=10_000)


def is_busy(cursor: Cursor) -> bool:
    cursor.execute("SELECT FROM pg_stat_activity WHERE application_name = 'busy' AND state = 'active'")
    return cursor.rowcount == 1


@contextmanager
def busy_backend(dsn: str, *, seconds: int) -> Iterator[None]:
    """Have a backend that computes for so long and looks at nothing else."""
    code = "import sys, psycopg2; psycopg2.connect(sys.argv[1]).cursor().execute(sys.argv[2])"
    sql = f"DO $$ BEGIN LOOP EXIT WHEN clock_timestamp() > now() + interval '{seconds} s'; END LOOP; END $$"
    with subprocess.Popen([sys.executable, "-c", code, dsn, sql], stderr=subprocess.DEVNULL) as process:
        yield
        process.kill()


def test_a_server_killed_with_all_its_processes_comes_back(made_home: Home) -> None:
    with embedded_server(made_home.path):
        pid = pid_of(made_home)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
        for process in [pid, *map(int, children.stdout.split())]:
            os.kill(process, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
    client = Client.start(made_home.path)
    assert client.answer().startswith("20")
    assert client.leave() == 0


@contextmanager
def strangers_number() -> Iterator[int]:
    yield os.getpid()


@contextmanager
def zombies_number() -> Iterator[int]:
    with subprocess.Popen(["true"]) as zombie:  # ends, and is not waited for meanwhile
        wait_until(lambda: not is_alive(zombie.pid))
        yield zombie.pid


@pytest.mark.parametrize("number", [strangers_number, zombies_number])
def test_a_killed_servers_number_that_another_process_has_now_does_not_stop_the_start(
    made_home: Home, number: object
) -> None:
    """After a restart of the machine or the container, the numbers begin again."""
    with embedded_server(made_home.path):
        kill_server(made_home)
    pid_file = made_home.cluster / "postmaster.pid"
    rest = pid_file.read_text().partition("\n")[2]
    assert callable(number)
    with number() as pid:
        pid_file.write_text(f"{pid}\n{rest}")
        (made_home.sockets / ".s.PGSQL.5432.lock").write_text(f"{pid}\n{rest}")
        with embedded_server(made_home.path):
            assert pid_of(made_home) != pid
    assert is_alive(os.getpid())


def test_an_empty_pid_file_does_not_stop_the_start(made_home: Home) -> None:
    """What a machine that lost its power may leave."""
    (made_home.cluster / "postmaster.pid").write_text("")
    with embedded_server(made_home.path):
        assert find_postmaster(made_home) is not None


def test_a_foreign_connection_keeps_the_server_until_the_next_client_leaves(made_home: Home) -> None:
    with embedded_server(made_home.path) as address:
        foreign = open_connection(address)
    with closing(foreign), foreign.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    with embedded_server(made_home.path):
        pass
    assert find_postmaster(made_home) is None


def test_a_connection_closed_a_moment_before_does_not_keep_the_server(made_home: Home) -> None:
    for _ in range(5):
        with embedded_server(made_home.path) as address:
            opened = [open_connection(address) for _ in range(8)]
            for connection in opened:
                connection.close()
        assert find_postmaster(made_home) is None


def test_ctrl_c_reaches_the_client_and_not_the_server(made_home: Home) -> None:
    """Else PostgreSQL would take it for the order to stop, in the middle of another client's work."""
    first, second = Client.start(made_home.path), Client.start(made_home.path)
    started = first.answer()
    assert started == second.answer()
    first.interrupt()
    assert first.process.wait(60) != 0
    first.leave()
    third = Client.start(made_home.path)
    assert third.answer() == started
    assert (third.leave(), second.leave()) == (0, 0)
    assert find_postmaster(made_home) is None


def test_who_outlives_a_killed_server_leaves_its_successor_to_those_who_use_it(made_home: Home) -> None:
    with embedded_server(made_home.path):
        kill_server(made_home)
        client = Client.start(made_home.path)
        assert client.answer().startswith("20")
        running = find_postmaster(made_home)
    assert find_postmaster(made_home) == running
    assert client.leave() == 0
    assert find_postmaster(made_home) is None


def test_who_outlives_a_killed_server_stops_a_successor_that_nobody_uses(made_home: Home) -> None:
    with embedded_server(made_home.path):
        kill_server(made_home)
        client = Client.start(made_home.path)
        assert client.answer().startswith("20")
        client.kill()
    assert find_postmaster(made_home) is None


def test_a_lock_that_is_never_released_is_told(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_LOCK_SECONDS", 0.1)
    with FileLock(made_home.lock), pytest.raises(SetupError, match=r"another process has been starting or stopping"):
        embedded_server(made_home.path).__enter__()


def test_who_cannot_get_the_lock_leaves_the_server_to_the_next(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_LOCK_SECONDS", 0.1)
    leaving = embedded_server(made_home.path)
    leaving.__enter__()
    with FileLock(made_home.lock):
        leaving.__exit__(None, None, None)
        assert find_postmaster(made_home) is not None
    with embedded_server(made_home.path):
        pass
    assert find_postmaster(made_home) is None


def test_a_server_that_never_answers_is_given_up_with_what_it_said(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded_server(made_home.path) as address:
        monkeypatch.setattr(embedded, "_START_SECONDS", 0.3)  # for the second visitor, not for the start itself
        server = pid_of(made_home)
        os.kill(server, signal.SIGSTOP)
        Path(address.parameters["host"], ".s.PGSQL.5432").unlink()
        with pytest.raises(SetupError, match=r"(?s)does not start: .*No such file or directory.*only need time"):
            embedded_server(made_home.path).__enter__()
        os.kill(server, signal.SIGCONT)
