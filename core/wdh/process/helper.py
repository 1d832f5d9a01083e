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
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Final, cast

from msgspec import Struct

from wdh.process import outlet
from wdh.process.forked import Forked, can_fork, fork
from wdh.words.language import speak, spoken
from wdh.words.printable import show_lines

_START: Final = (
    "import sys; sys.path[:] = {path!r}; from wdh.process.helper import serve; serve({answers}, {language!r})"
)
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
_GRACE: Final = 5.0
"""Seconds that a process which answers no more has to end by itself, so that its own code can be told."""


def count_processors() -> int:
    """Count the processors that this process may use, by its affinity and by the limit of its container."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return max(1, min(processors, -(-int(quota) // int(period))))
    except (OSError, ValueError):  # there is no container, or it sets no limit: ``max 100000``
        return processors


class HelperEnded(Exception):
    """A helper ended before its last answer, or gave one that cannot be read."""


class Helper:
    """A second process that waits for work. Close it in any case.

    ``rows`` and ``facts`` are files that both have open, for what is too large for an answer; they vanish with them.
    """

    def __init__(self) -> None:
        started, _here.spare = _here.spare or _start(), None
        self.rows, self.facts = started.rows, started.facts
        self._answers, self._process = started.answers, started.process

    @staticmethod
    def can_start() -> bool:
        """Say whether there is an interpreter that can be started and handed a pipe."""
        return os.name == "posix" and bool(sys.executable) and not getattr(sys, "frozen", False)

    @staticmethod
    def is_at_hand() -> bool:
        """Say whether the next helper is there already, see :func:`spare`: any other takes a while to start."""
        return _here.spare is not None

    def ask(self, work: Callable[..., Iterator[Any]], *words: object) -> None:
        """Send the next work; ``work`` gives the answers. One that has ended is found out by :meth:`receive`.

        Raises what pickle raises for words that cannot be sent; then nothing was.
        """
        message = pickle.dumps((work, words), pickle.HIGHEST_PROTOCOL)
        # Read whole before anything it names is imported there, so that nobody waits here for the imports.
        message = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        stdin = cast("IO[bytes]", self._process.stdin)
        if self._process.returncode is not None:
            return
        with contextlib.suppress(BrokenPipeError):
            stdin.write(message)
            stdin.flush()

    def receive(self, *, within: float | None = None) -> Any:
        """Wait for the next answer. Raises HelperEnded where none comes; the process has ended then, or is killed.

        ``within`` is how many seconds it may take; None: any time.
        """
        watchdog = None if within is None else _Watchdog(self._process, within)
        try:
            return pickle.load(self._answers)  # noqa: S301 - written by our own process
        except MemoryError:  # of this process
            raise
        except Exception as error:  # an answer that is cut off or garbled can raise anything
            if watchdog is not None and watchdog.has_bitten:
                self.close()
                raise HelperEnded(f"gave no answer within {within:g} s") from error
            raise HelperEnded(_show_end(self._end())) from error
        finally:
            if watchdog is not None:
                watchdog.cancel()

    def _end(self) -> int | None:
        """Wait for the process to end, and kill it if it does not. None: it was killed."""
        try:
            return self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.close()

    def kill(self) -> None:
        """Have it end at once, from any thread; a thread that waits for an answer learns of it."""
        self._process.kill()

    def close(self) -> None:
        """End it. Closing twice is fine."""
        self._process.kill()
        for stream in (self._process.stdin, self._answers, self.rows, self.facts):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()


class _Started(Struct, frozen=True):
    """A process that waits for work, the pipe for its answers, and the files that both have open."""

    rows: IO[bytes]
    facts: IO[bytes]
    answers: IO[bytes]
    process: subprocess.Popen[bytes] | Forked


class _Here:
    """Of this process: one that was forked, and that the next helper is made of; None: there is none."""

    spare: _Started | None = None


_here: Final = _Here()


@contextlib.contextmanager
def spare() -> Iterator[None]:
    """Have the first helper ready during the block, where a fork is possible and there is a processor for it.

    A program calls this as it begins, before it has threads. Until it is asked, such a helper takes no time.
    """
    if count_processors() > 1 and can_fork():
        with contextlib.suppress(OSError):  # there is no room for another process
            _here.spare = _start(by_fork=True)
    try:
        yield
    finally:
        if _here.spare is not None:
            Helper().close()


def _start(*, by_fork: bool = False) -> _Started:
    rows, facts = _open_scratch(), _open_scratch()
    # An installation may print to standard output as its interpreter starts, so answers have a pipe of their own.
    answers, theirs = os.pipe()
    stream = os.fdopen(answers, "rb")
    kept = (theirs, rows.fileno(), facts.fileno())
    try:
        process = fork(partial(serve, theirs, spoken()), keep=kept) if by_fork else _spawn(theirs, kept)
    except BaseException:
        for each in (stream, rows, facts):
            each.close()
        raise
    finally:
        os.close(theirs)
    return _Started(rows, facts, stream, process)


def _spawn(answers: int, kept: tuple[int, ...]) -> subprocess.Popen[bytes]:
    # The modules must be those of this process: the working directory is no place to import from.
    command = [sys.executable, "-c", _START.format(path=sys.path, answers=answers, language=spoken())]
    return subprocess.Popen(  # noqa: S603 - no word of it is foreign
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=kept,
        start_new_session=True,  # before it ignores Ctrl-C, a terminal's could reach it
    )


class _Watchdog(threading.Timer):
    """Kills a process that takes too long."""

    def __init__(self, process: subprocess.Popen[bytes] | Forked, seconds: float) -> None:
        super().__init__(seconds, self._bite)
        self.daemon, self.has_bitten, self._watched = True, False, process
        self.start()

    def _bite(self) -> None:
        self.has_bitten = True
        self._watched.kill()


_answers: Final[list[IO[bytes]]] = []
"""In a helper: the pipe for its answers."""


def send(answer: object) -> None:
    """Give an answer. In a helper, whose work it is; where nobody waits for answers any more, the process ends."""
    (stream,) = _answers
    try:
        pickle.dump(answer, stream, pickle.HIGHEST_PROTOCOL)
        stream.flush()
    except BrokenPipeError:
        os._exit(0)


def serve(descriptor: int, language: str) -> None:
    """Do the work that comes by standard input; write the answers to this descriptor. Runs in the second process.

    What it says, it says in ``language``.
    """
    speak(language)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who waits for the answers decides what an interruption means
    messages: SimpleQueue[bytes] = SimpleQueue()
    # In a thread of its own, so that a process that works, or hangs, hears of the end of the one that started it.
    threading.Thread(target=_listen, args=(sys.stdin.buffer, messages), daemon=True).start()
    with os.fdopen(descriptor, "wb") as answers, outlet.kept(_pass_on):
        _answers.append(answers)
        while True:
            work, words = pickle.loads(messages.get())  # noqa: S301 - written by the process that started this one
            for answer in work(*words):
                send(answer)


def _listen(requests: IO[bytes], messages: SimpleQueue[bytes]) -> None:
    try:
        while True:
            messages.put(pickle.load(requests))  # noqa: S301 - written by the process that started this one
    except EOFError:  # it has ended
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
