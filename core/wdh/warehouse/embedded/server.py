"""The embedded PostgreSQL: started by the first who needs it, shared, stopped by the last who leaves.

Nothing of it listens on the network; the socket's directory, mode 0700, is the only door. Linux is what it was tried
on, as root and as a user. macOS takes the same way. On Windows there is no such socket, and TCP with a password of
its own was not tried, so there it is refused: name a server instead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from wdh.errors import SetupError
from wdh.process import interrupts
from wdh.sql import clients as sql
from wdh.sql.clients import DATABASE, WORKER
from wdh.sql.driver import Connection
from wdh.warehouse.address import Address, embedded_address
from wdh.warehouse.embedded.account import Account, find_account
from wdh.warehouse.embedded.cluster import ensure_cluster, require_own_cluster
from wdh.warehouse.embedded.home import Home, default_home, find_programs
from wdh.warehouse.embedded.lock import LockHeld, holding
from wdh.warehouse.embedded.postmaster import (
    PidFile,
    call_off_postmaster,
    find_postmaster,
    is_alive,
    launch_postmaster,
    stop_postmaster,
)
from wdh.words.language import say
from wdh.words.printable import join_lines, sentence

_LOCK_SECONDS = 60.0
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_PAUSE = 0.01
_RELAUNCH_PAUSE = 0.2

_REQUIRES_AUTH = 160_000
"""The first version of libpq that refuses, where it is told to, to answer a server that asks for a password."""

_PASSING = ("shared memory block", "postmaster.pid", "socket file")
"""A start that fails with one of these in the log is repeated: a killed server takes a second or two to vanish."""

_CLIENT = "wdh presence"  # by this name other versions of wdh know it, too
_LEAVING = "wdh leaving"
_FAREWELL_SECONDS = 1.0
_CONNECT_SECONDS = "10"


@contextmanager
def embedded_server(directory: Path | None = None, *, settings: Mapping[str, str] | None = None) -> Iterator[Address]:
    """Have the embedded server of ``directory`` running; yield its administrator's address of the database ``wdh``.

    ``directory`` None is the user's own (default_home). Made on first use, it is private, and all in it is the
    server's. A server that runs already is joined, and keeps its own ``settings`` (PostgreSQL's, by name). At the end
    it is stopped if nobody else uses it. Raises SetupError: not installed, no permission, disk full, another major
    version, a directory or file that may be another account's, a server that does not start (with the end of its log).
    """
    if sys.platform == "win32":
        raise SetupError(say("the embedded PostgreSQL does not run on Windows; name a server with --dsn."))
    home = Home(_place(directory or default_home()))
    find_programs()
    try:
        client, address = _join(home, settings or {})
    except OSError as error:
        raise SetupError(
            say(
                "the embedded PostgreSQL cannot use {path}: {error} Name another directory in "
                "WDH_EMBEDDED_DIR, or name a server with --dsn.",
                path=home.path,
                error=sentence(str(error)),
            ),
            directory=str(home.path),
        ) from error
    try:
        yield address
    finally:
        _part(home, client)


@contextmanager
def embedded_warehouse(directory: Path | None = None) -> Iterator[Address]:
    """Have the embedded server running for work, as embedded_server() does; yield the address of ``wdh`` for a run.

    The role is the owner of the database, and no superuser. No password is ever sent there.
    """
    with embedded_server(directory) as place:
        yield replace(place, parameters={**place.parameters, "user": WORKER, **_passwordless(place)})


def _passwordless(place: Address) -> dict[str, str]:
    """Keep libpq from what it would else send when asked: the PGPASSWORD of the environment, a line of .pgpass."""
    from psycopg2.extensions import libpq_version

    own = {"password": "", "passfile": str(Path(place.parameters["host"], "no-passwords"))}
    return own if libpq_version() < _REQUIRES_AUTH else {**own, "require_auth": "none"}


def _place(directory: Path) -> Path:
    """Follow the links on the way to a directory, but not its own name: that may be a link which somebody planted."""
    path = directory.expanduser().absolute()
    return path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()


def _join(home: Home, settings: Mapping[str, str]) -> tuple[Connection, Address]:
    home.make()
    account = find_account(home.cluster)
    account.require_way(home.path.parent)
    account.require_way(find_programs())
    with holding(home, seconds=_LOCK_SECONDS):
        if find_postmaster(home) is None:
            ensure_cluster(home, account)
        else:
            require_own_cluster(home)
        return _enter(home, account, settings)


def _enter(home: Home, account: Account, settings: Mapping[str, str]) -> tuple[Connection, Address]:
    """Connect to the server, starting it (again) where none runs, until it answers or has failed for good.

    A process that is interrupted stops the server it has started: as the lock is held, nobody else can be using it.
    """
    launched: list[int] = []
    try:
        return _launch_and_enter(home, account, settings, launched=launched)
    except KeyboardInterrupt:
        with interrupts.held():
            for pid in filter(is_alive, launched[-1:]):
                call_off_postmaster(home, pid, time_limit=_STOP_SECONDS)
        raise


def _launch_and_enter(
    home: Home, account: Account, settings: Mapping[str, str], *, launched: list[int]
) -> tuple[Connection, Address]:
    """Do so; ``launched`` gets the numbers of the processes that were started."""
    end = time.monotonic() + _START_SECONDS
    before, said = home.log_size(), ""
    while True:
        running = find_postmaster(home)
        if running is not None:
            entered = _try_entering(home, running)
            if not isinstance(entered, str):
                return entered
            said = entered
        elif not any(map(is_alive, launched[-1:])):
            if launched:
                tail = home.log_tail(since=before)
                if not any(sign in tail for sign in _PASSING):
                    raise _does_not_start(home, before, said=say("it ended at once"))
                time.sleep(_RELAUNCH_PAUSE)
            before = home.log_size()
            home.make_sockets(account)
            with interrupts.held():
                launched.append(launch_postmaster(home, account, settings=settings))
            said = say("it was started, and wrote no pid file")
        if time.monotonic() > end:
            raise _does_not_start(home, before, said=said)
        time.sleep(_PAUSE)


def _try_entering(home: Home, running: PidFile) -> tuple[Connection, Address] | str:
    """Connect to the server that runs, or give what it says instead: it may still start, recover, or be stopping."""
    import psycopg2

    described = embedded_address({}, home=home.path).described
    place = Address({**_parameters(running), "dbname": DATABASE}, "embedded", described)
    try:
        return enter({**place.parameters, **_passwordless(place)}), place
    except psycopg2.OperationalError as error:
        return join_lines(str(error))


def _parameters(running: PidFile) -> dict[str, str]:
    return {"host": running.sockets, "hostaddr": "", "port": running.port, "user": "postgres"}


def _does_not_start(home: Home, before: int, *, said: str) -> SetupError:
    return SetupError(
        say(
            "the embedded PostgreSQL in {path} does not start: {said} Its log says:\n{log_tail}\n(all of "
            "it: {log}). Mend that and run again (one that recovers from a crash may only need time), or "
            "name a server with --dsn.",
            path=home.path,
            said=sentence(said),
            log_tail=home.log_tail(since=before),
            log=home.log,
        ),
        directory=str(home.path),
        log=str(home.log),
    )


def _part(home: Home, client: Connection) -> None:
    """Leave the server, and stop it if this is the last client; without the lock, leave that to the next one."""
    try:
        with holding(home, seconds=interrupts.hurried(_LOCK_SECONDS)), interrupts.held():
            _stop_if_last(home, client)
            leave(client)  # with the lock still held, or the next to leave would take us for a client that stays
    except LockHeld:
        pass  # the holder of the lock is about to use the server, and stops it when leaving
    finally:
        client.close()


def _stop_if_last(home: Home, client: Connection) -> None:
    import psycopg2

    running = find_postmaster(home)
    if running is None:
        return  # it was killed: what it had committed is safe, and the next start recovers it
    try:
        last = is_last(client)
    except psycopg2.Error:
        last = _is_last_of_another(running)
    if last:
        stop_postmaster(home, running.pid, time_limit=_STOP_SECONDS)


def _is_last_of_another(running: PidFile) -> bool:
    """Ask the server that took the place of the one we knew, if it answers: one that does not is being started."""
    import psycopg2

    place = Address(_parameters(running), "embedded", "")
    try:
        client = enter({**place.parameters, **_passwordless(place)})
    except (psycopg2.Error, KeyboardInterrupt):  # it may not answer somebody in a hurry
        return False
    try:
        return is_last(client)
    finally:
        leave(client)


def enter(parameters: Mapping[str, str]) -> Connection:
    """Connect to stay, and make the database ``wdh`` where it is missing, and the role that works there.

    Raises psycopg2.OperationalError.
    """
    client = _connect(parameters, database="postgres")
    try:
        with client.cursor() as cursor:
            cursor.execute(sql.FIND_DATABASE, (sql.DATABASE,))
            if not cursor.rowcount:
                cursor.execute(sql.CREATE_DATABASE)
            cursor.execute(sql.FIND_HANDED_OVER, (sql.DATABASE, sql.WORKER))
            if not cursor.rowcount:
                _hand_over(parameters)
    except BaseException:
        client.close()
        raise
    return client


def _hand_over(parameters: Mapping[str, str]) -> None:
    """Make the role that works, and give it the database with all that the administrator has in it."""
    with closing(_connect(parameters, database=sql.DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(sql.FIND_ROLE, (sql.WORKER,))
        if not cursor.rowcount:
            cursor.execute(sql.CREATE_WORKER)
        for statement in sql.HAND_OVER:
            cursor.execute(statement)


def _connect(parameters: Mapping[str, str], *, database: str) -> Connection:
    own = {"dbname": database, "application_name": _CLIENT, "client_encoding": "UTF8"}
    connection = interrupts.connect({**parameters, **own, "connect_timeout": _CONNECT_SECONDS})
    connection.autocommit = True
    return connection


def is_last(client: Connection) -> bool:
    """Say whether nobody else uses the server.

    A connection by another name gets a second to vanish: one closed a moment ago is listed a little longer.
    """
    began = time.monotonic()
    while others := _others(client):
        if _CLIENT in others or time.monotonic() - began > interrupts.hurried(_FAREWELL_SECONDS):
            return False
        time.sleep(_PAUSE)
    return True


def leave(client: Connection) -> None:
    """Close it under another name, so that other clients do not count it while it is still listed."""
    import psycopg2

    try:
        with client.cursor() as cursor:
            cursor.execute(sql.RENAME, (_LEAVING,))
    except psycopg2.Error:
        pass  # the server is gone, and with it the connection that was to be announced
    finally:
        client.close()


def _others(client: Connection) -> list[str]:
    with client.cursor() as cursor:
        cursor.execute(sql.OTHERS, (_LEAVING,))
        return [name for (name,) in cursor.fetchall()]
