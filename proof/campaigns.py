"""A command over many months, killed between any two commits and inside each, comes to what one that is not comes to.

Usage: ``python proof/campaigns.py [--months 24] [--rows 20000] [--workers auto] [--cache FOLDER]``. It writes the
workbooks of so many months, loads them once without a fault as the model, and once with four kills in each month: at
the first rows, before the row of the ledger, before COMMIT, and behind it, once when COMMIT was sent and once when it
was answered. Then it compares all tables, and prints what the model took: seconds, CPU and the peak of the driver's
memory. ``--compare`` also loads them with one process, and by a command for each month.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from borrowed import BETWEEN, INSIDE, SENT, kill_at

from wdh.testing.database import Database, Server, run_server
from wdh_annuity_performance import demo
from wdh_annuity_performance.demo.book import make_book
from wdh_annuity_performance.demo.layouts import COMPLETE
from wdh_annuity_performance.demo.lines import performance_lines
from wdh_annuity_performance.demo.workbook import write_workbook

DOMAIN: Final = "annuity_performance"
TABLES: Final = ("规模明细", "年金计划", "组合计划")
_OWN: Final = "'{created_at,updated_at,annuity_performance_id,annuity_plans_id,portfolio_plans_id}'::text[]"
_MEASURED: Final = """
import atexit, json, resource, sys
def tell():
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = [each.ru_utime + each.ru_stime for each in (own, others)]
    found = {"cpu": sum(cpu), "driver_cpu": cpu[0], "peak": own.ru_maxrss / 1024}
    print("MEASURED " + json.dumps(found), file=sys.stderr)
atexit.register(tell)
from wdh.command.run import main
main()
"""


def main() -> None:
    """Do what the usage says. Ends with 1 where the tables differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "wdh-campaigns")
    parser.add_argument("--compare", action="store_true", help="also one process, and a command for each month")
    parser.add_argument("--no-kills", action="store_true", help="only measure")
    options = parser.parse_args()
    folder = take_months(options.cache, months=options.months, rows=options.rows)
    with tempfile.TemporaryDirectory(prefix="wdh-proof-") as place, run_server(None, Path(place) / "server") as server:
        words = command(folder, workers=options.workers)
        with fresh(server, folder) as database:
            show("one command", measure([words], database))
            model = contents(database)
        if options.compare:
            for name, workers in (("one command, one process", "1"), ("one command, two processes", "2")):
                with fresh(server, folder) as database:
                    show(name, measure([command(folder, workers=workers)], database))
                    if contents(database) != model:
                        sys.exit(f"{name}: the tables are others")
            with fresh(server, folder) as database:
                each = [[*words, "--period", month] for month in months_of(options.months)]
                show("a command for each month", measure(each, database))
        if not options.no_kills:
            with fresh(server, folder) as database:
                kills = break_off(words, database, months=options.months)
                found = contents(database)
            others = [table for table in model if found[table] != model[table]]
            print(f"{kills} kills in {options.months} months: {'NOT equal to' if others else 'equal to'} the model")
            for table in others:
                print(f"{table}: {found[table]}, and in the model {model[table]}")
            sys.exit(bool(others))


def take_months(cache: Path, *, months: int, rows: int) -> Path:
    """Give a folder with the workbooks of so many months, each written where it is not there yet."""
    folder = cache / f"{months}-months-{rows}-rows"
    for month in months_of(months):
        year, number = map(int, month.split("-"))
        path = folder / f"{year}年{number:02}月年金终稿数据.xlsx"
        if not path.exists():
            book = make_book(plans=2000, portfolios=6000, seed=7)
            chance, cells = random.Random(f"{month} facts"), random.Random(f"{month} cells")
            lines = performance_lines(book, datetime.date(year, number, 1), rows=rows, random=chance)
            unfinished = write_workbook(path.with_suffix(".part"), {"规模明细": COMPLETE.arrange(lines, cells)})
            unfinished.replace(path)
    (folder / "data_sources.yml").write_text(demo.write_configuration(DOMAIN), encoding="utf-8")
    return folder


def months_of(count: int) -> Sequence[str]:
    """Name the first months from January 2023 on."""
    return [f"{2023 + number // 12}-{number % 12 + 1:02}" for number in range(count)]


def command(folder: Path, *, workers: str) -> list[str]:
    """Give the words that load all months, each in a transaction of its own."""
    places = ["--config", str(folder / "data_sources.yml"), "--data-dir", str(folder)]
    campaign = ["--domains", DOMAIN, "--period", "2023-01:2040-12", "--commit", "each", "--quiet", "--execute"]
    return [*campaign, *places, "--workers", workers]


@contextmanager
def fresh(server: Server, folder: Path) -> Iterator[Database]:
    """Have a database with the tables of the domain."""
    with server.fresh_database() as database:
        words = ["ddl", DOMAIN, "--config", str(folder / "data_sources.yml")]
        program = f"from wdh.command.main import main; main({words!r}, prog_name='wdh')"
        ddl = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, encoding="utf-8")  # noqa: S603 - our own words
        database.execute(ddl.stdout)
        yield database


def measure(commands: Sequence[Sequence[str]], database: Database) -> dict[str, float]:
    """Run commands one after the other: seconds, CPU of all processes and of the drivers, the highest peak in MB."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "WDH_"))}
    sums = {"wall": 0.0, "cpu": 0.0, "driver_cpu": 0.0, "peak": 0.0}
    for words in commands:
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", _MEASURED, *words],
            env={**own, **database.environment},
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        if done.returncode:
            sys.exit(done.stderr[-2000:] + done.stdout[-2000:])
        found = json.loads(done.stderr.rpartition("MEASURED ")[2])
        sums["wall"] += time.perf_counter() - began
        sums["cpu"] += found["cpu"]
        sums["driver_cpu"] += found["driver_cpu"]
        sums["peak"] = max(sums["peak"], found["peak"])
    return sums


def show(name: str, found: dict[str, float]) -> None:
    """Print what commands took."""
    print(
        f"{name}: {found['wall']:.1f} s, CPU {found['cpu']:.1f} s, of which the driver {found['driver_cpu']:.1f} s; "
        f"driver's peak {found['peak']:.0f} MB",
        flush=True,
    )


def break_off(words: Sequence[str], database: Database, *, months: int) -> int:
    """Kill the command at every moment of each month, and then let it come to its end; give how often."""
    kills = 0
    for number in range(months):
        last = SENT if number % 2 or number == months - 1 else BETWEEN
        for stroke in (*INSIDE, last):
            ended = kill_at(words, database, stroke)
            if ended.code != -9:
                sys.exit(f"month {number + 1}, {stroke.name}: it ended with {ended.code}: {ended.err[-2000:]}")
            kills += 1
            wait_for_the_end(database)
            done, expected = count_runs(database), number + (stroke is last)
            if done != expected:
                sys.exit(f"month {number + 1}, {stroke.name}: {done} months are committed, not {expected}")
        print(f"  month {number + 1} of {months}: killed {kills} times", file=sys.stderr, flush=True)
    measure([words], database)
    return kills


def wait_for_the_end(database: Database) -> None:
    """Wait until the server has ended what a killed command began."""
    open_sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while database.rows(open_sql + " AND backend_type = 'client backend'"):
        time.sleep(0.02)


def count_runs(database: Database) -> int:
    """Count the runs in the ledger, which the first one makes."""
    if database.rows("SELECT to_regclass('wdh_runs')::text") == [(None,)]:
        return 0
    ((count,),) = database.rows("SELECT count(*)::int FROM wdh_runs")
    return int(count)


def contents(database: Database) -> dict[str, object]:
    """Give a hash over all rows of each table but for what the database numbers and dates, and the ledger's months."""
    row = f"(to_jsonb(t) - {_OWN})::text"
    hashes: dict[str, object] = {
        table: database.rows(f"SELECT count(*), md5(string_agg(md5({row}), '' ORDER BY md5({row}))) FROM \"{table}\" t")
        for table in TABLES
    }
    files = "SELECT domain, f ->> 'period', f ->> 'facts' FROM wdh_runs, jsonb_array_elements(files) e(f)"
    return hashes | {"wdh_runs": database.rows(f"{files} WHERE f ? 'sheet' ORDER BY 1, 2")}


if __name__ == "__main__":
    main()
