"""The command ``wdh-run``, for a program that starts it and may die: the run ends with that program.

Its standard input is a pipe that nothing is written to. When the other end is closed, on purpose or because the program
was killed, the run is ended as by Ctrl-C: what it began in the warehouse is rolled back.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

from wdh.process.interrupts import interrupt_main

_STDIN: Final = 0


def main() -> None:
    """Run ``wdh-run`` with the words of this command line. Ends the process."""
    # A program that runs in the background may have it ignored, and hands that down.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_follow, daemon=True).start()
    from wdh.command.run import main as run

    run(prog_name="wdh-run")


def _follow() -> None:
    # Not by sys.stdin, whose lock the interpreter would wait for as it ends.
    while os.read(_STDIN, 1):
        pass
    interrupt_main()
