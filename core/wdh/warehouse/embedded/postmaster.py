"""The embedded server's first process: is it there, start it, stop it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from wdh.errors import SetupError
from wdh.process import interrupts
from wdh.warehouse.embedded.account import Account
from wdh.warehouse.embedded.home import Home, find_programs
from wdh.warehouse.embedded.ownership import open_own
from wdh.words.language import say

PORT = "5432"
"""Only the socket's name has it: nothing listens on the network."""

_PID_FILE = "postmaster.pid"
_INIT = 1
"""The first process of all, which no server is; 0 would be our own group."""

_NUMBER = re.compile("[0-9]{1,9}")
_EFFECTIVE_USER = re.compile(rb"^Uid:\s+\d+\s+(\d+)", re.MULTILINE)
_NO_PROCESS = 999_999_999
"""More than any system numbers its processes with."""

_LAUNCH = '"$@" >&2 & echo $!'
"""The shell goes at once and leaves the server to init: it belongs to no client, and no terminal interrupts it."""

_PAUSE = 0.01


class PidFile(Struct, frozen=True):
    """The pid file of a running server: its process number, its port, and the directory of its socket.

    Format: https://www.postgresql.org/docs/current/storage-file-layout.html (postmaster.pid), one item a line.
    """

    pid: int
    port: str
    sockets: str


def read_pid_file(home: Home) -> PidFile | None:
    """Read the pid file; None: it is missing, or not complete yet. Raises SetupError where it is not ours."""
    written = home.read(_PID_FILE)
    lines = os.fsdecode(written or b"").splitlines()
    if len(lines) < 5 or not lines[4]:
        return None
    pid, port = _NUMBER.fullmatch(lines[0].strip()), _NUMBER.fullmatch(lines[3].strip())
    return PidFile(int(pid[0]), port[0], lines[4]) if pid and port and int(pid[0]) > _INIT else None


def find_postmaster(home: Home) -> PidFile | None:
    """Give the running server of ``home``; None where none runs, whatever a killed one left behind.

    Raises SetupError where the file sends us to a socket that is not this server's.
    """
    written = read_pid_file(home)
    if written is None or not _serves(written.pid, home):
        return None
    if not home.has_sockets(written.sockets):
        raise SetupError(
            say(
                "{cluster} names {sockets} as the place of the embedded PostgreSQL's socket, which is not "
                "where it puts one. Nothing was sent there. See who runs process {pid}, end it, remove that "
                "file and run again.",
                cluster=home.cluster / _PID_FILE,
                sockets=written.sockets,
                pid=written.pid,
            ),
            path=str(home.cluster / _PID_FILE),
            process=written.pid,
        )
    return written


def launch_postmaster(home: Home, account: Account, *, settings: Mapping[str, str]) -> int:
    """Start the server in the background and return its process number; it may yet fail, and says so in the log.

    It listens on the socket alone. ``settings`` are PostgreSQL's, by name; the caller holds the lock.
    """
    _disown_pid_file(home)
    own = {"listen_addresses": "", "unix_socket_directories": str(home.sockets), "port": PORT, **settings}
    options = [word for name, value in own.items() for word in ("-c", f"{name}={value}")]
    command = [*account.prefix, str(find_programs() / "postgres"), "-D", str(home.cluster), *options]
    with home.open_log() as log:
        started = Account(user=account.user, group=account.group).run(
            ["/bin/sh", "-c", _LAUNCH, "sh", *command], stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    return int(started.stdout)


def stop_postmaster(home: Home, pid: int, *, time_limit: float) -> None:
    """Ask the server to end its sessions and go; return when it is gone, or after ``time_limit`` seconds.

    After a Ctrl-C it is waited for only shortly. A shutdown that then still lasts (it writes its
    buffers to disk) ends by itself, and a later start waits for it.
    """
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return
    began = time.monotonic()
    while is_alive(pid) and time.monotonic() - began < interrupts.hurried(time_limit):
        time.sleep(_PAUSE)
    home.remove_sockets()


def call_off_postmaster(home: Home, pid: int, *, time_limit: float) -> None:
    """Stop a server that is still starting.

    It ignores SIGINT until it has its own way with it, as what a shell starts in the background does.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    stop_postmaster(home, pid, time_limit=time_limit)


def is_alive(pid: int) -> bool:
    """Say whether the process runs. One that ended and was not waited for, as in a container without init, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another account's, and runs
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError, PermissionError, IndexError):
        return not Path("/proc/self/stat").exists() or Path(f"/proc/{pid}").exists()
    return state not in (b"Z", b"X")


def _serves(pid: int, home: Home) -> bool:
    """Say whether the process is our server of this cluster, and not another one that got a dead server's number."""
    if not is_alive(pid) or not _is_ours(pid, home):
        return False
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self/cmdline").exists()  # no such file system here: the number has to do
    return os.fsencode(home.cluster) in words


def _is_ours(pid: int, home: Home) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:  # it is hidden from us as another account's, or no system here tells
        return not Path("/proc/self/status").exists() and _may_be_signalled(pid)
    found = _EFFECTIVE_USER.search(status)
    return found is not None and int(found[1]) in home.owners


def _may_be_signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _disown_pid_file(home: Home) -> None:
    """Make a killed server's pid file name a process that cannot be.

    PostgreSQL refuses to start while the process named there runs, were it a zombie or a stranger with the same
    number. The file must stay: by what else it says PostgreSQL sees whether the dead server's children still write.
    """
    path = home.cluster / _PID_FILE
    written, content = read_pid_file(home), home.read(_PID_FILE)
    if written is not None and not _serves(written.pid, home):
        rest = (content or b"").partition(b"\n")[2]
        with os.fdopen(open_own(path, os.O_WRONLY | os.O_TRUNC, home.owners), "wb") as file:
            file.write(b"%d\n%b" % (_NO_PROCESS, rest))
    elif content == b"":
        path.unlink()  # the machine died while it was made: it says nothing, and PostgreSQL would stop at it
    sockets = written.sockets if written and home.has_sockets(written.sockets) else home.sockets
    Path(sockets, f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
