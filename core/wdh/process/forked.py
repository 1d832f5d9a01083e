"""A process that is forked from this one: it knows all that was imported, and so it starts in no time. Linux alone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Final

_TICK: Final = 0.01
_THREADS: Final = Path("/proc/self/task")
_DESCRIPTORS: Final = Path("/proc/self/fd")
_STDIN, _STDOUT, _STDERR = range(3)


def can_fork() -> bool:
    """Say whether this process may be forked: on Linux, with one thread. The locks of others would stay shut.

    One that was started with a closed stream has other files in its place, and is not forked.
    """
    if sys.platform != "linux" or None in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        return False
    try:
        return len([*_THREADS.iterdir()]) == 1
    except OSError:  # there is no /proc
        return False


class Forked:
    """A forked process, with what is needed of the members of subprocess.Popen."""

    def __init__(self, pid: int, stdin: IO[bytes]) -> None:
        self.pid, self.stdin = pid, stdin
        self.returncode: int | None = None

    def kill(self) -> None:
        """Have it end at once."""
        if sys.platform == "linux" and self.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # another thread has just waited for its end
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and give its exit code; -9: it was killed. Raises TimeoutExpired after so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            pid, status = os.waitpid(self.pid, 0 if until is None else getattr(os, "WNOHANG", 0))
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif until is not None and time.monotonic() > until:
                raise TimeoutExpired(str(self.pid), timeout or 0)
            else:
                time.sleep(_TICK)
        return self.returncode


def fork(work: Callable[[], object], *, keep: Collection[int]) -> Forked:
    """Fork a process that does some work, and then ends. OSError: there is no room for another one.

    It reads what is written to its ``stdin``, and its standard output goes nowhere. It has no other files than standard
    error and those of the numbers to ``keep``, and is in a session of its own, where no Ctrl-C of the terminal arrives.
    """
    if sys.platform != "linux":
        raise OSError(sys.platform)
    theirs, ours = os.pipe()
    # A Ctrl-C that the new process heard before it is on its own would send it on with the work of this one.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pid = os.fork()
        if pid == 0:
            _live(work, theirs, {*keep})
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return Forked(pid, os.fdopen(ours, "wb"))


def _live(work: Callable[[], object], stdin: int, keep: Collection[int]) -> None:
    """Be the new process until its end."""
    try:
        _stand_alone(stdin, keep)
        work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def _stand_alone(stdin: int, keep: Collection[int]) -> None:
    if sys.platform != "linux":
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.setsid()
    os.dup2(stdin, _STDIN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
    for number in [int(entry.name) for entry in _DESCRIPTORS.iterdir()]:
        if number > _STDERR and number not in keep:
            with contextlib.suppress(OSError):  # it was that of the list itself
                os.close(number)
    sys.stdin = os.fdopen(_STDIN, closefd=False)
