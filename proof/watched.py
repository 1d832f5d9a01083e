"""Work done piece by piece in processes that may die or hang over one: the loss is that piece's alone."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended that was not done with its piece."""

    how: str


@dataclass(slots=True)
class _Worker:
    process: Any
    line: Connection
    piece: Any
    until: float


def watch(
    work: Callable[[Piece], Result], pieces: Iterator[Piece], *, seconds: float
) -> Iterator[tuple[Piece, Result | Ended]]:
    """Give each piece with what came of it, as it is done, by as many processes as there are cores.

    A piece that takes over ``seconds``, or ends its process, gives Ended, and another process takes its place.
    """
    workers: list[_Worker] = []
    try:
        for piece in pieces:
            if len(workers) < (os.cpu_count() or 1):
                workers.append(_start(work, piece, seconds))
                continue
            worker, result = _wait(workers)
            yield worker.piece, result
            _send(work, workers, worker, piece=piece, seconds=seconds)
        while workers:
            worker, result = _wait(workers)
            yield worker.piece, result
            _end(worker)
            workers.remove(worker)
    finally:
        for worker in workers:
            _end(worker)


def _start(work: Callable[[Piece], Result], piece: Piece, seconds: float) -> _Worker:
    here, there = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(work, there), daemon=True)
    process.start()
    there.close()
    here.send(piece)
    return _Worker(process, here, piece, time.monotonic() + seconds)


def _serve(work: Callable[[Any], Any], line: Connection) -> None:
    while True:
        line.send(work(line.recv()))


def _wait(workers: list[_Worker]) -> tuple[_Worker, Any]:
    """Wait for the first worker that is done, or dead, or too late."""
    soonest = min(workers, key=lambda worker: worker.until)
    ready = wait([worker.line for worker in workers], max(soonest.until - time.monotonic(), 0))
    if not ready:
        soonest.process.kill()
        soonest.process.join()
        return soonest, Ended("took too long")
    worker = next(worker for worker in workers if worker.line is ready[0])
    try:
        return worker, worker.line.recv()
    except (EOFError, OSError):
        worker.process.join()
        return worker, Ended(f"ended its process ({worker.process.exitcode})")


def _send(
    work: Callable[[Piece], Result], workers: list[_Worker], worker: _Worker, *, piece: Piece, seconds: float
) -> None:
    """Give the next piece to a worker, or to a new one where it has ended."""
    if worker.process.exitcode is None:
        try:
            worker.line.send(piece)
        except OSError:
            pass
        else:
            worker.piece, worker.until = piece, time.monotonic() + seconds
            return
    _end(worker)
    workers[workers.index(worker)] = _start(work, piece, seconds)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.line.close()
