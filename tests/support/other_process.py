"""What the other process can be given to do: a place that it can import from, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from wdh.workbook.blocks import Block


class Failing:
    """A reader that fails as it is told."""

    faults = (KeyError,)

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def blocks(self, size: int) -> Iterator[Any]:
        """Fail before the first block."""
        raise self._error(f"after {size}")
        yield


class Leaving:
    """A reader whose process ends after the first block."""

    faults = (KeyError,)

    def blocks(self, _size: int) -> Iterator[Block]:
        """Give one row, and end."""
        yield Block([1], [["甲"]])
        os._exit(3)


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
