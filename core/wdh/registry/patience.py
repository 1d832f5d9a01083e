"""How long a plugin may take: whoever sleeps, or turns in circles, must not hold a run up for ever."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

DEFAULT_PATIENCE: Final = 60.0
"""Seconds for one import or one call of a hook. A batch has some 2,000 rows, which take well below a second."""


class TookTooLong(BaseException):
    """Raised inside a plugin that has used its time up; no ``except Exception`` of the plugin's can swallow it."""


@contextmanager
def lose_patience(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the code inside after ``seconds``; 0: never.

    Whoever holds the interpreter's lock in a library of C for longer cannot be stopped so. Outside the main thread,
    where the system has no interval timer, or where somebody else uses it already, nobody watches.
    """
    if not seconds or not _can_watch():
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _can_watch() -> bool:
    has_timer = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    return has_timer and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def _stop(number: int, frame: object) -> None:
    del number, frame
    raise TookTooLong
