"""The embedded server's first process: is it there, start it, stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wdh import interrupts
from wdh.warehouse.account import Account
from wdh.warehouse.home import Home, find_programs

PORT = "5432"
"""Only the socket's name has it: nothing listens on the network."""

_PID_FILE = "postmaster.pid"
_NO_PROCESS = 999_999_999
"""More than any system numbers its processes with."""

_LAUNCH = '"$@" >&2 & echo $!'
"""The shell goes at once and leaves the server to init: it belongs to no client, and no terminal interrupts it."""

_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class PidFile:
    """What a running server wrote down: its process number, its port, and the directory of its socket.

    Format: https://www.postgresql.org/docs/current/storage-file-layout.html (postmaster.pid), one item a line.
    """

    pid: int
    port: str
    sockets: str


def read_pid_file(home: Home) -> PidFile | None:
    """Read it; None where there is none, or where it is not complete yet."""
    try:
        lines = os.fsdecode((home.cluster / _PID_FILE).read_bytes()).splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 5 or not lines[0].strip().isdigit() or not lines[4]:
        return None
    return PidFile(int(lines[0]), lines[3].strip(), lines[4])


def find_postmaster(home: Home) -> PidFile | None:
    """Give the running server of ``home``; None where none runs, whatever a killed one left behind."""
    written = read_pid_file(home)
    return written if written is not None and _serves(written.pid, home.cluster) else None


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


def stop_postmaster(home: Home, pid: int, *, patience: float) -> None:
    """Ask the server to end its sessions and go; return when it is gone, or after ``patience`` seconds.

    After a Ctrl-C it is waited for only shortly. What then still lasts (it writes its buffers to disk) it ends by
    itself, and a later start waits for it.
    """
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return
    began = time.monotonic()
    while is_alive(pid) and time.monotonic() - began < interrupts.hurried(patience):
        time.sleep(_PAUSE)
    home.remove_sockets()


def call_off_postmaster(home: Home, pid: int, *, patience: float) -> None:
    """Stop a server that is still starting.

    It ignores SIGINT until it has its own way with it, as what a shell starts in the background does.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    stop_postmaster(home, pid, patience=patience)


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


def _serves(pid: int, cluster: Path) -> bool:
    """Say whether the process is a server of this cluster, and not another one that got a dead server's number."""
    if not is_alive(pid):
        return False
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self/cmdline").exists()  # no such file system here: the number has to do
    return os.fsencode(cluster) in words


def _disown_pid_file(home: Home) -> None:
    """Make a killed server's pid file name a process that cannot be.

    PostgreSQL refuses to start while the process named there runs, were it a zombie or a stranger with the same
    number. The file must stay: by what else it says PostgreSQL sees whether the dead server's children still write.
    """
    path = home.cluster / _PID_FILE
    written = read_pid_file(home)
    if written is not None and not _serves(written.pid, home.cluster):
        rest = path.read_bytes().partition(b"\n")[2]
        path.write_bytes(b"%d\n%b" % (_NO_PROCESS, rest))
    elif path.exists() and not path.stat().st_size:
        path.unlink()  # the machine died while it was made: it says nothing, and PostgreSQL would stop at it
    sockets = written.sockets if written else home.sockets
    Path(sockets, f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
