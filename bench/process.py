"""Whole processes, measured one at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOPWATCH = Path(__file__).with_name("stopwatch.py")
_MINUTES = 20
_SHOWN = 2000
_NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPROFILEIMPORTTIME", "PYTHONDEVMODE")


class Failed(Exception):
    """A command that did not end well. The text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: seconds of wall clock and CPU, and the peak resident memory of its largest part in MB."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end and measure it. Raises Failed."""
    watched = subprocess.Popen(
        [sys.executable, "-I", "-S", str(STOPWATCH), *command],
        env=children_environment() | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        found, said = watched.communicate(timeout=60 * _MINUTES)
    except BaseException as error:
        os.killpg(watched.pid, signal.SIGKILL)  # the stopwatch alone would leave its command running
        watched.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise Failed(f"not done after {_MINUTES} minutes") from error
        raise
    if watched.returncode:
        raise Failed(said.strip()[-_SHOWN:])
    run = json.loads(found)
    if run.pop("exit"):
        raise Failed(said.strip()[-_SHOWN:])
    return Run(**run)


def children_environment() -> dict[str, str]:
    """Give the environment of measured processes: byte code is kept, as it is wherever a program is installed."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {name: value for name, value in inherited.items() if not name.startswith(("WDH_", "PG"))}
