"""A run does without all that Windows lacks, as far as that can be tried elsewhere; what needs it refuses by name.

A process is made to look like one on Windows: functions and constants of POSIX are taken away, and ``sys.platform`` is
``win32``, once all is imported that is not wdh's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows

pytestmark = [pytest.mark.once, pytest.mark.skipif(os.name != "posix", reason="takes away what only POSIX has")]

POSIX = {
    "os": (
        *(
            "chown",
            "fchmod",
            "fork",
            "geteuid",
            "getgid",
            "getuid",
            "killpg",
            "major",
            "memfd_create",
            "minor",
            "mkfifo",
        ),
        *("posix_spawn", "pread", "sched_getaffinity", "setsid", "uname"),
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK"),
    ),
    "signal": (
        *("ITIMER_REAL", "SIGALRM", "SIGHUP", "SIGKILL", "SIG_BLOCK", "SIG_SETMASK"),
        *("alarm", "getitimer", "pthread_kill", "pthread_sigmask", "setitimer"),
    ),
}
MODULES = ("fcntl", "grp", "pwd", "resource", "termios")
AS_ON_WINDOWS = f"""
import getpass, multiprocessing, os, signal, socket, subprocess, sys, tempfile, threading, zipfile, inspect, asyncio
import click, jsonschema, msgspec, openpyxl, openpyxl.worksheet._reader, orjson, packaging.requirements, pluggy
import psycopg2.extras, regex, rich.console, rich.table, ruamel.yaml, structlog, structlog.dev

for module, names in {POSIX!r}.items():
    for name in names:
        vars(sys.modules[module]).pop(name, None)
for name in {MODULES!r}:
    sys.modules[name] = None
os.getlogin = lambda: "Zhang"
sys.platform = "win32"
assert not any(name == "wdh" or name.startswith("wdh.") for name in sys.modules)
from wdh.command.main import main
main()
"""
SOURCES = """\
domains:
  shops:
    pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月'
    table: shops
    pk: [店]
    columns: {店: {kind: text, required: true}, 数: integer}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rows(tmp_path / "2024年12月.xlsx", [["店", "数"], ["甲", 1], ["乙", "很多"]], sheet="店")
    (tmp_path / "data_sources.yml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str, code: int = 0, **environment: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG"))}
    ended = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS, *arguments],
        cwd=folder,
        env={**own, "PYTHONUTF8": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_a_delivery_is_checked_planned_and_loaded(folder: Path, database: Any) -> None:
    assert run(folder, "check").endswith("no faults\n")
    database.execute('CREATE TABLE shops ("店" text, "数" bigint)')
    job = ("run", "--domain", "shops", "--execute", "--max-rejects", "1", "--report-dir", ".")
    assert "Committed in one transaction" in run(folder, *job, WDH_DATABASE__URI=database.dsn)
    assert database.rows('SELECT "店", "数" FROM shops') == [("甲", 1)]
    assert {"report.json", "rejects.xlsx"} <= {path.name for path in folder.iterdir()}
    assert "Zhang" in str(database.rows("SELECT os_user FROM wdh_runs"))


def test_the_embedded_server_and_a_file_as_a_key_are_refused_by_name(folder: Path) -> None:
    job = ("run", "--domain", "shops", "--max-rejects", "1")
    said = run(folder, *job, "--execute", code=2, WDH_EMBEDDED_DIR=str(folder / "embedded"))
    assert "the embedded PostgreSQL does not run on Windows; name a server with --dsn" in said
    key = folder / "key"
    key.write_bytes(b"0" * 64)
    said = run(folder, "plan", "show", "plan.json", "--sign-key", str(key), code=2)
    assert "--sign-key takes no file on Windows" in said


def test_nothing_of_posix_is_used_outside_of_what_says_so() -> None:
    """A new use of these names fails here or in mypy --platform win32 (tox -e types), until it is decided."""
    core = Path(__file__).parents[2] / "core" / "wdh"
    names = re.compile(r"\b(?:os|signal)\.(?:{})\b".format("|".join(name for part in POSIX.values() for name in part)))
    found = {
        path.relative_to(core).as_posix()
        for path in core.rglob("*.py")
        if names.search(path.read_text(encoding="utf-8")) and path.parent.name != "embedded"
    }
    assert found == {
        "approval/signing.py",
        "command/demo.py",
        "discovery/depot/spool.py",
        "process/forked.py",
        "process/helper.py",
        "process/interrupts.py",
        "process/observation.py",
        "process/outlet.py",
        "process/replacing.py",
        "registry/conduct.py",
        "registry/time_limits.py",
        "report/files.py",
        "run/record.py",
    }
