"""Runs ``wdh-run`` in a process of its own, for a program that decides when something runs.

In a process of its own a run is what it is on the command line: a signal is heard while the database is waited for,
standard output belongs to the report, a package that fails or prints reaches nobody else, and the exit code says what
to do next. The process ends with the program that started it: see :mod:`wdh.integrations.attached`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final, cast

from msgspec import Struct

from wdh.errors import OutcomeUnknown, SetupError
from wdh.words.language import say

INTERRUPTED: Final = 130
RETRIED: Final = (4, 5)
"""Exit codes after which the same run may go well: the database refused or was lost. Others ask for a person."""

_GRACE: Final = 60.0
"""Seconds that an interrupted run has to be rolled back, before its process is killed and the server does it."""

_START: Final = "import sys; sys.path[:] = {path!r}; from wdh.integrations.attached import main; main()"
_OWN_FLAGS: Final = (
    *("--approved", "--commit", "--config", "--data-dir", "--detailed-exitcode", "--domain", "--domains", "--execute"),
    *("--file", "--keep-going", "--log-format", "--max-files", "--output", "--period", "--plan-only", "--plan-out"),
    *("--progress", "--quiet", "--raise-on-error", "--rejects-exitcode", "--report-dir", "--skip-facts"),
    *("--skip-unchanged", "--sql", "--no-sql", "--verbose"),
)
"""Flags that say which run it is and how it is told of: this module and its callers give them, and nobody else."""

_FORM: Final = ("--output", "json", "--log-format", "json", "--progress", "log")
_LEVEL: Final = "WDH_LOG_LEVEL"
_NOT_TOLD: Final = frozenset({"file_passed_over"})
"""Events of which there may be one for each file of a large folder; the report counts them."""

_NOT_FIELDS: Final = frozenset({"event", "level", "logger", "timestamp"})


class Line(Struct, frozen=True):
    """A line of a run's log: ``level`` is that of the module logging."""

    level: int
    text: str


class Ended(Struct, frozen=True):
    """A run that is over. ``report`` is its report for programs, also of a run that failed; None: it wrote none."""

    code: int
    report: Mapping[str, Any] | None


OnLine = Callable[[Line], None]
"""A caller's function that is told each line of the log as it comes."""


def check_flags(flags: Sequence[str]) -> tuple[str, ...]:
    """Take flags of ``wdh-run`` that hold for each run. Raises SetupError for one that is not the caller's to give."""
    for flag in flags:
        name = flag.partition("=")[0]
        if name == "--dsn":
            raise SetupError(
                say("--dsn would show the password in lists of processes; name the warehouse by WDH_DATABASE__URI")
            )
        if name in _OWN_FLAGS:
            raise SetupError(say("{flag} is given by the integration itself; leave it out of the flags", flag=name))
    return tuple(flags)


def run_job(words: Sequence[str], *, environment: Mapping[str, str], on_line: OnLine) -> Ended:
    """Run ``wdh-run`` with these words, and wait for its end.

    Variables of ``environment`` that stand for flags of :data:`_OWN_FLAGS` are not obeyed. If waiting ends with an
    exception, the run is ended as by Ctrl-C before that is raised on: at its return nothing goes on.
    """
    with tempfile.TemporaryFile() as report, _started(words, environment, report) as process:
        lines = _listen(process)
        try:
            for line in iter(lines.get, None):
                on_line(line)
            code = process.wait()
        except BaseException:
            code = _end(process)
            on_line(Line(logging.WARNING, _say_end(code)))
            raise
        report.seek(0)
        return Ended(INTERRUPTED if code < 0 else code, _read_report(report.read()))


@contextmanager
def _started(
    words: Sequence[str], environment: Mapping[str, str], report: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _START.format(path=sys.path), *words, *_FORM]
    own = {f"WDH_{flag[2:].replace('-', '_').upper()}" for flag in _OWN_FLAGS}
    variables = {name: value for name, value in environment.items() if name not in own}
    process = subprocess.Popen(  # noqa: S603 - the words are the caller's
        command,
        stdin=subprocess.PIPE,
        stdout=report,
        stderr=subprocess.PIPE,
        env={_LEVEL: "INFO", **variables, "PYTHONUTF8": "1"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _listen(process: subprocess.Popen[bytes]) -> queue.SimpleQueue[Line | None]:
    """Read the log in a thread, so that the process never waits for a reader; None comes last."""
    lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()
    stream = cast("IO[bytes]", process.stderr)

    def read() -> None:
        for text in stream:
            line = read_line(text.decode("utf-8", "backslashreplace").rstrip())
            if line is not None:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def read_line(text: str) -> Line | None:
    """Read a line of the log; None: nobody needs it. What is no event is text for people."""
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "event" not in event:
        return Line(logging.INFO, text) if text else None
    if event["event"] in _NOT_TOLD:
        return None
    level = logging.getLevelName(str(event.get("level", "info")).upper())
    fields = " ".join(f"{name}={value}" for name, value in event.items() if name not in _NOT_FIELDS)
    return Line(level if isinstance(level, int) else logging.INFO, f"{event['event']} {fields}".rstrip())


def _end(process: subprocess.Popen[bytes]) -> int:
    """Let the run know that nobody waits any more, and give it time to be rolled back; give its exit code.

    Of one that is killed for not ending in time nobody knows whether the server obeys its COMMIT yet.
    """
    cast("IO[bytes]", process.stdin).close()
    try:
        return process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return OutcomeUnknown.exit_code


def _say_end(code: int) -> str:
    if code == 0:
        return say("The run was over before it could be interrupted: what it wrote stays, and `wdh history` lists it.")
    if code == OutcomeUnknown.exit_code:
        return say("The run was cut off while it was committed: `wdh history` says whether it is there.")
    return say("The run was interrupted: everything was rolled back.")


def _read_report(text: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
