"""The lock of one embedded server's directory: held while the server is started or stopped, and by whom."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from wdh.errors import SetupError
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.ownership import name_account, require_own_file
from wdh.words.language import say

_AT_ONCE = 1.0
"""Seconds after which a holder is looked for: one of another account is not waited for."""


class LockHeld(SetupError):
    """Another process holds the lock."""


class Holder(Struct, frozen=True):
    """The process that holds a lock: its number, its program, and the number of its account."""

    pid: int
    program: str
    account: int

    def __str__(self) -> str:
        return say(
            "process {pid} ({program}) of {account}",
            pid=self.pid,
            program=self.program,
            account=name_account(self.account),
        )


@contextmanager
def holding(home: Home, *, seconds: float) -> Iterator[None]:
    """Hold the lock for the time of the block. Raises LockHeld after ``seconds``, naming who holds it where it can.

    One who is none of the directory's owners is not waited for. Raises SetupError where the file is not ours alone.
    """
    from filelock import FileLock, Timeout

    with suppress(FileNotFoundError):
        require_own_file(home.lock, home.owners)
    lock, first = FileLock(home.lock, mode=0o600), min(seconds, _AT_ONCE)
    try:
        lock.acquire(timeout=first)
    except Timeout:
        _refuse_stranger(home)
        try:
            lock.acquire(timeout=seconds - first)
        except Timeout as error:
            holder = find_holder(home.lock)
            named = "" if holder is None else ": " + str(holder)
            raise LockHeld(
                say(
                    "another process has been starting or stopping the embedded PostgreSQL for {seconds:.0f} "
                    "seconds and holds {lock}{named}. Wait for it or end it, then run again.",
                    seconds=seconds,
                    lock=home.lock,
                    named=named,
                ),
                lock=str(home.lock),
                process=None if holder is None else holder.pid,
            ) from error
    try:
        yield
    finally:
        lock.release()


def find_holder(path: Path) -> Holder | None:
    """Find who holds the lock on ``path``; None where nobody does, or the system does not say.

    Format: proc_locks(5), one lock a line: ``1: FLOCK ADVISORY WRITE pid major:minor:inode start end``.
    """
    found = path.stat()
    device, inode = (os.major(found.st_dev), os.minor(found.st_dev)), found.st_ino
    with suppress(OSError):
        for line in Path("/proc/locks").read_text("ascii").splitlines():
            words = line.split()
            if words[1] == "->":  # it waits
                continue
            major, minor, number = words[5].split(":")
            if (int(major, 16), int(minor, 16), int(number)) == (*device, inode):
                return _describe(int(words[4]))
    return None


def _describe(pid: int) -> Holder | None:
    place = Path("/proc", str(pid))
    try:
        return Holder(pid, (place / "comm").read_text("utf-8", "replace").strip(), place.stat().st_uid)
    except OSError:  # it has ended, or we may not see it
        return None


def _refuse_stranger(home: Home) -> None:
    holder = find_holder(home.lock)
    if holder is not None and holder.account not in home.owners:
        raise LockHeld(
            say(
                "{holder} holds {lock}, which is no other account's business, and so nobody can start or "
                "stop the embedded PostgreSQL. Have that process ended, then run again, or name a server "
                "with --dsn.",
                holder=holder,
                lock=home.lock,
            ),
            lock=str(home.lock),
            process=holder.pid,
        )
