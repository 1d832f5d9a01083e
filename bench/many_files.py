"""Many workbooks: one command with one process and with several, against a command for each workbook.

Usage: ``python bench/many_files.py [--files 24] [--rows 20000] [--workers 2 …] [--repeats 5] [--execute] [--memory]``.
The ways take turns, so that a busy machine is as busy for each; what counts are the ratios. ``--memory`` shows the peak
of the largest process over a growing number of workbooks, too. ``--execute`` loads into a fresh database each time.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median

from process import Run, measure
from warehouse import Server, running_server
from workbooks import DOMAIN

from wdh_annuity_performance import demo
from wdh_annuity_performance.demo import deliveries

_FIRST_YEAR = 2023
_GROWING = (12, 24, 48, 96)
_SEED = 7

Way = Callable[[Sequence[str]], Run]


def main() -> None:
    """Measure, and print a table."""
    options = _read_options()
    months = take_months(options.cache, options.files, options.rows)
    ways = dict(_list_ways(months, options.workers))
    found: dict[str, list[Run]] = {name: [] for name in ways}
    with _server(months[0].parent) if options.execute else nullcontext() as server:
        for _ in range(options.repeats):
            for name, way in ways.items():
                with _database(server) as arguments:
                    found[name].append(way(arguments))
        print(f"{options.files} workbooks x {options.rows} rows, {'executed' if server else 'planned'}\n")
        _print(found)
        if options.memory:
            _print_memory(options, server)


def _list_ways(months: Sequence[Path], workers: Sequence[int]) -> Iterator[tuple[str, Way]]:
    for number in (1, *workers):
        yield f"one command, --workers {number}", lambda more, number=number: _run_all(months, number, more)
    yield f"{len(months)} commands", lambda more: _run_each(months, more)


def _run_all(months: Sequence[Path], workers: int, more: Sequence[str]) -> Run:
    files = [word for month in months for word in ("--file", str(month))]
    return measure([*_command(months[0]), "--workers", str(workers), *files, *more])


def _run_each(months: Sequence[Path], more: Sequence[str]) -> Run:
    runs = [measure([*_command(month), "--file", str(month), *more]) for month in months]
    return Run(sum(run.wall for run in runs), sum(run.cpu for run in runs), max(run.peak for run in runs))


def _command(month: Path) -> list[str]:
    config = str(month.with_name("data_sources.yml"))
    return [str(Path(sys.executable).with_name("wdh-run")), "--domain", DOMAIN, "--config", config, "--quiet"]


def _print(found: Mapping[str, Sequence[Run]]) -> None:
    first = median(run.wall for run in next(iter(found.values())))
    print("| way | wall s | CPU s | peak MB | times as fast as the first |")
    print("|---|---|---|---|---|")
    for name, runs in found.items():
        wall, cpu, peak = (median(getattr(run, each) for run in runs) for each in ("wall", "cpu", "peak"))
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {first / wall:.2f} |", flush=True)


def _print_memory(options: argparse.Namespace, server: Server | None) -> None:
    print("\n| workbooks | peak MB of the largest process |")
    print("|---|---|")
    for files in _GROWING:
        months = take_months(options.cache, files, options.rows)
        with _database(server) as arguments:
            run = _run_all(months, max(options.workers), arguments)
        print(f"| {files} | {run.peak:.0f} |", flush=True)


def take_months(cache: Path, files: int, rows: int) -> list[Path]:
    """Give a workbook for each month, written now if ``cache`` does not have it yet."""
    folder = cache / f"months-{rows}-rows-seed-{_SEED}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data_sources.yml").write_text(demo.write_configuration(DOMAIN), encoding="utf-8")
    months = [datetime.date(_FIRST_YEAR + place // 12, place % 12 + 1, 1) for place in range(files)]
    book = deliveries.make_book(plans=2_000, portfolios=6_000, seed=_SEED)
    paths = [folder / f"{month:%Y年%m月}年金终稿数据.xlsx" for month in months]
    for place, (month, path) in enumerate(zip(months, paths, strict=True)):
        if not path.exists():
            unfinished = path.with_suffix(".part")
            deliveries.write_month(unfinished, book, month, rows=rows, seed=_SEED + place)
            unfinished.replace(path)
    return paths


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    with (
        tempfile.TemporaryDirectory(prefix="wdh-bench-", ignore_cleanup_errors=True) as home,
        running_server(Path(home) / "server", folder / "data_sources.yml") as server,
    ):
        yield server


@contextmanager
def _database(server: Server | None) -> Iterator[Sequence[str]]:
    """Have a fresh database, if there is a server; yield what the command needs to load into it."""
    if server is None:
        yield ()
        return
    with server.database() as dsn:
        yield "--execute", "--dsn", dsn


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--execute", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path(".tox") / "bench-cache")
    options = parser.parse_args()
    options.cache = options.cache.resolve()
    return options


if __name__ == "__main__":
    main()
