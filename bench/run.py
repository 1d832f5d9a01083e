"""The bench: wdh, its peers and the floor on the same workbooks and the same PostgreSQL, and micro benches.

Usage: ``python bench/run.py [--rows N …] [--kinds KIND …] [--repeats N] [--only NAME …] [--before WDH-RUN] [--no-micro]
[--out bench/RESULTS.md]``.
``--rows 2000 --repeats 1`` checks in a minute that the bench itself works.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import parts
from contestants import CONTESTANTS, Contestant, earlier
from machine import describe_machine
from peer_environment import requirements, take_peers
from race import Course, Race, run_race, warm_up
from results import show_results
from warehouse import running_server
from workbooks import KINDS, Workbook, take_workbook

_WARM_ROWS = 2000
_DEFAULT_ROWS = (10_000, 100_000, 500_000)


def main() -> None:
    """Measure, and write down what was found."""
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and the measured process end, too
    options.cache.mkdir(parents=True, exist_ok=True)
    warm = take_workbook(options.cache, _WARM_ROWS)
    workbooks = [take_workbook(options.cache, rows, kind) for rows in options.rows for kind in options.kinds]
    chosen = [contestant for contestant in CONTESTANTS if contestant.name in options.only]
    chosen += [] if options.before is None else [earlier(options.before)]
    python = take_peers(options.cache) if any(contestant.is_peer for contestant in chosen) else Path()
    with tempfile.TemporaryDirectory(prefix="wdh-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with running_server(folder / "server", warm.configuration) as server:
            course = Course(server, folder, python)
            machine = describe_machine(server)
            warm_up(course, chosen, workbook=warm)
            races = list(_races(course, chosen, workbooks, options=options))
            _write(races, parts.Parts(), machine=machine, options=options)  # kept, should what follows fail
            if options.micro:
                found = parts.measure_parts(course, workbooks[:: len(options.kinds)], options=options)
                _write(races, found, machine=machine, options=options)


def read_options() -> argparse.Namespace:
    """Read the command line; wdh itself always takes part, for everything is compared with it."""
    names = [contestant.name for contestant in CONTESTANTS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=_DEFAULT_ROWS, help="sizes of the workbooks")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help=", ".join(KINDS))
    parser.add_argument("--before", metavar="WDH-RUN", help="the wdh-run of an earlier wdh, which is raced, too")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--peers-at", type=int, nargs="+", help="sizes for the peers [all up to 100,000]")
    parser.add_argument("--micro", action=argparse.BooleanOptionalAction, default=True, help="the parts, too")
    parser.add_argument("--candidates", type=int, nargs="+", default=(6_000, 100_000, 1_000_000))
    parser.add_argument("--cache", type=Path, default=Path(".tox") / "bench-cache", help="workbooks and peers")
    parser.add_argument("--out", type=Path, help="also write the results there")
    options = parser.parse_args()
    options.only = {"wdh", *options.only}
    options.cache = options.cache.resolve()
    return options


def _races(
    course: Course, contestants: Sequence[Contestant], workbooks: Sequence[Workbook], *, options: argparse.Namespace
) -> Iterator[Race]:
    for workbook in workbooks:
        peers_run = workbook.rows in options.peers_at if options.peers_at else workbook.rows <= 100_000
        # Past that size openpyxl's reading, which is what it is, would take most of the time.
        slow = {contestant.name for contestant in contestants if contestant.is_peer} | {"wdh-openpyxl"}
        entered = [contestant for contestant in contestants if peers_run or contestant.name not in slow]
        yield run_race(course, entered, workbook=workbook, repeats=options.repeats)


def _write(races: Sequence[Race], found: parts.Parts, *, machine: str, options: argparse.Namespace) -> None:
    text = show_results(races, found, machine=machine, peers=requirements(), repeats=options.repeats)
    print(text)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
