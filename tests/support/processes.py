"""Processes of a server, which a test may let stand still where it runs on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Have a process stand still."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except PermissionError:
        pytest.skip("the server's processes belong to another account")
    except ProcessLookupError:
        pytest.skip("the server runs on another machine")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def parent_of(pid: int) -> int:
    """Give the number of the process that started this one."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        pytest.skip("the server runs on another machine")
    return int(status.read_bytes().rpartition(b")")[2].split()[1])
