"""A time limit for plugins: one that sleeps or loops must not hold a run up for ever."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Any, Final

DEFAULT_TIME_LIMIT: Final = 60.0
"""Seconds for one import or one call of a hook. A batch has some 2,000 rows, which take well below a second."""

_AGAIN: Final = 1.0
"""Seconds until a plugin that goes on is stopped again: Python drops what is raised in a ``__del__``."""


class TookTooLong(BaseException):
    """Raised inside a plugin that has used its time up; no ``except Exception`` of the plugin's can swallow it."""


def limit_time(seconds: float) -> AbstractContextManager[None]:
    """Raise TookTooLong in the code inside after ``seconds``, and each second from then on; 0: never.

    Code that holds the interpreter's lock in a library of C cannot be stopped so. There is no limit outside the main
    thread, on Windows, which has no such timer, or where the timer is in use already.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if sys.platform != "win32" and seconds and is_main and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0):
        return _Watch(seconds)
    return nullcontext()


if sys.platform != "win32":

    class _Watch(AbstractContextManager[None]):
        """Stops the code inside after ``seconds``, and again if it goes on."""

        def __init__(self, seconds: float) -> None:
            self._seconds = seconds
            self._watched: FrameType | None = None
            self._before: Any = None

        def __enter__(self) -> None:
            self._watched = sys._getframe(1)  # of the with statement, which every frame inside has behind it
            self._before = signal.signal(signal.SIGALRM, self._stop)
            signal.setitimer(signal.ITIMER_REAL, self._seconds, _AGAIN)

        def __exit__(self, *raised: object) -> None:
            self._end()

        def _end(self) -> None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
            self._watched = None

        def _stop(self, number: int, frame: FrameType | None) -> None:
            del number
            # An alarm just when the code inside is over keeps __exit__ from its work: the next one makes up for that.
            while frame is not None and frame is not self._watched:
                frame = frame.f_back
            if frame is None:
                self._end()
            else:
                raise TookTooLong
