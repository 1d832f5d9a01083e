"""Processes that use the embedded server, and that a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROGRAM = """
import signal
import sys
from pathlib import Path
from wdh.errors import WdhError
from wdh.warehouse import connect, embedded_address
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
try:
    with connect(embedded_address({}, home=Path(sys.argv[1]))) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()::text")
            print(cursor.fetchone()[0], flush=True)
            sys.stdin.read()
except WdhError as error:
    print(f"{type(error).__name__}: {error}", flush=True)
"""

WAITING = """
SELECT l.locktype FROM pg_locks l JOIN pg_database d ON d.oid = l.database
 WHERE NOT l.granted AND d.datname = current_database()"""
"""The locks that somebody waits for in this database: other tests use others of the same server."""


@dataclass(frozen=True, slots=True)
class Client:
    """A process inside ``connect``; it leaves when told to."""

    process: subprocess.Popen[str]

    @staticmethod
    def start(home: Path, *, environment: Mapping[str, str] | None = None, launcher: tuple[str, ...] = ()) -> Client:
        """Start a client of the server in ``home``; it need not be inside yet."""
        return Client(
            subprocess.Popen(
                [*launcher, sys.executable, "-c", PROGRAM, str(home)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        )

    def answer(self) -> str:
        """Wait until it is inside, and give the start time of the server it sees; or what went wrong."""
        return _pipe(self.process.stdout).readline().strip()

    def last_words(self) -> str:
        """Give all that it says until it ends by itself, for one that never gets inside."""
        words = _pipe(self.process.stdout).read()
        self.leave()
        return words

    def told_to_leave(self) -> None:
        """Tell it to leave, and do not wait."""
        _pipe(self.process.stdin).close()

    def leave(self) -> int:
        """Tell it to leave, wait until it has, and give its exit code."""
        self.told_to_leave()
        return self.end()

    def kill(self) -> None:
        """Kill it with SIGKILL: it can do nothing about it."""
        self.process.kill()
        _pipe(self.process.stdin).close()
        self.end()

    def interrupt(self) -> None:
        """Press Ctrl-C in its terminal: every process of the group gets the signal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """Wait for its end."""
        code = self.process.wait(60)
        _pipe(self.process.stdout).close()
        return code


def wait_until(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait until ``condition`` holds; fail if it does not within ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
