"""The progress of a run, told by those who do the work to whom it may concern: nobody, unless the command line asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Stage = Literal["reading", "read", "asking", "writing"]
OnProgress = Callable[[Stage, str, int, "int | None"], None]
"""Called with the stage, the file or table, how many more of its rows are done, and how many it has in all.

The last is None where that is not known. A call with 0 rows begins something; ``read`` says that a file has no more.
"""

_listener: ContextVar[OnProgress | None] = ContextVar("progress", default=None)


@contextmanager
def listening(on_progress: OnProgress) -> Iterator[None]:
    """Tell ``on_progress`` of all that is done in the block."""
    token = _listener.set(on_progress)
    try:
        yield
    finally:
        _listener.reset(token)


def is_heard() -> bool:
    """Say whether anybody listens."""
    return _listener.get() is not None


def tell(stage: Stage, name: str, rows: int = 0, *, of: int | None = None) -> None:
    """Tell of ``rows`` more that are done."""
    listener = _listener.get()
    if listener is not None:
        listener(stage, name, rows, of)
