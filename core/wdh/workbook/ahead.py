"""The fast reader in a process of its own, which reads the next rows while those before them are cleaned.

The library holds the interpreter while it reads, so that a thread would gain nothing. The process first looks over the
lower part of the sheet, while the upper part is looked over here. It is told what to read after that, and so never
reads what was not judged.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import pickle
import signal
import subprocess
import sys
import traceback
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wdh.errors import SetupError
from wdh.settings import Limits
from wdh.workbook.blocks import Block
from wdh.workbook.fast_rows import FastRows
from wdh.workbook.package import Contents, SheetPart
from wdh.workbook.survey import LowerPart, survey_lower_part

WORTH_IT_FROM: Final = 32 << 20
"""Bytes of a sheet from which on reading ahead gains more than it takes to start a process (0.15 s)."""

_CODABLE: Final = frozenset((str, int, type(None), datetime.datetime, datetime.time, datetime.timedelta))
"""Of these no two are equal and not the same: neither 1 and True, nor 0.0 and -0.0."""
_START: Final = "import sys; sys.path[:] = {path!r}; from wdh.workbook.ahead import serve; serve({answers})"
_ADVICE: Final = "Run again; where it happens again, read by --reader openpyxl, which needs no second process."
_GRACE: Final = 5.0
"""Seconds that a process which answers no more has to end by itself, so that its own code can be told."""


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column of few values: the values, and the place of each cell's among them."""

    values: Sequence[Any]
    places: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why there are no more blocks: of a kind that the reader knows, for lack of memory, or unexpected."""

    kind: type[Exception]
    said: str


class ReaderEnded(SetupError):
    """A reader process ended before its last answer, which says nothing about the sheet. Its exit code is a fact."""


class ReaderProcess:
    """A process that waits to be told what to read. Close it, whatever it came to."""

    def __init__(self) -> None:
        # Whatever an installation prints as its interpreter starts goes to standard output: answers have their own way.
        answers, theirs = os.pipe()
        self._answers = os.fdopen(answers, "rb")
        # The modules must be those of this process: the working directory is no place to import from.
        command = [sys.executable, "-c", _START.format(path=sys.path, answers=theirs)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - no word of it is foreign
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=(theirs,)
            )
        except BaseException:
            self._answers.close()
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
        """Tell it what to do next; ``work`` gives its answers. One that has ended is found out by :meth:`receive`."""
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        if self._process.returncode is not None:
            return
        with contextlib.suppress(BrokenPipeError):
            pickle.dump((work, words), self._process.stdin)
            self._process.stdin.flush()

    def survey(
        self, path: Path, contents: Contents, sheet: SheetPart, limits: Limits
    ) -> Callable[[], LowerPart | None]:
        """Have it look over the lower part of a sheet; call what is returned once, to wait for what it saw.

        None: it could not do it, and whoever looks over the upper part must.
        """
        self.ask(_survey, path, contents, sheet, limits)
        return self._receive_lower_part

    def _receive_lower_part(self) -> LowerPart | None:
        try:
            answer = self.receive()
        except (ReaderEnded, MemoryError):
            return None
        return answer if isinstance(answer, LowerPart) else None

    def receive(self) -> Any:
        """Wait for its next answer. Raises ReaderEnded where there is none: it ended, or is ended for that."""
        try:
            return pickle.load(self._answers)  # noqa: S301 - written by our own process
        except MemoryError:  # of this process
            raise
        except Exception as error:  # an answer that is cut off or garbled can raise anything
            code = self._end()
            message = f"the process that reads it {_show_end(code)}. Nothing was written. {_ADVICE}"
            raise ReaderEnded(message, code=code) from error

    def _end(self) -> int | None:
        """Wait for its end, and bring it about where it does not come. None: it did not come by itself."""
        try:
            return self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.close()

    def close(self) -> None:
        """End it. Closing twice is fine."""
        self._process.kill()
        for stream in (self._process.stdin, self._answers):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()


class RowsAhead:
    """Reads one sheet by a fast reader in another process; in this one where that ended before its first answer."""

    name = "fast"

    def __init__(self, process: ReaderProcess, rows: FastRows) -> None:
        self._process, self._rows = process, rows
        self.faults: tuple[type[Exception], ...] = rows.faults

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give all rows from the first, in blocks of at most ``size``. Raises ReaderEnded between two of them."""
        try:
            yield from self._receive(size)
        finally:
            self._process.close()

    def _receive(self, size: int) -> Generator[Block, None, None]:
        self._process.ask(_read, self._rows, size)
        try:
            answer = self._process.receive()
        except ReaderEnded:
            yield from self._rows.blocks(size)
            return
        while answer is not None:
            if isinstance(answer, _Fault):
                raise answer.kind(answer.said)
            yield _unpack(answer)
            answer = self._process.receive()


def serve(descriptor: int) -> None:
    """Do what comes by standard input, and write the answers to this descriptor. Run in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who waits for the rows decides what an interruption means
    try:
        with os.fdopen(descriptor, "wb") as answers:
            while True:
                work, words = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
                for answer in work(*words):
                    pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
                    answers.flush()
    except (EOFError, BrokenPipeError):  # nobody waits any more
        os._exit(0)


def _survey(path: Path, contents: Contents, sheet: SheetPart, limits: Limits) -> Iterator[LowerPart | None]:
    try:
        found = survey_lower_part(path, contents, sheet, limits)
    except Exception:  # the other process looks it over itself then, and tells what it finds
        found = None
    yield found


def _read(rows: FastRows, size: int) -> Iterator[Block | _Fault | None]:
    try:
        for block in rows.blocks(size):
            yield _pack(block)
        yield None
    except rows.faults as error:
        yield _Fault(ValueError, str(error))
    except MemoryError:
        yield _Fault(MemoryError, "")
    except Exception:  # the other process raises it as its own
        yield _Fault(RuntimeError, traceback.format_exc())


def _show_end(code: int | None) -> str:
    if code is None:
        return "gave an answer that cannot be read"
    if code >= 0:
        return f"ended with code {code}"
    name = next((known.name for known in signal.Signals if known == -code), "unknown")
    return f"was ended by signal {-code} ({name}{', probably for lack of memory' if name == 'SIGKILL' else ''})"


def _pack(block: Block) -> Block:
    return Block(block.numbers, [_code(column) for column in block.columns], block.styles)


def _unpack(block: Block) -> Block:
    columns = [_decode(column) if isinstance(column, _Coded) else column for column in block.columns]
    return Block(block.numbers, columns, block.styles)


def _code(column: Sequence[Any]) -> Any:
    """Send each value of a column once where it has few: three cells of four are such, and reading them back costs."""
    if not _CODABLE.issuperset(map(type, column)):
        return column
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    if len(places) > len(column) // 2:
        return column
    return _Coded(list(places), array("I", map(places.__getitem__, column)))


def _decode(column: _Coded) -> Sequence[Any]:
    return list(map(column.values.__getitem__, column.places))
