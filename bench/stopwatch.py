"""Runs one command to its end and prints its seconds, CPU seconds and peak memory as JSON.

A process of its own, because Linux counts the memory of whoever starts a process as that process's peak: this one is
so small that it never is the largest. Usage: ``python -I -S stopwatch.py COMMAND …``; the command's stdout goes to
nowhere, its stderr passes through. The peak is that of the largest process among the command and its children.
"""

from __future__ import annotations

import json
import os
import sys
import time


def run(command: list[str]) -> dict[str, float]:
    """Start the command, wait for it, and say what it took."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    started = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1)])
    _, status, usage = os.wait4(child, 0)
    return {
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1024,
        "exit": os.waitstatus_to_exitcode(status),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1:])))
