"""What the other process can be given to do: a place that it can import from, too."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class _Rude:
    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def __reduce__(self) -> Any:
        return _fail, (self._error,)


def _fail(error: type[Exception]) -> None:
    raise error("rude")


def answer_rudely(error: type[Exception]) -> Iterator[object]:
    """Give an answer that fails so as it is put together again."""
    yield _Rude(error)


def count(most: int, seconds: float = 0.0) -> Iterator[int]:
    """Count up to ``most``, with so much time before each number."""
    for number in range(most):
        time.sleep(seconds)
        yield number


def leave(code: int) -> Iterator[str]:
    """Give one answer, and end."""
    yield "first"
    os._exit(code)


def write(descriptor: int, text: bytes) -> Iterator[int]:
    """Write to a file that both have open."""
    yield os.write(descriptor, text)


def name_modules(*names: str) -> Iterator[list[str | None]]:
    """Say where these modules come from."""
    import importlib

    yield [importlib.import_module(name).__file__ for name in names]


def fail() -> Iterator[str]:
    """Fail before the first answer."""
    raise ValueError("of its own")
    yield ""


def describe_itself() -> Iterator[tuple[int, dict[int, str]]]:
    """Print something, and give the session of the process and its open files by their numbers."""
    sys.stdout.write("to nowhere")
    sys.stdout.flush()
    files = {}
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # it was that of the listing itself
            files[int(entry.name)] = str(entry.readlink())
    yield os.getsid(0), files
