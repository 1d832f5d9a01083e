"""Ctrl-C, heard while libpq waits: Python's own handler runs only once libpq has returned.

The command line listens for the time of a run. A program that uses wdh decides itself what a signal means: where
nobody listens, all of this does nothing.
"""

from __future__ import annotations

import _thread
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from wdh.process.cancelling import Line
from wdh.sql.driver import Connection

_CANCEL_SECONDS: Final = 0.8
"""How long a server has to answer a cancelled query before its socket is shut down."""

_HURRY_SECONDS: Final = 0.5
_UNWINDING_SECONDS: Final = 2.0
"""How long another Ctrl-C does not break into what the first one has begun to put in order."""

_TICK: Final = 0.1
_CODECS: Final = "encodings."


@contextmanager
def listen() -> Iterator[None]:
    """Act on Ctrl-C during the block, also while libpq waits.

    At the first one every query under way is cancelled; where that does not help in time, and at the next one, the
    sockets are shut down, upon which libpq returns. The main thread gets its KeyboardInterrupt as ever. Where
    somebody else handles or ignores the signal, and outside the main thread, nobody listens.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if _here.listener is not None or not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    _here.listener = _Listener()
    try:
        with _here.listener.listening():
            yield
    finally:
        _here.listener = None


def came() -> bool:
    """Say whether Ctrl-C was pressed since listen() began."""
    return _here.listener is not None and _here.listener.came


def check() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed since listen() began."""
    if came():
        raise KeyboardInterrupt


def hold() -> None:
    """Raise no KeyboardInterrupt from here to release(), but by check().

    One that came before is raised here.
    """
    if _here.listener is not None:
        _here.listener.is_held = True
        if _here.listener.came:
            _here.listener.is_held = False
            raise KeyboardInterrupt


def release() -> None:
    """Raise KeyboardInterrupt again where Ctrl-C is pressed from now on."""
    if _here.listener is not None:
        _here.listener.is_held = False


def hush() -> None:
    """Raise no KeyboardInterrupt any more: the result of the run is being told, and then the process ends."""
    if _here.listener is not None:
        _here.listener.is_held = True


@contextmanager
def held() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block; then raise KeyboardInterrupt, whatever else the block raised."""
    listener = _here.listener
    if listener is None or listener.is_held:
        yield
        return
    came_before, listener.is_held = listener.came, True
    try:
        yield
    finally:
        listener.is_held = False
        if listener.came and not came_before:
            listener.interrupt()


def hurried(seconds: float) -> float:
    """Give the time limit of something that is waited for: ``seconds``, or little once Ctrl-C was pressed."""
    return min(seconds, _HURRY_SECONDS) if came() else seconds


def connect(parameters: Mapping[str, Any]) -> Connection:
    """Connect as psycopg2 does; Ctrl-C ends this wait, and later any wait for an answer."""
    import psycopg2

    if _here.listener is None:
        connection: Connection = psycopg2.connect(**parameters)
        return connection
    return _here.listener.connect(parameters)


class _Listener:
    """Learns of signals by the file descriptor that Python's C code writes them to, in a thread of its own."""

    def __init__(self) -> None:
        self.came = self.is_held = False
        self._interrupted_at = -_UNWINDING_SECONDS
        self._is_dropped = False
        self._lines: tuple[Line, ...] = ()
        self._ear, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for the time of the block."""
        thread = threading.Thread(target=self._listen, daemon=True)
        report = sys.unraisablehook

        def unraisable(dropped: Any) -> None:
            if isinstance(dropped.exc_value, KeyboardInterrupt):
                self._is_dropped = True  # Python dropped it at the end of a __del__: it is raised once more
            else:
                report(dropped)

        former = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        sys.unraisablehook = unraisable
        thread.start()
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            sys.unraisablehook = report
            signal.set_wakeup_fd(former)
            self._mouth.close()
            thread.join()
            # Only now: the thread may have just raised once more what Python dropped, which nobody asks for any more.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._ear.close()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt, and for a while no other, unless Python drops this one."""
        self._is_dropped, self._interrupted_at = False, time.monotonic()
        raise KeyboardInterrupt

    def connect(self, parameters: Mapping[str, Any]) -> Connection:
        """Connect in another thread, which is left to itself when Ctrl-C is pressed."""
        answer: Future[Connection] = Future()
        threading.Thread(target=_connect, args=(parameters, answer), daemon=True).start()
        try:
            while not wait([answer], _TICK).done:
                check()
        except KeyboardInterrupt:
            answer.cancel()
            raise
        connection = answer.result()
        self._lines = (*(line for line in self._lines if not line.is_closed), Line(connection))
        return connection

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number
        self.came = True
        is_unwinding = time.monotonic() - self._interrupted_at <= _UNWINDING_SECONDS
        if self.is_held or (is_unwinding and not self._is_dropped):
            return
        if frame is not None and str(frame.f_globals.get("__name__")).startswith(_CODECS):
            self._is_dropped = True  # psycopg2 would print it while it reads what the server says
            return
        self.interrupt()

    def _listen(self) -> None:
        if self._wait(None) is None:
            return
        self.came = True
        for line in self._lines:
            line.cancel()
        shut_from = time.monotonic() + _CANCEL_SECONDS
        stuck: set[Line] = set()
        is_own = False
        while (pressed := self._wait(_TICK)) is not None:
            if pressed and not is_own:
                shut_from = time.monotonic()
            is_own = self._is_dropped
            if self._is_dropped:
                interrupt_main()
            busy = {line for line in self._lines if line.is_busy}
            if time.monotonic() >= shut_from:
                for line in busy & stuck:
                    line.shut()
            stuck = busy

    def _wait(self, seconds: float | None) -> bool | None:
        """Wait for Ctrl-C; False: it was not pressed for so long; None: listen() has ended."""
        self._ear.settimeout(seconds)
        while True:
            try:
                heard = self._ear.recv(1)
            except TimeoutError:
                return False
            if not heard:
                return None
            if heard[0] == signal.SIGINT:
                return True


def interrupt_main() -> None:
    """Send the main thread a real signal, which ends a sleep and select(). Windows has none: it waits for their end."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class _Here:
    """The listener of this process."""

    listener: _Listener | None = None


_here: Final = _Here()


def _connect(parameters: Mapping[str, Any], answer: Future[Connection]) -> None:
    import psycopg2

    try:
        connection = psycopg2.connect(**parameters)
    except BaseException as error:
        if answer.set_running_or_notify_cancel():
            answer.set_exception(error)
        return
    if answer.set_running_or_notify_cancel():
        answer.set_result(connection)
    else:
        connection.close()
