"""The private folder in which files of depots lie for the time of a run, and how it goes when the run was killed."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from wdh.errors import SetupError
from wdh.logs import Log
from wdh.words.language import say

if TYPE_CHECKING:
    import subprocess

log = Log()

_NAME: Final = "wdh-depot-"
_HALF_MADE: Final = ".wdh-depot-new-"
_LOCK: Final = ".lock"
_REMOVE_AFTERWARDS: Final = 'cat >/dev/null 2>&1; exec rm -rf -- "$1"'
"""A shell that removes a folder as soon as its input ends, which it does when the run is gone, however it went."""


class Spool:
    """A folder that only its owner may enter, made on first use. It is gone at :meth:`close`, or with this object.

    It holds a lock for as long as its process lives: a later run removes the folder of one that no longer does.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._close: Callable[[], object] = lambda: None

    @property
    def is_made(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    @property
    def folder(self) -> Path:
        """The folder. Raises SetupError where it cannot be made."""
        if self._folder is None:
            parent = Path(tempfile.gettempdir())
            try:
                self._folder = self._make(parent)
            except OSError as error:
                raise SetupError(
                    say(
                        "no private folder for the files of a depot can be made in {folder}: {why}. Name another one "
                        "with TMPDIR. Nothing was touched.",
                        folder=parent,
                        why=error.strerror,
                    ),
                    directory=str(parent),
                ) from error
        return self._folder

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self._close()
        self._folder = None

    def _make(self, parent: Path) -> Path:
        remove_left_behind(parent)
        half_made = Path(tempfile.mkdtemp(prefix=_HALF_MADE, dir=parent))
        lock = _lock(half_made)
        folder = half_made.rename(parent / f"{_NAME}{secrets.token_hex(8)}")
        watcher = _watch(folder)
        self._close = weakref.finalize(self, _remove, folder, lock, watcher)
        return folder


def remove_left_behind(parent: Path) -> None:
    """Remove the folders of runs that were killed, as far as they are this user's."""
    for folder in _list_own(parent):
        with suppress(OSError):
            lock = _lock(folder)
            if lock is not None:
                shutil.rmtree(folder)
                lock.close()
                log.info("depot_spool_removed", folder=str(folder))


def _list_own(parent: Path) -> Iterator[Path]:
    if sys.platform == "win32":
        return  # where nothing tells whether a run still goes on
    with os.scandir(parent) as entries:
        found = [entry for entry in entries if entry.name.startswith((_NAME, _HALF_MADE))]
    for entry in found:
        with suppress(OSError):
            is_own = entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
            if is_own and (Path(entry.path) / _LOCK).exists():
                yield Path(entry.path)


def _lock(folder: Path) -> IO[bytes] | None:
    """Lock a folder; None: another process has it, or this system has no such locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    file = (folder / _LOCK).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _watch(folder: Path) -> subprocess.Popen[bytes] | None:
    """Start what removes the folder when this process is killed, in a session of its own, which no Ctrl-C reaches."""
    if sys.platform == "win32":
        return None
    import subprocess

    null = subprocess.DEVNULL
    command = ["/bin/sh", "-c", _REMOVE_AFTERWARDS, "wdh-depot", str(folder)]
    try:
        return subprocess.Popen(  # noqa: S603 - the folder is an argument of the shell, and no part of its text
            command, stdin=subprocess.PIPE, stdout=null, stderr=null, cwd="/", start_new_session=True
        )
    except OSError as error:  # a container without a shell: then a later run removes it
        log.info("depot_spool_unwatched", folder=str(folder), why=error.strerror)
        return None


def _remove(folder: Path, lock: IO[bytes] | None, watcher: subprocess.Popen[bytes] | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        lock.close()
    if watcher is not None and watcher.stdin is not None:
        watcher.stdin.close()  # it ends, and removes what is no longer there
        watcher.wait()
