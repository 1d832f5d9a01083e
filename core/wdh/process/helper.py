"""A second process that does a part of a run's work at the same time, on a second processor.

Reading and cleaning hold the interpreter, so that a thread would gain nothing. The process gets one job after the
other, and gives its answers one by one. The starting process must be able to do the work itself: the helper
may end at any time, for lack of memory say.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

from wdh.process import outlet
from wdh.words.language import speak, spoken
from wdh.words.printable import show_lines

_START: Final = (
    "import sys; sys.path[:] = {path!r}; from wdh.process.helper import serve; serve({answers}, {language!r})"
)
_GRACE: Final = 5.0
"""Seconds that a process which answers no more has to end by itself, so that its own code can be told."""


class HelperEnded(Exception):
    """A helper ended before its last answer, or gave one that cannot be read."""


class Helper:
    """A second process that waits for work. Close it in any case.

    ``rows`` and ``facts`` are files that both have open, for what is too large for an answer; they vanish with them.
    """

    def __init__(self) -> None:
        self.rows, self.facts = _open_scratch(), _open_scratch()
        # An installation may print to standard output as its interpreter starts, so answers have a pipe of their own.
        answers, theirs = os.pipe()
        self._answers = os.fdopen(answers, "rb")
        # The modules must be those of this process: the working directory is no place to import from.
        command = [sys.executable, "-c", _START.format(path=sys.path, answers=theirs, language=spoken())]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - no word of it is foreign
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs, self.rows.fileno(), self.facts.fileno()),
                start_new_session=True,  # before it ignores Ctrl-C, a terminal's could reach it
            )
        except BaseException:
            for stream in (self._answers, self.rows, self.facts):
                stream.close()
            raise
        finally:
            os.close(theirs)

    @staticmethod
    def is_possible() -> bool:
        """Say whether there is a second processor, and an interpreter that can be started and handed a pipe."""
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        is_plain = os.name == "posix" and bool(sys.executable) and not getattr(sys, "frozen", False)
        return is_plain and processors > 1

    def ask(self, work: Callable[..., Iterator[Any]], *words: object) -> None:
        """Send the next work; ``work`` gives the answers. One that has ended is found out by :meth:`receive`.

        Raises what pickle raises for words that cannot be sent; then nothing was.
        """
        message = pickle.dumps((work, words), pickle.HIGHEST_PROTOCOL)
        # Read whole before anything it names is imported there, so that nobody waits here for the imports.
        message = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        if self._process.returncode is not None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(message)
            self._process.stdin.flush()

    def receive(self) -> Any:
        """Wait for the next answer. Raises HelperEnded where none comes; the process has ended then, or is killed."""
        try:
            return pickle.load(self._answers)  # noqa: S301 - written by our own process
        except MemoryError:  # of this process
            raise
        except Exception as error:  # an answer that is cut off or garbled can raise anything
            raise HelperEnded(_show_end(self._end())) from error

    def _end(self) -> int | None:
        """Wait for the process to end, and kill it if it does not. None: it was killed."""
        try:
            return self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.close()

    def close(self) -> None:
        """End it. Closing twice is fine."""
        self._process.kill()
        for stream in (self._process.stdin, self._answers, self.rows, self.facts):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()


def serve(descriptor: int, language: str) -> None:
    """Do the work that comes by standard input; write the answers to this descriptor. Runs in the second process.

    What it says, it says in ``language``.
    """
    speak(language)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who waits for the answers decides what an interruption means
    try:
        with os.fdopen(descriptor, "wb") as answers, outlet.kept(_pass_on):
            while True:
                # Written by the process that started this one.
                work, words = pickle.loads(pickle.load(sys.stdin.buffer))  # noqa: S301
                for answer in work(*words):
                    pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
                    answers.flush()
    except (EOFError, BrokenPipeError):  # nobody waits any more
        os._exit(0)


def _pass_on(text: str) -> None:
    """Send to stderr what a package printed."""
    with contextlib.suppress(OSError):
        sys.stderr.write(show_lines(text))
        sys.stderr.flush()


def _open_scratch() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="wdh-helper-")


def _show_end(code: int | None) -> str:
    if code is None:
        return "gave an answer that cannot be read"
    if code >= 0:
        return f"ended with code {code}"
    name = next((known.name for known in signal.Signals if known == -code), "unknown")
    return f"was ended by signal {-code} ({name}{', probably for lack of memory' if name == 'SIGKILL' else ''})"
