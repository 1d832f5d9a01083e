"""Prints the text of commands. A stream that takes nothing more changes neither what a run did nor its exit code.

All text goes out through here, and none of it with a character that a terminal would obey.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn

import click

from wdh.command.speaking import Speaking, speaking_as_asked
from wdh.process import outlet
from wdh.report.blocks import Result
from wdh.report.reporters import REPORTERS
from wdh.report.widths import wrap
from wdh.words.language import later, say
from wdh.words.printable import show_controls, show_lines
from wdh.words.redaction import redact

_STREAMS = 3
"""Standard input, output and error have the first numbers."""

_LOST = later("The output could not be printed")
_HANGING = "  "
_EXCERPT = re.compile(r" *[0-9]* \| ")


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
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _show_exception
    try:
        yield
    finally:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            try:
                stream.flush()
            except OSError:
                _abandon(stream)


class Printed(Speaking):
    """A command whose complaints about its own words are printed as all else is: a word may be a name of others."""

    def main(self, *arguments: Any, standalone_mode: bool = True, **settings: Any) -> Any:
        """Run the command, and end the process unless a program calls it."""
        words = settings["args"] if settings.get("args") is not None else next(iter(arguments), None)
        with speaking_as_asked(words, os.environ):
            run = partial(super().main, *arguments, standalone_mode=False, **settings)
            return self._end(run) if standalone_mode else run()

    @staticmethod
    def _end(run: Callable[[], object]) -> NoReturn:
        try:
            with outlet.ending():
                code: object = run()
        except click.ClickException as error:
            said = io.StringIO()
            error.show(said)
            tell(said.getvalue())
            sys.exit(error.exit_code)
        except click.Abort:
            tell(say("Aborted!"))
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


class Reporting(Printed):
    """A command whose standard output is for what this module prints: what a package prints goes to stderr."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with printing(), outlet.kept(tell):
            return super().invoke(ctx)


def print_result(result: Result, form: str, *, lost: str = _LOST) -> None:
    """Print a result in one of the forms of REPORTERS: to a terminal at its width, into a file in long lines.

    Otherwise as print_lines().
    """
    stream = outlet.own_stream()
    is_terminal = stream is not None and stream.isatty()
    lines = REPORTERS[form](result, _terminal_width(stream) if is_terminal else None)
    _print(lines if _has_styles() else map(click.unstyle, lines), lost=lost)


def _terminal_width(stream: Any) -> int:
    """Give the width of the terminal behind a stream; standard output itself is somebody else's meanwhile."""
    if os.environ.get("COLUMNS", "").isdecimal():
        return shutil.get_terminal_size().columns
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def print_lines(lines: Iterable[str], *, lost: str = _LOST) -> None:
    """Print to stdout. What its encoding cannot show is escaped, and what a terminal would obey.

    Where not all can be printed, that is no failure; stderr gets ``lost`` and the reason. A reader that has gone has
    seen enough, and gets no such word.
    """
    _print(map(show_controls, lines), lost=lost)


def stdout_encoding() -> str:
    """Name the encoding of stdout."""
    return getattr(outlet.own_stream(), "encoding", None) or "utf-8"


def _print(lines: Iterable[str], *, lost: str) -> None:
    stream, printed = outlet.own_stream(), list(lines)
    if not printed:
        return
    if stream is None:
        tell(say("{lost}: standard output is closed.", lost=say(lost)))
        return
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    try:
        for line in printed:
            click.echo(line.rstrip(" "), file=stream)
        stream.flush()
    except BrokenPipeError:
        _abandon(stream)
    except OSError as error:
        _abandon(stream)
        tell(": ".join((say(lost), f"{error.strerror or error}.")))


def tell(text: str, *, title: str | None = None) -> None:
    """Print to stderr, below ``title`` in red. Where that takes nothing, there is nobody to tell."""
    said = show_lines(text).rstrip() if title is None else f"{title}: {show_lines(text).rstrip()}"
    if sys.stderr is not None and sys.stderr.isatty():
        said = "\n".join(_fit(said.split("\n"), _terminal_width(sys.stderr)))
    if title is not None and _has_styles():
        said = click.style(title, fg="red", bold=True) + said.removeprefix(title)
    try:
        click.echo(said, err=True)
    except OSError:
        _abandon(sys.stderr)


def _fit(lines: Iterable[str], width: int) -> Iterator[str]:
    """Wrap lines for a terminal, but for those of an excerpt, which have their numbers at the left."""
    for line in lines:
        parts = [line] if _EXCERPT.match(line) else wrap(line, width, hanging=len(_HANGING))
        yield from (part if place == 0 else f"{_HANGING}{part}" for place, part in enumerate(parts))


def _has_styles() -> bool:
    """Say whether text may be bold or coloured (no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show_traceback(error: BaseException) -> None:
    """Print the traceback of an error to stderr."""
    tell(redact("".join(traceback.format_exception(error))))


def _show_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print what Python itself would print as the process ends on an error."""
    del kind
    show_traceback(error.with_traceback(trace))


def _abandon(stream: IO[str]) -> None:
    """Send what is left in a stream, and all that follows, to nowhere."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
