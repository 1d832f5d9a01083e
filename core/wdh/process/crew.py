"""Helper processes that do the work of one program side by side: an executor whose threads each own a helper.

A function that is submitted runs in a helper as it would here; what it tells of its progress is told here, by
:meth:`Crew.wait`. What cannot be done there is for the caller to do itself, so that a helper that is killed costs time
and nothing else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from msgspec import Struct

from wdh.process import helper as helping
from wdh.process import progress
from wdh.process.helper import Helper, HelperEnded
from wdh.process.progress import OnProgress, Stage

Words = ParamSpec("Words")
Answer = TypeVar("Answer")

SILENCE: Final = 600.0
"""Seconds that a helper may work without telling of any progress."""

MOST: Final = 16
"""Helpers where nobody says how many: one process that joins their results keeps about so many busy."""

_COPIED: Final = 1 << 20
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")


def count_processors() -> int:
    """Count the processors that this process may use, by its affinity and by the limit of its container."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return max(1, min(processors, -(-int(quota) // int(period))))
    except (OSError, ValueError):  # there is no container, or it sets no limit: ``max 100000``
        return processors


class NotDone(Exception):
    """A function could not be done in a helper, for no fault of its own that is known: do it here."""


class KilledTwice(Exception):
    """Two helpers ended while they did the same function: it would end this process, too."""


class Parcel:
    """A file of bytes that are too many for a message: in a helper, it arrives as a file of the other process.

    A result has one at most.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    @staticmethod
    def new() -> Parcel:
        """Give an empty one to be written."""
        return Parcel(_open_file() if _own.scratch is None else _own.scratch)

    def __reduce__(self) -> tuple[Callable[..., Parcel], tuple[Any, ...]]:
        self.file.flush()
        if _own.scratch is self.file:
            return _await_parcel, ()
        self.file.seek(0)
        return _unpack_parcel, (self.file.read(),)


class _Own:
    """In a helper: the file that both processes have open."""

    scratch: IO[bytes] | None = None


class _Arrivals(threading.local):
    parcel: Parcel | None = None


_own: Final = _Own()
_arrivals: Final = _Arrivals()


def _await_parcel() -> Parcel:
    _arrivals.parcel = Parcel(_open_file())
    return _arrivals.parcel


def _unpack_parcel(content: bytes) -> Parcel:
    parcel = Parcel(_open_file())
    parcel.file.write(content)
    return parcel


def _close_parcel(future: Future[Any]) -> None:
    if not future.cancelled() and future.exception() is None:
        parcel = getattr(future.result(), "text", None)
        if isinstance(parcel, Parcel):
            parcel.file.close()


def _open_file() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="wdh-facts-")


class _Begun(Struct, frozen=True):
    """The first answer: all that the function needs was read."""


class _Told(Struct, frozen=True):
    """What was told of the progress."""

    stage: Stage
    name: str
    rows: int
    of: int | None


class _Order:
    """Something that was submitted. ``is_wanted``: somebody still waits for it."""

    def __init__(self) -> None:
        self.is_wanted = True


class _Result(Struct, frozen=True):
    value: Any


class _Fault(Struct, frozen=True):
    error: str


class Crew(Executor):
    """Up to ``workers`` helpers, each started when there is work for it. Use it as a context manager, or shut it down.

    ``silence`` is how many seconds one may work without telling of any progress. A future raises NotDone or KilledTwice
    where the function is to be done elsewhere, or nowhere.
    """

    def __init__(self, workers: int, *, silence: float = SILENCE) -> None:
        self.workers = workers
        self._silence = silence
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="wdh-crew")
        self._helpers = threading.local()
        self._started: set[Helper] = set()
        self._lock = threading.Lock()
        self._is_closing = False
        self.ends: SimpleQueue[str] = SimpleQueue()
        """How helpers ended early."""
        self._heard: SimpleQueue[tuple[_Order, _Told] | None] = SimpleQueue()
        self._orders: WeakKeyDictionary[Future[Any], _Order] = WeakKeyDictionary()

    @staticmethod
    def is_possible() -> bool:
        """Say whether this platform can start helpers."""
        return Helper.can_start()

    def submit(self, function: Callable[Words, Answer], /, *words: Words.args, **named: Words.kwargs) -> Future[Answer]:
        """Have a helper do a function. It is a module's own, and its arguments and its result can be pickled."""
        order = _Order()
        future: Future[Answer] = self._threads.submit(self._do, order, function, words, named)
        self._orders[future] = order
        return future

    def drop(self, future: Future[Any]) -> None:
        """Do without a result. What is under way is done to its end, and nothing is told of it."""
        if (order := self._orders.get(future)) is not None:
            order.is_wanted = False
        if not future.cancel():
            future.add_done_callback(_close_parcel)

    def wait(self, future: Future[Answer], on_progress: OnProgress) -> Answer:
        """Wait for a result, and tell meanwhile of the progress of all that was submitted. Raises as the future."""
        future.add_done_callback(lambda _: self._heard.put(None))
        while not future.done():
            self._tell(self._heard.get(), on_progress)
        while True:
            try:
                self._tell(self._heard.get_nowait(), on_progress)
            except Empty:
                return future.result()

    def _tell(self, heard: tuple[_Order, _Told] | None, on_progress: OnProgress) -> None:
        if heard is not None and heard[0].is_wanted:
            told = heard[1]
            on_progress(told.stage, told.name, told.rows, told.of)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """End the helpers, whatever they do. Shutting down twice is fine."""
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        with self._lock:
            self._is_closing = True
            started = [*self._started]
        for helper in started:
            helper.kill()
        self._threads.shutdown(wait=wait)
        for helper in started if wait else ():
            helper.close()

    def _do(self, order: _Order, function: Callable[..., Any], words: tuple[Any, ...], named: dict[str, Any]) -> Any:
        ends: list[str] = []
        while len(ends) < 2:
            helper = self._take_helper()
            try:
                self._ask(helper, function, words, named)
                return self._receive(helper, order)
            except HelperEnded as error:
                self._drop(helper)
                ends.append(str(error))
                self.ends.put(str(error))
        raise KilledTwice("; ".join(dict.fromkeys(ends)))

    def _take_helper(self) -> Helper:
        helper: Helper | None = getattr(self._helpers, "own", None)
        if self._is_closing:
            raise NotDone("the crew was shut down")
        if helper is None:
            try:
                helper = Helper()
            except OSError as error:  # there is no room for another process
                raise NotDone(f"no helper could be started: {error}") from error
            self._helpers.own = helper
        with self._lock:
            self._started.add(helper)
            if self._is_closing:
                helper.kill()
        return helper

    def _drop(self, helper: Helper) -> None:
        helper.close()
        self._helpers.own = None
        with self._lock:
            self._started.discard(helper)

    def _ask(self, helper: Helper, function: Callable[..., Any], words: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Have a helper begin. One that ends before it has begun was not ended by the function."""
        _arrivals.parcel = None
        try:
            helper.ask(_do_apart, function, words, named, helper.facts.fileno())
        except Exception as error:  # an argument can be of any type
            raise NotDone(f"cannot be sent: {type(error).__name__}: {error}") from error
        try:
            helper.receive(within=SILENCE)
        except HelperEnded as error:
            self._drop(helper)
            raise NotDone(f"a helper {error}") from error

    def _receive(self, helper: Helper, order: _Order) -> Any:
        answer = helper.receive(within=self._silence)
        while not isinstance(answer, (_Result, _Fault)):
            if isinstance(answer, _Told):
                self._heard.put((order, answer))
            answer = helper.receive(within=self._silence)
        if isinstance(answer, _Fault):
            raise NotDone(answer.error)
        if _arrivals.parcel is not None:
            helper.facts.seek(0)
            shutil.copyfileobj(helper.facts, _arrivals.parcel.file, _COPIED)
        return answer.value


def _do_apart(
    function: Callable[..., Any], words: tuple[Any, ...], named: dict[str, Any], scratch: int
) -> Iterator[Any]:
    """Do a function in the helper."""
    yield _Begun()
    with os.fdopen(os.dup(scratch), "r+b") as file:
        file.seek(0)
        file.truncate()
        _own.scratch = file
        try:
            with progress.listening(_send_progress):
                answer: Any = _Result(function(*words, **named))
        except Exception as error:  # the other process does it itself then, and tells what it finds
            answer = _Fault(f"{type(error).__name__}: {error}")
        yield answer
        _own.scratch = None


def _send_progress(stage: Stage, name: str, rows: int, of: int | None) -> None:
    helping.send(_Told(stage, name, rows, of))
