"""What a command prints. A stream that takes nothing more changes neither what a run did nor its exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import click

_NO_WIDTH = 10_000
_STREAMS = 3
"""Standard input, output and error have the first numbers."""

_LOST = "The output could not be printed"


@contextmanager
def printing() -> Iterator[None]:
    """Print for the time of the block, whatever the standard streams are connected to.

    One that is closed (``>&-``) is opened on nothing: else the next file that is opened, or the line to the
    warehouse, would get its number and what is written to it. At the end nothing is left over that Python could not
    write when it ends.
    """
    while (opened := os.open(os.devnull, os.O_RDWR)) < _STREAMS:
        pass
    os.close(opened)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    try:
        yield
    finally:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            try:
                stream.flush()
            except OSError:
                _abandon(stream)


def print_text(*parts: Any, lost: str = _LOST) -> None:
    """Print to a terminal at its width; into a file at any width, so that no line is broken. As print_lines()."""
    from rich.console import Console

    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console(
        file=io.StringIO(), highlight=False, width=None if is_terminal else _NO_WIDTH, force_terminal=is_terminal
    )
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    print_lines(captured.get().splitlines(), lost=lost)


def print_lines(lines: Iterable[str], *, lost: str = _LOST) -> None:
    """Print to stdout. What its encoding cannot show is escaped.

    Where not all can be printed, that is no failure; stderr gets ``lost`` and the reason. A reader that has gone has
    seen enough, and gets no such word.
    """
    if sys.stdout is None:
        tell(f"{lost}: standard output is closed.")
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            click.echo(line.rstrip())
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon(sys.stdout)
    except OSError as error:
        _abandon(sys.stdout)
        tell(f"{lost}: {error.strerror or error}.")


def tell(text: str) -> None:
    """Print a line to stderr. Where that takes nothing, there is nobody to tell."""
    try:
        click.echo(text, err=True)
    except OSError:
        _abandon(sys.stderr)


def _abandon(stream: IO[str]) -> None:
    """Send what is left in a stream, and all that follows, to nowhere."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
