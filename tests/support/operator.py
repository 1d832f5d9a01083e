"""An operator at a terminal: starts the command in a process of its own, and presses Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
from wdh.command.{module} import main
main()
"""
INTERRUPTED = (
    "Interrupted: everything was rolled back. Nothing of it is in the warehouse; the same command can be run again."
)
"""What stderr says of a run that was stopped."""

IN_VAIN = 40
"""Seconds after which a process is taken for one that hears nothing; what a test lets it wait for takes longer."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


class Operator:
    """One command that was started."""

    def __init__(
        self, arguments: Sequence[str], *, module: str = "run", environment: Mapping[str, str] | None = None
    ) -> None:
        # Without the measuring of coverage: it is Python that runs at every line, and prints an interrupt met there.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "WDH_", "COVERAGE_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(module=module), *arguments],
            env={**own, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def press_ctrl_c(self) -> None:
        """Send SIGINT to every process of the terminal, as a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> Ended:
        """Wait for the end; a process that goes on for too long is killed, and the test fails."""
        try:
            out, err = self.process.communicate(timeout=IN_VAIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"it went on and on: {out}{err}") from None
        return Ended(self.process.returncode, out, err)

    def is_over(self) -> bool:
        """Say whether the process has ended."""
        return self.process.poll() is not None
